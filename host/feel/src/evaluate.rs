//! Evaluation of a syntax tree, under a budget.

mod loops;
mod operators;

use std::sync::Arc;

use crate::ast::{FunctionNode, Node, Suffix};
use crate::builtins::Pattern;
use crate::dmn::evaluate::Decisions;
use crate::error::EvaluationError;
use crate::limits::{Budget, Limits};
use crate::random::{Draws, Seed};
use crate::scope::{self, Scope};
use crate::temporal::{DateTime, Zone};
use crate::types::{Declared, Type};
use crate::value::{Context, Entries, Function, List, Range, Value};
use crate::{Now, json};

pub(crate) use operators::property;

pub(crate) type Eval<T> = Result<T, EvaluationError>;

/// Bytes a value takes in a list, for the memory budget.
pub(crate) const VALUE_BYTES: u64 = 48;

/// How often parts of one variable's text are read before all of it is.
const MAX_PARTS_READ: u8 = 8;

/// One evaluation: its variables, its clock and what is left of its budget.
pub(crate) struct Run<'a> {
    names: &'a [Arc<str>],
    /// JSON texts by the index of [`Node::Name`]; `None` is an absent variable.
    texts: Vec<Option<&'a str>>,
    values: Vec<Option<Value>>,
    /// Variables that were read and are absent, in that order, each once.
    missing: Vec<usize>,
    /// How often a part of the text was read.
    parts_read: Vec<u8>,
    /// Patterns compiled so far, the latest last.
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) limits: &'a Limits,
    now: Now,
    draws: Option<Draws>,
    /// What of a decision model is evaluated.
    pub(crate) decisions: Option<Decisions<'a>>,
    left: Budget,
    depth: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        names: &'a [Arc<str>],
        texts: Vec<Option<&'a str>>,
        limits: &'a Limits,
        budget: Budget,
        now: Now,
    ) -> Self {
        let values = vec![None; names.len()];
        Self {
            names,
            texts,
            values,
            missing: Vec::new(),
            parts_read: vec![0; names.len()],
            patterns: Vec::new(),
            limits,
            now,
            draws: None,
            decisions: None,
            left: budget,
            depth: 0,
        }
    }

    /// Pays for work in proportion to `count` elements.
    pub(crate) fn charge(&mut self, count: usize) -> Eval<()> {
        let left = self.left.steps.checked_sub(count as u64);
        self.left.steps = left.ok_or(EvaluationError::TooManySteps)?;
        Ok(())
    }

    /// Pays for memory; what is freed again is not paid back.
    pub(crate) fn charge_bytes(&mut self, bytes: u64) -> Eval<()> {
        let left = self.left.bytes.checked_sub(bytes);
        self.left.bytes = left.ok_or(EvaluationError::TooMuchMemory)?;
        Ok(())
    }

    /// Pays for comparing two values.
    fn charge_pair(&mut self, left: &Value, right: &Value) -> Eval<()> {
        self.charge(left.weight().min(right.weight()) - 1)
    }

    /// Makes a text of `length` bytes affordable, before it is built.
    pub(crate) fn charge_text(&mut self, length: usize) -> Eval<()> {
        self.charge(length / 64)?;
        self.charge_bytes(length as u64)
    }

    pub(crate) fn text(&mut self, text: impl AsRef<str>) -> Eval<Value> {
        self.charge_text(text.as_ref().len())?;
        Ok(Value::text(text.as_ref()))
    }

    pub(crate) fn list(&mut self, items: Vec<Value>) -> Eval<Value> {
        self.charge(items.len())?;
        self.charge_bytes(items.len() as u64 * VALUE_BYTES)?;
        let depth = self.nest(items.iter().map(Value::depth).max())?;
        Ok(Value::List(Arc::new(List {
            weight: Value::weight_of(&items),
            items,
            depth,
        })))
    }

    pub(crate) fn context(&mut self, entries: Entries) -> Eval<Value> {
        self.charge(entries.len())?;
        self.charge_bytes(entries.len() as u64 * 2 * VALUE_BYTES)?;
        let depth = self.nest(entries.values().map(Value::depth).max())?;
        Ok(Value::Context(Arc::new(Context {
            weight: Value::weight_of_entries(&entries),
            entries,
            depth,
        })))
    }

    pub(crate) fn nest(&self, inner: Option<usize>) -> Eval<usize> {
        let depth = inner.unwrap_or(0) + 1;
        let limit = self.limits.max_value_nesting;
        if depth > limit {
            Err(EvaluationError::ResultTooDeep { limit })
        } else {
            Ok(depth)
        }
    }

    /// Lets the evaluation draw random values.
    pub(crate) fn seed(&mut self, seed: Option<Seed>) {
        self.draws = seed.map(Draws::new);
    }

    pub(crate) fn draw(&mut self) -> Eval<&mut Draws> {
        self.draws.as_mut().ok_or(EvaluationError::NoSeed)
    }

    /// Names of variables that were read and are absent.
    pub(crate) fn missing(&self) -> Vec<Box<str>> {
        let names = self
            .missing
            .iter()
            .map(|index| (&*self.names[*index]).into());
        names.collect()
    }

    /// The injected time.
    pub(crate) fn now(&self) -> Eval<DateTime> {
        DateTime::from_now(self.now).ok_or(EvaluationError::NowOutOfRange(self.now.0))
    }

    pub(crate) fn today(&self) -> Eval<Value> {
        let now = self.now()?;
        debug_assert!(now.zone != Zone::Local);
        Ok(Value::Date(now.civil.date()))
    }

    pub(crate) fn evaluate(&mut self, node: &Node, scope: &Scope) -> Eval<Value> {
        self.charge(1)?;
        self.deeper(|run| run.dispatch(node, scope))
    }

    /// Does something one level deeper; every recursion but those over one value goes through here.
    pub(crate) fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.depth == self.limits.max_evaluation_depth {
            return Err(EvaluationError::TooDeepRecursion {
                limit: self.limits.max_evaluation_depth,
            });
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    /// Every arm is a call: a local of any arm would take stack at every level.
    fn dispatch(&mut self, node: &Node, scope: &Scope) -> Eval<Value> {
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Name {
                name,
                local,
                variable,
            } => self.name(name, *local, *variable, scope),
            Node::List(nodes) => self.list_literal(nodes, scope),
            Node::Context(entries) => self.context_literal(entries, scope),
            Node::Range {
                start,
                start_closed,
                end,
                end_closed,
            } => self.range((start, *start_closed), (end, *end_closed), scope),
            Node::Interval(point) => self.interval(point, scope),
            Node::Negate(node) => Ok(operators::negate(&self.evaluate(node, scope)?)),
            Node::Arithmetic(first, rest) => self.chain(first, rest, scope),
            Node::Compare(operator, left, right) => self.comparison(*operator, left, right, scope),
            Node::Between(value, low, high) => self.between(value, low, high, scope),
            Node::In(value, tests) => self.is_in(value, tests, scope),
            Node::InstanceOf(value, wanted) => self.instance_of(value, wanted, scope),
            Node::And(nodes) => self.connect(nodes, false, scope),
            Node::Or(nodes) => self.connect(nodes, true, scope),
            Node::If(branches, otherwise) => self.choose(branches, otherwise, scope),
            Node::For {
                sources,
                body,
                partial,
            } => self.for_each(sources, body, *partial, scope),
            Node::Quantified {
                every,
                sources,
                condition,
            } => self.quantify(*every, sources, condition, scope),
            Node::Function(definition) => self.function(definition, scope),
            Node::Call(builtin, nodes) => {
                let arguments = self.all(nodes, scope)?;
                (builtin.run)(self, &arguments)
            }
            Node::Postfix(base, suffixes) => self.postfix(base, suffixes, scope),
            Node::Global(number) => self.global(*number),
            Node::Typed(node, declared) => self.typed(node, declared, scope),
            Node::Row(entries) => self.row(entries, scope),
            Node::Scoped(entries, result) => self.scoped(entries, result, scope),
            Node::Table(table) => self.table(table, scope),
            Node::Service(number) => self.service(*number, scope),
        }
    }

    fn list_literal(&mut self, nodes: &[Node], scope: &Scope) -> Eval<Value> {
        let items = self.all(nodes, scope)?;
        self.list(items)
    }

    fn range(&mut self, start: (&Node, bool), end: (&Node, bool), scope: &Scope) -> Eval<Value> {
        let range = Range {
            start: self.evaluate(start.0, scope)?,
            start_closed: start.1,
            end: self.evaluate(end.0, scope)?,
            end_closed: end.1,
        };
        self.nest(Some(range.start.depth().max(range.end.depth())))?;
        Ok(Value::Range(Arc::new(range)))
    }

    fn interval(&mut self, point: &Node, scope: &Scope) -> Eval<Value> {
        let point = self.evaluate(point, scope)?;
        self.nest(Some(point.depth()))?;
        Ok(Value::Range(Arc::new(Range {
            start: point.clone(),
            start_closed: true,
            end: point,
            end_closed: true,
        })))
    }

    fn choose(
        &mut self,
        branches: &[(Node, Node)],
        otherwise: &Node,
        scope: &Scope,
    ) -> Eval<Value> {
        let mut chosen = otherwise;
        for (condition, then) in branches {
            if matches!(self.evaluate(condition, scope)?, Value::Boolean(true)) {
                chosen = then;
                break;
            }
        }
        self.evaluate(chosen, scope)
    }

    fn instance_of(&mut self, value: &Node, wanted: &Type, scope: &Scope) -> Eval<Value> {
        let value = self.evaluate(value, scope)?;
        self.belongs(&value, wanted).map(Value::Boolean)
    }

    fn function(&mut self, definition: &Arc<FunctionNode>, scope: &Scope) -> Eval<Value> {
        let depth = self.nest(Some(scope::depth(scope)))?;
        self.charge_bytes(VALUE_BYTES)?;
        let function = Function {
            definition: definition.clone(),
            scope: scope.clone(),
            depth,
        };
        Ok(Value::Function(Arc::new(function)))
    }

    pub(crate) fn all(&mut self, nodes: &[Node], scope: &Scope) -> Eval<Vec<Value>> {
        nodes
            .iter()
            .map(|node| self.evaluate(node, scope))
            .collect()
    }

    fn name(
        &mut self,
        name: &str,
        local: bool,
        variable: Option<usize>,
        scope: &Scope,
    ) -> Eval<Value> {
        if local {
            let (found, visited) = scope::find(scope, name);
            self.charge(visited / 8)?;
            if let Some(value) = found {
                return Ok(value);
            }
        }
        variable.map_or(Ok(Value::Null), |index| self.variable(index))
    }

    /// Whether a variable is there.
    pub(crate) fn has_variable(&self, index: usize) -> bool {
        self.texts[index].is_some()
    }

    pub(crate) fn variable(&mut self, index: usize) -> Eval<Value> {
        if let Some(value) = &self.values[index] {
            return Ok(value.clone());
        }
        let value = match self.texts[index] {
            Some(text) => {
                self.charge(text.len() / 64)?;
                json::read(text, &self.names[index], self)?
            }
            None => {
                self.missing.push(index);
                Value::Null
            }
        };
        self.values[index] = Some(value.clone());
        Ok(value)
    }

    fn context_literal(&mut self, nodes: &[(Arc<str>, Node)], scope: &Scope) -> Eval<Value> {
        let mut entries = Entries::with_capacity(nodes.len());
        let mut inner = scope.clone();
        for (key, node) in nodes {
            let value = self.evaluate(node, &inner)?;
            inner = scope::bind(&inner, key.clone(), value.clone());
            entries.insert(key.clone(), value);
        }
        self.context(entries)
    }

    fn typed(&mut self, node: &Node, declared: &Declared, scope: &Scope) -> Eval<Value> {
        let value = self.evaluate(node, scope)?;
        self.declared(value, declared)
    }

    fn row(&mut self, nodes: &[(Arc<str>, Node)], scope: &Scope) -> Eval<Value> {
        let mut entries = Entries::with_capacity(nodes.len());
        for (key, node) in nodes {
            entries.insert(key.clone(), self.evaluate(node, scope)?);
        }
        self.context(entries)
    }

    fn scoped(&mut self, nodes: &[(Arc<str>, Node)], result: &Node, scope: &Scope) -> Eval<Value> {
        let mut inner = scope.clone();
        for (key, node) in nodes {
            let value = self.evaluate(node, &inner)?;
            inner = scope::bind(&inner, key.clone(), value);
        }
        self.evaluate(result, &inner)
    }

    /// A path from a variable reads only that path of the JSON text; everything else is stepwise.
    fn postfix(&mut self, base: &Node, suffixes: &[Suffix], scope: &Scope) -> Eval<Value> {
        let (mut value, rest) = self.base(base, suffixes, scope)?;
        for suffix in rest {
            value = match suffix {
                Suffix::Member(name) => self.member(&value, name)?,
                Suffix::Filter(condition) => self.filter(value, condition, scope)?,
                Suffix::Call(arguments) => self.invoke(&value, arguments, scope)?,
            };
        }
        Ok(value)
    }

    fn base<'s>(
        &mut self,
        base: &Node,
        suffixes: &'s [Suffix],
        scope: &Scope,
    ) -> Eval<(Value, &'s [Suffix])> {
        if let Node::Name {
            local: false,
            variable: Some(index),
            ..
        } = base
            && self.reads_a_part(*index, suffixes)
        {
            let members = suffixes
                .iter()
                .take_while(|suffix| matches!(suffix, Suffix::Member(_)))
                .count();
            let (path, after) = suffixes.split_at(members);
            let (text, name) = (self.texts[*index].unwrap_or("null"), &self.names[*index]);
            if let Some(part) = json::locate(text, path, name, self)? {
                return Ok((json::read_located(part, name, self)?, after));
            }
        }
        Ok((self.evaluate(base, scope)?, suffixes))
    }

    /// Whether reading a part of a variable's text is likely cheaper than reading all of it once.
    fn reads_a_part(&mut self, index: usize, suffixes: &[Suffix]) -> bool {
        let lazy = self.values[index].is_none()
            && self.texts[index].is_some()
            && self.parts_read[index] < MAX_PARTS_READ
            && matches!(suffixes.first(), Some(Suffix::Member(_)));
        self.parts_read[index] += u8::from(lazy);
        lazy
    }

    fn member(&mut self, value: &Value, name: &str) -> Eval<Value> {
        match value {
            Value::Context(context) => {
                Ok(context.entries.get(name).cloned().unwrap_or(Value::Null))
            }
            Value::List(list) => {
                let items = list.items.iter().map(|item| match item {
                    Value::Context(context) => {
                        context.entries.get(name).cloned().unwrap_or(Value::Null)
                    }
                    other => property(other, name),
                });
                let items = items.collect();
                self.list(items)
            }
            other => Ok(property(other, name)),
        }
    }

    fn invoke(
        &mut self,
        callee: &Value,
        arguments: &[(Option<Arc<str>>, Node)],
        scope: &Scope,
    ) -> Eval<Value> {
        let mut values = Vec::with_capacity(arguments.len());
        for (name, node) in arguments {
            values.push((name.clone(), self.evaluate(node, scope)?));
        }
        self.call(callee, values)
    }

    /// Calls a function value; a value that is none, or a wrong argument count, gives `null`.
    pub(crate) fn call(
        &mut self,
        callee: &Value,
        arguments: Vec<(Option<Arc<str>>, Value)>,
    ) -> Eval<Value> {
        let Value::Function(function) = callee else {
            return Ok(Value::Null);
        };
        let parameters = &function.definition.parameters;
        if parameters.len() != arguments.len() {
            return Ok(Value::Null);
        }
        let mut scope = function.scope.clone();
        for (position, (name, value)) in arguments.into_iter().enumerate() {
            self.charge(1)?;
            let position = match name {
                None => position,
                Some(name) => {
                    self.charge(parameters.len() / 8)?;
                    let Some(position) = parameters.iter().position(|own| *own == name) else {
                        return Ok(Value::Null);
                    };
                    position
                }
            };
            let value = match &function.definition.types[position] {
                Some(wanted) => self.coerce(value, wanted)?,
                None => value,
            };
            scope = scope::bind(&scope, parameters[position].clone(), value);
        }
        self.evaluate(&function.definition.body, &scope)
    }
}
