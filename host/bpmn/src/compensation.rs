//! Which activity compensates which: associations from compensation boundary events (10.7.1); and
//! what a throw event may name.

use crate::draft::{Draft, Place};
use crate::graph::{EventTrigger, NodeIx, NodeKind, ROOT};

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

/// A throw event may name what stands in its own scope or in one around it (10.5.5).
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        let kind = draft.parts[ix.at()].kind.as_ref();
        let trigger = kind.and_then(NodeKind::trigger);
        let parts = trigger.map_or(&[][..], EventTrigger::parts).iter();
        let named = parts.filter_map(|part| match part {
            EventTrigger::Compensation { activity, .. } => *activity,
            _ => None,
        });
        for activity in named.collect::<Vec<_>>() {
            check_visible(draft, ix, activity);
        }
    }
}

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
