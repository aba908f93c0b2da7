//! Names that are known before a source is read, as a decision model gives them. Such a name may
//! have spaces and operators in it (`Applicant Age`, `top-10 rate`): FEEL tells a name from an
//! expression by knowing it, and takes the longest one that fits (DMN 1.5, 10.3.1.4).

use std::collections::HashMap;
use std::sync::Arc;

use crate::lexer::{self, Kind, Token};
use crate::limits::Limits;
use crate::types::Type;

/// The names a source may use. A name that cannot be split into tokens of FEEL is known too, but
/// only a quoted reference reaches it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    /// By the first token, as a source is looked at token by token.
    spelled: HashMap<Kind, Vec<Name>>,
    values: HashMap<Arc<str>, Meaning>,
    types: HashMap<Kind, Vec<TypeName>>,
    /// Names that are known besides.
    base: Option<Arc<Names>>,
}

/// What a name of a value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A value: one that the source may bind, or a variable.
    Value,
    /// A value that is bound around the source.
    Bound,
    /// The function with this number of a decision model.
    Function(usize),
}

/// The tokens of a type's name, and the type.
type TypeName = (Box<[Kind]>, Type);

#[derive(Debug, Clone)]
struct Name {
    name: Arc<str>,
    tokens: Box<[Kind]>,
    /// `None` for the name of a member.
    meaning: Option<Meaning>,
}

/// A known name found in a source.
pub(crate) struct Found {
    pub(crate) name: Arc<str>,
    /// Tokens it takes.
    pub(crate) length: usize,
    /// Whether it may stand before a parenthesis as a function does.
    pub(crate) callable: bool,
}

impl Names {
    /// No names but those of another.
    pub(crate) fn over(base: Arc<Self>) -> Self {
        Self {
            base: Some(base),
            ..Self::default()
        }
    }

    /// A name the source may read as a value.
    pub(crate) fn add(&mut self, name: &str, meaning: Meaning) {
        let name: Arc<str> = name.into();
        self.values.insert(name.clone(), meaning);
        self.spell(name, Some(meaning));
    }

    /// A name that members of values may have.
    pub(crate) fn add_member(&mut self, name: &str) {
        self.spell(name.into(), None);
    }

    fn spell(&mut self, name: Arc<str>, meaning: Option<Meaning>) {
        let Some(tokens) = split(&name) else { return };
        let alike = self.spelled.entry(tokens[0].clone()).or_default();
        match alike.iter_mut().find(|known| known.tokens == tokens) {
            Some(known) => {
                if meaning.is_some() {
                    *known = Name {
                        name,
                        tokens,
                        meaning,
                    };
                }
            }
            None => alike.push(Name {
                name,
                tokens,
                meaning,
            }),
        }
    }

    /// A name of a type.
    pub(crate) fn add_type(&mut self, name: &str, named: Type) {
        if let Some(tokens) = split(name) {
            let alike = self.types.entry(tokens[0].clone()).or_default();
            alike.push((tokens, named));
        }
    }

    /// The longest name of a value these tokens begin with.
    pub(crate) fn value_at(&self, tokens: &[Token]) -> Option<Found> {
        self.longest(tokens, &|name| name.meaning.is_some())
    }

    /// The longest name of a value or of a member these tokens begin with.
    pub(crate) fn member_at(&self, tokens: &[Token]) -> Option<Found> {
        self.longest(tokens, &|_| true)
    }

    /// What a name of a value stands for.
    pub(crate) fn meaning(&self, name: &str) -> Option<Meaning> {
        let own = self.values.get(name).copied();
        own.or_else(|| self.base.as_ref()?.meaning(name))
    }

    fn longest(&self, tokens: &[Token], fits: &dyn Fn(&Name) -> bool) -> Option<Found> {
        let first = &tokens.first()?.kind;
        let alike = self.spelled.get(first).into_iter().flatten();
        let fitting = alike.filter(|name| fits(name) && begins(tokens, &name.tokens));
        let own = fitting.max_by_key(|name| name.tokens.len());
        let own = own.map(|name| Found {
            name: name.name.clone(),
            length: name.tokens.len(),
            callable: matches!(name.meaning, Some(Meaning::Function(_))),
        });
        let other = self
            .base
            .as_ref()
            .and_then(|base| base.longest(tokens, fits));
        match (own, other) {
            (Some(own), Some(other)) if other.length > own.length => Some(other),
            (own, other) => own.or(other),
        }
    }

    /// The longest name of a type these tokens begin with, and its length.
    pub(crate) fn type_at(&self, tokens: &[Token]) -> Option<(Type, usize)> {
        let alike = self.types.get(&tokens.first()?.kind).into_iter().flatten();
        let fitting = alike.filter(|(name, _)| begins(tokens, name));
        let own = fitting.max_by_key(|(name, _)| name.len());
        match own {
            Some((name, named)) => Some((named.clone(), name.len())),
            None => self.base.as_ref()?.type_at(tokens),
        }
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
