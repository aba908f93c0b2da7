//! Lanes (10.8): which flow nodes they hold.

use std::collections::HashMap;

use crate::draft::Draft;
use crate::graph::ROOT;
use crate::xml::Element;

/// Checks the lane sets of every scope of a process.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    let scopes = draft.places.iter().filter(|p| p.kind.class.is_scope());
    let sets = scopes.flat_map(|place| place.element.children());
    let mut work: Vec<Element<'_>> = sets.filter(|set| set.name() == "laneSet").collect();
    while let Some(set) = work.pop() {
        let mut lane_of: HashMap<&str, Element<'_>> = HashMap::new();
        for lane in set.children().filter(|lane| lane.name() == "lane") {
            for part in lane.children() {
                match part.name() {
                    "childLaneSet" => work.push(part),
                    "flowNodeRef" => check_node(draft, &mut lane_of, lane, part),
                    _ => {}
                }
            }
        }
    }
}

fn check_node<'a>(
    draft: &mut Draft<'a, '_>,
    lane_of: &mut HashMap<&'a str, Element<'a>>,
    lane: Element<'a>,
    part: Element<'a>,
) {
    let text = part.text();
    let id = part.local_id(&text);
    if draft.refused.contains(id) {
        return;
    }
    let Some((id, ix)) = draft.by_id.get_key_value(id).map(|(id, ix)| (*id, *ix)) else {
        let message = format!("'{id}' is no flow node of this process; correct the flowNodeRef");
        draft.error("lane-node-missing", part, message);
        return;
    };
    if ix == ROOT {
        let message = format!("'{id}' is the process itself; a lane holds flow nodes");
        draft.error("lane-node-missing", part, message);
        return;
    }
    if lane_of.insert(id, lane).is_some_and(|other| other != lane) {
        let message = format!("'{id}' is in another lane of the same set; keep one of them");
        draft.warning("lane-node-twice", part, message);
    }
}
