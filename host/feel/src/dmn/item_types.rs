//! Item definitions as types (DMN 1.5, 7.3.2).

use std::collections::HashMap;
use std::sync::Arc;

use anyam_bpmn::dmn::{ItemDefinition, Text};
use anyam_bpmn::graph::Location;

use super::link::Files;
use crate::ast::UnaryTests;
use crate::limits::Limits;
use crate::names::{Around, Names};
use crate::parser::{Piece, Place};
use crate::types::{Declared, Type};
use crate::variables::Variables;

/// How deep item definitions may build on each other.
const MAX_DEPTH: usize = 32;

/// The types of all files, made when they are first asked for.
#[derive(Default)]
pub(super) struct ItemTypes {
    /// `None` while a type is being made.
    made: HashMap<(usize, Box<str>), Option<Type>>,
}

/// What making a type needs.
pub(super) struct Making<'m, 'd> {
    pub(super) files: &'m mut Files<'d>,
    pub(super) variables: &'m mut Variables,
    pub(super) limits: &'m Limits,
}

impl ItemTypes {
    /// The type that a name stands for in a file; `None`, and a finding, where it stands for none.
    pub(super) fn declared(
        &mut self,
        making: &mut Making<'_, '_>,
        (file, owner): (usize, &str),
        name: Option<&str>,
        location: Location,
    ) -> Option<Declared> {
        let name = name?;
        self.named(making, (file, owner), name, location, 0)
    }

    fn named(
        &mut self,
        making: &mut Making<'_, '_>,
        (file, owner): (usize, &str),
        name: &str,
        location: Location,
        depth: usize,
    ) -> Option<Declared> {
        let (home, local) = home(making.files, file, name);
        if let Some(item) = find(making.files, home, local) {
            let wanted = self.item(making, home, item, depth)?;
            return Some(Declared {
                wanted,
                strict: true,
            });
        }
        if let Some(wanted) = of_feel(name) {
            return Some(Declared {
                wanted,
                strict: false,
            });
        }
        let message = format!(
            "there is no type '{name}'; define an item of this name, or write one of FEEL's types \
             such as string or number"
        );
        let rule = ("dmn-type-unknown", Some(owner));
        making.files.error(file, rule, location, message);
        None
    }

    /// The type of a file's own item definition.
    fn item(
        &mut self,
        making: &mut Making<'_, '_>,
        file: usize,
        item: &ItemDefinition,
        depth: usize,
    ) -> Option<Type> {
        let key = (file, item.name.clone());
        match self.made.get(&key) {
            Some(Some(made)) => return Some(made.clone()),
            Some(None) => {
                let message = format!("the type '{}' is a part of itself; change it", item.name);
                making
                    .files
                    .error(file, ("dmn-type-cycle", None), item.location, message);
                return None;
            }
            None => {}
        }
        self.made.insert(key.clone(), None);
        let made = self.build(making, file, item, depth);
        // What is wrong was told; whoever else names it takes anything.
        let kept = made.clone().unwrap_or(Type::Any);
        self.made.insert(key, Some(kept));
        made
    }

    fn build(
        &mut self,
        making: &mut Making<'_, '_>,
        file: usize,
        item: &ItemDefinition,
        depth: usize,
    ) -> Option<Type> {
        if depth == MAX_DEPTH {
            let message = format!("types build on each other deeper than {MAX_DEPTH} levels");
            making
                .files
                .error(file, ("dmn-type-depth", None), item.location, message);
            return None;
        }
        let mut made = if let Some(function) = &item.function {
            let mut parameters = Vec::with_capacity(function.parameters.len());
            for parameter in &function.parameters {
                parameters.push(self.part(
                    making,
                    file,
                    item,
                    parameter.type_ref.as_deref(),
                    depth,
                ));
            }
            let result = self.part(making, file, item, function.output.as_deref(), depth);
            Type::Function(Some((parameters.into(), Arc::new(result))))
        } else if item.components.is_empty() {
            self.part(making, file, item, item.type_ref.as_deref(), depth)
        } else {
            let mut entries: Vec<(Arc<str>, Type)> = Vec::with_capacity(item.components.len());
            for component in &item.components {
                let part = self.build(making, file, component, depth + 1)?;
                entries.push(((&*component.name).into(), part));
            }
            Type::Shape(entries.into())
        };
        if let Some(tests) = &item.allowed_values {
            made = self.restricted(making, file, made, tests);
        }
        if item.is_collection {
            made = Type::List(Some(Arc::new(made)));
        }
        if let Some(tests) = &item.type_constraint {
            made = self.restricted(making, file, made, tests);
        }
        Some(made)
    }

    fn part(
        &mut self,
        making: &mut Making<'_, '_>,
        file: usize,
        item: &ItemDefinition,
        name: Option<&str>,
        depth: usize,
    ) -> Type {
        let Some(name) = name else { return Type::Any };
        let owner = (file, &*item.name);
        let declared = self.named(making, owner, name, item.location, depth + 1);
        declared.map_or(Type::Any, |declared| declared.wanted)
    }

    fn restricted(
        &mut self,
        making: &mut Making<'_, '_>,
        file: usize,
        base: Type,
        text: &Text,
    ) -> Type {
        let mut place = Place {
            known: &Names::default(),
            around: &Around::default(),
            filters: 0,
            variables: making.variables,
        };
        match place.unary_tests(&text.text, making.limits) {
            Ok(Piece {
                made: UnaryTests::Anything,
                ..
            }) => base,
            Ok(piece) => Type::Restricted(Arc::new(base), Arc::new(piece.made)),
            Err(error) => {
                let message = format!("the allowed values do not compile: {error}");
                let rule = ("dmn-expression", None);
                making.files.error(file, rule, text.location, message);
                base
            }
        }
    }
}

/// The file whose type a name is, and its name there.
fn home<'n>(files: &Files<'_>, file: usize, name: &'n str) -> (usize, &'n str) {
    for (imported, prefix) in files.imported(file) {
        if prefix.is_empty() {
            if find(files, file, name).is_none() && find(files, imported, name).is_some() {
                return (imported, name);
            }
        } else if let Some(local) = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            return (imported, local);
        }
    }
    (file, name)
}

fn find<'d>(files: &Files<'d>, file: usize, name: &str) -> Option<&'d ItemDefinition> {
    files.items.get(&(file, name)).copied()
}

/// The types of FEEL as XML names them, and names that Camunda's modeler knows.
fn of_feel(name: &str) -> Option<Type> {
    Some(match name {
        "Any" | "any" => Type::Any,
        "number" | "integer" | "long" | "double" => Type::Number,
        "string" => Type::Text,
        "boolean" => Type::Boolean,
        "date" => Type::Date,
        "time" => Type::Time,
        "dateTime" | "date and time" => Type::DateTime,
        "dayTimeDuration" | "days and time duration" => Type::DayTime,
        "yearMonthDuration" | "years and months duration" => Type::YearMonth,
        "Null" | "null" => Type::Null,
        "list" => Type::List(None),
        "range" => Type::Range(None),
        "context" => Type::Context(None),
        "function" => Type::Function(None),
        _ => return None,
    })
}
