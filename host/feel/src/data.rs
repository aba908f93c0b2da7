//! What an evaluation is given: variables as JSON text, and the time.

use serde::{Deserialize, Serialize};

/// Variables by name, each as JSON text. Names and texts are borrowed; nothing is parsed before an
/// expression reads it. Of two entries with one name the last one counts.
#[derive(Debug, Clone, Default)]
pub struct Data<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Data<'a> {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    pub fn insert(&mut self, name: &'a str, json: &'a str) -> &mut Self {
        self.0.push((name, json));
        self
    }

    /// The JSON text of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .rev()
            .find(|(n, _)| *n == name)
            .map(|(_, json)| *json)
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Data<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// The injected clock: milliseconds since the epoch, UTC. `now()` and `today()` read it and
/// nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Now(pub i64);
