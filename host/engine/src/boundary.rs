//! Boundary events: triggered, interrupting their activity or not (10.5.4, 13.5.3).

use anyam_bpmn::graph::NodeIx;

use crate::execution::{Execution, Work};
use crate::instance::Phase;
use crate::instance::rare::Ending;
use crate::key::ElementInstanceKey;
use crate::value::Variables;

impl Execution<'_> {
    /// Whether what an event sets off keeps the instance within its number of elements.
    pub(crate) fn has_room_for(&self, event: NodeIx) -> bool {
        self.interrupts(event) || self.instance.elements.len() < self.limits.max_elements
    }

    /// Whether an earlier occurrence of a boundary event, or of what starts an event sub-process,
    /// waits for room. A cycle that goes on firing must not fill the instance with waiting tokens.
    pub(crate) fn is_held_back(&self, begins: NodeIx, scope: ElementInstanceKey) -> bool {
        let mut alive = self.instance.elements.values();
        alive.any(|e| e.node == begins && e.scope == scope && e.phase == Phase::Starting)
    }

    /// Sets a boundary event off: an interrupting one takes over the token of its activity, the
    /// other kind gets a token of its own.
    pub(crate) fn trigger_boundary(
        &mut self,
        host: ElementInstanceKey,
        boundary: NodeIx,
        variables: Variables,
    ) {
        if self.interrupts(boundary) {
            let ending = Ending::Interrupted {
                node: boundary,
                variables: variables.clone(),
            };
            if !self.waits_for_canceling(host, boundary, &variables) && !self.holds_up(host, ending)
            {
                self.interrupt(host, boundary, variables);
            }
            return;
        }
        let scope = self.element(host).scope;
        if !self.has_room_for(boundary) && self.is_held_back(boundary, scope) {
            return;
        }
        let parent = self.element_mut(scope);
        parent.tokens = parent.tokens.saturating_add(1);
        self.begin_boundary(boundary, scope, variables);
    }

    /// Ends an activity whose interrupting boundary event takes over.
    pub(crate) fn interrupt(
        &mut self,
        host: ElementInstanceKey,
        boundary: NodeIx,
        variables: Variables,
    ) {
        let scope = self.element(host).scope;
        self.terminate(host);
        self.begin_boundary(boundary, scope, variables);
    }

    fn begin_boundary(
        &mut self,
        boundary: NodeIx,
        scope: ElementInstanceKey,
        variables: Variables,
    ) {
        let key = self.begin(boundary, scope, Phase::Starting);
        self.take_result(key, variables);
        self.agenda.push_back(Work::Drive(key));
    }
}
