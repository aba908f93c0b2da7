//! The `anyam` binary.
fn main() {}
