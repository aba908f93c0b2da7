//! Finds the flow nodes of a process and reads each.

use crate::draft::{Draft, Part, Place};
use crate::elements::{self, Class, Kind};
use crate::extensions;
use crate::graph::{NodeIx, ROOT};
use crate::vocabulary::{Standing, standing};
use crate::xml::Element;

/// Children that any flow node may have and that say nothing the sequence flows do not.
const CONNECTIONS: [&str; 2] = ["incoming", "outgoing"];

/// Gives every flow node of the process its position: scope by scope, so that parents stand before
/// their children. The places are the work list, so nesting costs no stack.
pub(crate) fn walk<'a>(draft: &mut Draft<'a, '_>, process: Element<'a>) {
    add(draft, process, &elements::PROCESS, ROOT);
    let mut next = 0;
    while let Some(place) = draft.places.get(next).copied() {
        if place.kind.class.is_scope() {
            let scope = NodeIx(crate::draft::position(next));
            for child in place.element.children() {
                enter(draft, child, scope);
            }
        }
        next += 1;
    }
}

fn enter<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, scope: NodeIx) {
    let name = element.name();
    let is_connection = scope != ROOT && CONNECTIONS.contains(&name);
    if let Some(kind) = elements::find(name) {
        add(draft, element, kind, scope);
    } else if name == "sequenceFlow" {
        draft.flow_elements.push(element);
    } else if !is_connection && let Some(standing) = standing(name) {
        refuse(draft, element, standing);
    }
}

fn add<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, kind: &'static Kind, scope: NodeIx) {
    let ix = NodeIx(crate::draft::position(draft.places.len()));
    draft.places.push(Place {
        element,
        kind,
        scope,
    });
    draft.parts.push(Part::default());
    match element.attribute("id") {
        Some(id) => {
            draft.by_id.entry(id).or_insert(ix);
        }
        None => {
            let message = format!("the '{}' has no id; give it one", element.name());
            draft.error("id-missing", element, message);
        }
    }
}

/// Reports a BPMN element that cannot stand where it does; one that only describes is left out.
fn refuse<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, standing: Standing) {
    let name = element.name();
    match standing {
        Standing::Described => {}
        Standing::NotYet => {
            draft.refused.extend(element.attribute("id"));
            let message = format!("'{name}' is not supported yet; model it in another way");
            draft.error("not-supported", element, message);
        }
        Standing::Part => {
            let message = format!("'{name}' cannot stand here; move it into its element");
            draft.error("element-misplaced", element, message);
        }
    }
}

/// Reads what each node holds, after all positions are known.
pub(crate) fn read(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        let place = draft.places[ix.at()];
        check_attributes(draft, place);
        if !place.kind.class.is_scope() {
            check_children(draft, place);
        }
        extensions::check(draft, place);
        let kind = (place.kind.read)(draft, place);
        let mappings = extensions::io_mapping::read(draft, place);
        let headers = extensions::task_headers::read(draft, place);
        let properties = extensions::properties::read(place.element);
        let part = draft.part(ix);
        part.kind = kind;
        part.mappings = mappings;
        part.headers = headers;
        part.properties = properties;
    }
}

/// Attributes with an effect on execution that this version does not have.
fn check_attributes<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) {
    let element = place.element;
    if !place.kind.class.is_activity() {
        return;
    }
    for name in ["startQuantity", "completionQuantity"] {
        if element
            .attribute(name)
            .is_some_and(|quantity| quantity.trim() != "1")
        {
            let message = format!("{name} other than 1 is not supported yet; remove it");
            draft.error("not-supported", element, message);
        }
    }
    if draft.flag(element, "isForCompensation", false) {
        let message = "isForCompensation is not supported yet; remove it".to_owned();
        draft.error("not-supported", element, message);
    }
}

fn check_children<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) {
    let kind = place.kind;
    for child in place.element.children() {
        let name = child.name();
        let is_trigger = kind.class.is_event() && is_event_definition(name);
        if is_trigger || CONNECTIONS.contains(&name) || kind.parts.contains(&name) {
            continue;
        }
        let standing = standing(name).or(elements::find(name).map(|_| Standing::Part));
        if let Some(standing) = standing {
            refuse(draft, child, standing);
        }
    }
}

/// Whether a child of an event says what triggers it.
pub(crate) fn is_event_definition(name: &str) -> bool {
    name.ends_with("EventDefinition") || name == "eventDefinitionRef"
}

impl Class {
    fn is_scope(self) -> bool {
        matches!(self, Self::Process | Self::SubProcess)
    }
}
