//! The process itself (13.2), where it has event sub-processes: they are waited for before anything
//! begins.

use super::Next;
use crate::execution::{Execution, Stop, Work};
use crate::key::ElementInstanceKey;

pub(super) fn activate(x: &mut Execution<'_>, at: ElementInstanceKey) -> Result<Next, Stop> {
    x.open_event_starts(at)?;
    // The event that has started the instance is there already.
    let begun = x.instance.elements.iter();
    let begun = begun.filter(|(key, element)| element.scope == at && **key != at);
    let begun: Vec<_> = begun.map(|(key, _)| *key).collect();
    x.agenda.extend(begun.iter().map(|key| Work::Drive(*key)));
    if begun.is_empty() {
        let nodes = x.process.graph().plain_starts().unwrap_or_default();
        x.element_mut(at).tokens = nodes.len() as u32;
        for node in nodes {
            x.agenda.push_back(Work::Activate { node, scope: at });
        }
    }
    Ok(Next::Wait)
}
