//! Outgoing HTTP, from a real guest to servers on this machine.
//!
//! The guest (`tests/guests/fetch`) sends what its input names, so each test is an input, some
//! grants, and what the server and the guest have seen.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod allow;
mod bench;
mod exchange;
mod limits;
mod refusals;
mod secrets;
mod server;
mod times;
mod tls;
