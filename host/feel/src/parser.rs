//! Tokens to syntax tree: the FEEL grammar of DMN 1.5, chapter 10, with the names of Camunda 8.

mod place;
mod primary;
mod types;

use std::sync::Arc;

pub(crate) use place::{Piece, Place};

use crate::ast::{Arithmetic, Comparison, FunctionNode, Node, Source, Test, UnaryTests};
use crate::error::{CompileError, position, syntax};
use crate::lexer::{Kind, Token, tokens};
use crate::limits::Limits;
use crate::names::{Around, Names};
use crate::variables::Variables;

/// A parsed source.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) root: Node,
    /// The variables it may read.
    pub(crate) variables: Variables,
    /// Whether everything in it is on the list of things that cost no more than text times data.
    pub(crate) inline: bool,
}

/// Parses a whole source.
pub(crate) fn parse(
    source: &str,
    known: Option<&Names>,
    limits: &Limits,
) -> Result<Parsed, CompileError> {
    let mut parser = Parser::new(source, known, limits)?;
    let root = parser.expression()?;
    parser.end()?;
    Ok(Parsed {
        root,
        variables: parser.variables,
        inline: parser.inline,
    })
}

/// How many parentheses after `in` are read a second time.
const MAX_RETRIES: usize = 64;

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    next: usize,
    nesting: usize,
    max_nesting: usize,
    /// Names a decision model gives; without one, names are single words.
    known: Option<&'a Names>,
    /// Names bound around the source; those of several words are known too.
    around: Option<&'a Around>,
    /// Names bound by the source itself, innermost last.
    locals: Vec<Arc<str>>,
    /// Names of more than one token that this source binds or that its contexts have as keys.
    spelled: Vec<(Arc<str>, Box<[Kind]>)>,
    /// How many filters surround the current place; inside one a name may be a member.
    filters: usize,
    variables: Variables,
    inline: bool,
    retries: usize,
    /// What is `null` whatever the data, where that is no error.
    doubts: Option<Vec<CompileError>>,
}

type Parse<T> = Result<T, CompileError>;

impl<'a> Parser<'a> {
    fn new(source: &'a str, known: Option<&'a Names>, limits: &Limits) -> Parse<Self> {
        if source.len() > limits.max_source_bytes {
            return Err(CompileError::TooLong {
                actual: source.len(),
                limit: limits.max_source_bytes,
            });
        }
        if source.trim().is_empty() {
            return Err(CompileError::Empty);
        }
        Ok(Self {
            source,
            tokens: tokens(source, limits)?,
            next: 0,
            nesting: 0,
            max_nesting: limits.max_nesting,
            known,
            around: None,
            locals: Vec::new(),
            spelled: Vec::new(),
            doubts: None,
            filters: 0,
            variables: Variables::default(),
            inline: true,
            retries: 0,
        })
    }

    fn end(&self) -> Parse<()> {
        if *self.kind() == Kind::End {
            Ok(())
        } else {
            Err(self.error("expected an operator or the end of the expression"))
        }
    }

    fn kind(&self) -> &Kind {
        &self.tokens[self.next].kind
    }

    fn kind_after(&self, offset: usize) -> &Kind {
        &self.tokens[(self.next + offset).min(self.tokens.len() - 1)].kind
    }

    fn advance(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }

    fn error(&self, message: impl Into<Box<str>>) -> CompileError {
        syntax(self.source, self.tokens[self.next].at, message)
    }

    fn forbidden(&self, what: &'static str) -> CompileError {
        let (line, column) = position(self.source, self.tokens[self.next].at);
        CompileError::Forbidden { what, line, column }
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.kind(), Kind::Symbol(s) if *s == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.kind(), Kind::Word(w) if &**w == word)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: &str) -> Parse<()> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            Err(self.error(format!("expected `{symbol}`")))
        }
    }

    fn expect_word(&mut self, word: &str) -> Parse<()> {
        if self.take_word(word) {
            Ok(())
        } else {
            Err(self.error(format!("expected `{word}`")))
        }
    }

    /// Runs a rule one nesting level down; the only place where the parser recurses.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.nesting == self.max_nesting {
            let (line, column) = position(self.source, self.tokens[self.next].at);
            return Err(CompileError::TooDeep {
                limit: self.max_nesting,
                line,
                column,
            });
        }
        self.nesting += 1;
        let result = rule(self);
        self.nesting -= 1;
        result
    }

    fn expression(&mut self) -> Parse<Node> {
        self.nested(|p| match p.kind() {
            Kind::Word(word) if p.known_here().is_none() => match &**word {
                "if" => p.conditional(),
                "for" => p.iteration(),
                "some" | "every" => p.quantified(),
                "function" if matches!(p.kind_after(1), Kind::Symbol("(")) => p.function(),
                _ => p.disjunction(),
            },
            _ => p.disjunction(),
        })
    }

    fn conditional(&mut self) -> Parse<Node> {
        let mut branches = Vec::new();
        while self.take_word("if") {
            let condition = self.expression()?;
            self.expect_word("then")?;
            let then = self.expression()?;
            branches.push((condition, then));
            self.expect_word("else")?;
        }
        Ok(Node::If(branches, Box::new(self.expression()?)))
    }

    fn iteration(&mut self) -> Parse<Node> {
        self.inline = false;
        self.advance();
        let bound = self.locals.len();
        let sources = self.sources()?;
        self.expect_word("return")?;
        self.locals.push("partial".into());
        let from = self.next;
        let body = Box::new(self.expression()?);
        self.locals.truncate(bound);
        let named =
            |t: &Token| matches!(&t.kind, Kind::Word(w) | Kind::Quoted(w) if &**w == "partial");
        let partial = self.tokens[from..self.next].iter().any(named);
        Ok(Node::For {
            sources,
            body,
            partial,
        })
    }

    fn quantified(&mut self) -> Parse<Node> {
        self.inline = false;
        let every = self.is_word("every");
        self.advance();
        let bound = self.locals.len();
        let sources = self.sources()?;
        self.expect_word("satisfies")?;
        let condition = Box::new(self.expression()?);
        self.locals.truncate(bound);
        Ok(Node::Quantified {
            every,
            sources,
            condition,
        })
    }

    fn sources(&mut self) -> Parse<Vec<(Arc<str>, Source)>> {
        let mut sources = Vec::new();
        loop {
            let name = self.new_name()?;
            self.expect_word("in")?;
            let start = self.expression()?;
            let source = if self.take_symbol("..") {
                Source::Between(start, self.expression()?)
            } else {
                Source::Each(start)
            };
            self.locals.push(name.clone());
            sources.push((name, source));
            if !self.take_symbol(",") {
                return Ok(sources);
            }
        }
    }

    fn function(&mut self) -> Parse<Node> {
        self.inline = false;
        self.advance();
        self.expect_symbol("(")?;
        let bound = self.locals.len();
        let mut parameters = Vec::new();
        let mut types = Vec::new();
        while !self.take_symbol(")") {
            if !parameters.is_empty() {
                self.expect_symbol(",")?;
            }
            let name = self.new_name()?;
            types.push(if self.take_symbol(":") {
                Some(self.type_name()?)
            } else {
                None
            });
            self.locals.push(name.clone());
            parameters.push(name);
        }
        if self.is_word("external") {
            return Err(self.forbidden("an external function"));
        }
        let body = self.expression()?;
        self.locals.truncate(bound);
        Ok(Node::Function(Arc::new(FunctionNode {
            parameters,
            types,
            body,
        })))
    }

    fn disjunction(&mut self) -> Parse<Node> {
        let first = self.conjunction()?;
        if !self.is_word("or") {
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.take_word("or") {
            terms.push(self.conjunction()?);
        }
        Ok(Node::Or(terms))
    }

    fn conjunction(&mut self) -> Parse<Node> {
        let first = self.comparison()?;
        if !self.is_word("and") {
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.take_word("and") {
            terms.push(self.comparison()?);
        }
        Ok(Node::And(terms))
    }

    fn comparison(&mut self) -> Parse<Node> {
        let left = self.sum()?;
        if let Some(operator) = self.comparison_operator() {
            let right = self.sum()?;
            return Ok(Node::Compare(operator, Box::new(left), Box::new(right)));
        }
        if self.take_word("between") {
            let low = self.sum()?;
            self.expect_word("and")?;
            return Ok(Node::Between(
                Box::new(left),
                Box::new(low),
                Box::new(self.sum()?),
            ));
        }
        if self.take_word("in") {
            return Ok(Node::In(Box::new(left), self.tests()?));
        }
        if self.is_word("instance") {
            self.advance();
            self.expect_word("of")?;
            let known = self.doubts.as_ref().map(Vec::len);
            let wanted = self.type_name()?;
            // Of a type that is not there nothing can be said.
            if self.doubts.as_ref().map(Vec::len) != known {
                return Ok(Node::Literal(crate::value::Value::Null));
            }
            return Ok(Node::InstanceOf(Box::new(left), wanted));
        }
        Ok(left)
    }

    fn comparison_operator(&mut self) -> Option<Comparison> {
        let Kind::Symbol(symbol) = self.kind() else {
            return None;
        };
        let operator = match *symbol {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        self.advance();
        Some(operator)
    }

    /// What stands after `in`: one test, or several in parentheses.
    fn tests(&mut self) -> Parse<Vec<Test>> {
        let start = self.next;
        if self.take_symbol("(") {
            let tests = self.listed_tests();
            let goes_on = matches!(
                self.kind(),
                Kind::Symbol("+" | "-" | "*" | "/" | "**" | "." | "[" | "..")
            );
            match tests {
                Ok(tests) if tests.len() > 1 || !goes_on => return Ok(tests),
                Err(error) if !goes_on => return Err(error),
                _ => {}
            }
            // `(1..5)` and `(1 + 2) * 3` are one test that begins with a parenthesis. Reading such
            // a parenthesis twice doubles the work at every level of nesting, so it is counted.
            self.retries += 1;
            if self.retries > MAX_RETRIES {
                return Err(self.error("too many parentheses after `in`"));
            }
            self.next = start;
        }
        Ok(vec![self.test(Self::sum)?])
    }

    /// `not(...)` around tests negates them all; a `not(...)` that goes on is a function call.
    fn unary_tests(&mut self) -> Parse<UnaryTests> {
        if self.is_word("not") && matches!(self.kind_after(1), Kind::Symbol("(")) {
            let start = self.next;
            let inline = self.inline;
            self.advance();
            self.advance();
            if let Ok(tests) = self.listed_tests()
                && *self.kind() == Kind::End
            {
                return Ok(UnaryTests::NoneOf(tests));
            }
            self.inline = inline;
            self.next = start;
        }
        let mut tests = vec![self.test(Self::expression)?];
        while self.take_symbol(",") {
            tests.push(self.test(Self::expression)?);
        }
        Ok(UnaryTests::AnyOf(tests))
    }

    fn listed_tests(&mut self) -> Parse<Vec<Test>> {
        let mut tests = vec![self.test(Self::expression)?];
        while self.take_symbol(",") {
            tests.push(self.test(Self::expression)?);
        }
        self.expect_symbol(")")?;
        Ok(tests)
    }

    fn test(&mut self, value: fn(&mut Self) -> Parse<Node>) -> Parse<Test> {
        if let Some(operator) = self.comparison_operator() {
            return Ok(Test::Compare(operator, self.nested(Self::sum)?));
        }
        self.locals.push("?".into());
        let from = self.next;
        let node = self.nested(value);
        self.locals.pop();
        let node = node?;
        let condition = self.tokens[from..self.next]
            .iter()
            .any(|token| token.kind == Kind::Symbol("?"));
        Ok(if condition {
            Test::Condition(node)
        } else {
            Test::Value(node)
        })
    }

    fn sum(&mut self) -> Parse<Node> {
        self.chain(Self::product, |symbol| match symbol {
            "+" => Some(Arithmetic::Add),
            "-" => Some(Arithmetic::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Parse<Node> {
        self.chain(Self::power, |symbol| match symbol {
            "*" => Some(Arithmetic::Multiply),
            "/" => Some(Arithmetic::Divide),
            _ => None,
        })
    }

    fn power(&mut self) -> Parse<Node> {
        let node = self.chain(Self::negation, |symbol| {
            (symbol == "**").then_some(Arithmetic::Power)
        })?;
        self.inline &=
            !matches!(&node, Node::Arithmetic(_, rest) if rest[0].0 == Arithmetic::Power);
        Ok(node)
    }

    fn chain(
        &mut self,
        operand: impl Fn(&mut Self) -> Parse<Node>,
        operator: impl Fn(&str) -> Option<Arithmetic>,
    ) -> Parse<Node> {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Kind::Symbol(symbol) = self.kind()
            && let Some(operator) = operator(symbol)
        {
            self.advance();
            rest.push((operator, operand(self)?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Node::Arithmetic(Box::new(first), rest)
        })
    }

    fn negation(&mut self) -> Parse<Node> {
        if self.take_symbol("-") {
            return Ok(Node::Negate(Box::new(self.nested(Self::negation)?)));
        }
        self.postfix()
    }

    /// A name this source binds; with the names of a decision model it may have several words.
    fn new_name(&mut self) -> Parse<Arc<str>> {
        let from = self.next;
        let mut name = self.name()?;
        while self.known.is_some()
            && let Kind::Word(word) = self.kind()
            && **word != *"in"
        {
            name = format!("{name} {word}").into();
            self.advance();
        }
        self.spell(&name, from, self.next);
        Ok(name)
    }

    /// Remembers how a name of more than one token is spelled.
    fn spell(&mut self, name: &Arc<str>, from: usize, to: usize) {
        if to > from + 1 && !self.spelled.iter().any(|(known, _)| known == name) {
            let kinds = self.tokens[from..to].iter().map(|token| token.kind.clone());
            self.spelled.push((name.clone(), kinds.collect()));
        }
    }

    /// As [`Parser::spell`], for a key that stands in quotes; one that is no name of FEEL is not found
    /// without quotes.
    fn spell_text(&mut self, name: &str) {
        let Ok(mut tokens) = tokens(name, &Limits::default()) else {
            return;
        };
        tokens.pop();
        let is_name = matches!(tokens.first().map(|token| &token.kind), Some(Kind::Word(_)));
        if is_name && tokens.len() > 1 && !self.spelled.iter().any(|(known, _)| **known == *name) {
            let kinds = tokens.into_iter().map(|token| token.kind);
            self.spelled.push((name.into(), kinds.collect()));
        }
    }

    /// Notes what is `null` whatever the data; where nobody takes notes it is an error.
    fn doubt(&mut self, error: CompileError) -> Parse<()> {
        match &mut self.doubts {
            Some(doubts) => {
                doubts.push(error);
                Ok(())
            }
            None => Err(error),
        }
    }

    fn name(&mut self) -> Parse<Arc<str>> {
        let name: Arc<str> = match self.kind() {
            Kind::Word(name) | Kind::Quoted(name) => (&**name).into(),
            _ => return Err(self.error("expected a name")),
        };
        self.advance();
        Ok(name)
    }
}
