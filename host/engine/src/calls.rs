//! Called instances (10.3.6): what comes back from them, and their end with their call activity.

use anyam_bpmn::graph::NodeKind;

use crate::execution::{Execution, Work};
use crate::instance::Phase;
use crate::key::ElementInstanceKey;
use crate::outcome::Rejection;
use crate::throwing::unhandled;
use crate::transition::{Effect, IncidentKind, Thrown};
use crate::value::Variables;
use crate::variables::Place;

impl Execution<'_> {
    /// The instance that a call activity started has completed.
    pub(crate) fn child_ended(
        &mut self,
        at: ElementInstanceKey,
        variables: Variables,
    ) -> Result<(), Rejection> {
        self.check_calls(at)?;
        let node = self.node_of(at);
        let brings_all =
            matches!(&node.kind, NodeKind::CallActivity(called) if called.all_child_variables);
        let place = if node.mappings.outputs.is_empty() && !brings_all {
            None
        } else {
            Some(self.result_place(at))
        };
        if let Some(place) = place {
            self.check_payload(&variables, place)?;
        }
        self.element_mut(at).rare_mut().calls = false;
        if place.is_some() {
            self.take_result(at, variables);
        }
        self.element_mut(at).phase = Phase::Completing;
        self.agenda.push_back(Work::Drive(at));
        Ok(())
    }

    /// The instance that a call activity started throws something that it does not catch itself.
    pub(crate) fn child_threw(
        &mut self,
        at: ElementInstanceKey,
        thrown: Thrown,
        code: &str,
        variables: Variables,
    ) -> Result<(), Rejection> {
        self.check_calls(at)?;
        self.check_payload(&variables, Place::New)?;
        if let Some(catcher) = self.catcher(at, thrown, code) {
            self.occurred(catcher, variables);
        } else if self.instance.parent.is_some() {
            self.throw_to_parent(thrown, code, variables);
        } else if thrown == Thrown::Error {
            let message = unhandled(code, "");
            self.call_failed(at, IncidentKind::UnhandledErrorEvent, &message);
        }
        Ok(())
    }

    /// The instance that a call activity asked for cannot be started.
    pub(crate) fn child_not_started(
        &mut self,
        at: ElementInstanceKey,
        message: &str,
    ) -> Result<(), Rejection> {
        self.check_calls(at)?;
        self.element_mut(at).rare_mut().calls = false;
        self.call_failed(at, IncidentKind::CalledElementError, message);
        Ok(())
    }

    /// A call has failed: once its incident is resolved the process is called again.
    fn call_failed(&mut self, at: ElementInstanceKey, kind: IncidentKind, message: &str) {
        self.element_mut(at).phase = Phase::Starting;
        self.raise(at, kind, message, None);
    }

    /// What nothing in a called instance catches goes on in the one that called it.
    pub(crate) fn throw_to_parent(&mut self, thrown: Thrown, code: &str, variables: Variables) {
        self.out.effects.push(Effect::ThrowToParent {
            thrown,
            code: code.into(),
            variables,
        });
    }

    /// Cancels the instance that a call activity has started, where one runs.
    pub(crate) fn cancel_call(&mut self, at: ElementInstanceKey) {
        if self.calls(at) {
            self.element_mut(at).rare_mut().calls = false;
            self.out.effects.push(Effect::CancelChild { at });
        }
    }

    fn calls(&self, at: ElementInstanceKey) -> bool {
        let element = self.instance.elements.get(&at);
        element
            .and_then(|element| element.rare())
            .is_some_and(|rare| rare.calls)
    }

    fn check_calls(&self, at: ElementInstanceKey) -> Result<(), Rejection> {
        if self.calls(at) {
            return Ok(());
        }
        Err(Rejection::NotFound {
            what: "called instance of the element instance",
            key: at.0,
        })
    }
}
