//! Task listeners: jobs that a change of a user task has to pass before it takes effect.
//!
//! While they run the task waits with the change it was asked for (`UserTask::change`). A listener may
//! correct the task's attributes, and may deny an assignment, an update or a completion; a denied
//! change is forgotten and the task is as it was.
//!
//! `canceling` listeners hold up a boundary event that interrupts their task, and the end of a scope
//! around it (`canceling.rs`).

use anyam_bpmn::graph::{ListenerEvent, NodeIx};

use crate::command::{TaskAttributes, TaskResult};
use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::jobs::JobKind;
use crate::key::{ElementInstanceKey, JobKey, UserTaskKey};
use crate::outcome::Rejection;
use crate::transition::{JobState, UserTaskState};
use crate::user_tasks::{Change, UserTask};
use crate::value::Variables;

impl Change {
    /// The listeners that it has to pass.
    pub(crate) fn event(&self) -> ListenerEvent {
        match self {
            Self::Creating(_) => ListenerEvent::Creating,
            Self::Assigning(_) => ListenerEvent::Assigning,
            Self::Updating(_) => ListenerEvent::Updating,
            Self::Completing(_) => ListenerEvent::Completing,
            Self::Canceling { .. } | Self::Ending => ListenerEvent::Canceling,
        }
    }

    /// Whether a listener may deny it.
    fn can_be_denied(&self) -> bool {
        !matches!(
            self,
            Self::Creating(_) | Self::Canceling { .. } | Self::Ending
        )
    }

    /// Bytes of the variables that it holds. They count as variables do.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Completing(variables) | Self::Canceling { variables, .. } => {
                let variables = variables.iter();
                variables.map(|(n, v)| n.len() + v.as_str().len()).sum()
            }
            _ => 0,
        }
    }
}

impl Execution<'_> {
    /// A change of a task begins: its listeners first, where it has some.
    pub(crate) fn begin_change(&mut self, key: UserTaskKey, change: Change) {
        let Some(task) = self.instance.user_tasks.get_mut(&key) else {
            return;
        };
        let at = task.element_instance;
        self.instance.variable_bytes += change.bytes();
        task.change = Some(Box::new(change));
        self.user_task_event(key);
        self.agenda.push_back(Work::Drive(at));
    }

    /// Refuses a second change of a task while one is under way.
    pub(crate) fn free_task(&self, key: UserTaskKey) -> Result<&UserTask, Rejection> {
        let Some(task) = self.instance.user_tasks.get(&key) else {
            return Err(Rejection::NotFound {
                what: "user task",
                key: key.0,
            });
        };
        match &task.change {
            None => Ok(task),
            Some(change) => Err(Rejection::WrongState(format!(
                "user task {key} waits for its {:?} listeners",
                change.event()
            ))),
        }
    }

    /// Takes a waiting user task through the listeners of the change it was asked for, then changes
    /// it. Gives the phase that follows, if any.
    pub(crate) fn go_on_with_change(
        &mut self,
        at: ElementInstanceKey,
    ) -> Result<Option<Phase>, Stop> {
        let Some(key) = self.element(at).user_task else {
            return Ok(None);
        };
        let change = self.instance.user_tasks.get(&key);
        let Some(event) = change
            .and_then(|task| task.change.as_ref())
            .map(|c| c.event())
        else {
            return Ok(None);
        };
        if self.element(at).job.is_some() {
            return Ok(None);
        }
        if self.has_listeners(at, event) {
            let position = self.listener_at(at, event);
            if let Some(listener) = self.listener(at, position) {
                self.create_listener_job(at, listener, JobKind::TaskListener)?;
                return Ok(None);
            }
            self.element_mut(at).rare_mut().listener = None;
        }
        Ok(self.finish_change(at, key))
    }

    /// Forgets the change that a task was asked for.
    pub(crate) fn take_change(&mut self, key: UserTaskKey) -> Option<Change> {
        let task = self.instance.user_tasks.get_mut(&key)?;
        let change = *task.change.take()?;
        self.instance.variable_bytes -= change.bytes();
        Some(change)
    }

    fn finish_change(&mut self, at: ElementInstanceKey, key: UserTaskKey) -> Option<Phase> {
        match self.take_change(key)? {
            Change::Creating(assignee) => {
                // The assignee of the model is assigned as by a command.
                match assignee {
                    Some(_) => self.begin_change(key, Change::Assigning(assignee)),
                    None => self.user_task_event(key),
                }
                None
            }
            Change::Assigning(assignee) => {
                self.instance.user_tasks.get_mut(&key)?.assignee = assignee;
                self.user_task_event(key);
                None
            }
            Change::Updating(attributes) => {
                self.set_attributes(key, attributes);
                None
            }
            Change::Completing(variables) => {
                self.end_user_task(at, UserTaskState::Completed);
                self.take_result(at, variables);
                Some(Phase::Completing)
            }
            Change::Ending => {
                self.end_held_up(at);
                None
            }
            Change::Canceling { event, variables } => {
                self.interrupt(at, event, variables);
                None
            }
        }
    }

    /// A worker has done a task listener.
    pub(crate) fn complete_task_listener(
        &mut self,
        job: JobKey,
        result: TaskResult,
    ) -> Result<(), Rejection> {
        let at = self
            .job(job, &[JobState::Created, JobState::Activated])?
            .element_instance;
        let Some(key) = self.element(at).user_task else {
            return Ok(());
        };
        let change = self.instance.user_tasks.get(&key);
        let Some(change) = change.and_then(|task| task.change.as_ref()) else {
            return Ok(());
        };
        if result.denied && !change.can_be_denied() {
            return Err(Rejection::Invalid(format!(
                "a {:?} listener cannot deny",
                change.event()
            )));
        }
        if result.denied && result.corrections != TaskAttributes::default() {
            return Err(Rejection::Invalid(
                "a listener either denies or corrects".to_owned(),
            ));
        }
        self.check_attributes(&result.corrections)?;
        let reason = result.denied_reason.as_deref();
        let reason = reason.map(|reason| self.shortened(reason));
        self.end_job_with(at, JobState::Completed, |record| {
            record.denied = Some(result.denied);
            record.denied_reason = reason;
        });
        if result.denied {
            self.take_change(key);
            self.element_mut(at).rare_mut().listener = None;
            self.user_task_event(key);
            return Ok(());
        }
        self.correct(key, result.corrections);
        self.next_listener(at);
        Ok(())
    }

    /// Puts a listener's corrections into the change that is under way, or into the task.
    fn correct(&mut self, key: UserTaskKey, mut corrections: TaskAttributes) {
        let Some(task) = self.instance.user_tasks.get_mut(&key) else {
            return;
        };
        if let (Some(Change::Assigning(asked)), true) =
            (task.change.as_deref_mut(), corrections.assignee.is_some())
        {
            *asked = corrections.assignee.take().flatten();
        }
        if let (Some(Change::Creating(asked)), true) =
            (task.change.as_deref_mut(), corrections.assignee.is_some())
        {
            *asked = None;
        }
        if let Some(Change::Updating(asked)) = task.change.as_deref_mut() {
            asked.extend(corrections);
            return;
        }
        if corrections != TaskAttributes::default() {
            self.set_attributes(key, corrections);
        }
    }

    /// Holds an interrupting boundary event up until the `canceling` listeners of its user task are
    /// done.
    pub(crate) fn waits_for_canceling(
        &mut self,
        host: ElementInstanceKey,
        event: NodeIx,
        variables: &Variables,
    ) -> bool {
        let Some(key) = self.element(host).user_task else {
            return false;
        };
        if !self.has_listeners(host, ListenerEvent::Canceling) {
            return false;
        }
        self.close_waits(host);
        self.cancel_job(host);
        self.forget_incident(host);
        self.take_change(key);
        self.element_mut(host).rare_mut().listener = None;
        let variables = variables.clone();
        self.begin_change(key, Change::Canceling { event, variables });
        true
    }
}
