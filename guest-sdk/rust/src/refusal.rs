//! Why a capability does not do what it was asked.

use std::fmt;

/// A refusal: what has to change, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal<K> {
    kind: K,
    message: String,
}

impl<K: Copy> Refusal<K> {
    pub(crate) fn new(kind: K, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// What has to change.
    pub fn kind(&self) -> K {
        self.kind
    }
}

/// The sentence.
impl<K> fmt::Display for Refusal<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<K: fmt::Debug> std::error::Error for Refusal<K> {}
