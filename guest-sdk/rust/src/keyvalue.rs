//! The tenant's key-value stores (feature `keyvalue`).
//!
//! A step that uses stores imports `wasi:keyvalue`, so the tenant has to grant it their names, and
//! the process may narrow them further for one task:
//!
//! ```json
//! {"keyValue": ["orders*"]}
//! ```
//!
//! ```
//! use anyam_sdk::keyvalue::Store;
//! use anyam_sdk::{Context, StepError};
//! # use schemars::JsonSchema;
//! # use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Request { customer: String }
//!
//! #[derive(Debug, PartialEq, Serialize, JsonSchema)]
//! struct Answer { orders: i64 }
//!
//! /// Counts the orders of each customer.
//! #[anyam_sdk::step]
//! fn count_order(_ctx: &Context, request: Request) -> Result<Answer, StepError> {
//!     let store = Store::open("orders")?;
//!     let orders = store.increment(&request.customer, 1)?;
//!     Ok(Answer { orders })
//! }
//!
//! // In a test, each thread has empty stores of its own.
//! let ctx = Context::for_test().build();
//! count_order(&ctx, Request { customer: "C-1".into() }).unwrap();
//! let answer = count_order(&ctx, Request { customer: "C-1".into() }).unwrap();
//! assert_eq!(answer, Answer { orders: 2 });
//! ```
//!
//! # All or nothing, and once
//!
//! A call sees its own changes at once. Everybody else sees them when the result of the step is
//! stored, in one transaction with it: with an output or a BPMN error they hold, and after any
//! other failure it is as if the step had not run. Where another call has changed a value that
//! this one has read, this one is run again. So reading a value and writing one that depends on it
//! is exact, without locks or compare-and-swap, however many calls do it at a time.

#[cfg_attr(target_family = "wasm", path = "keyvalue/wasi.rs")]
#[cfg_attr(not(target_family = "wasm"), path = "keyvalue/memory.rs")]
mod provider;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// An open store. It comes to be with its first key.
#[derive(Debug)]
pub struct Store(provider::Bucket);

/// Why a store does not do what was asked.
pub type Error = crate::Refusal<ErrorKind>;

/// What has to change for an operation to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There can be no store of this name. Permanent as a [`StepError`](crate::StepError).
    NoSuchStore,
    /// The store is not granted to the step. Permanent as a [`StepError`](crate::StepError).
    AccessDenied,
    /// The value is not what was expected. Permanent as a [`StepError`](crate::StepError).
    WrongValue,
    /// A quota or limit is reached, or the store failed. Retryable as a
    /// [`StepError`](crate::StepError).
    Other,
}

impl Store {
    /// Opens a store.
    ///
    /// # Errors
    /// There can be none of this name, or it is not granted.
    pub fn open(name: &str) -> Result<Self, Error> {
        provider::open(name).map(Self)
    }

    /// The value of a key.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.0.get(key)
    }

    /// The value of a key, from JSON.
    ///
    /// # Errors
    /// It cannot be read, or is no such JSON.
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(text) = self.get(key)? else {
            return Ok(None);
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            let message = format!("the value of `{key}` is not the expected JSON: {error}");
            Error::new(ErrorKind::WrongValue, message)
        })
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// A quota or limit is reached.
    pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.0.set(key, value.as_ref())
    }

    /// Sets the value of a key, as JSON.
    ///
    /// # Errors
    /// A quota or limit is reached, or the value has no form in JSON.
    pub fn set_json(&self, key: &str, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_vec(value).map_err(|error| {
            let message = format!("the value for `{key}` cannot be written as JSON: {error}");
            Error::new(ErrorKind::WrongValue, message)
        })?;
        self.set(key, text)
    }

    /// Removes a key; nothing happens where there is none.
    ///
    /// # Errors
    /// A limit is reached.
    pub fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.delete(key)
    }

    /// Whether there is a key.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn exists(&self, key: &str) -> Result<bool, Error> {
        self.0.exists(key)
    }

    /// Adds to a decimal number, which starts at 0, and returns the sum.
    ///
    /// # Errors
    /// The value is not a number, the sum leaves the range, or a limit is reached.
    pub fn increment(&self, key: &str, delta: i64) -> Result<i64, Error> {
        self.0.increment(key, delta)
    }

    /// All keys, in byte order, read page by page. Unlike a value that was read, a listing is not
    /// protected from changes that others make meanwhile.
    pub fn keys(&self) -> Keys<'_> {
        Keys {
            store: self,
            page: Vec::new().into_iter(),
            cursor: None,
            ended: false,
        }
    }
}

/// The keys of a store.
#[derive(Debug)]
pub struct Keys<'a> {
    store: &'a Store,
    page: std::vec::IntoIter<String>,
    cursor: Option<String>,
    ended: bool,
}

impl Iterator for Keys<'_> {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(key) = self.page.next() {
                return Some(Ok(key));
            }
            if self.ended {
                return None;
            }
            match self.store.0.list_keys(self.cursor.take()) {
                Ok((page, cursor)) => {
                    self.ended = cursor.is_none();
                    self.page = page.into_iter();
                    self.cursor = cursor;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_keeps_what_it_is_told() {
        let store = Store::open("a").unwrap();
        store.set("k", "value").unwrap();
        assert_eq!(store.get("k").unwrap().as_deref(), Some(&b"value"[..]));
        assert_eq!(
            store.get_json::<u32>("k").unwrap_err().kind(),
            ErrorKind::WrongValue
        );
        store.set_json("k", &[1, 2]).unwrap();
        assert_eq!(store.get_json("k").unwrap(), Some([1, 2]));
        assert!(store.increment("k", 1).is_err());
        assert_eq!(store.increment("n", -2).unwrap(), -2);
        let keys: Result<Vec<_>, _> = store.keys().collect();
        assert_eq!(keys.unwrap(), ["k", "n"]);
        store.delete("k").unwrap();
        assert!(!store.exists("k").unwrap());
        assert!(!Store::open("b").unwrap().exists("n").unwrap());
    }
}
