//! The structural rules: what may connect to what.

use std::collections::HashSet;

use crate::compensation;
use crate::draft::{Draft, Place};
use crate::elements::Class;
use crate::ends;
use crate::graph::{
    EventTrigger, FlowIx, Instantiation, NodeIx, NodeKind, ROOT, SubProcessFlavour, Value,
};
use crate::scopes::begins_by_itself;

/// Checks every node and scope, and sets default flows and boundary lists.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    let starts = draft.places.iter();
    let starts = starts.filter(|place| place.kind.class == Class::StartEvent);
    let with_start: HashSet<NodeIx> = starts.map(|place| place.scope).collect();
    for ix in draft.all() {
        set_default_flow(draft, ix);
        check_connections(draft, ix);
        warn_if_unreachable(draft, ix, &with_start);
        check_conditions(draft, ix);
        attach(draft, ix);
    }
    check_starts(draft);
    check_catchers(draft);
    compensation::check(draft);
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
    let has_way_out = part.has_way_out;
    let compensates = matches!(
        part.kind.as_ref().and_then(NodeKind::trigger),
        Some(EventTrigger::Compensation { .. })
    );
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
            if !has_way_out && !compensates {
                let message = "no sequence flow leaves the boundary event; connect it to what is \
                               to happen";
                draft.error("boundary-event-outgoing", element, message.to_owned());
            }
        }
        _ => {}
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

/// Warns of a node that no flow leads to and that does not begin in any other way. `with_start` are
/// the scopes that have a start event.
fn warn_if_unreachable(draft: &mut Draft<'_, '_>, ix: NodeIx, with_start: &HashSet<NodeIx>) {
    let Place { element, scope, .. } = draft.places[ix.at()];
    let in_ad_hoc = matches!(
        &draft.parts[scope.at()].kind,
        Some(NodeKind::SubProcess(inner)) if inner.ad_hoc().is_some()
    );
    let starts_instances = matches!(
        draft.parts[ix.at()].kind,
        Some(
            NodeKind::ReceiveTask {
                instantiate: true,
                ..
            } | NodeKind::EventBasedGateway(Instantiation::Exclusive | Instantiation::Parallel)
        )
    );
    let has_another_way =
        ix == ROOT || in_ad_hoc || starts_instances || !with_start.contains(&scope);
    if !has_another_way && begins_by_itself(draft, ix) {
        let message = format!(
            "no sequence flow leads to the '{}', so it never runs; connect it",
            element.name()
        );
        draft.warning("unreachable", element, message);
    }
}

/// A scope needs something to begin with; an event sub-process one start event with a trigger.
fn check_starts(draft: &mut Draft<'_, '_>) {
    let scopes = crate::scopes::collect(draft);
    for ix in draft.all() {
        let (Place { element, .. }, Some(scope)) = (draft.places[ix.at()], scopes.get(&ix)) else {
            continue;
        };
        let flavour = match &draft.parts[ix.at()].kind {
            Some(NodeKind::SubProcess(inner)) => Some(&inner.flavour),
            _ => None,
        };
        match flavour {
            Some(SubProcessFlavour::Event) => {
                if (scope.event_starts.len(), scope.none_starts.len()) != (1, 0) {
                    let message = "an event sub-process has exactly one start event, which has an \
                                   event definition; correct its start events";
                    draft.error("event-sub-process-start", element, message.to_owned());
                }
                ends::check(draft, ix, scope);
                let part = &draft.parts[ix.at()];
                if part.has_way_in || part.has_way_out {
                    let message = "an event sub-process has no sequence flow in or out; remove it";
                    draft.error("event-sub-process-flow", element, message.to_owned());
                }
            }
            Some(SubProcessFlavour::AdHoc(_)) => {}
            _ => {
                ends::check(draft, ix, scope);
                let begins = scope.none_starts.len()
                    + scope.event_starts.len()
                    + scope.implicit_starts.len();
                if begins == 0 {
                    let message = format!("the '{}' has no start event; add one", element.name());
                    draft.error("start-event-missing", element, message);
                }
                if ix != ROOT && scope.none_starts.len() > 1 {
                    let message = "a sub-process has one start event at most; let the others go";
                    draft.error("sub-process-start-count", element, message.to_owned());
                }
            }
        }
    }
}

/// Two boundary events of one activity must not wait for the same error, escalation or message:
/// which of them would get it is left open.
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
        let waits = trigger.parts().iter();
        let waits: Vec<_> = waits.filter_map(|part| caught(draft, part)).collect();
        let attached_to = *attached_to;
        for (rule, waits_for) in waits {
            if !seen.insert((attached_to, rule, waits_for)) {
                let message =
                    "another boundary event of the activity waits for the same; remove one";
                draft.error(rule, draft.places[ix.at()].element, message.to_owned());
            }
        }
    }
}

/// What only one boundary event of an activity may wait for; `None` in it is every code.
fn caught(
    draft: &Draft<'_, '_>,
    trigger: &EventTrigger,
) -> Option<(&'static str, Option<Box<str>>)> {
    match trigger {
        EventTrigger::Error(error) => {
            let code = error.map(|ix| literal(&draft.error_definition(ix).code));
            Some(("boundary-error-duplicate", code.flatten()))
        }
        EventTrigger::Escalation(escalation) => {
            let code = escalation.map(|ix| literal(&draft.escalation_definition(ix).code));
            Some(("boundary-escalation-duplicate", code.flatten()))
        }
        EventTrigger::Message(message) => {
            let name = literal(&draft.message(*message).name)?;
            Some(("boundary-message-duplicate", Some(name)))
        }
        EventTrigger::Signal(signal) => {
            let name = literal(&draft.signal_definition(*signal).name)?;
            Some(("boundary-signal-duplicate", Some(name)))
        }
        _ => None,
    }
}

fn literal(value: &Value) -> Option<Box<str>> {
    match value {
        Value::Literal(text) => Some(text.clone()),
        Value::Expression(_) => None,
    }
}
