//! Literals, names, brackets, and what may follow them.

use std::sync::Arc;

use super::{Parse, Parser};
use crate::ast::{Comparison, Node, Suffix};
use crate::builtins::{self, Builtin};
use crate::error::syntax;
use crate::lexer::Kind;
use crate::names::{Found, Meaning};
use crate::number::Number;
use crate::temporal;
use crate::value::Value;

/// Words that are never names.
const RESERVED: [&str; 14] = [
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "and",
    "or",
    "between",
    "instance",
    "external",
];

impl Parser<'_> {
    pub(super) fn postfix(&mut self) -> Parse<Node> {
        let base = self.primary()?;
        let mut suffixes = Vec::new();
        loop {
            if self.is_symbol(".") && matches!(self.kind_after(1), Kind::Word(_) | Kind::Quoted(_))
            {
                self.advance();
                suffixes.push(Suffix::Member(self.member()?));
            } else if self.is_symbol("[") && !self.opens_nothing() {
                self.advance();
                suffixes.push(Suffix::Filter(self.filter()?));
            } else if self.is_symbol("(") {
                if suffixes.is_empty()
                    && let Node::Name {
                        name, local: false, ..
                    } = &base
                    && self.filters == 0
                {
                    let error = self.error(format!("there is no function `{name}`"));
                    self.doubt(error)?;
                }
                self.inline = false;
                suffixes.push(Suffix::Call(self.arguments()?));
            } else {
                break;
            }
        }
        Ok(if suffixes.is_empty() {
            base
        } else {
            Node::Postfix(Box::new(base), suffixes)
        })
    }

    /// Whether the bracket here ends a range, as in `]1..5[`: nothing follows that a filter could
    /// begin with.
    fn opens_nothing(&self) -> bool {
        const AFTER: [&str; 7] = ["and", "or", "then", "else", "return", "satisfies", "in"];
        match self.kind_after(1) {
            Kind::Symbol(symbol) => [")", "]", "}", ",", ".", "="].contains(symbol),
            Kind::Word(word) => AFTER.contains(&&**word),
            Kind::End => true,
            Kind::Quoted(_) | Kind::Number(_) | Kind::Text(_) => false,
        }
    }

    /// A member's name; dates and ranges have some of two words.
    fn member(&mut self) -> Parse<Arc<str>> {
        for name in ["time offset", "start included", "end included"] {
            if self.words_match(name).is_some() {
                self.advance();
                self.advance();
                return Ok(name.into());
            }
        }
        if let Some(found) = self.known_member() {
            (0..found.length).for_each(|_| self.advance());
            return Ok(found.name);
        }
        self.name()
    }

    fn filter(&mut self) -> Parse<Node> {
        // A filter in a filter multiplies data with data.
        self.inline &= self.filters == 0;
        self.filters += 1;
        let condition = self.expression()?;
        self.filters -= 1;
        self.expect_symbol("]")?;
        Ok(condition)
    }

    fn primary(&mut self) -> Parse<Node> {
        match self.kind().clone() {
            Kind::Number(text) => {
                let number = Number::parse(&text)
                    .ok_or_else(|| self.error("the number does not fit 34 decimal digits"))?;
                self.advance();
                Ok(Node::Literal(Value::Number(number)))
            }
            Kind::Text(text) => {
                self.advance();
                Ok(Node::Literal(Value::text(&*text)))
            }
            Kind::Quoted(name) => {
                self.advance();
                Ok(self.reference(&name))
            }
            Kind::Word(word) => self.word(&word),
            Kind::Symbol("(") => self.parenthesis(),
            Kind::Symbol("[") => self.bracket(),
            Kind::Symbol("]") => self.range_from(false),
            Kind::Symbol("{") => self.context(),
            Kind::Symbol("?") if self.is_local("?") => {
                self.advance();
                Ok(self.reference("?"))
            }
            Kind::Symbol("@") => self.at_literal(),
            Kind::Symbol(_) => Err(self.error("expected a value")),
            Kind::End => Err(self.error("the expression ends where a value is expected")),
        }
    }

    fn word(&mut self, word: &str) -> Parse<Node> {
        let known = self.known_here();
        if let Some((builtin, length)) = self.builtin_here()
            && !self.is_local(word)
            && known.as_ref().is_none_or(|known| {
                known.length < length || (known.length == length && !known.callable)
            })
        {
            (0..length).for_each(|_| self.advance());
            return self.builtin_call(builtin);
        }
        if let Some(known) = known {
            (0..known.length).for_each(|_| self.advance());
            return Ok(self.reference(&known.name));
        }
        let literal = match word {
            "null" => Value::Null,
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            _ if RESERVED.contains(&word) => {
                return Err(self.error(format!("`{word}` cannot stand here")));
            }
            _ => {
                self.advance();
                return Ok(self.reference(word));
            }
        };
        self.advance();
        Ok(Node::Literal(literal))
    }

    /// The longest name here that is known to be one: a decision model's, or one of several words
    /// that the source itself binds.
    pub(super) fn known_here(&self) -> Option<Found> {
        let given = self.known.and_then(|known| match self.filters {
            0 => known.value_at(self.rest()),
            // Inside a filter the members of an element are names.
            _ => known.member_at(self.rest()),
        });
        let bound = |name: &str| self.filters > 0 || self.is_local(name);
        self.longer(given, bound)
    }

    /// The longest member name of several words here.
    fn known_member(&self) -> Option<Found> {
        let given = self.known.and_then(|known| known.member_at(self.rest()));
        self.longer(given, |_| true)
    }

    fn longer(&self, given: Option<Found>, fits: impl Fn(&str) -> bool) -> Option<Found> {
        let here = self.rest();
        let begins = |kinds: &[Kind]| {
            here.len() > kinds.len()
                && here
                    .iter()
                    .zip(kinds)
                    .all(|(token, kind)| token.kind == *kind)
        };
        let bound = self
            .spelled
            .iter()
            .filter(|(name, kinds)| begins(kinds) && fits(name))
            .map(|(name, kinds)| (name, kinds.len()))
            .max_by_key(|(_, length)| *length);
        match (given, bound) {
            (Some(given), Some((_, length))) if given.length >= length => Some(given),
            (given, None) => given,
            (_, Some((name, length))) => Some(Found {
                name: name.clone(),
                length,
                callable: true,
            }),
        }
    }

    fn meaning(&self, name: &str) -> Option<Meaning> {
        self.known.and_then(|known| known.meaning(name))
    }

    /// The built-in called here: its name, of one or more words, and then a parenthesis.
    fn builtin_here(&self) -> Option<(&'static Builtin, usize)> {
        let mut name = String::new();
        for length in 1..=5 {
            let Kind::Word(word) = self.kind_after(length - 1) else {
                return None;
            };
            if length > 1 {
                name.push(' ');
            }
            name.push_str(word);
            if matches!(self.kind_after(length), Kind::Symbol("(")) {
                return builtins::find(&name).map(|builtin| (builtin, length));
            }
        }
        None
    }

    fn builtin_call(&mut self, builtin: &'static Builtin) -> Parse<Node> {
        // Inside a filter a call is made once an element, over data as large as the list.
        self.inline &= builtin.inline && self.filters == 0;
        let at = self.next;
        let arguments = self.arguments()?;
        match builtin.arrange(arguments) {
            Ok(arguments) => Ok(Node::Call(builtin, arguments)),
            Err(message) => {
                let error = syntax(self.source, self.tokens[at].at, message);
                self.doubt(error)?;
                Ok(Node::Literal(Value::Null))
            }
        }
    }

    fn arguments(&mut self) -> Parse<Vec<(Option<Arc<str>>, Node)>> {
        self.expect_symbol("(")?;
        let mut arguments = Vec::new();
        while !self.take_symbol(")") {
            if !arguments.is_empty() {
                self.expect_symbol(",")?;
            }
            let name = self.argument_name();
            arguments.push((name, self.expression()?));
        }
        Ok(arguments)
    }

    /// `name:` before an argument.
    pub(super) fn argument_name(&mut self) -> Option<Arc<str>> {
        if let Some(found) = self.known_member()
            && matches!(self.kind_after(found.length), Kind::Symbol(":"))
        {
            (0..=found.length).for_each(|_| self.advance());
            return Some(found.name);
        }
        let mut words = Vec::new();
        while let Kind::Word(word) | Kind::Quoted(word) = self.kind_after(words.len()) {
            words.push(word.clone());
        }
        if words.is_empty() || !matches!(self.kind_after(words.len()), Kind::Symbol(":")) {
            return None;
        }
        let from = self.next;
        (0..=words.len()).for_each(|_| self.advance());
        let name = words.join(" ").into();
        self.spell(&name, from, self.next - 1);
        Some(name)
    }

    /// A key such as `top-10 rate`: a name with operators in it, up to the colon.
    fn key_with_symbols(&mut self) -> Option<Arc<str>> {
        let mut length = 0;
        while matches!(
            self.kind_after(length),
            Kind::Word(_)
                | Kind::Number(_)
                | Kind::Symbol("." | "/" | "-" | "+" | "*" | "**" | "'" | "\u{2019}")
        ) {
            length += 1;
        }
        let named = matches!(self.kind(), Kind::Word(_));
        if !named || !matches!(self.kind_after(length), Kind::Symbol(":")) {
            return None;
        }
        let (from, colon) = (self.next, self.next + length);
        let text = &self.source[self.tokens[from].at..self.tokens[colon].at];
        let name: Arc<str> = text.split_whitespace().collect::<Vec<_>>().join(" ").into();
        (0..=length).for_each(|_| self.advance());
        self.spell(&name, from, colon);
        Some(name)
    }

    fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|local| **local == *name)
            || self.around.is_some_and(|around| around.has(name))
    }

    fn reference(&mut self, name: &str) -> Node {
        let bound = self.is_local(name) || (self.filters > 0 && name == "item");
        let meaning = self.meaning(name);
        if let Some(Meaning::Function(number)) = meaning
            && !bound
        {
            // What its body costs is not known here.
            self.inline = false;
            return Node::Global(number);
        }
        let given = bound || meaning == Some(Meaning::Bound);
        let variable = (!given).then(|| self.variables.number(name));
        Node::Name {
            name: name.into(),
            local: bound || self.filters > 0 || meaning.is_some(),
            variable,
        }
    }

    fn parenthesis(&mut self) -> Parse<Node> {
        self.advance();
        if self.take_symbol("..") {
            return self.range_to(Node::Literal(Value::Null), false);
        }
        if let Some(operator) = self.comparison_operator() {
            return self.half_line(operator);
        }
        let inner = self.expression()?;
        if self.take_symbol("..") {
            return self.range_to(inner, false);
        }
        self.expect_symbol(")")?;
        Ok(inner)
    }

    /// `(< 10)`: all values on one side of a point, as a range.
    fn half_line(&mut self, operator: Comparison) -> Parse<Node> {
        let point = Box::new(self.expression()?);
        self.expect_symbol(")")?;
        let open = Box::new(Node::Literal(Value::Null));
        let (start, end, closed) = match operator {
            Comparison::Less | Comparison::LessOrEqual => {
                (open, point, operator == Comparison::LessOrEqual)
            }
            Comparison::Greater | Comparison::GreaterOrEqual => {
                (point, open, operator == Comparison::GreaterOrEqual)
            }
            Comparison::Equal => {
                return Ok(Node::Interval(point));
            }
            Comparison::NotEqual => {
                let error = self.error("what is not equal to a point is no range");
                self.doubt(error)?;
                return Ok(Node::Literal(Value::Null));
            }
        };
        let upwards = matches!(operator, Comparison::Greater | Comparison::GreaterOrEqual);
        Ok(Node::Range {
            start,
            start_closed: closed && upwards,
            end,
            end_closed: closed && !upwards,
        })
    }

    fn bracket(&mut self) -> Parse<Node> {
        if matches!(self.kind_after(1), Kind::Symbol("..")) {
            return self.range_from(true);
        }
        self.advance();
        if self.take_symbol("]") {
            return Ok(Node::List(Vec::new()));
        }
        let mut items = vec![self.expression()?];
        if self.take_symbol("..") {
            return self.range_to(items.remove(0), true);
        }
        while self.take_symbol(",") {
            items.push(self.expression()?);
        }
        self.expect_symbol("]")?;
        Ok(Node::List(items))
    }

    fn range_from(&mut self, closed: bool) -> Parse<Node> {
        self.advance();
        let start = if self.is_symbol("..") {
            Node::Literal(Value::Null)
        } else {
            self.expression()?
        };
        self.expect_symbol("..")?;
        self.range_to(start, closed)
    }

    fn range_to(&mut self, start: Node, start_closed: bool) -> Parse<Node> {
        let open_end = matches!(self.kind(), Kind::Symbol("]" | ")" | "["));
        let end = if open_end {
            Node::Literal(Value::Null)
        } else {
            self.expression()?
        };
        let end_closed = self.is_symbol("]");
        if !end_closed && !self.is_symbol(")") && !self.is_symbol("[") {
            return Err(self.error("expected the end of a range, `]`, `)` or `[`"));
        }
        self.advance();
        Ok(Node::Range {
            start: Box::new(start),
            start_closed,
            end: Box::new(end),
            end_closed,
        })
    }

    fn context(&mut self) -> Parse<Node> {
        self.advance();
        let bound = self.locals.len();
        let mut entries: Vec<(Arc<str>, Node)> = Vec::new();
        let mut twice = false;
        while !self.take_symbol("}") {
            if !entries.is_empty() {
                self.expect_symbol(",")?;
            }
            let key: Arc<str> = match self.kind().clone() {
                Kind::Text(text) => {
                    self.advance();
                    self.spell_text(&text);
                    (&*text).into()
                }
                _ => self
                    .argument_name()
                    .or_else(|| self.key_with_symbols())
                    .ok_or_else(|| self.error("expected a key and `:`"))?,
            };
            if matches!(self.tokens[self.next - 1].kind, Kind::Text(_)) {
                self.expect_symbol(":")?;
            }
            if entries.iter().any(|(known, _)| *known == key) {
                let error = self.error(format!("the key `{key}` stands twice in this context"));
                self.doubt(error)?;
                twice = true;
            }
            let value = self.expression()?;
            self.locals.push(key.clone());
            entries.push((key, value));
        }
        self.locals.truncate(bound);
        Ok(if twice {
            Node::Literal(Value::Null)
        } else {
            Node::Context(entries)
        })
    }

    fn at_literal(&mut self) -> Parse<Node> {
        let Kind::Text(text) = self.kind_after(1).clone() else {
            return Err(self.error("expected a text after `@`"));
        };
        let value = match temporal::parse_any(&text) {
            Some(value) => value,
            // As Camunda 8: a day that the calendar lacks is `null`.
            None if temporal::has_the_shape_of_a_date(&text) => Value::Null,
            None => {
                let error = self.error("this is no date, time, date and time or duration");
                self.doubt(error)?;
                Value::Null
            }
        };
        self.advance();
        self.advance();
        Ok(Node::Literal(value))
    }
}
