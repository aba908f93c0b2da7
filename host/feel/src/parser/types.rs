//! Types: `number`, `date and time`, `list<string>`, `context<a: number>`, `function<Any> -> Any`.

use std::sync::Arc;

use super::{Parse, Parser};
use crate::lexer::Kind;
use crate::types::{NAMES, Type};

impl Parser<'_> {
    pub(super) fn type_name(&mut self) -> Parse<Type> {
        self.nested(Self::type_here)
    }

    fn type_here(&mut self) -> Parse<Type> {
        if let Some((declared, length)) = self.known.and_then(|known| known.type_at(self.rest())) {
            (0..length).for_each(|_| self.advance());
            return Ok(declared);
        }
        for (name, plain) in NAMES {
            if let Some(length) = self.words_match(name) {
                (0..length).for_each(|_| self.advance());
                return if self.is_symbol("<") {
                    self.parts(plain)
                } else {
                    Ok(plain)
                };
            }
        }
        let error = self.error("expected a type, such as `number` or `list<string>`");
        if matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_)) {
            self.doubt(error)?;
            self.advance();
            return Ok(Type::Any);
        }
        Err(error)
    }

    /// What stands between `<` and `>`.
    fn parts(&mut self, whole: Type) -> Parse<Type> {
        if !matches!(
            whole,
            Type::List(_) | Type::Range(_) | Type::Context(_) | Type::Function(_)
        ) {
            return Err(self.error("this type has no parts"));
        }
        self.advance();
        let made = match whole {
            Type::List(_) => Type::List(Some(Arc::new(self.type_name()?))),
            Type::Range(_) => Type::Range(Some(Arc::new(self.type_name()?))),
            Type::Context(_) => Type::Context(Some(self.entry_types()?.into())),
            _ => return self.function_type(),
        };
        self.expect_symbol(">")?;
        Ok(made)
    }

    fn entry_types(&mut self) -> Parse<Vec<(Arc<str>, Type)>> {
        let mut entries: Vec<(Arc<str>, Type)> = Vec::new();
        loop {
            let name = self
                .argument_name()
                .ok_or_else(|| self.error("expected an entry's name and `:`"))?;
            if entries.iter().any(|(known, _)| *known == name) {
                return Err(self.error(format!("the entry `{name}` stands twice in this type")));
            }
            entries.push((name, self.type_name()?));
            if !self.take_symbol(",") {
                return Ok(entries);
            }
        }
    }

    fn function_type(&mut self) -> Parse<Type> {
        let mut parameters = Vec::new();
        while !self.take_symbol(">") {
            if !parameters.is_empty() {
                self.expect_symbol(",")?;
            }
            parameters.push(self.type_name()?);
        }
        self.expect_symbol("->")?;
        let result = Arc::new(self.type_name()?);
        Ok(Type::Function(Some((parameters.into(), result))))
    }

    /// The tokens from here on.
    pub(super) fn rest(&self) -> &[crate::lexer::Token] {
        &self.tokens[self.next..]
    }

    /// How many tokens a name takes here, if it stands here; its tokens are divided by spaces.
    pub(super) fn words_match(&self, name: &str) -> Option<usize> {
        let mut length = 0;
        for word in name.split(' ') {
            match self.kind_after(length) {
                Kind::Word(found) if **found == *word => length += 1,
                Kind::Symbol(found) if *found == word => length += 1,
                _ => return None,
            }
        }
        Some(length)
    }
}
