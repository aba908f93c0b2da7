//! What a step reaches through the capabilities other than HTTP, and what it does not.
//!
//! The guest (`tests/guests/store`) does what its input names, so each test is a list of actions
//! and what came of each.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod bench;
mod blobstore;
mod changes;
mod keyvalue;
mod limits;
mod sources;
mod surroundings;
