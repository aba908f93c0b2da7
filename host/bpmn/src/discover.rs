//! Finds the flow nodes of a process and reads each.

use crate::draft::{Draft, Part, Place};
use crate::elements::{self, Class, Kind};
use crate::graph::{NodeIx, ROOT};
use crate::vocabulary::{Standing, standing};
use crate::xml::Element;
use crate::{compensation, data, extensions, repetition};

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

/// As [`walk`], for a global task: a process with that one task in it.
pub(crate) fn enter_global_task<'a>(
    draft: &mut Draft<'a, '_>,
    element: Element<'a>,
    kind: &'static Kind,
) {
    draft.places.push(Place {
        element,
        kind: &elements::AROUND_GLOBAL_TASK,
        scope: ROOT,
    });
    draft.parts.push(Part::default());
    add(draft, element, kind, ROOT);
}

fn enter<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, scope: NodeIx) {
    let name = element.name();
    let is_connection = scope != ROOT && CONNECTIONS.contains(&name);
    if let Some(kind) = elements::find(name) {
        add(draft, element, kind, scope);
    } else if name == "sequenceFlow" {
        draft.flow_elements.push(element);
    } else if name == "association" {
        draft.associations.push(element);
    } else if !is_connection
        && !is_part(draft.places[scope.at()].kind, name)
        && let Some(standing) = standing(name)
    {
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
        if std::ptr::eq(place.kind, &elements::AROUND_GLOBAL_TASK) {
            draft.part(ix).kind = (place.kind.read)(draft, place);
            continue;
        }
        if !place.kind.class.is_scope() {
            check_children(draft, place);
        }
        extensions::check(draft, place);
        let kind = (place.kind.read)(draft, place);
        read_extras(draft, ix);
        data::read(draft, ix);
        let mappings = extensions::io_mapping::read(draft, place);
        let headers = extensions::task_headers::read(draft, place);
        let properties = extensions::properties::read(place.element);
        let part = draft.part(ix);
        part.kind = kind;
        part.mappings = mappings;
        part.headers = headers;
        part.properties = properties;
    }
    data::connect(draft);
    compensation::connect(draft);
}

/// Markers, listeners and what else few elements have.
fn read_extras(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let place = draft.places[ix.at()];
    let listeners = extensions::listeners::read(draft, place);
    let linked_resources = extensions::linked_resources::read(draft, place);
    let job_priority = extensions::job_priority::read(draft, place);
    if !listeners.is_empty() || !linked_resources.is_empty() || job_priority.is_some() {
        let extras = draft.part(ix).extras_mut();
        extras.listeners = listeners;
        extras.linked_resources = linked_resources;
        extras.job_priority = job_priority;
    }
    if !place.kind.class.is_activity() {
        return;
    }
    // Whoever decides what begins in an ad-hoc sub-process is told what its activities are for.
    if draft.places[place.scope.at()].kind.name == "adHocSubProcess"
        && let Some(documentation) = place.element.child("documentation")
    {
        draft.part(ix).extras_mut().documentation = Some(documentation.text().trim().into());
    }
    if let Some(repetition) = repetition::read(draft, place) {
        draft.part(ix).extras_mut().repetition = Some(repetition);
    }
    if draft.flag(place.element, "isForCompensation", false) {
        draft.part(ix).extras_mut().for_compensation = true;
    }
    if let Some(quantity) = quantity(draft, place.element, "startQuantity") {
        draft.part(ix).extras_mut().start_quantity = quantity;
    }
    if let Some(quantity) = quantity(draft, place.element, "completionQuantity") {
        draft.part(ix).extras_mut().completion_quantity = quantity;
    }
}

/// A number of tokens that is not the usual one.
fn quantity<'a>(
    draft: &mut Draft<'a, '_>,
    activity: Element<'a>,
    name: &'static str,
) -> Option<u32> {
    let text = activity.attribute(name)?.trim();
    match text.parse() {
        Ok(1) => None,
        Ok(quantity) if quantity > 0 => Some(quantity),
        _ => {
            let message = format!("{name}=\"{text}\" is no whole number of 1 or more; correct it");
            draft.error("quantity-invalid", activity, message);
            None
        }
    }
}

/// Whether the element around reads this child itself.
fn is_part(kind: &Kind, name: &str) -> bool {
    kind.parts.contains(&name)
        || kind.class.is_event() && is_event_definition(name)
        || kind.class.is_activity() && repetition::MARKERS.contains(&name)
}

fn check_children<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) {
    for child in place.element.children() {
        let name = child.name();
        if CONNECTIONS.contains(&name) || is_part(place.kind, name) {
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
    pub(crate) fn is_scope(self) -> bool {
        matches!(self, Self::Process | Self::SubProcess)
    }
}
