//! Names that every element of a file knows: types, and members of values.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyam_bpmn::dmn::{Expression, ItemDefinition, Logic};

use super::compile::Compiler;
use crate::names::Names;
use crate::types::Type;

impl Compiler<'_> {
    /// Types and members are known everywhere in a file.
    pub(super) fn share_names(&mut self) {
        let files = self.files();
        let mut members = BTreeSet::new();
        for file in &files {
            for item in &file.item_definitions {
                components(item, &mut members);
            }
            let expressions = file.decisions.iter().filter_map(|it| it.logic.as_ref());
            let bodies = file.knowledge.iter().filter_map(|it| it.logic.as_ref());
            for expression in expressions.chain(bodies.map(|logic| &*logic.body)) {
                entries(expression, &mut members);
            }
            for decision in &file.decisions {
                members.insert(&*decision.variable.name);
            }
        }
        for file in 0..files.len() {
            let mut names = Names::default();
            for member in &members {
                names.add_member(member);
            }
            let mut homes = self.files.imported(file);
            homes.push((file, ""));
            for (home, prefix) in homes {
                for item in &files[home].item_definitions {
                    let declared = self.declare(home, Some(&item.name), item.location);
                    let name = if prefix.is_empty() {
                        item.name.to_string()
                    } else {
                        format!("{prefix}.{}", item.name)
                    };
                    let wanted = declared.map_or(Type::Any, |declared| declared.wanted);
                    names.add_type(&name, wanted);
                }
            }
            self.shared.push(Arc::new(names));
        }
    }
}

/// Names of the components of a type. The depth is that of the XML.
fn components<'d>(item: &'d ItemDefinition, members: &mut BTreeSet<&'d str>) {
    for component in &item.components {
        members.insert(&*component.name);
        components(component, members);
    }
}

/// Names of the members that the contexts of an expression have. The depth is that of the XML.
fn entries<'d>(expression: &'d Expression, members: &mut BTreeSet<&'d str>) {
    match &expression.logic {
        Logic::Literal(_) => {}
        Logic::Table(table) => members.extend(table.outputs.iter().map(|output| &*output.name)),
        Logic::Context(list) => {
            for entry in list {
                members.extend(entry.variable.iter().map(|variable| &*variable.name));
                entries(&entry.value, members);
            }
        }
        Logic::Relation { columns, rows } => {
            members.extend(columns.iter().map(|column| &*column.name));
            rows.iter()
                .flatten()
                .for_each(|cell| entries(cell, members));
        }
        Logic::List(items) => items.iter().for_each(|item| entries(item, members)),
        Logic::Function(function) => entries(&function.body, members),
        Logic::Invocation {
            function,
            arguments,
        } => {
            entries(function, members);
            for argument in arguments {
                argument
                    .value
                    .iter()
                    .for_each(|value| entries(value, members));
            }
        }
        Logic::Conditional {
            condition,
            then,
            otherwise,
        } => [condition, then, otherwise]
            .into_iter()
            .for_each(|part| entries(part, members)),
        Logic::Filter { list, condition }
        | Logic::Quantified {
            list, condition, ..
        } => {
            entries(list, members);
            entries(condition, members);
        }
        Logic::For { list, result, .. } => {
            entries(list, members);
            entries(result, members);
        }
    }
}
