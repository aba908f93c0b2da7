//! Write Anyam steps in Rust.
