//! Errors and escalations: thrown, and caught by the nearest event outwards (10.5.6, 10.5.1).

use anyam_bpmn::graph::{EventTrigger, NodeIx, NodeKind, SubProcessFlavour, Value};

use crate::execution::Execution;
use crate::key::ElementInstanceKey;
use crate::transition::{Role, Thrown};
use crate::waits::EventAt;

impl Execution<'_> {
    /// The event that catches what is thrown at `from`. Outwards from there: the boundary events of
    /// an activity, then the event sub-processes of the scope it stands in. In one place the code by
    /// name comes before an event for every code.
    ///
    /// What leaves an event sub-process is not caught by another one of the same scope.
    pub(crate) fn catcher(
        &self,
        from: ElementInstanceKey,
        thrown: Thrown,
        code: &str,
    ) -> Option<EventAt> {
        let mut out_of_event_sub_process = false;
        for owner in self.instance.scope_keys(from) {
            let node = self.node_of(owner);
            if self.is_revived(owner) {
                // It has completed, so its own events are over.
                out_of_event_sub_process = false;
                continue;
            }
            let role = self.element(owner).role();
            if owner != from
                && !out_of_event_sub_process
                && !matches!(role, Role::Body | Role::Inner)
            {
                let inside = node.kind.scope();
                let inside = inside.map_or(&[][..], |scope| &scope.event_sub_processes);
                let starts = inside.iter().filter_map(|ix| self.event_start(*ix));
                if let Some(found) = self.catching(owner, starts, thrown, code) {
                    return Some(found);
                }
            }
            // The boundary events of a repeated activity are those of all its iterations.
            let boundaries = match role {
                Role::Iteration(_) | Role::Inner => &[][..],
                _ => &node.boundaries,
            };
            let boundaries = boundaries.iter().copied();
            if let Some(found) = self.catching(owner, boundaries, thrown, code) {
                return Some(found);
            }
            out_of_event_sub_process = matches!(
                &node.kind,
                NodeKind::SubProcess(inner) if inner.flavour == SubProcessFlavour::Event
            );
        }
        None
    }

    /// The start event of an event sub-process.
    pub(crate) fn event_start(&self, event_sub_process: NodeIx) -> Option<NodeIx> {
        let scope = self.process.node(event_sub_process).kind.scope()?;
        scope.event_starts.first().copied()
    }

    /// The one of these events that catches, by name if one does.
    fn catching(
        &self,
        owner: ElementInstanceKey,
        events: impl Iterator<Item = NodeIx>,
        thrown: Thrown,
        code: &str,
    ) -> Option<EventAt> {
        let mut any = None;
        for node in events {
            let trigger = self.process.node(node).kind.trigger();
            let parts = trigger.map_or(&[][..], EventTrigger::parts);
            for (trigger, part) in (0..).zip(parts) {
                let at = EventAt {
                    owner,
                    node,
                    trigger,
                };
                match self.catches(part, thrown, code) {
                    Some(true) => return Some(at),
                    Some(false) => any = any.or(Some(at)),
                    None => {}
                }
            }
        }
        any
    }

    /// Whether a trigger catches the code: by name (`true`), with every other (`false`), or not at
    /// all.
    fn catches(&self, trigger: &EventTrigger, thrown: Thrown, code: &str) -> Option<bool> {
        let graph = self.process.graph();
        let caught = match (thrown, trigger) {
            (Thrown::Error, EventTrigger::Error(error)) => {
                error.map(|ix| &graph.errors[ix.at()].code)
            }
            (Thrown::Escalation, EventTrigger::Escalation(escalation)) => {
                escalation.map(|ix| &graph.escalations[ix.at()].code)
            }
            _ => return None,
        };
        match caught {
            None => Some(false),
            Some(Value::Literal(caught)) if **caught == *code => Some(true),
            Some(_) => None,
        }
    }
}

/// What an operator reads about an error nobody catches.
pub(crate) fn unhandled(code: &str, message: &str) -> String {
    let colon = if message.is_empty() { "" } else { ": " };
    format!("the error `{code}` was thrown and no boundary event catches it{colon}{message}")
}
