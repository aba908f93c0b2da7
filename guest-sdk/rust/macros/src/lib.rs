//! The `#[step]` attribute of `anyam-sdk`.
