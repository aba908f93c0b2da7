//! Jobs: the work of service tasks, done by workers or steps.

use std::sync::Arc;

use anyam_bpmn::graph::JobDefinition;
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

use crate::backoff::Backoff;
use crate::errors::{Catcher, unhandled};
use crate::execution::{Execution, Stop, Work};
use crate::expressions::{extract, shown};
use crate::instance::{Instance, Phase};
use crate::key::{ElementInstanceKey, JobKey, TimerKey};
use crate::outcome::Rejection;
use crate::process::Process;
use crate::timers::Purpose;
use crate::transition::{Effect, Event, IncidentKind, JobRecord, JobState, StepInvocation};
use crate::value::{Timestamp, Variables};
use crate::variables::Place;

/// A job that is not over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) element_instance: ElementInstanceKey,
    job_type: Box<str>,
    step: bool,
    retries: u32,
    attempt: u32,
    state: JobState,
    worker: Option<Box<str>>,
    deadline: Option<Timestamp>,
    error_message: Option<Box<str>>,
    error_code: Option<Box<str>>,
    created_at: Timestamp,
    /// The back-off or deadline that runs.
    timer: Option<TimerKey>,
}

impl Job {
    pub(crate) fn record(&self, instance: &Instance, key: JobKey) -> JobRecord {
        JobRecord {
            key,
            element: instance.elements[&self.element_instance].node,
            element_instance: self.element_instance,
            job_type: self.job_type.clone(),
            step: self.step,
            retries: self.retries,
            attempt: self.attempt,
            state: self.state,
            worker: self.worker.clone(),
            deadline: self.deadline,
            error_message: self.error_message.clone(),
            error_code: self.error_code.clone(),
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
        StepInvocation {
            job: key,
            element: instance.elements[&at].node,
            element_instance: at,
            attempt: self.attempt,
            input: step_input(instance, process, at),
        }
    }
}

/// A step's input: what the input mappings made, or every visible variable where the task has no
/// input mappings.
fn step_input(instance: &Instance, process: &Process, at: ElementInstanceKey) -> Arc<str> {
    let element = instance.elements[&at].node;
    let variables = if process.node(element).mappings.inputs.is_empty() {
        instance.visible_variables(at)
    } else {
        instance.local_variables(at)
    };
    object(&variables)
}

/// Variables as one JSON object.
fn object(variables: &Variables) -> Arc<str> {
    let bytes: usize = variables
        .iter()
        .map(|(name, value)| name.len() + value.as_str().len() + 4)
        .sum();
    let mut text = String::with_capacity(bytes + 2);
    text.push('{');
    for (name, value) in variables {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&JsonValue::from(&**name).to_string());
        text.push(':');
        text.push_str(value.as_str());
    }
    text.push('}');
    text.into()
}

impl Execution<'_> {
    /// Creates the job of an element instance; a step is called at once.
    pub(crate) fn create_job(
        &mut self,
        at: ElementInstanceKey,
        definition: &JobDefinition,
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
        let step = self.process.is_step(self.element(at).node);
        let input = if step {
            Some(self.new_step_input(at)?)
        } else {
            None
        };
        let key = JobKey(self.next_key());
        let job = Job {
            element_instance: at,
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
            created_at: self.now,
            timer: None,
        };
        self.element_mut(at).job = Some(key);
        self.instance.jobs.insert(key, job);
        self.offer(key, input);
        Ok(())
    }

    /// The input of a step that is to start now. A fork into many steps would copy the same large
    /// variables for each, so all inputs of one command are bounded together.
    fn new_step_input(&mut self, at: ElementInstanceKey) -> Result<Arc<str>, Stop> {
        let input = step_input(&self.instance, self.process, at);
        let bytes = self.step_input_bytes + input.len();
        if bytes > self.limits.max_step_input_bytes {
            let message = format!(
                "the inputs of the steps started at once would have {bytes} bytes, allowed are {} \
                 (limit max_step_input_bytes); give the steps input mappings, or resolve the \
                 incident to go on",
                self.limits.max_step_input_bytes
            );
            return Err(Stop::Incident(IncidentKind::ResourceLimit, message));
        }
        self.step_input_bytes = bytes;
        Ok(input)
    }

    /// Begins the next attempt: a worker may have the job, or the step is called.
    fn offer(&mut self, key: JobKey, input: Option<Arc<str>>) {
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
            let at = job.element_instance;
            let input = input.unwrap_or_else(|| step_input(&self.instance, self.process, at));
            self.out.effects.push(Effect::InvokeStep(StepInvocation {
                job: key,
                element: self.element(at).node,
                element_instance: at,
                attempt: job.attempt,
                input,
            }));
        }
    }

    /// Hands a job to a worker.
    pub(crate) fn activate_job(
        &mut self,
        key: JobKey,
        worker: Box<str>,
        deadline: Timestamp,
    ) -> Result<(), Rejection> {
        let job = self.job(key, &[JobState::Created])?;
        if job.step {
            return Err(Rejection::WrongState(format!(
                "job {key} is done by a step"
            )));
        }
        if deadline <= self.now {
            return Err(Rejection::Invalid(
                "the job's deadline has passed".to_owned(),
            ));
        }
        let deadline = deadline.min(self.now.plus_ms(self.limits.max_timer_ahead_ms));
        let worker = self.shortened(&worker);
        let timer = self.schedule(deadline, Purpose::JobDeadline(key));
        self.change(key, |job| {
            job.state = JobState::Activated;
            job.worker = Some(worker);
            job.deadline = Some(deadline);
            job.timer = Some(timer);
        });
        Ok(())
    }

    /// A worker or step is done.
    pub(crate) fn complete_job(
        &mut self,
        key: JobKey,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let at = self
            .job(key, &[JobState::Created, JobState::Activated])?
            .element_instance;
        self.check_payload(&variables, self.result_place(at))?;
        self.end_job(at, JobState::Completed);
        self.take_result(at, variables);
        self.element_mut(at).phase = Phase::Completing;
        self.agenda.push_back(Work::Drive(at));
        Ok(())
    }

    /// A worker could not do a job and says how many attempts are left.
    pub(crate) fn fail_job(
        &mut self,
        key: JobKey,
        retries: u32,
        backoff_ms: u64,
        message: &str,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let at = self
            .job(key, &[JobState::Created, JobState::Activated])?
            .element_instance;
        self.check_payload(&variables, Place::In(at))?;
        self.set_local(at, variables);
        let retries = retries.min(self.limits.max_retries);
        self.attempt_failed(key, retries, backoff_ms, message);
        Ok(())
    }

    /// A step's attempt failed; the engine counts.
    pub(crate) fn step_failed(
        &mut self,
        key: JobKey,
        attempt: u32,
        permanent: bool,
        retry_after_ms: Option<u64>,
        message: &str,
    ) -> Result<(), Rejection> {
        let job = self.job(key, &[JobState::Created])?;
        if !job.step || job.attempt != attempt {
            return Err(Rejection::WrongState(format!(
                "attempt {attempt} at job {key} is over"
            )));
        }
        let retries = if permanent {
            0
        } else {
            job.retries.saturating_sub(1)
        };
        let element = self.element(job.element_instance).node;
        let backoff = retry_after_ms.unwrap_or_else(|| match self.process.backoff(element) {
            Some(backoff) => backoff.after(attempt),
            None => Backoff::default_after(attempt),
        });
        self.attempt_failed(key, retries, backoff, message);
        Ok(())
    }

    fn attempt_failed(&mut self, key: JobKey, retries: u32, backoff_ms: u64, message: &str) {
        self.stop_job_timer(key);
        let error = self.shortened(message);
        let backoff_ms = backoff_ms.min(self.limits.max_backoff_ms);
        let state = match (retries, backoff_ms) {
            (0, _) => JobState::Failed,
            (_, 0) => JobState::Created,
            _ => JobState::Backoff,
        };
        if let Some(job) = self.instance.jobs.get_mut(&key) {
            job.retries = retries;
            job.error_message = Some(error);
        }
        if state == JobState::Created {
            return self.offer(key, None);
        }
        let timer = (state == JobState::Backoff)
            .then(|| self.schedule(self.now.plus_ms(backoff_ms), Purpose::JobBackoff(key)));
        self.change(key, |job| {
            job.state = state;
            job.worker = None;
            job.deadline = None;
            job.timer = timer;
        });
        if state == JobState::Failed {
            let at = self.instance.jobs[&key].element_instance;
            self.raise(at, IncidentKind::JobNoRetries, message, Some(key));
        }
    }

    /// A worker or step throws a BPMN error at its task.
    pub(crate) fn throw_job_error(
        &mut self,
        key: JobKey,
        code: Box<str>,
        message: &str,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let at = self
            .job(key, &[JobState::Created, JobState::Activated])?
            .element_instance;
        self.check_payload(&variables, Place::New)?;
        if code.len() > self.limits.max_text_bytes {
            return Err(Rejection::Invalid(format!(
                "the error code has {} bytes, allowed are {} (limit max_text_bytes)",
                code.len(),
                self.limits.max_text_bytes
            )));
        }
        let text = self.shortened(message);
        if let Some(job) = self.instance.jobs.get_mut(&key) {
            job.error_code = Some(code.clone());
            job.error_message = Some(text);
        }
        match self.catcher(at, &code) {
            Some(Catcher { host, boundary }) => {
                self.end_job(at, JobState::ErrorThrown);
                self.trigger_boundary(host, boundary, variables);
            }
            None => {
                self.stop_job_timer(key);
                self.change(key, |job| {
                    job.state = JobState::ErrorThrown;
                    job.worker = None;
                    job.deadline = None;
                });
                let message = unhandled(&code, message);
                self.raise(at, IncidentKind::UnhandledErrorEvent, &message, Some(key));
            }
        }
        Ok(())
    }

    /// Changes retries or deadline.
    pub(crate) fn update_job(
        &mut self,
        key: JobKey,
        retries: Option<u32>,
        deadline: Option<Timestamp>,
    ) -> Result<(), Rejection> {
        let Some(job) = self.instance.jobs.get(&key) else {
            return Err(Rejection::NotFound {
                what: "job",
                key: key.0,
            });
        };
        if retries.is_some_and(|n| n == 0 || n > self.limits.max_retries) {
            return Err(Rejection::Invalid(format!(
                "the retries must be from 1 to {} (limit max_retries)",
                self.limits.max_retries
            )));
        }
        if deadline.is_some() && job.state != JobState::Activated {
            return Err(Rejection::WrongState(format!(
                "job {key} is with no worker"
            )));
        }
        if deadline.is_some_and(|deadline| deadline <= self.now) {
            return Err(Rejection::Invalid(
                "the job's deadline has passed".to_owned(),
            ));
        }
        if let Some(deadline) = deadline {
            let deadline = deadline.min(self.now.plus_ms(self.limits.max_timer_ahead_ms));
            self.stop_job_timer(key);
            let timer = self.schedule(deadline, Purpose::JobDeadline(key));
            if let Some(job) = self.instance.jobs.get_mut(&key) {
                job.deadline = Some(deadline);
                job.timer = Some(timer);
            }
        }
        self.change(key, |job| job.retries = retries.unwrap_or(job.retries));
        Ok(())
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

    /// Cancels the job of an element instance, where it has one.
    pub(crate) fn cancel_job(&mut self, at: ElementInstanceKey) {
        self.end_job(at, JobState::Canceled);
    }

    fn end_job(&mut self, at: ElementInstanceKey, state: JobState) {
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
        self.out.events.push(Event::Job(record));
        self.instance.jobs.remove(&key);
    }

    /// A job in one of the states.
    fn job(&self, key: JobKey, states: &[JobState]) -> Result<&Job, Rejection> {
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

    fn change(&mut self, key: JobKey, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.instance.jobs.get_mut(&key) {
            change(job);
            self.job_event(key);
        }
    }

    fn stop_job_timer(&mut self, key: JobKey) {
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
