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

/// What a source was parsed to.
pub(crate) struct Piece<T> {
    pub(crate) made: T,
    /// As [`Parsed::inline`](super::Parsed::inline).
    pub(crate) inline: bool,
    /// What is `null` whatever the data, such as the call of a function that is not there. In a
    /// process that is an error; DMN and Camunda 8 evaluate it.
    pub(crate) doubts: Vec<CompileError>,
}

impl Place<'_> {
    /// Parses an expression.
    pub(crate) fn expression(
        &mut self,
        source: &str,
        limits: &Limits,
    ) -> Result<Piece<Node>, CompileError> {
        self.parse(source, limits, |parser| parser.expression())
    }

    /// Parses what stands in a cell of conditions or restricts a type (DMN 1.5, 7.3.3).
    pub(crate) fn unary_tests(
        &mut self,
        source: &str,
        limits: &Limits,
    ) -> Result<Piece<UnaryTests>, CompileError> {
        if source.trim().is_empty() || source.trim() == "-" {
            return Ok(Piece {
                made: UnaryTests::Anything,
                inline: true,
                doubts: Vec::new(),
            });
        }
        self.parse(source, limits, |parser| parser.unary_tests())
    }

    fn parse<T>(
        &mut self,
        source: &str,
        limits: &Limits,
        rule: impl FnOnce(&mut Parser<'_>) -> Parse<T>,
    ) -> Result<Piece<T>, CompileError> {
        let mut parser = Parser::new(source, Some(self.known), limits)?;
        parser.around = Some(self.around);
        parser.doubts = Some(Vec::new());
        parser.filters = self.filters;
        parser.variables = std::mem::take(self.variables);
        let made = rule(&mut parser).and_then(|made| parser.end().map(|()| made));
        *self.variables = parser.variables;
        Ok(Piece {
            made: made?,
            inline: parser.inline,
            doubts: parser.doubts.unwrap_or_default(),
        })
    }
}
