//! Plays scenarios. See `host/engine/README.md` for the format.

mod calls;
mod clock;
mod commands;
mod consistency;
mod deployment;
mod expectation;
pub mod folder;
mod golden;
mod jobs;
mod limits;
mod messages;
mod modification;
pub mod play;
mod random;
mod readme;
mod routing;
mod running;
mod scenario;
mod seen;
mod signals;
mod starts;
mod world;
