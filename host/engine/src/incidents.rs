//! Incidents: an element that cannot go on until somebody mends something.

use serde::{Deserialize, Serialize};

use crate::execution::{Execution, Work};
use crate::instance::Instance;
use crate::key::{ElementInstanceKey, IncidentKey, JobKey};
use crate::outcome::Rejection;
use crate::transition::{ElementState, Event, IncidentKind, IncidentRecord};
use crate::value::Timestamp;

/// An open incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Incident {
    pub(crate) kind: IncidentKind,
    pub(crate) message: Box<str>,
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) job: Option<JobKey>,
    pub(crate) created_at: Timestamp,
}

impl Incident {
    pub(crate) fn record(&self, instance: &Instance, key: IncidentKey) -> IncidentRecord {
        IncidentRecord {
            key,
            kind: self.kind,
            message: self.message.clone(),
            element: instance.elements[&self.element_instance].node,
            element_instance: self.element_instance,
            job: self.job,
            created_at: self.created_at,
            resolved_at: None,
        }
    }
}

impl Execution<'_> {
    /// Raises an incident at a live element instance that has none.
    pub(crate) fn raise(
        &mut self,
        at: ElementInstanceKey,
        kind: IncidentKind,
        message: &str,
        job: Option<JobKey>,
    ) {
        if self.element(at).incident.is_some() {
            return;
        }
        let key = IncidentKey(self.next_key());
        let incident = Incident {
            kind,
            message: self.shortened(message),
            element_instance: at,
            job,
            created_at: self.now,
        };
        self.element_mut(at).incident = Some(key);
        self.incident_event(key, &incident, None);
        self.instance.incidents.insert(key, incident);
        self.element_event(at, ElementState::Active);
        if self.instance.incidents.len() == 1 {
            self.instance_event();
        }
    }

    /// Closes the incident of an element instance, where it has one.
    pub(crate) fn clear_incident(&mut self, at: ElementInstanceKey) {
        let Some(key) = self.element_mut(at).incident.take() else {
            return;
        };
        let Some(incident) = self.instance.incidents.remove(&key) else {
            return;
        };
        self.incident_event(key, &incident, Some(self.now));
        if self.instance.incidents.is_empty() {
            self.instance_event();
        }
    }

    /// Closes the incident of an element instance that lives on.
    pub(crate) fn forget_incident(&mut self, at: ElementInstanceKey) {
        if self.element(at).incident.is_some() {
            self.clear_incident(at);
            self.element_event(at, ElementState::Active);
        }
    }

    /// Tries again what an incident stopped: the phase the element is in, or the job.
    pub(crate) fn resolve_incident(&mut self, key: IncidentKey) -> Result<(), Rejection> {
        let Some(incident) = self.instance.incidents.get(&key) else {
            return Err(Rejection::NotFound {
                what: "incident",
                key: key.0,
            });
        };
        let (at, job) = (incident.element_instance, incident.job);
        if incident.kind == IncidentKind::JoinDeadlock {
            self.released = Some(at);
        }
        if let Some(job) = job {
            self.check_resolvable(job)?;
        }
        self.clear_incident(at);
        self.element_event(at, ElementState::Active);
        self.look_again(at);
        match job {
            Some(job) => self.revive_job(job),
            None => self.agenda.push_back(Work::Drive(at)),
        }
        Ok(())
    }

    /// A message for people, cut to its limit at a character's end.
    pub(crate) fn shortened(&self, message: &str) -> Box<str> {
        message[..message.floor_char_boundary(self.limits.max_message_bytes)].into()
    }

    fn incident_event(
        &mut self,
        key: IncidentKey,
        incident: &Incident,
        resolved_at: Option<Timestamp>,
    ) {
        let mut record = incident.record(&self.instance, key);
        record.resolved_at = resolved_at;
        self.out.events.push(Event::Incident(record));
    }
}
