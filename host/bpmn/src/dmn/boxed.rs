//! Boxed expressions. They nest as deep as the XML does, which is bounded.

use std::collections::HashSet;

use super::reader::{Reader, name_of, type_ref};
use super::table;
use super::{Argument, ContextEntry, Expression, Function, Logic};
use crate::xml::Element;

/// Whether an element of this name is an expression.
pub(super) fn is_expression(name: &str) -> bool {
    [
        "literalExpression",
        "decisionTable",
        "context",
        "list",
        "relation",
        "functionDefinition",
        "invocation",
        "conditional",
        "filter",
        "for",
        "some",
        "every",
    ]
    .contains(&name)
}

/// Reads an expression; `None` where it is so wrong that there is a finding instead.
pub(super) fn expression(reader: &mut Reader<'_>, at: Element<'_>) -> Option<Expression> {
    let logic = match at.name() {
        "literalExpression" => Logic::Literal(literal(reader, at)?),
        "decisionTable" => Logic::Table(Box::new(table::table(reader, at)?)),
        "context" => Logic::Context(context(reader, at)),
        "list" => Logic::List(expressions(reader, at)),
        "relation" => relation(reader, at),
        "functionDefinition" => Logic::Function(function(reader, at)?),
        "invocation" => invocation(reader, at)?,
        "conditional" => Logic::Conditional {
            condition: part(reader, at, "if")?,
            then: part(reader, at, "then")?,
            otherwise: part(reader, at, "else")?,
        },
        "filter" => Logic::Filter {
            list: part(reader, at, "in")?,
            condition: part(reader, at, "match")?,
        },
        "for" => Logic::For {
            variable: iterator(reader, at),
            list: part(reader, at, "in")?,
            result: part(reader, at, "return")?,
        },
        "some" | "every" => Logic::Quantified {
            every: at.name() == "every",
            variable: iterator(reader, at),
            list: part(reader, at, "in")?,
            condition: part(reader, at, "satisfies")?,
        },
        name => {
            let message = format!("'{name}' is no expression of DMN; correct the name");
            reader.error("dmn-element-unknown", at, message);
            return None;
        }
    };
    Some(Expression {
        logic,
        type_ref: type_ref(at),
        location: at.location(),
    })
}

fn literal(reader: &mut Reader<'_>, at: Element<'_>) -> Option<super::Text> {
    if let Some(imported) = at.own_child("importedValues") {
        reader.error(
            "dmn-imported-values",
            imported,
            "imported values are not supported; write the expression itself",
        );
        return None;
    }
    Some(reader.text(at))
}

/// The expression inside a part that must be there, such as `then`.
fn part(reader: &mut Reader<'_>, at: Element<'_>, name: &str) -> Option<Box<Expression>> {
    let inner = at.own_child(name).and_then(|part| {
        part.own_children()
            .find(|child| is_expression(child.name()))
    });
    match inner {
        Some(inner) => expression(reader, inner).map(Box::new),
        None => {
            let message = format!(
                "the {} has no '{name}' with an expression; add it",
                at.name()
            );
            reader.error("dmn-part-missing", at, message);
            None
        }
    }
}

fn expressions(reader: &mut Reader<'_>, at: Element<'_>) -> Vec<Expression> {
    let inner: Vec<_> = at
        .own_children()
        .filter(|child| is_expression(child.name()))
        .collect();
    inner
        .into_iter()
        .filter_map(|child| expression(reader, child))
        .collect()
}

fn iterator(reader: &mut Reader<'_>, at: Element<'_>) -> Box<str> {
    let name = name_of(at.attribute("iteratorVariable").unwrap_or_default());
    if name.is_empty() {
        let message = format!("the '{}' has no iteratorVariable; name the item", at.name());
        reader.error("dmn-part-missing", at, message);
    }
    name
}

fn context(reader: &mut Reader<'_>, at: Element<'_>) -> Vec<ContextEntry> {
    let mut entries: Vec<ContextEntry> = Vec::new();
    let mut names = HashSet::new();
    let parts: Vec<_> = at
        .own_children()
        .filter(|part| part.name() == "contextEntry")
        .collect();
    for (position, part) in parts.iter().enumerate() {
        let variable = part
            .own_child("variable")
            .map(|variable| reader.information_item(variable));
        if let Some(variable) = &variable {
            if !names.insert(variable.name.clone()) || variable.name.is_empty() {
                let message = format!(
                    "the entry's name '{}' is empty or used before; give it another",
                    variable.name
                );
                reader.error("dmn-entry-name", *part, message);
            }
        } else if position + 1 < parts.len() {
            reader.error(
                "dmn-entry-name",
                *part,
                "only the last entry of a context may be without a name; name it",
            );
        }
        match expressions(reader, *part).pop() {
            Some(value) => entries.push(ContextEntry { variable, value }),
            None => reader.error(
                "dmn-part-missing",
                *part,
                "the entry has no expression; add one",
            ),
        }
    }
    entries
}

fn relation(reader: &mut Reader<'_>, at: Element<'_>) -> Logic {
    let mut columns = Vec::new();
    let mut rows = Vec::new();
    for part in at.own_children() {
        match part.name() {
            "column" => columns.push(reader.information_item(part)),
            "row" => {
                let row = expressions(reader, part);
                if row.len() != columns.len() {
                    let message = format!(
                        "the row has {} expressions for {} columns; add or remove some",
                        row.len(),
                        columns.len()
                    );
                    reader.error("dmn-row-length", part, message);
                }
                rows.push(row);
            }
            _ => {}
        }
    }
    Logic::Relation { columns, rows }
}

/// A `functionDefinition` or `encapsulatedLogic`.
pub(super) fn function(reader: &mut Reader<'_>, at: Element<'_>) -> Option<Function> {
    let kind = at.attribute("kind").unwrap_or("FEEL");
    if kind != "FEEL" {
        let message = format!(
            "a function of the kind '{kind}' would run code outside; write its body in FEEL"
        );
        reader.error("dmn-function-kind", at, message);
        return None;
    }
    let parameters: Vec<_> = at
        .own_children()
        .filter(|part| part.name() == "formalParameter")
        .collect();
    let parameters: Vec<_> = parameters
        .into_iter()
        .map(|part| reader.information_item(part))
        .collect();
    let mut names = HashSet::new();
    for parameter in &parameters {
        if !names.insert(&parameter.name) || parameter.name.is_empty() {
            let message = format!(
                "the parameter's name '{}' is empty or used before; give it another",
                parameter.name
            );
            reader.error("dmn-parameter-name", at, message);
        }
    }
    match expressions(reader, at).pop() {
        Some(body) => Some(Function {
            parameters,
            body: Box::new(body),
            location: at.location(),
        }),
        None => {
            reader.error(
                "dmn-part-missing",
                at,
                "the function has no body; add an expression",
            );
            None
        }
    }
}

fn invocation(reader: &mut Reader<'_>, at: Element<'_>) -> Option<Logic> {
    let Some(function) = expressions(reader, at).into_iter().next() else {
        reader.error(
            "dmn-part-missing",
            at,
            "the invocation does not say what to call; add an expression",
        );
        return None;
    };
    let mut arguments = Vec::new();
    for binding in at.own_children().filter(|part| part.name() == "binding") {
        let Some(parameter) = binding.own_child("parameter") else {
            reader.error(
                "dmn-part-missing",
                binding,
                "the binding has no parameter; name one",
            );
            continue;
        };
        arguments.push(Argument {
            parameter: reader.information_item(parameter),
            value: expressions(reader, binding).pop(),
        });
    }
    Some(Logic::Invocation {
        function: Box::new(function),
        arguments,
    })
}
