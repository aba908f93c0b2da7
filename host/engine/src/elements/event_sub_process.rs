//! Event sub-process (10.3.5, 13.5.4): begins when the trigger of its start event occurs in the scope
//! around it, and ends what else runs there if it is interrupting.

use anyam_bpmn::graph::{NodeIx, NodeKind};

use super::Next;
use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::instance::rare::Ending;
use crate::key::ElementInstanceKey;
use crate::value::Variables;
use crate::waits::EventAt;

/// Begins at the start event, with what that brought.
pub(super) fn activate(x: &mut Execution<'_>, at: ElementInstanceKey) -> Result<Next, Stop> {
    x.check_room_for(2, at)?;
    x.open_event_starts(at)?;
    let rare = x.element_mut(at).rare_mut();
    let Some(Ending::Interrupted { node, variables }) = rare.ending.take().map(|ending| *ending)
    else {
        return Ok(Next::Complete);
    };
    x.element_mut(at).tokens = 1;
    let start = x.begin(node, at, Phase::Starting);
    x.take_result(start, variables);
    x.agenda.push_back(Work::Drive(start));
    Ok(Next::Wait)
}

impl Execution<'_> {
    /// Waits for the start events of the event sub-processes in a scope that begins.
    pub(crate) fn open_event_starts(&mut self, scope: ElementInstanceKey) -> Result<(), Stop> {
        let starts = self.event_starts(scope);
        if starts.is_empty() {
            return Ok(());
        }
        self.open_waits(scope, &starts)
    }

    /// Waits no more for the start events of the event sub-processes in a scope.
    pub(crate) fn close_event_starts(&mut self, scope: ElementInstanceKey) {
        for start in self.event_starts(scope) {
            self.close_waits_for(scope, start);
        }
    }

    /// The start events of the event sub-processes in a scope.
    fn event_starts(&self, scope: ElementInstanceKey) -> Vec<NodeIx> {
        let inside = self.node_of(scope).kind.scope();
        let inside = inside.map_or(&[][..], |inside| &inside.event_sub_processes);
        inside
            .iter()
            .filter_map(|ix| self.event_start(*ix))
            .collect()
    }

    /// The start event of an event sub-process has occurred in a scope.
    pub(crate) fn start_event_sub_process(&mut self, at: EventAt, variables: Variables) {
        let scope = at.owner;
        let node = self.process.node(at.node).scope;
        if self.interrupts(at.node) {
            let ending = Ending::Interrupted {
                node: at.node,
                variables: variables.clone(),
            };
            if self.holds_up(scope, ending) {
                return;
            }
            self.terminate_children(scope);
            self.close_ad_hoc(scope);
            // An event sub-process is started once at most by what interrupts, and nothing else may
            // begin beside it.
            for start in self.event_starts(scope) {
                self.close_waits_for(scope, start);
            }
        } else if !self.has_room_for(at.node) && self.is_held_back(node, scope) {
            return;
        }
        let parent = self.element_mut(scope);
        parent.tokens = parent.tokens.saturating_add(1);
        let key = self.begin(node, scope, Phase::Entering);
        let begins = Ending::Interrupted {
            node: at.node,
            variables,
        };
        self.element_mut(key).rare_mut().ending = Some(Box::new(begins));
        self.agenda.push_back(Work::Drive(key));
    }

    /// Whether an event ends what it occurs beside.
    pub(crate) fn interrupts(&self, event: NodeIx) -> bool {
        matches!(
            self.process.node(event).kind,
            NodeKind::BoundaryEvent {
                interrupting: true,
                ..
            } | NodeKind::StartEvent {
                interrupting: true,
                ..
            }
        )
    }
}
