//! The variables that sources read, each with its number.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Variables by their number in [`Node::Name`](crate::ast::Node::Name).
#[derive(Debug, Default, Clone)]
pub(crate) struct Variables {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, usize>,
    used: BTreeSet<usize>,
}

impl Variables {
    /// The number of a variable, which is given one where it is new.
    pub(crate) fn number(&mut self, name: &str) -> usize {
        let number = match self.numbers.get(name) {
            Some(number) => *number,
            None => {
                let name: Arc<str> = name.into();
                self.names.push(name.clone());
                self.numbers.insert(name, self.names.len() - 1);
                self.names.len() - 1
            }
        };
        self.used.insert(number);
        number
    }

    /// The number of a variable that has one.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// The names by their numbers.
    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The numbers that were asked for since this was called before.
    pub(crate) fn take_used(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.used)
    }
}
