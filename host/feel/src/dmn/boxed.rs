//! Boxed expressions to nodes of the syntax tree, so that one evaluator with one budget does all.
//!
//! They nest as deep as the XML does, which its reader bounds.

use std::sync::Arc;

use anyam_bpmn::dmn::{
    self, Argument, ContextEntry, DecisionTable, Expression, InformationItem, Logic, Text,
};

use super::compile::{Compiler, typed};
use super::table::{Input, Output, Rule, Table};
use crate::ast::{FunctionNode, Node, Source, Suffix, Test, UnaryTests};
use crate::builtins;
use crate::error::CompileError;
use crate::limits::Limits;
use crate::names::Meaning;
use crate::parser::{Piece, Place};
use crate::value::Value;

impl Compiler<'_> {
    pub(super) fn boxed(&mut self, expression: &Expression) -> Node {
        let node = match &expression.logic {
            Logic::Literal(text) => self.expression(text),
            Logic::Table(table) => Node::Table(Arc::new(self.compile_table(table))),
            Logic::Context(entries) => self.context(entries),
            Logic::List(items) => Node::List(items.iter().map(|item| self.boxed(item)).collect()),
            Logic::Relation { columns, rows } => self.relation(columns, rows),
            Logic::Function(function) => {
                self.now.inline = false;
                Node::Function(self.function(function))
            }
            Logic::Invocation {
                function,
                arguments,
            } => self.invocation(function, arguments),
            Logic::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let branch = (self.boxed(condition), self.boxed(then));
                Node::If(vec![branch], Box::new(self.boxed(otherwise)))
            }
            Logic::Filter { list, condition } => self.filter(list, condition),
            Logic::For {
                variable,
                list,
                result,
            } => {
                let (source, body) = self.each(variable, list, result, true);
                Node::For {
                    sources: vec![source],
                    body: Box::new(body),
                    partial: true,
                }
            }
            Logic::Quantified {
                every,
                variable,
                list,
                condition,
            } => {
                let (source, body) = self.each(variable, list, condition, false);
                Node::Quantified {
                    every: *every,
                    sources: vec![source],
                    condition: Box::new(body),
                }
            }
        };
        let name = expression.type_ref.as_deref();
        let declared = self.declare(self.now.file, name, expression.location);
        typed(node, declared)
    }

    /// Binds a name around what `inner` compiles.
    fn around<T>(&mut self, names: &[Arc<str>], inner: impl FnOnce(&mut Self) -> T) -> T {
        names.iter().for_each(|name| self.bind(name));
        let made = inner(self);
        names.iter().for_each(|name| self.now.around.unbind(name));
        made
    }

    fn bind(&mut self, name: &Arc<str>) {
        // A name of several words is found where it is known.
        if self.now.names.meaning(name).is_none() {
            self.now.names.add(name, Meaning::Value);
        }
        self.now.around.bind(name);
    }

    fn context(&mut self, entries: &[ContextEntry]) -> Node {
        let mut made: Vec<(Arc<str>, Node)> = Vec::with_capacity(entries.len());
        let mut result = None;
        for entry in entries {
            let node = self.boxed(&entry.value);
            let Some(variable) = &entry.variable else {
                result = Some(node);
                continue;
            };
            let name: Arc<str> = (&*variable.name).into();
            let type_ref = variable.type_ref.as_deref();
            let declared = self.declare(self.now.file, type_ref, variable.location);
            made.push((name.clone(), typed(node, declared)));
            self.bind(&name);
        }
        for (name, _) in &made {
            self.now.around.unbind(name);
        }
        match result {
            None => Node::Context(made),
            Some(result) => Node::Scoped(made, Box::new(result)),
        }
    }

    fn relation(&mut self, columns: &[InformationItem], rows: &[Vec<Expression>]) -> Node {
        let mut declared = Vec::with_capacity(columns.len());
        for column in columns {
            declared.push(self.declare(self.now.file, column.type_ref.as_deref(), column.location));
        }
        let rows = rows.iter().map(|row| {
            let cells = columns.iter().zip(&declared).zip(row);
            let cells = cells.map(|((column, declared), cell)| {
                let node = typed(self.boxed(cell), declared.clone());
                ((&*column.name).into(), node)
            });
            Node::Row(cells.collect())
        });
        Node::List(rows.collect())
    }

    pub(super) fn function(&mut self, function: &dmn::Function) -> Arc<FunctionNode> {
        let names = function.parameters.iter();
        let parameters: Vec<Arc<str>> = names.map(|item| (&*item.name).into()).collect();
        let mut types = Vec::with_capacity(parameters.len());
        for item in &function.parameters {
            let declared = self.declare(self.now.file, item.type_ref.as_deref(), item.location);
            types.push(declared.map(|declared| declared.wanted));
        }
        let body = self.around(&parameters, |compiler| compiler.boxed(&function.body));
        Arc::new(FunctionNode {
            parameters,
            types,
            body,
        })
    }

    /// A call with named arguments. Those that a function of the model has and that are not given
    /// are `null`.
    fn invocation(&mut self, function: &Expression, arguments: &[Argument]) -> Node {
        let mut given: Vec<(Option<Arc<str>>, Node)> = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let node = match &argument.value {
                Some(value) => self.boxed(value),
                None => Node::Literal(Value::Null),
            };
            given.push((Some((&*argument.parameter.name).into()), node));
        }
        if let Logic::Literal(text) = &function.logic
            && self.now.names.meaning(&text.text).is_none()
            && let Some(builtin) = builtins::find(&text.text)
        {
            self.now.inline &= builtin.inline && self.now.filters == 0;
            return match builtin.arrange(given) {
                Ok(arguments) => Node::Call(builtin, arguments),
                Err(message) => {
                    self.fault(text, &message);
                    Node::Literal(Value::Null)
                }
            };
        }
        self.now.inline = false;
        let callee = self.boxed(function);
        if let Node::Global(number) = &callee {
            for parameter in &self.parameters[*number] {
                let is_given = given
                    .iter()
                    .any(|(name, _)| name.as_ref() == Some(parameter));
                if !is_given {
                    given.push((Some(parameter.clone()), Node::Literal(Value::Null)));
                }
            }
        }
        Node::Postfix(Box::new(callee), vec![Suffix::Call(given)])
    }

    fn filter(&mut self, list: &Expression, condition: &Expression) -> Node {
        let list = self.boxed(list);
        self.now.inline &= self.now.filters == 0;
        self.now.filters += 1;
        let condition = self.boxed(condition);
        self.now.filters -= 1;
        Node::Postfix(Box::new(list), vec![Suffix::Filter(condition)])
    }

    fn each(
        &mut self,
        variable: &str,
        list: &Expression,
        body: &Expression,
        partial: bool,
    ) -> ((Arc<str>, Source), Node) {
        self.now.inline = false;
        let list = self.boxed(list);
        let variable: Arc<str> = variable.into();
        let mut names = vec![variable.clone()];
        names.extend(partial.then(|| "partial".into()));
        let body = self.around(&names, |compiler| compiler.boxed(body));
        ((variable, Source::Each(list)), body)
    }

    fn compile_table(&mut self, table: &DecisionTable) -> Table {
        let columns = table.inputs.len() + table.outputs.len();
        let cells = table.rules.len().saturating_mul(columns);
        self.now.cells = self.now.cells.saturating_add(cells);
        // In a loop or a filter the whole table is gone through for each item.
        self.now.inline &= self.now.filters == 0;
        let mut inputs = Vec::with_capacity(table.inputs.len());
        for input in &table.inputs {
            let declared = self.declare(self.now.file, input.type_ref.as_deref(), input.location);
            inputs.push(Input {
                id: input.id.clone(),
                shown: shown(input.label.as_deref(), &input.expression.text),
                node: self.expression(&input.expression),
                declared,
            });
        }
        let mut outputs = Vec::with_capacity(table.outputs.len());
        for output in &table.outputs {
            let declared = self.declare(self.now.file, output.type_ref.as_deref(), output.location);
            let order = output.values.as_ref().map(|values| self.tests(values));
            outputs.push(Output {
                id: output.id.clone(),
                name: (&*output.name).into(),
                shown: shown(output.label.as_deref(), &output.name),
                declared,
                order: match order {
                    Some(UnaryTests::AnyOf(tests)) => tests,
                    _ => Vec::<Test>::new(),
                },
                default: output.default.as_ref().map(|text| self.expression(text)),
            });
        }
        let mut rules = Vec::with_capacity(table.rules.len());
        for rule in &table.rules {
            rules.push(Rule {
                id: rule.id.clone(),
                inputs: rule.inputs.iter().map(|text| self.tests(text)).collect(),
                outputs: rule
                    .outputs
                    .iter()
                    .map(|text| match text.text.is_empty() {
                        true => Node::Literal(Value::Null),
                        false => self.expression(text),
                    })
                    .collect(),
            });
        }
        Table {
            hit_policy: table.hit_policy,
            aggregation: table.aggregation,
            inputs,
            outputs,
            rules,
        }
    }

    fn expression(&mut self, text: &Text) -> Node {
        let parse = |place: &mut Place<'_>, limits: &Limits| place.expression(&text.text, limits);
        self.parsed(text, parse)
            .unwrap_or(Node::Literal(Value::Null))
    }

    fn tests(&mut self, text: &Text) -> UnaryTests {
        let parse = |place: &mut Place<'_>, limits: &Limits| place.unary_tests(&text.text, limits);
        self.parsed(text, parse).unwrap_or(UnaryTests::Anything)
    }

    fn parsed<T>(
        &mut self,
        text: &Text,
        parse: impl FnOnce(&mut Place<'_>, &Limits) -> Result<Piece<T>, CompileError>,
    ) -> Option<T> {
        let mut place = Place {
            known: &self.now.names,
            around: &self.now.around,
            filters: self.now.filters,
            variables: &mut self.program.variables,
        };
        match parse(&mut place, self.limits) {
            Ok(piece) => {
                self.now.inline &= piece.inline;
                for doubt in piece.doubts {
                    let message = format!("a part of the expression is always null: {doubt}");
                    let rule = ("dmn-always-null", Some(&*self.now.id));
                    let file = self.now.file;
                    self.files.warning(file, rule, text.location, message);
                }
                Some(piece.made)
            }
            Err(error) => {
                self.fault(text, &error.to_string());
                None
            }
        }
    }

    fn fault(&mut self, text: &Text, error: &str) {
        let file = self.now.file;
        let id = self.now.id.clone();
        let message = format!("the expression does not compile: {error}");
        let rule = ("dmn-expression", Some(&*id));
        self.files.error(file, rule, text.location, message);
    }
}

/// How the explanation names a column.
fn shown(label: Option<&str>, otherwise: &str) -> Box<str> {
    label.unwrap_or(otherwise).into()
}
