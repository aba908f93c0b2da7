//! The structural rules: what may connect to what.

use std::collections::HashSet;

use crate::draft::{Draft, Place};
use crate::elements::Class;
use crate::graph::{EventTrigger, FlowIx, NodeIx, NodeKind, ROOT, Value};

/// Checks every node and scope, and sets default flows and boundary lists.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        set_default_flow(draft, ix);
        check_connections(draft, ix);
        check_conditions(draft, ix);
        attach(draft, ix);
    }
    check_starts(draft);
    check_catchers(draft);
}

fn set_default_flow(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let place = draft.places[ix.at()];
    let Some(id) = place.element.reference("default") else {
        return;
    };
    if !place.kind.class.may_choose() {
        let message = format!(
            "a '{}' cannot have a default flow; remove it",
            place.element.name()
        );
        draft.error("default-flow-not-allowed", place.element, message);
        return;
    }
    let mut own = draft.parts[ix.at()].outgoing.iter().copied();
    let Some(flow) = own.find(|flow| *draft.flows[flow.at()].id == *id) else {
        if draft.broken_flows.contains(id) {
            return;
        }
        let message = format!(
            "the default flow '{id}' does not leave '{}'; choose one that does",
            place.element.attribute("id").unwrap_or_default()
        );
        draft.error("default-flow-missing", place.element, message);
        return;
    };
    if draft.flows[flow.at()].condition.take().is_some() {
        let message = "the condition of a default flow is not evaluated; remove it".to_owned();
        draft.warning(
            "default-flow-condition",
            draft.flow_places[flow.at()],
            message,
        );
    }
    draft.part(ix).default_flow = Some(flow);
}

fn check_connections(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let Place { element, kind, .. } = draft.places[ix.at()];
    let part = &draft.parts[ix.at()];
    let (incoming, outgoing) = (!part.incoming.is_empty(), !part.outgoing.is_empty());
    let (has_way_in, has_way_out) = (part.has_way_in, part.has_way_out);
    let name = element.name();
    match kind.class {
        Class::StartEvent => {
            if incoming {
                let message = "a sequence flow leads to the start event; let it end elsewhere";
                draft.error("start-event-incoming", element, message.to_owned());
            }
            if !has_way_out {
                let message = "no sequence flow leaves the start event; connect it";
                draft.warning("start-event-outgoing", element, message.to_owned());
            }
        }
        Class::EndEvent if outgoing => {
            let message = "a sequence flow leaves the end event; let it begin elsewhere";
            draft.error("end-event-outgoing", element, message.to_owned());
        }
        Class::BoundaryEvent => {
            if incoming {
                let message = "a sequence flow leads to the boundary event; let it end elsewhere";
                draft.error("boundary-event-incoming", element, message.to_owned());
            }
            if !has_way_out {
                let message = "no sequence flow leaves the boundary event; connect it to what is \
                               to happen";
                draft.error("boundary-event-outgoing", element, message.to_owned());
            }
        }
        _ => {}
    }
    let needs_incoming = !matches!(
        kind.class,
        Class::Process | Class::StartEvent | Class::BoundaryEvent
    );
    if needs_incoming && !has_way_in {
        let message =
            format!("no sequence flow leads to the '{name}', so it never runs; connect it");
        draft.warning("unreachable", element, message);
    }
}

/// Of several flows out of an exclusive gateway, each is chosen by its condition or is the default.
fn check_conditions(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let part = &draft.parts[ix.at()];
    if draft.places[ix.at()].kind.class != Class::ExclusiveGateway || part.outgoing.len() < 2 {
        return;
    }
    let (default, outgoing) = (part.default_flow, part.outgoing.clone());
    let chosen = |flow: &FlowIx| {
        let has = draft.flow_places[flow.at()]
            .child("conditionExpression")
            .is_some();
        has || Some(*flow) == default
    };
    let blind: Vec<_> = outgoing.into_iter().filter(|flow| !chosen(flow)).collect();
    for flow in blind {
        let message = "one of several sequence flows out of an exclusive gateway has no condition; \
                       give it one or make it the default flow";
        draft.error(
            "flow-condition-missing",
            draft.flow_places[flow.at()],
            message.to_owned(),
        );
    }
}

fn attach(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    if let Some(NodeKind::BoundaryEvent { attached_to, .. }) = draft.parts[ix.at()].kind {
        draft.part(attached_to).boundaries.push(ix);
    }
}

/// A process begins at one none start event, and so does a sub-process.
fn check_starts(draft: &mut Draft<'_, '_>) {
    let mut counts = vec![0_usize; draft.places.len()];
    for ix in draft.all().filter(|ix| *ix != ROOT) {
        let place = draft.places[ix.at()];
        if place.kind.class == Class::StartEvent {
            let count = &mut counts[place.scope.at()];
            *count += 1;
            if *count == 2 {
                let message = "the scope has more than one start event without a trigger; keep one";
                draft.error("start-event-count", place.element, message.to_owned());
            }
        }
    }
    for ix in draft.all() {
        let Place { element, kind, .. } = draft.places[ix.at()];
        let is_scope = matches!(kind.class, Class::Process | Class::SubProcess);
        if is_scope && counts[ix.at()] == 0 {
            let message = format!("the '{}' has no start event; add one", element.name());
            draft.error("start-event-missing", element, message);
        }
    }
}

/// Two boundary events of one activity must not wait for the same error or message: which of them
/// would get it is left open.
fn check_catchers(draft: &mut Draft<'_, '_>) {
    let mut seen: HashSet<(NodeIx, &'static str, Option<Box<str>>)> = HashSet::new();
    for ix in draft.all() {
        let Some(NodeKind::BoundaryEvent {
            attached_to,
            trigger,
            ..
        }) = &draft.parts[ix.at()].kind
        else {
            continue;
        };
        let (rule, waits_for) = match trigger {
            EventTrigger::Error(None) => ("boundary-error-duplicate", None),
            EventTrigger::Error(Some(error)) => (
                "boundary-error-duplicate",
                literal(&draft.error_definition(*error).code),
            ),
            EventTrigger::Message(message) => {
                let name = literal(&draft.message(*message).name);
                if name.is_none() {
                    continue;
                }
                ("boundary-message-duplicate", name)
            }
            _ => continue,
        };
        if !seen.insert((*attached_to, rule, waits_for)) {
            let message = "another boundary event of the activity waits for the same; remove one";
            draft.error(rule, draft.places[ix.at()].element, message.to_owned());
        }
    }
}

fn literal(value: &Value) -> Option<Box<str>> {
    match value {
        Value::Literal(text) => Some(text.clone()),
        Value::Expression(_) => None,
    }
}
