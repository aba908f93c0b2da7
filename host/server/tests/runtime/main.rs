//! The runtime's promises about commits, overload and restarts, on a store the tests control.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../../../sandbox/tests/support/guest.rs"]
#[allow(dead_code, reason = "the sandbox's tests use the rest")]
mod guest;

mod between;
mod commits;
mod golden;
mod http;
mod limits;
mod messages;
mod outside;
mod overload;
mod platform;
mod restart;
mod retention;
mod storing;
mod usage;
mod versions;
