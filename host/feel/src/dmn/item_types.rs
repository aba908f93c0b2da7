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
    made: HashMap<(usize, Box<str>), State>,
    /// Types that are a part of themselves, by the number of [`Type::Item`].
    pub(super) items: Vec<Type>,
}

enum State {
    /// Being made: the number it has should it be a part of itself, and how far inside it began.
    Making(usize, usize),
    Made(Type),
}

/// Where a type is named.
#[derive(Clone, Copy)]
struct At<'n> {
    file: usize,
    owner: &'n str,
    location: Location,
    depth: usize,
    /// Lists and entries around it. Further inside a value is smaller, so there a type may be a part
    /// of itself.
    inside: usize,
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
        let at = At {
            file,
            owner,
            location,
            depth: 0,
            inside: 0,
        };
        self.named(making, name?, at)
    }

    fn named(&mut self, making: &mut Making<'_, '_>, name: &str, at: At<'_>) -> Option<Declared> {
        let (home, local) = home(making.files, at.file, name);
        if let Some(item) = find(making.files, home, local) {
            let wanted = self.item(making, home, item, at)?;
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
            "there is no type '{name}', so any value is taken; define an item of this name, or write \
             one of FEEL's types such as string or number"
        );
        let rule = ("dmn-type-unknown", Some(at.owner));
        making.files.warning(at.file, rule, at.location, message);
        None
    }

    /// The type of a file's own item definition.
    fn item(
        &mut self,
        making: &mut Making<'_, '_>,
        file: usize,
        item: &ItemDefinition,
        at: At<'_>,
    ) -> Option<Type> {
        let key = (file, item.name.clone());
        match self.made.get(&key) {
            Some(State::Made(made)) => return Some(made.clone()),
            Some(State::Making(number, began)) if at.inside > *began => {
                return Some(Type::Item(*number));
            }
            Some(State::Making(..)) => {
                let message = format!("the type '{}' is a part of itself; change it", item.name);
                let rule = ("dmn-type-cycle", None);
                making.files.error(file, rule, item.location, message);
                return None;
            }
            None => {}
        }
        let number = self.items.len();
        self.items.push(Type::Any);
        self.made
            .insert(key.clone(), State::Making(number, at.inside));
        let made = self.build(making, file, item, at);
        // What is wrong was told; whoever else names it takes anything.
        let kept = made.clone().unwrap_or(Type::Any);
        self.items[number] = kept.clone();
        self.made.insert(key, State::Made(kept));
        made
    }

    fn build(
        &mut self,
        making: &mut Making<'_, '_>,
        file: usize,
        item: &ItemDefinition,
        at: At<'_>,
    ) -> Option<Type> {
        if at.depth == MAX_DEPTH {
            let message = format!("types build on each other deeper than {MAX_DEPTH} levels");
            let rule = ("dmn-type-depth", None);
            making.files.error(file, rule, item.location, message);
            return None;
        }
        let here = At {
            file,
            owner: &item.name,
            location: item.location,
            depth: at.depth + 1,
            inside: at.inside + usize::from(item.is_collection),
        };
        let within = At {
            inside: here.inside + 1,
            ..here
        };
        let mut made = if let Some(function) = &item.function {
            let mut parameters = Vec::with_capacity(function.parameters.len());
            for parameter in &function.parameters {
                parameters.push(self.part(making, parameter.type_ref.as_deref(), within));
            }
            let result = self.part(making, function.output.as_deref(), within);
            Type::Function(Some((parameters.into(), Arc::new(result))))
        } else if item.components.is_empty() {
            self.part(making, item.type_ref.as_deref(), here)
        } else {
            let mut entries: Vec<(Arc<str>, Type)> = Vec::with_capacity(item.components.len());
            for component in &item.components {
                let part = self.build(making, file, component, within)?;
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

    fn part(&mut self, making: &mut Making<'_, '_>, name: Option<&str>, at: At<'_>) -> Type {
        let declared = name.and_then(|name| self.named(making, name, at));
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
