//! Tokens: leaving an element, and the end of a scope. How they arrive is in `joins.rs`.

use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::key::ElementInstanceKey;
use crate::transition::{ElementState, Event, IncidentKind, InstanceState};

impl Execution<'_> {
    /// Ends a completed element instance and sends tokens along its outgoing flows (8.4.13).
    /// Without outgoing flow the token ends here.
    pub(crate) fn leave(&mut self, key: ElementInstanceKey) -> Result<(), Stop> {
        let flows = if self.compensates(key) {
            Vec::new()
        } else {
            self.choose_flows(key)?
        };
        let scope = self.element(key).scope;
        let quantity = self.node_of(key).extras().completion_quantity;
        let tokens = flows.len().saturating_mul(quantity as usize);
        self.check_room_for(tokens, scope)?;
        self.keep_for_compensation(key)?;
        self.end(key, ElementState::Completed);
        let parent = self.element_mut(scope);
        parent.tokens = parent
            .tokens
            .saturating_add(tokens as u32)
            .saturating_sub(1);
        for flow in flows
            .into_iter()
            .flat_map(|flow| std::iter::repeat_n(flow, quantity as usize))
        {
            self.out.events.push(Event::FlowTaken { flow });
            self.agenda.push_back(Work::Arrive { flow, scope });
        }
        self.complete_empty_scope(scope);
        Ok(())
    }

    /// Refuses to go on where a loop or fork has used up what one command or instance may.
    pub(crate) fn check_room_for(
        &self,
        tokens: usize,
        scope: ElementInstanceKey,
    ) -> Result<(), Stop> {
        if tokens > 0 && self.activations >= self.limits.max_activations {
            return Err(limit(format!(
                "{} elements were activated without a wait (limit max_activations); check the \
                 model for an endless loop, then resolve the incident to go on",
                self.limits.max_activations
            )));
        }
        if tokens < 2 {
            return Ok(());
        }
        // Tokens that wait at a join are no element instances, and yet a loop could pile them up.
        let waiting = self.element(scope).tokens as usize + tokens - 1;
        if waiting > self.limits.max_elements {
            return Err(self.too_many_elements());
        }
        self.check_elements(tokens - 1)
    }

    /// Refuses `more` element instances besides those that are alive or on their way.
    pub(crate) fn check_elements(&self, more: usize) -> Result<(), Stop> {
        let alive = self.instance.elements.len() + more;
        if alive + self.agenda.len() <= self.limits.max_elements {
            return Ok(());
        }
        let coming = self
            .agenda
            .iter()
            .filter(|work| !matches!(work, Work::Drive(_) | Work::Compensate(_)))
            .count();
        if alive + coming <= self.limits.max_elements {
            return Ok(());
        }
        Err(self.too_many_elements())
    }

    fn too_many_elements(&self) -> Stop {
        limit(format!(
            "the process instance would have more than {} live element instances (limit \
             max_elements); end some of them, then resolve the incident to go on",
            self.limits.max_elements
        ))
    }

    /// A scope without a token is complete (10.5.3, 13.3.4).
    pub(crate) fn complete_empty_scope(&mut self, scope: ElementInstanceKey) {
        if self.element(scope).tokens > 0 || self.is_compensating(scope) {
            return;
        }
        if scope == self.instance.root() {
            self.end_instance(InstanceState::Completed);
        } else {
            let is_over = self.is_revived(scope);
            self.element_mut(scope).phase = match is_over {
                true => Phase::Leaving,
                false => Phase::Completing,
            };
            self.agenda.push_back(Work::Drive(scope));
        }
    }
}

fn limit(message: String) -> Stop {
    Stop::Incident(IncidentKind::ResourceLimit, message)
}
