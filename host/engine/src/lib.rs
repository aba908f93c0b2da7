//! The BPMN execution engine as a pure function.
//!
//! [`apply`] takes an [`Instance`], a [`Command`] and an [`Environment`] (the process, the time,
//! keys and limits) and gives an [`Outcome`]: the changed instance, the effects to carry out and
//! the events to store. It does no I/O and sees no clock; the same inputs give the same outputs.

mod apply;
mod backoff;
mod boundary;
mod catching;
pub mod command;
mod conditions;
mod elements;
mod errors;
mod execution;
mod expressions;
mod flow;
mod incidents;
mod instance;
mod integrity;
mod job_commands;
mod jobs;
pub mod key;
mod limits;
mod mappings;
mod outcome;
mod process;
mod subscriptions;
mod termination;
mod time;
mod timers;
pub mod transition;
mod user_tasks;
pub mod value;
mod variables;

pub use apply::{Environment, apply};
pub use command::Command;
pub use instance::{DecodeError, Instance};
pub use limits::Limits;
pub use outcome::{Outcome, Rejection};
pub use process::{ExpressionFinding, MAX_TARGET_DEPTH, Process};
