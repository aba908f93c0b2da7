//! What workers, steps and operators do with jobs.

use crate::backoff::Backoff;
use crate::command::{AdHocResult, JobResult, TaskResult};
use crate::execution::{Execution, Work};
use crate::instance::Phase;
use crate::jobs::JobKind;
use crate::key::JobKey;
use crate::listeners::refuse_error;
use crate::outcome::Rejection;
use crate::throwing::unhandled;
use crate::timers::Purpose;
use crate::transition::{IncidentKind, JobState, Thrown};
use crate::value::{Timestamp, Variables};
use crate::variables::Place;

impl Execution<'_> {
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
        result: Option<JobResult>,
    ) -> Result<(), Rejection> {
        let job = self.job(key, &[JobState::Created, JobState::Activated])?;
        let at = job.element_instance;
        match (job.kind, result) {
            (JobKind::BpmnElement, None) => {}
            (JobKind::ExecutionListener, None) => return self.complete_listener(key, variables),
            (JobKind::TaskListener, None | Some(JobResult::UserTask(_)))
                if !variables.is_empty() =>
            {
                return Err(Rejection::Invalid(
                    "a task listener cannot set variables; leave them out".to_owned(),
                ));
            }
            (JobKind::TaskListener, None) => {
                return self.complete_task_listener(key, TaskResult::default());
            }
            (JobKind::TaskListener, Some(JobResult::UserTask(result))) => {
                return self.complete_task_listener(key, result);
            }
            (JobKind::AdHocSubProcess, None) => {
                return self.complete_ad_hoc_job(key, variables, AdHocResult::default());
            }
            (JobKind::AdHocSubProcess, Some(JobResult::AdHoc(result))) => {
                return self.complete_ad_hoc_job(key, variables, result);
            }
            (kind, Some(_)) => {
                return Err(Rejection::Invalid(format!(
                    "the result does not fit job {key}, which is of the kind {kind:?}"
                )));
            }
        }
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
            let job = &self.instance.jobs[&key];
            let (at, kind) = (job.element_instance, no_retries(job.kind));
            self.raise(at, kind, message, Some(key));
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
        let job = self.job(key, &[JobState::Created, JobState::Activated])?;
        refuse_error(job, key)?;
        let at = job.element_instance;
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
        match self.catcher(at, Thrown::Error, &code) {
            Some(catcher) => {
                self.end_job(at, JobState::ErrorThrown);
                self.occurred(catcher, variables);
            }
            None if self.instance.parent.is_some() => {
                self.end_job(at, JobState::ErrorThrown);
                self.throw_to_parent(Thrown::Error, &code, variables);
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
}

/// The incident of a job without an attempt left.
fn no_retries(kind: JobKind) -> IncidentKind {
    match kind {
        JobKind::BpmnElement => IncidentKind::JobNoRetries,
        JobKind::ExecutionListener => IncidentKind::ExecutionListenerNoRetries,
        JobKind::TaskListener => IncidentKind::TaskListenerNoRetries,
        JobKind::AdHocSubProcess => IncidentKind::AdHocSubProcessNoRetries,
    }
}
