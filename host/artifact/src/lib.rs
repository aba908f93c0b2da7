//! Components as artifacts: what can be said of their bytes without running them, and how they are
//! carried from place to place.
//!
//! - [`Digest`]: SHA-256, by which everything is named.
//! - [`signature`]: who answers for a version of a step, and which signatures a tenant asks for.
//! - [`Provenance`]: what a component says of its origin.
//! - [`oci`]: components in OCI image layouts, as registries and their tools carry them.
//!
//! The crate knows bytes and files; it knows neither the sandbox nor HTTP.

mod digest;
pub mod oci;
mod provenance;
pub mod signature;

pub use digest::{Digest, NoDigest};
pub use provenance::Provenance;
