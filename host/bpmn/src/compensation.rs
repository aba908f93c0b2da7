//! Which activity compensates which: associations from compensation boundary events (10.7.1); and
//! where compensation and cancel events may stand.

use crate::draft::{Draft, Place};
use crate::graph::{EventTrigger, NodeIx, NodeKind, ROOT, SubProcessFlavour};

/// Follows the associations, after every node was read.
pub(crate) fn connect(draft: &mut Draft<'_, '_>) {
    for association in std::mem::take(&mut draft.associations) {
        let end = |name| {
            let id = association.reference(name)?;
            draft.by_id.get(id).copied()
        };
        let (Some(source), Some(target)) = (end("sourceRef"), end("targetRef")) else {
            continue;
        };
        let Some(NodeKind::BoundaryEvent {
            attached_to,
            trigger: EventTrigger::Compensation { .. },
            ..
        }) = draft.parts[source.at()].kind
        else {
            continue;
        };
        let handler = draft.places[target.at()];
        let is_handler = handler.kind.class.is_activity()
            && handler.scope == draft.places[source.at()].scope
            && handler.element.flag("isForCompensation", false) == Ok(true);
        if !is_handler {
            let message = "the association of a compensation event leads to no compensation \
                           handler beside it; let it lead to an activity with \
                           isForCompensation=\"true\"";
            draft.error("compensation-handler", association, message.to_owned());
            continue;
        }
        draft.part(attached_to).extras_mut().compensation = Some(target);
    }
    for ix in draft.all() {
        let Some(NodeKind::BoundaryEvent {
            attached_to,
            trigger: EventTrigger::Compensation { .. },
            ..
        }) = draft.parts[ix.at()].kind
        else {
            continue;
        };
        let extras = draft.parts[attached_to.at()].extras.as_ref();
        if extras.is_none_or(|extras| extras.compensation.is_none()) {
            let message = "the compensation event has no handler; draw an association to an \
                           activity with isForCompensation=\"true\"";
            let element = draft.places[ix.at()].element;
            draft.error("compensation-handler", element, message.to_owned());
        }
    }
}

/// Checks handlers, what throw events name, and cancel events, after flows and scopes are known.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        check_flows(draft, ix);
        let Some(trigger) = draft.parts[ix.at()]
            .kind
            .as_ref()
            .and_then(NodeKind::trigger)
        else {
            continue;
        };
        for part in trigger.parts().to_vec() {
            match part {
                EventTrigger::Cancel => check_cancel(draft, ix),
                EventTrigger::Compensation {
                    activity: Some(activity),
                    ..
                } => check_visible(draft, ix, activity),
                _ => {}
            }
        }
    }
}

/// Neither a compensation boundary event nor its handler is a part of the flow (10.7.1).
fn check_flows(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let part = &draft.parts[ix.at()];
    let element = draft.places[ix.at()].element;
    let is_handler = part.extras.as_ref().is_some_and(|e| e.for_compensation);
    if is_handler && (part.has_way_in || part.has_way_out) {
        let message = "a compensation handler has no sequence flow in or out; remove it";
        draft.error("compensation-handler-flow", element, message.to_owned());
    }
    let compensates = matches!(
        draft.parts[ix.at()].kind,
        Some(NodeKind::BoundaryEvent {
            trigger: EventTrigger::Compensation { .. },
            ..
        })
    );
    if compensates && draft.parts[ix.at()].has_way_out {
        let message = "no sequence flow leaves a compensation boundary event; draw an association \
                       to its handler in place of it";
        draft.error("compensation-boundary-flow", element, message.to_owned());
    }
}

/// A throw event may name what stands in its own scope or in one around it (10.5.5).
fn check_visible(draft: &mut Draft<'_, '_>, event: NodeIx, activity: NodeIx) {
    let Place { element, scope, .. } = draft.places[event.at()];
    let wanted = draft.places[activity.at()].scope;
    let mut around = scope;
    while around != wanted {
        if around == ROOT {
            let id = draft.places[activity.at()].element.attribute("id");
            let message = format!(
                "the activity '{}' is in another sub-process; compensate the sub-process as a whole",
                id.unwrap_or_default()
            );
            draft.error("activity-ref-scope", element, message);
            return;
        }
        around = draft.places[around.at()].scope;
    }
}

/// A transaction is cancelled from within, and caught on its border (10.5.5).
fn check_cancel(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let Place { element, scope, .. } = draft.places[ix.at()];
    let is_transaction = |draft: &Draft<'_, '_>, node: NodeIx| {
        matches!(
            &draft.parts[node.at()].kind,
            Some(NodeKind::SubProcess(inner)) if inner.flavour == SubProcessFlavour::Transaction
        )
    };
    if let Some(NodeKind::BoundaryEvent {
        attached_to,
        interrupting,
        ..
    }) = draft.parts[ix.at()].kind
    {
        if !is_transaction(draft, attached_to) {
            let message = "a cancel event can sit on a transaction only; attach it to one";
            draft.error("cancel-boundary-host", element, message.to_owned());
        }
        if !interrupting {
            let message = "a cancelled transaction ends; let the event interrupt it";
            draft.error("cancel-not-interrupting", element, message.to_owned());
        }
        return;
    }
    let mut around = scope;
    while !is_transaction(draft, around) {
        if around == ROOT {
            let message = "a cancel end event stands inside a transaction; use another end event";
            draft.error("cancel-outside-transaction", element, message.to_owned());
            return;
        }
        around = draft.places[around.at()].scope;
    }
}
