//! Plays scenarios. See `host/engine/README.md` for the format.

mod consistency;
mod expectation;
pub mod folder;
mod golden;
pub mod play;
mod random;
mod readme;
mod scenario;
mod seen;
mod world;
