//! Components in OCI image layouts: the format in which registries and their tools carry them.
//!
//! Follows the OCI Image Format Specification 1.1 (image layout, index, manifest) and, for what a
//! component looks like in it, the Wasm OCI artifact layout of the CNCF TAG Runtime: a config of
//! the type `application/vnd.wasm.config.v0+json` and one layer of the type `application/wasm`.
//! A layout is a folder, or a tar archive of one. What is written depends on the artifact alone.
//!
//! Everything that is read is checked against the digest and size by which it is referred to.

mod archive;
mod document;
mod error;
mod layout;

pub use archive::{pack, unpack};
pub use error::OciError;
pub use layout::{Artifact, Reference, list, read, write};

/// Most bytes of an index, a manifest or a config.
pub const MOST_DOCUMENT: u64 = 1 << 20;
/// Most manifests of a layout.
pub const MOST_MANIFESTS: usize = 1_000;
/// Most bytes of a component; the server has a limit of its own.
pub const MOST_COMPONENT: u64 = 256 << 20;
