//! Names that are known before a source is read, as a decision model gives them. Such a name may
//! have spaces and operators in it (`Applicant Age`, `top-10 rate`): FEEL tells a name from an
//! expression by knowing it, and takes the longest one that fits (DMN 1.5, 10.3.1.4).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::lexer::{self, Kind, Token};
use crate::limits::Limits;

/// The names a source may use. A name that cannot be split into tokens of FEEL is known too, but
/// only a quoted reference reaches it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By the first token, as a source is looked at token by token.
    values: HashMap<Kind, Vec<Name>>,
    all: HashSet<Arc<str>>,
}

#[derive(Debug)]
struct Name {
    name: Arc<str>,
    tokens: Box<[Kind]>,
    /// Whether it stands before a parenthesis as a function does.
    callable: bool,
}

/// A known name found in a source.
pub(crate) struct Found {
    pub(crate) name: Arc<str>,
    /// Tokens it takes.
    pub(crate) length: usize,
    pub(crate) callable: bool,
}

impl Names {
    /// A name the source may read as a value.
    pub(crate) fn add(&mut self, name: &str, callable: bool) {
        let name: Arc<str> = name.into();
        self.all.insert(name.clone());
        let Some(tokens) = split(&name) else { return };
        let alike = self.values.entry(tokens[0].clone()).or_default();
        match alike.iter_mut().find(|known| known.tokens == tokens) {
            Some(known) => {
                known.callable |= callable;
            }
            None => alike.push(Name {
                name,
                tokens,
                callable,
            }),
        }
    }

    /// The longest name of a value these tokens begin with.
    pub(crate) fn value_at(&self, tokens: &[Token]) -> Option<Found> {
        self.longest(tokens)
    }

    /// Whether a value has this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.all.contains(name)
    }

    fn longest(&self, tokens: &[Token]) -> Option<Found> {
        let alike = self.values.get(&tokens.first()?.kind)?;
        let fitting = alike.iter().filter(|name| begins(tokens, &name.tokens));
        let name = fitting.max_by_key(|name| name.tokens.len())?;
        Some(Found {
            name: name.name.clone(),
            length: name.tokens.len(),
            callable: name.callable,
        })
    }
}

fn begins(tokens: &[Token], name: &[Kind]) -> bool {
    tokens.len() > name.len()
        && tokens
            .iter()
            .zip(name)
            .all(|(token, part)| token.kind == *part)
}

/// The tokens of a name; `None` when it is none that FEEL could read without quotes.
fn split(name: &str) -> Option<Box<[Kind]>> {
    let tokens = lexer::tokens(name, &Limits::default()).ok()?;
    let kinds: Box<[Kind]> = tokens
        .into_iter()
        .map(|token| token.kind)
        .filter(|kind| *kind != Kind::End)
        .collect();
    matches!(kinds.first(), Some(Kind::Word(_))).then_some(kinds)
}
