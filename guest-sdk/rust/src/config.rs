//! The tenant's configuration values (feature `config`).
//!
//! A step that reads them imports `wasi:config`, so the tenant has to grant it their keys, and the
//! process may narrow them further for one task:
//!
//! ```json
//! {"config": ["shipping.*"]}
//! ```
//!
//! ```
//! use anyam_sdk::config;
//! # fn main() -> Result<(), config::Error> {
//! # #[cfg(not(target_family = "wasm"))]
//! config::set_for_test("shipping.carrier", "ACME"); // in a test
//! let carrier = config::get("shipping.carrier")?;
//! assert_eq!(carrier.as_deref(), Some("ACME"));
//! # Ok(())
//! # }
//! ```
//!
//! Reading a value has no effect: such a step remains pure. Secrets are not configuration values;
//! see the `http` module for how they get into requests.

#[cfg_attr(target_family = "wasm", path = "config/wasi.rs")]
#[cfg_attr(not(target_family = "wasm"), path = "config/memory.rs")]
mod provider;

use std::fmt;

#[cfg(not(target_family = "wasm"))]
pub use provider::set_for_test;

/// Why a value cannot be had. Permanent as a [`StepError`](crate::StepError).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

/// The value of a key, where it is set.
///
/// # Errors
/// It is not granted to the step.
pub fn get(key: &str) -> Result<Option<String>, Error> {
    provider::get(key)
}

/// All values that are granted to the step, in order of their keys.
///
/// # Errors
/// They cannot be read.
pub fn get_all() -> Result<Vec<(String, String)>, Error> {
    provider::get_all()
}

/// A sentence for people.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_test_are_read() {
        assert_eq!(get("a").unwrap(), None);
        set_for_test("a", "1");
        assert_eq!(get("a").unwrap().as_deref(), Some("1"));
        assert_eq!(get_all().unwrap(), [("a".to_owned(), "1".to_owned())]);
    }
}
