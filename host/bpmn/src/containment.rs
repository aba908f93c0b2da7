//! What may stand only in certain scopes: cancel events (10.5.3, 10.5.4), and what an ad-hoc
//! sub-process holds (10.3.5).

use crate::draft::Draft;
use crate::elements::Class;
use crate::graph::{EventTrigger, NodeIx, NodeKind, ROOT, SubProcessFlavour};

/// Checks every node of a process.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        cancel_end(draft, ix);
        cancel_boundary(draft, ix);
        ad_hoc(draft, ix);
    }
}

fn cancels(trigger: &EventTrigger) -> bool {
    let mut parts = trigger.parts().iter();
    parts.any(|part| *part == EventTrigger::Cancel)
}

fn flavour<'d>(draft: &'d Draft<'_, '_>, ix: NodeIx) -> Option<&'d SubProcessFlavour> {
    match &draft.parts[ix.at()].kind {
        Some(NodeKind::SubProcess(inner)) => Some(&inner.flavour),
        _ => None,
    }
}

fn cancel_end(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let Some(NodeKind::EndEvent { trigger, .. }) = &draft.parts[ix.at()].kind else {
        return;
    };
    if !cancels(trigger) {
        return;
    }
    let mut scope = draft.places[ix.at()].scope;
    while scope != ROOT {
        if flavour(draft, scope) == Some(&SubProcessFlavour::Transaction) {
            return;
        }
        scope = draft.places[scope.at()].scope;
    }
    let message = "a cancel end event stands in a transaction; move it into one, or use an error \
                   or terminate end event";
    let element = draft.places[ix.at()].element;
    draft.error("cancel-end-outside", element, message.to_owned());
}

fn cancel_boundary(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let Some(NodeKind::BoundaryEvent {
        attached_to,
        interrupting,
        trigger,
    }) = &draft.parts[ix.at()].kind
    else {
        return;
    };
    if !cancels(trigger) {
        return;
    }
    let interrupting = *interrupting;
    let element = draft.places[ix.at()].element;
    if flavour(draft, *attached_to) != Some(&SubProcessFlavour::Transaction) {
        let message = "a cancel boundary event sits on a transaction; attach it to one, or use \
                       another event";
        draft.error("cancel-boundary-host", element, message.to_owned());
    }
    if !interrupting {
        let message = "a cancelled transaction always ends; let the event interrupt it";
        draft.error("cancel-not-interrupting", element, message.to_owned());
    }
}

fn ad_hoc(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    if !matches!(flavour(draft, ix), Some(SubProcessFlavour::AdHoc(_))) {
        return;
    }
    let mut has_activity = false;
    for child in draft.all() {
        let place = draft.places[child.at()];
        if child == ROOT || place.scope != ix {
            continue;
        }
        has_activity |= place.kind.class.is_activity();
        if matches!(place.kind.class, Class::StartEvent | Class::EndEvent) {
            let message = "an ad-hoc sub-process has no start and no end events; remove it";
            draft.error("ad-hoc-event", place.element, message.to_owned());
        }
    }
    if !has_activity {
        let message = "an ad-hoc sub-process has one activity at least; add one";
        let element = draft.places[ix.at()].element;
        draft.error("ad-hoc-empty", element, message.to_owned());
    }
}
