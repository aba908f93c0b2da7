//! Plays scenarios. See `host/engine/README.md` for the format.

mod calls;
mod clock;
mod commands;
mod consistency;
mod decisions;
mod deployment;
mod expectation;
pub mod folder;
mod golden;
mod jobs;
mod limits;
mod messages;
mod modification;
pub mod play;
pub mod random;
mod readme;
mod resources;
mod results;
mod routing;
pub mod running;
mod scenario;
pub mod seen;
mod signals;
mod starts;
pub mod world;
