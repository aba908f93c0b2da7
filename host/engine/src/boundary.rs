//! Boundary events: opened with their activity, triggered, interrupting it or not (10.5.4, 13.5.3).

use anyam_bpmn::graph::{BoundaryTrigger, NodeIx, NodeKind};

use crate::catching::Prepared;
use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::key::ElementInstanceKey;
use crate::timers::Purpose;
use crate::transition::IncidentKind;
use crate::value::Variables;

impl Execution<'_> {
    /// Opens the timers and subscriptions of an activity's boundary events.
    pub(crate) fn open_boundaries(&mut self, host: ElementInstanceKey) -> Result<(), Stop> {
        let boundaries = &self.node_of(host).boundaries;
        let mut waits = Vec::new();
        for boundary in boundaries {
            let NodeKind::BoundaryEvent { trigger, .. } = &self.process.node(*boundary).kind else {
                continue;
            };
            match trigger {
                BoundaryTrigger::Message(message) => {
                    let open = self.prepare_subscription(*boundary, *message, host)?;
                    waits.push(Prepared::Subscription(open));
                }
                BoundaryTrigger::Timer(definition) => {
                    let mut planned = self.plan(definition, host)?;
                    let repeat = planned.repeat.take();
                    let purpose = Purpose::Boundary {
                        host,
                        boundary: *boundary,
                        repeat,
                    };
                    waits.push(Prepared::Timer(planned, purpose));
                }
                BoundaryTrigger::Error(_) => {}
            }
        }
        self.open_all(waits);
        Ok(())
    }

    /// Whether triggering the boundary event keeps the instance within its number of elements.
    pub(crate) fn has_room_for_boundary(&self, boundary: NodeIx) -> bool {
        self.interrupts(boundary) || self.instance.elements.len() < self.limits.max_elements
    }

    fn interrupts(&self, boundary: NodeIx) -> bool {
        matches!(
            self.process.node(boundary).kind,
            NodeKind::BoundaryEvent {
                interrupting: true,
                ..
            }
        )
    }

    /// Sets a boundary event off: an interrupting one takes over the token of its activity, the
    /// other kind gets a token of its own.
    pub(crate) fn trigger_boundary(
        &mut self,
        host: ElementInstanceKey,
        boundary: NodeIx,
        variables: Variables,
    ) {
        if !self.has_room_for_boundary(boundary) {
            let message = format!(
                "the boundary event `{}` could not be triggered: the process instance has {} live \
                 element instances (limit max_elements)",
                self.process.node(boundary).id,
                self.instance.elements.len()
            );
            self.raise(host, IncidentKind::ResourceLimit, &message, None);
            return;
        }
        let scope = self.element(host).scope;
        if self.interrupts(boundary) {
            self.terminate(host);
        } else {
            self.element_mut(scope).tokens += 1;
        }
        let key = self.begin(boundary, scope, Phase::Completing);
        self.take_result(key, variables);
        self.agenda.push_back(Work::Drive(key));
    }
}
