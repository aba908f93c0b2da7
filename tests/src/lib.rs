//! What the end-to-end tests and benchmarks share: a served folder, a client, models and steps.
//!
//! Every test in `tests/` runs the real binary in a process of its own and speaks HTTP to it, as a
//! user does. A test of one part alone stands beside that part.
//!
//! - [`served`]: start, kill and restart a server on a folder.
//! - [`client`]: requests, and what they answered.
//! - [`awaiting`]: what must become true in a while.
//! - [`model`]: BPMN models, built element by element.
//! - [`steps`]: the components of steps, built from their sources once.
//! - [`chance`]: random choices that a printed seed repeats.
//! - [`report`]: what is printed also of a test that passes.
//! - [`benchmark`]: what the benchmark of the platform computes and reports.
//! - [`binary`]: where the binary under test is.

// This is test code: what it does not expect is a failed test, and it says so by a panic.
#![allow(clippy::missing_panics_doc, reason = "a panic is a failed test")]

pub mod awaiting;
pub mod benchmark;
pub mod binary;
pub mod chance;
pub mod client;
pub mod model;
pub mod report;
pub mod served;
pub mod steps;

pub use client::{Answer, Client};
pub use model::Model;
pub use served::Served;
