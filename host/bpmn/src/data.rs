//! Data objects, properties, data inputs and outputs, and their associations (10.4).

use std::collections::HashMap;

use crate::draft::Draft;
use crate::graph::{Assignment, DataAssociation, DataItem, InputOutput, NodeIx, ROOT, Value};
use crate::xml::Element;

/// Reads the data that an element has and what moves it.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, ix: NodeIx) {
    let place = draft.places[ix.at()];
    let element = place.element;
    let inputs = associations(draft, element, "dataInputAssociation");
    let outputs = associations(draft, element, "dataOutputAssociation");
    let io = element.child("ioSpecification").map(input_output);
    let properties: Vec<_> = named(element, "property").map(item).collect();
    let is_scope = place.kind.class.is_scope();
    if is_scope {
        let mut data = data_objects(element);
        data.extend(properties.iter().cloned());
        draft.part(ix).data = data;
    }
    let own_properties = !is_scope && !properties.is_empty();
    if inputs.is_empty() && outputs.is_empty() && io.is_none() && !own_properties {
        return;
    }
    let extras = draft.part(ix).extras_mut();
    extras.input_output = io;
    extras.data_inputs = inputs;
    extras.data_outputs = outputs;
    if own_properties {
        extras.data_properties = properties;
    }
}

/// Adds the references that stand in another scope than their data object.
pub(crate) fn connect(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        let place = draft.places[ix.at()];
        if !place.kind.class.is_scope() {
            continue;
        }
        for reference in named(place.element, "dataObjectReference") {
            let ids = (
                reference.reference("dataObjectRef"),
                reference.attribute("id"),
            );
            let (Some(object), Some(id)) = ids else {
                continue;
            };
            let mut scope = ix;
            while scope != ROOT
                && !draft.parts[scope.at()]
                    .data
                    .iter()
                    .any(|d| *d.id == *object)
            {
                scope = draft.places[scope.at()].scope;
            }
            if scope != ix
                && let Some(object) = draft.part(scope).data.iter_mut().find(|d| *d.id == *object)
            {
                object.references.push(id.into());
            }
        }
    }
}

fn named<'a>(element: Element<'a>, name: &'static str) -> impl Iterator<Item = Element<'a>> {
    element.children().filter(move |child| child.name() == name)
}

fn item(element: Element<'_>) -> DataItem {
    DataItem {
        id: element.attribute("id").unwrap_or_default().into(),
        name: element.attribute("name").map(Into::into),
        is_collection: element.flag("isCollection", false).unwrap_or(false),
        references: Vec::new(),
    }
}

/// The data objects of a scope with the references to each.
fn data_objects(scope: Element<'_>) -> Vec<DataItem> {
    let mut references: HashMap<&str, Vec<Box<str>>> = HashMap::new();
    for reference in named(scope, "dataObjectReference") {
        if let (Some(object), Some(id)) = (
            reference.reference("dataObjectRef"),
            reference.attribute("id"),
        ) {
            references.entry(object).or_default().push(id.into());
        }
    }
    let objects = named(scope, "dataObject").map(|object| {
        let mut data = item(object);
        data.references = references.remove(&*data.id).unwrap_or_default();
        data
    });
    objects.collect()
}

fn input_output(io: Element<'_>) -> InputOutput {
    let optional = named(io, "inputSet").flat_map(|set| {
        let refs = named(set, "optionalInputRefs");
        refs.map(|reference| io.local_id(&reference.text()).into())
            .collect::<Vec<Box<str>>>()
    });
    InputOutput {
        inputs: named(io, "dataInput").map(item).collect(),
        outputs: named(io, "dataOutput").map(item).collect(),
        optional: optional.collect(),
    }
}

fn associations<'a>(
    draft: &mut Draft<'a, '_>,
    element: Element<'a>,
    name: &'static str,
) -> Vec<DataAssociation> {
    let mut read = Vec::new();
    for association in named(element, name) {
        let transformation = association.child("transformation");
        let mut assignments = Vec::new();
        for assignment in named(association, "assignment") {
            let (Some(from), Some(to)) = (assignment.child("from"), assignment.child("to")) else {
                let message = "the assignment needs a 'from' and a 'to'; give it both";
                draft.error("assignment-incomplete", assignment, message.to_owned());
                continue;
            };
            assignments.extend(text(draft, from).map(|from| Assignment {
                from,
                to: to.text().into(),
            }));
        }
        let ids = named(association, "sourceRef");
        let sources = ids.map(|id| association.local_id(&id.text()).into());
        read.push(DataAssociation {
            sources: sources.collect(),
            target: association
                .child("targetRef")
                .map(|id| association.local_id(&id.text()).into()),
            transformation: transformation.and_then(|expression| text(draft, expression)),
            assignments,
        });
    }
    read
}

/// An expression where it is FEEL, a text otherwise.
fn text<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>) -> Option<Value> {
    draft.check_expression_language(element);
    draft.value(element, &element.text())
}
