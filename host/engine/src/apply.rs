//! The one entrance: a command applied to an instance.

use anyam_feel::Seed;

use crate::command::Command;
use crate::decisions::Decisions;
use crate::evaluation::Response;
use crate::execution::Execution;
use crate::instance::Instance;
use crate::key::KeySource;
use crate::limits::Limits;
use crate::outcome::{Outcome, Rejection};
use crate::process::Process;
use crate::resources::Resources;
use crate::value::Timestamp;

/// What a command is applied with.
pub struct Environment<'a> {
    /// The process the instance runs.
    pub process: &'a Process,
    /// The time.
    pub now: Timestamp,
    /// Where the random functions of this command's expressions begin. Another command needs
    /// another seed, the same command the same one whenever it is applied again.
    pub seed: Seed,
    /// New keys.
    pub keys: &'a mut dyn KeySource,
    /// Decisions that business rule tasks call.
    pub decisions: &'a dyn Decisions,
    /// Deployed files that elements refer to.
    pub resources: &'a dyn Resources,
    /// Results of this command's isolated expressions and decisions, in the order the engine asked for them.
    pub evaluated: &'a [Response],
    /// Bounds.
    pub limits: &'a Limits,
}

/// Applies a command to an instance. Pure: the same arguments and keys give the same outcome.
pub fn apply(instance: Instance, command: Command, env: Environment<'_>) -> Outcome {
    if instance.is_ended() {
        return Outcome::Rejected(instance, Rejection::Ended);
    }
    if instance.started == matches!(command, Command::Start { .. }) {
        let why = if instance.started {
            "is already started"
        } else {
            "is not started"
        };
        let rejection = Rejection::WrongState(format!("the process instance {why}"));
        return Outcome::Rejected(instance, rejection);
    }
    let target = match &command {
        Command::Migrate(migration) => Some(migration.target.0.clone()),
        _ => None,
    };
    // Only an isolated expression or decision can make the engine go back after it has changed
    // something.
    let has_isolated = env.process.has_isolated_expressions()
        || target
            .as_ref()
            .is_some_and(|target| target.has_isolated_expressions());
    let unchanged = has_isolated.then(|| instance.clone());
    // Not for longer than the target is held here.
    let env = Environment {
        process: env.process,
        now: env.now,
        seed: env.seed,
        keys: &mut *env.keys,
        decisions: env.decisions,
        resources: env.resources,
        evaluated: env.evaluated,
        limits: env.limits,
    };
    let mut execution = Execution::new(instance, env);
    execution.target = target.as_deref();
    if let Err(rejection) = execution.carry_out(command) {
        return Outcome::Rejected(execution.instance, rejection);
    }
    match (execution.run(), unchanged) {
        (Ok(()), _) => {
            execution.forget_lost_calls();
            debug_assert_eq!(execution.instance.check(), Ok(()));
            Outcome::Applied(execution.instance, execution.out)
        }
        (Err(request), Some(unchanged)) => Outcome::Evaluate(unchanged, *request),
        (Err(_), None) => unreachable!("only an isolated expression asks to be evaluated"),
    }
}

impl Execution<'_> {
    /// Checks a command and makes its first change; [`Execution::run`] does the rest.
    fn carry_out(&mut self, command: Command) -> Result<(), Rejection> {
        match command {
            Command::Start {
                variables,
                from,
                parent,
            } => self.start(variables, from, parent),
            Command::ActivateJob {
                job,
                worker,
                deadline,
            } => self.activate_job(job, worker, deadline),
            Command::CompleteJob {
                job,
                variables,
                result,
            } => self.complete_job(job, variables, result.map(|result| *result)),
            Command::FailJob {
                job,
                retries,
                retry_backoff_ms,
                message,
                variables,
            } => self.fail_job(job, retries, retry_backoff_ms, &message, variables),
            Command::StepFailed {
                job,
                attempt,
                permanent,
                retry_after_ms,
                message,
            } => self.step_failed(job, attempt, permanent, retry_after_ms, &message),
            Command::ThrowJobError {
                job,
                code,
                message,
                variables,
            } => self.throw_job_error(job, code, &message, variables),
            Command::UpdateJob {
                job,
                retries,
                deadline,
            } => self.update_job(job, retries, deadline),
            Command::FireTimer { timer } => self.fire_timer(timer),
            Command::CorrelateMessage {
                subscription,
                message,
                variables,
            } => self.correlate(subscription, message, variables),
            Command::ReceiveSignal {
                subscription,
                variables,
            } => self.receive_signal(subscription, variables),
            Command::ChildEnded { at, variables } => self.child_ended(at, variables),
            Command::ChildThrew {
                at,
                thrown,
                code,
                variables,
            } => self.child_threw(at, thrown, &code, variables),
            Command::ChildNotStarted { at, message } => self.child_not_started(at, &message),
            Command::AssignUserTask {
                task,
                assignee,
                allow_override,
            } => self.assign_user_task(task, assignee, allow_override),
            Command::UpdateUserTask { task, attributes } => {
                self.update_user_task(task, *attributes)
            }
            Command::ActivateAdHoc {
                at,
                elements,
                cancel_remaining,
            } => self.activate_ad_hoc(at, elements, cancel_remaining),
            Command::CompleteUserTask { task, variables } => {
                self.complete_user_task(task, variables)
            }
            Command::SetVariables {
                scope,
                variables,
                local,
            } => self.set_variables(scope, variables, local),
            Command::ResolveIncident { incident } => self.resolve_incident(incident),
            Command::Migrate(migration) => self.migrate(&migration),
            Command::Modify(modification) => self.modify(&modification),
            Command::Cancel => {
                self.cancel_instance();
                Ok(())
            }
        }
    }
}
