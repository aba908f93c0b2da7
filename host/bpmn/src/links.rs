//! Links (10.5.5): in one scope one catch event for each name, and any number of throw events.

use std::collections::HashMap;

use crate::draft::Draft;
use crate::graph::{EventTrigger, NodeIx, NodeKind};

/// Checks that each throwing link has its one catching link, and the other way round.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    let mut catching: HashMap<(NodeIx, Box<str>), Vec<NodeIx>> = HashMap::new();
    let mut throwing: HashMap<(NodeIx, Box<str>), Vec<NodeIx>> = HashMap::new();
    for ix in draft.all() {
        let (links, trigger) = match &draft.parts[ix.at()].kind {
            Some(NodeKind::CatchEvent(trigger)) => (&mut catching, trigger),
            Some(NodeKind::ThrowEvent { trigger, .. }) => (&mut throwing, trigger),
            _ => continue,
        };
        if let EventTrigger::Link(name) = trigger {
            let place = (draft.places[ix.at()].scope, name.clone());
            links.entry(place).or_default().push(ix);
        }
    }
    let mut problems = Vec::new();
    for (place, targets) in &catching {
        for more in &targets[1..] {
            let message = format!(
                "another catch event of the same process or sub-process has the link '{}'; a link \
                 has one target",
                place.1
            );
            problems.push((*more, "link-target-duplicate", message));
        }
        if !throwing.contains_key(place) {
            let message = format!(
                "no throw event has the link '{}', so it is never reached",
                place.1
            );
            problems.push((targets[0], "link-source-missing", message));
        }
    }
    for (place, sources) in &throwing {
        if catching.contains_key(place) {
            continue;
        }
        for source in sources {
            let message = format!(
                "no catch event of the same process or sub-process has the link '{}'; add one",
                place.1
            );
            problems.push((*source, "link-target-missing", message));
        }
    }
    problems.sort_by_key(|(ix, ..)| *ix);
    for (ix, rule, message) in problems {
        let element = draft.places[ix.at()].element;
        if rule == "link-source-missing" {
            draft.warning(rule, element, message);
        } else {
            draft.error(rule, element, message);
        }
    }
    check_flows(draft);
}

/// A link takes the place of a sequence flow: none leads to its target or from its source.
fn check_flows(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        let part = &draft.parts[ix.at()];
        let problem = match &part.kind {
            Some(NodeKind::CatchEvent(EventTrigger::Link(_))) if part.has_way_in => {
                "a sequence flow leads to the catch event of a link; let it end elsewhere"
            }
            Some(NodeKind::ThrowEvent {
                trigger: EventTrigger::Link(_),
                ..
            }) if part.has_way_out => {
                "a sequence flow leaves the throw event of a link; let it begin elsewhere"
            }
            _ => continue,
        };
        let element = draft.places[ix.at()].element;
        draft.error("link-flow", element, problem.to_owned());
    }
}
