//! Names that are known before a source is read, as a decision model gives them. Such a name may
//! have spaces and operators in it (`Applicant Age`, `top-10 rate`): FEEL tells a name from an
//! expression by knowing it, and takes the longest one that fits (DMN 1.5, 10.3.1.4).

use std::collections::HashMap;
use std::sync::Arc;

use crate::lexer::Token;
use crate::spelling::Spelled;
use crate::types::Type;

/// The names a source may use. A name that cannot be split into tokens of FEEL is known too, but
/// only a quoted reference reaches it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    spelled: Spelled<Name>,
    values: HashMap<Arc<str>, Meaning>,
    types: Spelled<Type>,
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

#[derive(Debug, Clone)]
struct Name {
    name: Arc<str>,
    /// `None` for the name of a member.
    meaning: Option<Meaning>,
}

/// Names that are bound around a source, and how often.
#[derive(Debug, Default)]
pub(crate) struct Around(HashMap<Arc<str>, usize>);

impl Around {
    pub(crate) fn bind(&mut self, name: &Arc<str>) {
        *self.0.entry(name.clone()).or_default() += 1;
    }

    pub(crate) fn unbind(&mut self, name: &str) {
        if let Some(count) = self.0.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(name);
            }
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
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
        if let Some(entry) = self.spelled.entry(&name)
            && (meaning.is_some() || entry.is_none())
        {
            *entry = Some(Name { name, meaning });
        }
    }

    /// A name of a type.
    pub(crate) fn add_type(&mut self, name: &str, named: Type) {
        if let Some(entry) = self.types.entry(name) {
            *entry = Some(named);
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
        let own = self.spelled.longest(tokens, fits);
        let own = own.map(|(name, length)| Found {
            name: name.name.clone(),
            length,
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
        match self.types.longest(tokens, |_| true) {
            Some((named, length)) => Some((named.clone(), length)),
            None => self.base.as_ref()?.type_at(tokens),
        }
    }
}
