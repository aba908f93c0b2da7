//! Components that export typed functions instead of the handler.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod functions;
mod inputs;
mod limits;
mod ready;
mod round_trip;
mod rust;
