//! Names by their tokens, found in a source token by token.

use std::collections::HashMap;

use crate::lexer::{self, Kind, Token};
use crate::limits::Limits;

/// Names of more tokens are not looked for in sources, so that a look at one place is short.
const MAX_TOKENS: usize = 32;

/// A tree of tokens; a name ends at each node that has a value.
#[derive(Debug, Clone)]
pub(crate) struct Spelled<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Debug, Clone)]
struct Node<T> {
    next: HashMap<Kind, usize>,
    value: Option<T>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self {
            next: HashMap::new(),
            value: None,
        }
    }
}

impl<T> Default for Spelled<T> {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl<T> Spelled<T> {
    /// The value of a name; `None` where it is no name that a source could have without quotes.
    pub(crate) fn entry(&mut self, name: &str) -> Option<&mut Option<T>> {
        let mut at = 0;
        for kind in split(name)? {
            at = match self.nodes[at].next.get(&kind) {
                Some(next) => *next,
                None => {
                    let new = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[at].next.insert(kind, new);
                    new
                }
            };
        }
        Some(&mut self.nodes[at].value)
    }

    /// The longest name that these tokens begin with and that fits, and how many they are.
    pub(crate) fn longest(
        &self,
        tokens: &[Token],
        fits: impl Fn(&T) -> bool,
    ) -> Option<(&T, usize)> {
        let mut found = None;
        let mut node = &self.nodes[0];
        for (length, token) in (1..).zip(tokens) {
            let Some(next) = node.next.get(&token.kind) else {
                break;
            };
            node = &self.nodes[*next];
            if let Some(value) = &node.value
                && fits(value)
            {
                found = Some((value, length));
            }
        }
        found
    }
}

fn split(name: &str) -> Option<Vec<Kind>> {
    let tokens = lexer::tokens(name, &Limits::default()).ok()?;
    let mut kinds: Vec<Kind> = tokens.into_iter().map(|token| token.kind).collect();
    // The last one is the end of the text.
    kinds.pop();
    let is_name = matches!(kinds.first(), Some(Kind::Word(_))) && kinds.len() <= MAX_TOKENS;
    is_name.then_some(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(spelled: &Spelled<u8>, source: &str) -> Option<(u8, usize)> {
        let tokens = lexer::tokens(source, &Limits::default()).unwrap();
        let found = spelled.longest(&tokens, |value| *value < 9);
        found.map(|(value, length)| (*value, length))
    }

    #[test]
    fn the_longest_name_is_found() {
        let mut spelled = Spelled::default();
        for (name, value) in [("a", 1), ("a b-c", 2), ("a b", 9), ("x 10", 3)] {
            *spelled.entry(name).unwrap() = Some(value);
        }
        assert_eq!(found(&spelled, "a"), Some((1, 1)));
        assert_eq!(found(&spelled, "a b - c + 1"), Some((2, 4)));
        assert_eq!(found(&spelled, "a b + c"), Some((1, 1)));
        assert_eq!(found(&spelled, "x 10"), Some((3, 2)));
        assert_eq!(found(&spelled, "x"), None);
        assert_eq!(found(&spelled, "b"), None);
    }

    #[test]
    fn what_no_source_can_spell_has_no_entry() {
        let mut spelled = Spelled::<u8>::default();
        for name in ["", "1 a", "a \" b", "a # b", &"a ".repeat(33)] {
            assert!(spelled.entry(name).is_none(), "{name}");
        }
        assert!(spelled.entry(&"a ".repeat(32)).is_some());
    }
}
