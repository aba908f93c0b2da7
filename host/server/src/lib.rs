//! The Anyam server: BPMN processes as a service, with wasm components as steps.
//!
//! [`server::Server`] is the whole of it; [`runtime::Runtime`] drives process instances and
//! [`api`] is its HTTP face. This is the only crate that knows axum.

pub mod api;
pub mod cli;
pub mod demo;
pub mod dev;
pub mod error;
pub mod findings;
pub mod limits;
pub mod runtime;
pub mod server;
pub use anyam_toolchain as toolchain;

pub use error::{Error, Result};
