//! `anyam step` and `anyam dev` on real projects.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../cli_program/mod.rs"]
mod cli_program;
#[path = "../../../sandbox/tests/support/guest.rs"]
#[allow(dead_code, reason = "the sandbox's tests use the rest")]
mod guest;

mod authoring;
mod dev;
mod upload;
