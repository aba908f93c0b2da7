//! Jobs: the work of service tasks, done by workers or steps.

use std::sync::Arc;

use anyam_bpmn::graph::{JobDefinition, Listener, ListenerEvent, ROOT};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

use crate::execution::{Execution, Stop};
use crate::expressions::{extract, shown};
use crate::instance::Instance;
use crate::job_slot::JobSlot;
use crate::key::{ElementInstanceKey, JobKey, TimerKey};
use crate::outcome::Rejection;
use crate::process::Process;
use crate::transition::{
    Effect, Event, Headers, IncidentKind, JobRecord, JobState, StepInvocation,
};

pub(crate) use crate::transition::JobKind;
use crate::value::{Timestamp, Variables, object};

/// The priority of a job whose model sets none.
pub(crate) const DEFAULT_PRIORITY: i32 = 0;

/// A job that is not over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) kind: JobKind,
    /// When it runs, where it is a listener's.
    pub(crate) listener: Option<ListenerEvent>,
    pub(crate) priority: i32,
    pub(crate) job_type: Box<str>,
    pub(crate) step: bool,
    pub(crate) retries: u32,
    pub(crate) attempt: u32,
    pub(crate) state: JobState,
    pub(crate) worker: Option<Box<str>>,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) error_message: Option<Box<str>>,
    pub(crate) error_code: Option<Box<str>>,
    /// Headers beside those of the task.
    pub(crate) headers: Headers,
    pub(crate) created_at: Timestamp,
    /// The back-off or deadline that runs.
    pub(crate) timer: Option<TimerKey>,
}

impl Job {
    pub(crate) fn record(&self, instance: &Instance, key: JobKey) -> JobRecord {
        JobRecord {
            key,
            element: instance.elements[&self.element_instance].node,
            element_instance: self.element_instance,
            kind: self.kind,
            listener: self.listener,
            priority: self.priority,
            job_type: self.job_type.clone(),
            step: self.step,
            retries: self.retries,
            attempt: self.attempt,
            state: self.state,
            worker: self.worker.clone(),
            deadline: self.deadline,
            error_message: self.error_message.clone(),
            error_code: self.error_code.clone(),
            headers: self.headers.clone(),
            denied: None,
            denied_reason: None,
            created_at: self.created_at,
            ended_at: None,
        }
    }

    /// Whether a step is being called for it.
    pub(crate) fn is_running_step(&self) -> bool {
        self.step && self.state == JobState::Created
    }

    /// The step's call.
    pub(crate) fn invocation(
        &self,
        instance: &Instance,
        process: &Process,
        key: JobKey,
    ) -> StepInvocation {
        let at = self.element_instance;
        let element = instance.elements[&at].node;
        StepInvocation {
            job: key,
            element,
            element_instance: at,
            slot: JobSlot::of(self.kind, instance, at, process.node(element)),
            kind: self.kind,
            attempt: self.attempt,
            headers: self.headers.clone(),
            input: step_input(instance, process, (at, self.kind)),
        }
    }
}

/// A step's input: what the input mappings made, or every visible variable where the task has no
/// input mappings. A listener sees every variable.
fn step_input(
    instance: &Instance,
    process: &Process,
    (at, kind): (ElementInstanceKey, JobKind),
) -> Arc<str> {
    let element = instance.elements[&at].node;
    let variables = if kind.is_listener() || process.node(element).mappings.inputs.is_empty() {
        instance.variables_for(at, kind)
    } else {
        instance.local_variables(at)
    };
    object(&variables).into()
}

impl Execution<'_> {
    /// Creates the job of an element instance; a step is called at once.
    pub(crate) fn create_job(
        &mut self,
        at: ElementInstanceKey,
        definition: &JobDefinition,
    ) -> Result<(), Stop> {
        self.create_job_for(at, definition, JobKind::BpmnElement)
    }

    /// Creates the job of a listener.
    pub(crate) fn create_listener_job(
        &mut self,
        at: ElementInstanceKey,
        listener: &Listener,
        kind: JobKind,
    ) -> Result<(), Stop> {
        let headers = listener.headers.clone();
        self.create(at, &listener.job, kind, Some(listener.event), headers)
    }

    /// Creates a job of this kind for an element's own work; a step is called at once.
    pub(crate) fn create_job_for(
        &mut self,
        at: ElementInstanceKey,
        definition: &JobDefinition,
        kind: JobKind,
    ) -> Result<(), Stop> {
        let headers = self.linked_resources(at)?;
        self.create(at, definition, kind, None, headers)
    }

    /// Creates a job. Only the work of an element itself is done by steps.
    fn create(
        &mut self,
        at: ElementInstanceKey,
        definition: &JobDefinition,
        kind: JobKind,
        listener: Option<ListenerEvent>,
        headers: Headers,
    ) -> Result<(), Stop> {
        let job_type = self.text(&definition.job_type, at, "job type")?;
        let retries = self.setting(&definition.retries, at)?;
        let number = match &retries {
            JsonValue::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        let Some(retries) = number.and_then(|n: u64| u32::try_from(n).ok()) else {
            let found = shown(&retries);
            return Err(extract(format!(
                "the retries must be a whole number, but are {found}"
            )));
        };
        if retries > self.limits.max_retries {
            return Err(Stop::Incident(
                IncidentKind::ResourceLimit,
                format!(
                    "the task has {retries} retries, allowed are {} (limit max_retries)",
                    self.limits.max_retries
                ),
            ));
        }
        let priority = self.job_priority(at)?;
        let slot = JobSlot::of(kind, &self.instance, at, self.node_of(at));
        let step = self.process.is_step(self.element(at).node, slot);
        let input = if step {
            Some(self.new_step_input((at, kind))?)
        } else {
            None
        };
        let key = JobKey(self.next_key());
        let job = Job {
            element_instance: at,
            kind,
            listener,
            priority,
            job_type,
            step,
            // A job that may never run would wait for nobody.
            retries: retries.max(1),
            attempt: 0,
            state: JobState::Created,
            worker: None,
            deadline: None,
            error_message: None,
            error_code: None,
            headers,
            created_at: self.now,
            timer: None,
        };
        self.element_mut(at).job = Some(key);
        self.instance.jobs.insert(key, job);
        self.offer(key, input);
        Ok(())
    }

    /// The priority of an element's jobs: its own, else that of its process.
    fn job_priority(&mut self, at: ElementInstanceKey) -> Result<i32, Stop> {
        let own = self.node_of(at).extras().job_priority.as_ref();
        let process = self.process.node(ROOT).extras().job_priority.as_ref();
        let Some(value) = own.or(process) else {
            return Ok(DEFAULT_PRIORITY);
        };
        let value = self.setting(value, at)?;
        let number = match &value {
            JsonValue::String(text) => text.trim().parse().ok(),
            other => other.as_i64().and_then(|n| i32::try_from(n).ok()),
        };
        number.ok_or_else(|| {
            let found = shown(&value);
            extract(format!(
                "the job priority must be a whole number of 32 bits, but is {found}"
            ))
        })
    }

    /// The input of a step that is to start now. A fork into many steps would copy the same large
    /// variables for each, so all inputs of one command are bounded together.
    fn new_step_input(&mut self, at: (ElementInstanceKey, JobKind)) -> Result<Arc<str>, Stop> {
        let input = step_input(&self.instance, self.process, at);
        self.count_handed_over(input.len())?;
        Ok(input)
    }

    /// Counts what is sent to other instances; a loop would copy the same large variables again and
    /// again.
    pub(crate) fn count_sent(&mut self, variables: &Variables) -> Result<(), Stop> {
        let bytes = variables.iter();
        let bytes = bytes.map(|(name, value)| name.len() + value.as_str().len());
        self.count_handed_over(bytes.sum())
    }

    fn count_handed_over(&mut self, bytes: usize) -> Result<(), Stop> {
        let bytes = self.step_input_bytes + bytes;
        if bytes > self.limits.max_step_input_bytes {
            let message = format!(
                "the inputs of the steps started at once, and what is sent to other instances, would \
                 have {bytes} bytes, allowed are {} (limit max_step_input_bytes); use input mappings, \
                 or resolve the incident to go on",
                self.limits.max_step_input_bytes
            );
            return Err(Stop::Incident(IncidentKind::ResourceLimit, message));
        }
        self.step_input_bytes = bytes;
        Ok(())
    }

    /// Begins the next attempt: a worker may have the job, or the step is called.
    pub(crate) fn offer(&mut self, key: JobKey, input: Option<Arc<str>>) {
        self.stop_job_timer(key);
        let Some(job) = self.instance.jobs.get_mut(&key) else {
            return;
        };
        job.state = JobState::Created;
        job.attempt = job.attempt.saturating_add(1);
        job.worker = None;
        job.deadline = None;
        self.job_event(key);
        let job = &self.instance.jobs[&key];
        if job.step {
            let (at, kind) = (job.element_instance, job.kind);
            let input =
                input.unwrap_or_else(|| step_input(&self.instance, self.process, (at, kind)));
            self.out.effects.push(Effect::InvokeStep(StepInvocation {
                job: key,
                element: self.element(at).node,
                element_instance: at,
                slot: JobSlot::of(kind, &self.instance, at, self.node_of(at)),
                kind,
                attempt: job.attempt,
                headers: job.headers.clone(),
                input,
            }));
        }
    }

    /// Whether resolving the incident of a job makes sense yet.
    pub(crate) fn check_resolvable(&self, key: JobKey) -> Result<(), Rejection> {
        match self.instance.jobs.get(&key) {
            Some(job) if !job.step && job.retries == 0 => Err(Rejection::WrongState(format!(
                "job {key} has no retries left; give it some before resolving the incident"
            ))),
            _ => Ok(()),
        }
    }

    /// Offers a job again whose incident was resolved.
    pub(crate) fn revive_job(&mut self, key: JobKey) {
        if let Some(job) = self.instance.jobs.get_mut(&key) {
            job.retries = job.retries.max(1);
            job.error_code = None;
            self.offer(key, None);
        }
    }

    /// The back-off is over, or the worker's time.
    pub(crate) fn job_timer_fired(&mut self, key: JobKey) {
        if let Some(job) = self.instance.jobs.get_mut(&key) {
            job.timer = None;
            self.offer(key, None);
        }
    }

    /// Takes back the calls of steps whose tasks this very command has ended again.
    pub(crate) fn forget_lost_calls(&mut self) {
        let jobs = &self.instance.jobs;
        self.out.effects.retain(|effect| match effect {
            Effect::InvokeStep(call) => jobs.contains_key(&call.job),
            _ => true,
        });
    }

    /// Cancels the job of an element instance, where it has one.
    pub(crate) fn cancel_job(&mut self, at: ElementInstanceKey) {
        self.end_job(at, JobState::Canceled);
    }

    pub(crate) fn end_job(&mut self, at: ElementInstanceKey, state: JobState) {
        self.end_job_with(at, state, |_| {});
    }

    /// Ends a job, with more to tell of it.
    pub(crate) fn end_job_with(
        &mut self,
        at: ElementInstanceKey,
        state: JobState,
        tell: impl FnOnce(&mut JobRecord),
    ) {
        let Some(key) = self.element_mut(at).job.take() else {
            return;
        };
        self.stop_job_timer(key);
        let Some(job) = self.instance.jobs.get(&key) else {
            return;
        };
        let mut record = job.record(&self.instance, key);
        record.state = state;
        record.ended_at = Some(self.now);
        tell(&mut record);
        self.out.events.push(Event::Job(record));
        self.instance.jobs.remove(&key);
    }

    /// A job in one of the states.
    pub(crate) fn job(&self, key: JobKey, states: &[JobState]) -> Result<&Job, Rejection> {
        let job = self.instance.jobs.get(&key);
        let job = job.ok_or(Rejection::NotFound {
            what: "job",
            key: key.0,
        })?;
        if states.contains(&job.state) {
            return Ok(job);
        }
        Err(Rejection::WrongState(format!(
            "job {key} is in state {:?}",
            job.state
        )))
    }

    pub(crate) fn change(&mut self, key: JobKey, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.instance.jobs.get_mut(&key) {
            change(job);
            self.job_event(key);
        }
    }

    pub(crate) fn stop_job_timer(&mut self, key: JobKey) {
        let timer = self
            .instance
            .jobs
            .get_mut(&key)
            .and_then(|job| job.timer.take());
        if let Some(timer) = timer {
            self.cancel_timer(timer);
        }
    }

    fn job_event(&mut self, key: JobKey) {
        if let Some(record) = self.instance.job(key) {
            self.out.events.push(Event::Job(record));
        }
    }
}
