//! Sources that are parts of a decision model.

use super::{Parse, Parser};
use crate::ast::{Node, UnaryTests};
use crate::error::CompileError;
use crate::limits::Limits;
use crate::names::{Around, Names};
use crate::variables::Variables;

/// A place in a decision model where a source stands.
pub(crate) struct Place<'a> {
    pub(crate) known: &'a Names,
    pub(crate) around: &'a Around,
    /// How many filters surround it.
    pub(crate) filters: usize,
    pub(crate) variables: &'a mut Variables,
}

impl Place<'_> {
    /// Parses an expression, and tells whether it is [`Parsed::inline`].
    pub(crate) fn expression(
        &mut self,
        source: &str,
        limits: &Limits,
    ) -> Result<(Node, bool), CompileError> {
        self.parse(source, limits, |parser| parser.expression())
    }

    /// Parses what stands in a cell of conditions or restricts a type (DMN 1.5, 7.3.3).
    pub(crate) fn unary_tests(
        &mut self,
        source: &str,
        limits: &Limits,
    ) -> Result<(UnaryTests, bool), CompileError> {
        if source.trim().is_empty() || source.trim() == "-" {
            return Ok((UnaryTests::Anything, true));
        }
        self.parse(source, limits, |parser| parser.unary_tests())
    }

    fn parse<T>(
        &mut self,
        source: &str,
        limits: &Limits,
        rule: impl FnOnce(&mut Parser<'_>) -> Parse<T>,
    ) -> Result<(T, bool), CompileError> {
        let mut parser = Parser::new(source, Some(self.known), limits)?;
        parser.around = Some(self.around);
        parser.filters = self.filters;
        parser.variables = std::mem::take(self.variables);
        let made = rule(&mut parser).and_then(|made| parser.end().map(|()| made));
        *self.variables = parser.variables;
        made.map(|made| (made, parser.inline))
    }
}
