//! The HTTP API, resource by resource, against a real runtime over a store of its own.

// A test that cannot go on stops.
#![allow(clippy::unwrap_used)]

#[path = "../../../sandbox/tests/support/guest.rs"]
#[allow(dead_code, reason = "the sandbox's tests use the rest")]
mod guest;
#[path = "../../../sandbox/tests/support/library.rs"]
#[allow(dead_code, reason = "the sandbox's tests use the rest")]
mod library;

mod calls;
mod cluster;
mod component_uploads;
mod decisions;
mod deletion;
mod deployed_files;
mod deployments;
mod element_instances;
mod expressions;
mod history;
mod incidents;
mod jobs;
mod limits;
mod listener_steps;
mod listeners;
mod messages;
mod migration;
mod models;
mod modification;
mod openapi;
mod process_definitions;
mod process_instances;
mod requests;
mod rollouts;
mod searches;
mod server;
mod serving;
mod signals;
mod steps;
mod tenancy;
mod tenants;
mod typed_steps;
mod user_tasks;
mod variables;
