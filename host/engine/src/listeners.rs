//! Execution listeners: jobs before and after an element, one after the other in the order of the
//! model.
//!
//! `start` listeners run between the input mappings and the opening of the element's waits; what
//! they bring is local to the element. `end` listeners run between the output mappings and the
//! outgoing flows; what they bring goes to the scope around it. A repeated activity has them for each
//! iteration.

use anyam_bpmn::graph::{Listener, ListenerEvent};

use crate::execution::{Execution, Stop, Work};
use crate::instance::rare::ListenerAt;
use crate::jobs::{Job, JobKind};
use crate::key::{ElementInstanceKey, JobKey};
use crate::outcome::Rejection;
use crate::transition::{JobState, Role};
use crate::value::Variables;
use crate::variables::Place;

impl<'a> Execution<'a> {
    /// Runs the next execution listener of an element instance, and tells whether all are done.
    pub(crate) fn listen(
        &mut self,
        key: ElementInstanceKey,
        event: ListenerEvent,
    ) -> Result<bool, Stop> {
        if !self.has_listeners(key, event) {
            return Ok(true);
        }
        let at = self.listener_at(key, event);
        let Some(listener) = self.listener(key, at) else {
            self.element_mut(key).rare_mut().listener = None;
            return Ok(true);
        };
        if self.element(key).job.is_none() {
            let kind = JobKind::ExecutionListener;
            self.create_listener_job(key, listener, kind)?;
        }
        Ok(false)
    }

    /// Whether an element instance has listeners of its own for an event.
    pub(crate) fn has_listeners(&self, key: ElementInstanceKey, event: ListenerEvent) -> bool {
        let listeners = &self.node_of(key).extras().listeners;
        !listeners.is_empty()
            && !matches!(self.element(key).role(), Role::Body | Role::Inner)
            && listeners.iter().any(|listener| listener.event == event)
    }

    /// Which of its listeners for an event an element instance has come to.
    pub(crate) fn listener_at(
        &mut self,
        key: ElementInstanceKey,
        event: ListenerEvent,
    ) -> ListenerAt {
        let none = ListenerAt { event, index: 0 };
        let rare = self.element_mut(key).rare_mut();
        match rare.listener {
            Some(at) if at.event == event => at,
            _ => *rare.listener.insert(none),
        }
    }

    /// A listener, while there is one left.
    pub(crate) fn listener(&self, key: ElementInstanceKey, at: ListenerAt) -> Option<&'a Listener> {
        let extras = self.node_of(key).extras();
        let mut own = extras.listeners.iter().filter(|l| l.event == at.event);
        own.nth(at.index as usize)
    }

    /// Goes on to the listener after the one that is done.
    pub(crate) fn next_listener(&mut self, key: ElementInstanceKey) {
        if let Some(at) = &mut self.element_mut(key).rare_mut().listener {
            at.index = at.index.saturating_add(1);
        }
        self.agenda.push_back(Work::Drive(key));
    }

    /// A worker has done an execution listener.
    pub(crate) fn complete_listener(
        &mut self,
        key: JobKey,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let Some(job) = self.instance.jobs.get(&key) else {
            return Ok(());
        };
        let at = job.element_instance;
        let local = job.listener == Some(ListenerEvent::Start);
        let scope = self.element(at).scope;
        let place = if local {
            Place::In(at)
        } else {
            Place::From(scope)
        };
        self.check_payload(&variables, place)?;
        self.end_job(at, JobState::Completed);
        if local {
            self.set_local(at, variables);
        } else {
            self.propagate(scope, variables);
        }
        self.next_listener(at);
        Ok(())
    }
}

/// A listener's job does not throw errors.
pub(crate) fn refuse_error(job: &Job, key: JobKey) -> Result<(), Rejection> {
    match job.kind {
        JobKind::ExecutionListener | JobKind::TaskListener => Err(Rejection::WrongState(format!(
            "job {key} is a listener's, which cannot throw a BPMN error; let it fail instead"
        ))),
        JobKind::BpmnElement | JobKind::AdHocSubProcess => Ok(()),
    }
}
