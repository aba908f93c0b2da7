//! Sandboxed WebAssembly components as process steps.
//!
//! A component goes in as bytes, is checked ([`Sandbox::inspect`]), compiled and linked
//! ([`Sandbox::prepare`]) and then called any number of times ([`Step::call`]). Nothing it does
//! reaches beyond its own memory, takes more than its [`Limits`], or outlives the call.
//!
//! - `capabilities`: what may be imported. Everything else is refused at upload.
//! - `compile`: compilation, in a child process with limits on time and memory.
//! - `cache`: compiled code on disk.
//! - `engine`: how the engine is configured, pooled and made to share code with the child.
//! - `step`: a call; `run`: its instance, limits, deadline, log; `warm`: instances between calls.
//! - `typed`: components that export typed functions instead of the handler.
//! - `failure`: how whatever goes wrong becomes a sentence for people.
//!
//! # What a call costs
//!
//! `cargo bench -p anyam-tests --bench languages` measures it for every language beside bare
//! wasmtime. An instance that serves several calls takes 0.03 (Go) to 0.2 (Rust) of the time of a
//! fresh one in wasmtime's default pool.
//!
//! WASI's state is made only when a guest first asks for it, and the engine is set up without
//! concurrency inside one store.
//!
//! # Components that import the network
//!
//! Those made by componentize-py and by Go import `wasi:sockets` through their standard library.
//! It is linked with no network behind it, and using it is refused.
#![deny(unsafe_code)]

mod cache;
mod capabilities;
mod compile;
mod config;
mod contract;
mod cpu;
mod engine;
mod error;
mod failure;
mod grants;
mod inspect;
mod json;
mod limits;
mod logs;
mod manifest;
mod outside;
mod overlay;
mod pattern;
mod places;
mod run;
mod sandbox;
mod signature;
mod snapshot;
mod state;
mod step;
mod ticker;
mod typed;
mod warm;

pub use capabilities::http::{HttpLimits, Network, Resolved, Resolver, SystemResolver};
pub use capabilities::{EffectClass, capability_of};
pub use compile::compile_main;
pub use config::{CompilerCommand, Config};
pub use error::{SandboxError, SnapshotError, UploadError, UploadErrorKind};
pub use failure::Failure;
pub use grants::{Access, Capability, Grants, HttpRule};
pub use inspect::{Inspection, inspect};
pub use limits::Limits;
pub use logs::{Level, LogLine, Stream};
pub use manifest::Manifest;
pub use outside::{
    Changes, Entry, Location, NothingOutside, OutgoingMessage, Outside, OutsideError, Quota, Space,
};
pub use sandbox::Sandbox;
pub use snapshot::WarmUpCall;
pub use step::{Call, CallContext, CallRequest, Step, Usage};
pub use typed::{Function, Member, Members, ValueType};
