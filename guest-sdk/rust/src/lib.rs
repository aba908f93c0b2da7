//! Write Anyam process steps in Rust.
//!
//! A step is one business activity, such as a credit check, that a BPMN service task names. It is
//! one function with the [`step`] attribute: it takes the call's [`Context`] and the input, and
//! returns the output or a [`StepError`]. Input and output are structs of yours that derive serde's
//! and schemars' traits.
//!
//! # A complete step
//!
//! `Cargo.toml`:
//!
//! ```toml
//! [package]
//! name = "credit-check"
//! version = "1.0.0"
//! edition = "2024"
//!
//! [lib]
//! crate-type = ["cdylib", "rlib"] # the component, and the library that the tests use
//!
//! [dependencies]
//! anyam-sdk = "0.1"
//! schemars = "1"
//! serde = { version = "1", features = ["derive"] }
//!
//! [profile.release] # in the workspace's Cargo.toml, if it has one
//! opt-level = "s"
//! lto = true
//! codegen-units = 1
//! strip = true
//! panic = "abort"
//! ```
//!
//! `src/lib.rs`:
//!
//! ```
//! use anyam_sdk::{Context, OrFail, StepError};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! /// What the task's input mappings hand in.
//! #[derive(Deserialize, JsonSchema)]
//! struct Application {
//!     amount: u64,
//!     overdue: bool,
//! }
//!
//! /// What the task's output mappings read.
//! #[derive(Debug, PartialEq, Serialize, JsonSchema)]
//! struct Decision {
//!     approved: bool,
//! }
//!
//! /// Decides whether the customer may buy on credit.
//! #[anyam_sdk::step(errors(NO_LIMIT = "The customer has never been rated."))]
//! fn credit_check(ctx: &Context, application: Application) -> Result<Decision, StepError> {
//!     let limit: u64 = ctx
//!         .header("credit-limit")
//!         .or_bpmn("NO_LIMIT", "this customer has no limit")?
//!         .parse()
//!         .or_permanent("the task header `credit-limit` must be a whole number")?;
//!     Ok(Decision { approved: !application.overdue && application.amount <= limit })
//! }
//!
//! // In a test, a step is an ordinary function.
//! let ctx = Context::for_test().header("credit-limit", "500").build();
//! let decision = credit_check(&ctx, Application { amount: 500, overdue: false });
//! assert_eq!(decision.unwrap(), Decision { approved: true });
//! ```
//!
//! Build it with `cargo build --release --target wasm32-wasip2` (once before:
//! `rustup target add wasm32-wasip2`), and upload `target/wasm32-wasip2/release/credit_check.wasm`
//! with `anyam step push FILE --name credit-check --version 1.0.0`. On any other target the crate
//! compiles without the exports, so `cargo test` needs nothing special.
//!
//! # Numbers
//!
//! The variables of a process are JSON, whose numbers are exact decimals of any length. This crate
//! reads them without binary floating point (it turns on serde_json's `arbitrary_precision`):
//!
//! * [`Number`] and the numbers in a [`Value`] keep every digit.
//! * `Decimal` (feature `decimal`) computes with up to 28 significant digits and refuses a number
//!   that has more.
//! * Integer types take whole numbers of their range and refuse the rest.
//! * `f32` and `f64` **round** to binary floating point. That is your choice when you write one into
//!   a struct; the step's JSON Schema shows it as `"format": "double"`. Use another type for money.
//!
//! One combination is refused with an error instead of being rounded: an `f64` inside a
//! `#[serde(tag)]` or `#[serde(untagged)]` enum or a `#[serde(flatten)]` struct, given a number that
//! it cannot write back digit by digit (such as `1.10`).
//!
//! # What the host provides
//!
//! Behind features of the same names, so that a step imports only what it uses: `http` (outgoing
//! requests), `keyvalue` (the tenant's key-value stores), `config` (configuration values),
//! `messaging` (messages to processes) and `logging` (messages with a level). All but the last have
//! to be granted by the tenant. In tests they work in memory, separately for each thread; requests
//! get the answers of `http::answering`.
//!
//! # What the profile above does
//!
//! `opt-level = "s"` with `lto` and one codegen unit makes the component small, which makes it fast
//! to upload, compile and start; `"z"` is a little smaller and slower still. `strip` drops names and
//! debug information. `panic = "abort"` drops the unwinding code: a panic then ends the call at
//! once, its message is in the step's log, and the task is tried again.

// The generated bindings and the attribute refer to this crate by name, also from within it.
extern crate self as anyam_sdk;

#[cfg(target_family = "wasm")]
mod component;
#[cfg(feature = "config")]
pub mod config;
mod context;
#[cfg(feature = "decimal")]
mod decimal;
mod description;
mod error;
#[cfg(feature = "http")]
pub mod http;
mod json;
#[cfg(feature = "keyvalue")]
pub mod keyvalue;
#[cfg(feature = "logging")]
pub mod logging;
#[cfg(feature = "messaging")]
pub mod messaging;
mod or_fail;
#[cfg(any(feature = "http", feature = "keyvalue", feature = "messaging"))]
mod refusal;
mod signature;

pub use anyam_sdk_macros::step;
pub use context::{Context, ContextBuilder};
#[cfg(feature = "decimal")]
pub use decimal::Decimal;
pub use error::{StepError, StepErrorKind};
pub use json::invoke;
pub use or_fail::OrFail;
#[cfg(any(feature = "http", feature = "keyvalue", feature = "messaging"))]
pub use refusal::Refusal;
pub use serde_json::{Map, Number, Value, json};

/// What the code generated by [`step`] needs; not for direct use.
#[doc(hidden)]
pub mod __private {
    #[cfg(target_family = "wasm")]
    pub use crate::component::{Step, bindings};
    pub use crate::description::{Declaration, Description, describe};
    pub use crate::signature::{accepts_input, accepts_output};
    #[cfg(target_family = "wasm")]
    pub use wit_bindgen;
}
