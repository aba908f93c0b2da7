//! The variables that sources read, each with its number.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Variables by their number in [`Node::Name`](crate::ast::Node::Name).
#[derive(Debug, Default, Clone)]
pub(crate) struct Variables {
    names: Vec<Arc<str>>,
    /// The numbers, once there are many names.
    numbers: HashMap<Arc<str>, usize>,
    /// The numbers that were asked for, where somebody wants to know.
    used: Option<BTreeSet<usize>>,
}

/// So many names are looked through faster than they are hashed.
const FEW: usize = 16;

impl Variables {
    /// The number of a variable, which is given one where it is new.
    pub(crate) fn number(&mut self, name: &str) -> usize {
        let number = self.find(name).unwrap_or_else(|| self.add(name.into()));
        if let Some(used) = &mut self.used {
            used.insert(number);
        }
        number
    }

    fn add(&mut self, name: Arc<str>) -> usize {
        let number = self.names.len();
        self.names.push(name.clone());
        if number == FEW {
            self.numbers = self.names.iter().cloned().zip(0..).collect();
        } else if number > FEW {
            self.numbers.insert(name, number);
        }
        number
    }

    /// The number of a variable that has one.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        if self.names.len() <= FEW {
            self.names.iter().position(|known| **known == *name)
        } else {
            self.numbers.get(name).copied()
        }
    }

    /// The names by their numbers.
    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The numbers that were asked for since this was called before.
    pub(crate) fn take_used(&mut self) -> BTreeSet<usize> {
        self.used.replace(BTreeSet::new()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_names_have_the_same_numbers() {
        let mut variables = Variables::default();
        assert_eq!(variables.take_used(), BTreeSet::new());
        for round in 0..2 {
            for number in 0..100 {
                assert_eq!(variables.number(&format!("v{number}")), number, "{round}");
                assert_eq!(variables.find(&format!("v{number}")), Some(number));
            }
        }
        assert_eq!(variables.find("w"), None);
        assert_eq!(variables.names().len(), 100);
        assert_eq!(variables.take_used().len(), 100);
        variables.number("v7");
        assert_eq!(variables.take_used(), BTreeSet::from([7]));
    }
}
