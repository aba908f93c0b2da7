//! What an evaluation is given: variables as JSON text, and the time.

use serde::{Deserialize, Serialize};

use crate::Seed;

/// Variables by name, each as JSON text. Names and texts are borrowed; nothing is parsed before an
/// expression reads it. Of two entries with one name the last one counts.
#[derive(Debug, Clone, Default)]
pub struct Data<'a> {
    variables: Vec<(&'a str, &'a str)>,
    seed: Option<Seed>,
}

impl<'a> Data<'a> {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    pub fn insert(&mut self, name: &'a str, json: &'a str) -> &mut Self {
        self.variables.push((name, json));
        self
    }

    /// Lets `uuid()` and `random number()` draw, beginning with this seed.
    pub fn seed(&mut self, seed: Seed) -> &mut Self {
        self.seed = Some(seed);
        self
    }

    pub(crate) fn given_seed(&self) -> Option<Seed> {
        self.seed
    }

    /// The JSON text of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.variables
            .iter()
            .rev()
            .find(|(n, _)| *n == name)
            .map(|(_, json)| *json)
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Data<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self {
            variables: pairs.into_iter().collect(),
            seed: None,
        }
    }
}

/// The injected clock: milliseconds since the epoch, UTC. `now()` and `today()` read it and
/// nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Now(pub i64);
