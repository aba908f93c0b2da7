//! One task's work on one instance: apply, run ahead, commit, answer.

mod commit;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use anyam_engine::key::JobKey;
use anyam_engine::transition::{JobState, StepInvocation};
use anyam_engine::{Command, Environment, Instance, Outcome, Rejection, apply};
use anyam_sandbox::Call;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::catalog::StepId;
use super::changes;
use super::decisions::CommandDecisions;
use super::files::CommandFiles;
use super::history::HistoryEntry;
use super::instance::Live;
use super::migration::Destination;
use super::requests::{Address, Reply};
use super::shard::{Envelope, Request, Running};
use super::step_calls::{self, Again, Answer};
use super::unsaved::{OutsideOfStep, Unsaved};
use super::{Inner, jobs, listener_steps};
use crate::error::{Error, Result};

/// About how many requests to one instance go into one commit.
const AT_ONCE: usize = 64;

/// Bytes of variables from which a command may take longer than others should wait.
const HEAVY_BYTES: usize = 64 << 10;

/// Works on an instance until nothing waits for it.
pub(super) async fn work(
    inner: Arc<Inner>,
    address: Address,
    live: Option<Box<Live>>,
    first: Envelope,
    place: Option<Running>,
) {
    let shard = inner.shard(address.instance);
    let guard = Abandon {
        inner: &inner,
        instance: address.instance,
    };
    let mut task = Task {
        inner: &inner,
        address,
        live,
        unsaved: Unsaved::default(),
        calls: FuturesUnordered::new(),
    };
    let mut waiting = VecDeque::from([first]);
    // Given back before the first commit: what is left then waits for the disk, not for a core.
    let mut place = place;
    loop {
        let until = inner.clock.after(inner.limits.runtime.run_ahead);
        let mut taken = 0;
        while let Some(envelope) = waiting.pop_front() {
            if envelope.request.is_alone() {
                drop(place.take());
                task.take_alone(envelope, until).await;
            } else {
                task.take(envelope).await;
            }
            taken += 1;
            if waiting.is_empty() && taken < AT_ONCE {
                waiting = shard.more(address.instance);
            }
        }
        task.run_ahead(until).await;
        drop(place.take());
        task.commit().await;
        waiting = shard.next(address.instance, &mut task.live);
        if waiting.is_empty() {
            break;
        }
    }
    std::mem::forget(guard);
}

/// Frees an instance whose task panicked; the store still has its last committed state.
struct Abandon<'a> {
    inner: &'a Arc<Inner>,
    instance: u64,
}

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        self.inner.shard(self.instance).abandon(self.instance);
    }
}

/// The instance a task has, and what it did to it since the last commit.
struct Task<'a> {
    inner: &'a Arc<Inner>,
    address: Address,
    live: Option<Box<Live>>,
    unsaved: Unsaved,
    /// Calls of pure steps that run ahead of the commit.
    calls: FuturesUnordered<BoxFuture<'static, Answer>>,
}

impl Task<'_> {
    /// Carries out a request as far as it goes without a commit.
    async fn take(&mut self, envelope: Envelope) {
        let Envelope { request, reply } = envelope;
        let result = self.carry_out(request).await;
        let Some(reply) = reply else {
            if let Err(error) = result {
                tracing::debug!(instance = self.address.instance, %error, "a request was refused");
            }
            return;
        };
        match result {
            Ok(answer) => self.unsaved.replies.push((reply, answer)),
            // The caller may be gone.
            Err(error) => drop(reply.send(Err(error))),
        }
    }

    /// Carries out a request that may turn out impossible at its commit: nobody else's request
    /// shares it.
    async fn take_alone(&mut self, envelope: Envelope, until: Instant) {
        self.commit().await;
        self.take(envelope).await;
        self.run_ahead(until).await;
        self.commit().await;
    }

    async fn carry_out(&mut self, request: Request) -> Result<Reply> {
        if let Request::Create(mut creation) = request {
            let live = Live::new(self.inner, self.address.instance, &mut creation);
            self.live = Some(Box::new(live));
            let start = Command::Start {
                variables: creation.variables,
                from: creation.from,
                parent: creation.parent,
            };
            let started = self.apply(start).await;
            if started.is_err() {
                self.live = None;
                return started.map(|()| Reply::Done);
            }
            self.unsaved.received.extend(creation.receipt);
            if let Some(message) = creation.started_by {
                self.unsaved.claims.push(message.claim);
                self.unsaved.start_turns.extend(message.lock);
            }
            return Ok(Reply::Done);
        }
        if self.live.is_none() {
            self.live = Live::load(self.inner, self.address)?.map(Box::new);
        }
        match request {
            Request::Create(_) => unreachable!("handled above"),
            Request::Command(Command::ActivateJob {
                job,
                worker,
                deadline,
            }) => {
                self.apply(Command::ActivateJob {
                    job,
                    worker,
                    deadline,
                })
                .await?;
                let live = self.live.as_ref().ok_or_else(ended)?;
                jobs::activated(live, job).map(|job| Reply::Job(Box::new(job)))
            }
            Request::Receive { command, receipt } => {
                self.apply(command).await?;
                self.unsaved.received.push(receipt);
                Ok(Reply::Done)
            }
            Request::Command(command) => self.apply(command).await.map(|()| Reply::Done),
            Request::StepDone {
                job,
                attempt,
                step,
                call,
                again,
            } => self
                .step_done(job, attempt, (step, *call), again)
                .await
                .map(|()| Reply::Done),
            Request::FireTimer { timer, due } => {
                let fired = self.apply(Command::FireTimer { timer }).await;
                // A timer that the instance does not know is gone as well.
                self.unsaved.drop_timer(timer.0, due);
                fired.map(|()| Reply::Done)
            }
            Request::Correlate {
                subscription,
                message,
                variables,
                claim,
            } => {
                self.apply(Command::CorrelateMessage {
                    subscription,
                    message,
                    variables,
                })
                .await?;
                self.unsaved.claims.push(claim);
                Ok(Reply::Done)
            }
            Request::Migrate(destination) => self.migrate(*destination).await,
            Request::Resume => {
                if let Some(live) = &self.live {
                    let calls = live.engine.pending_invocations(&live.deployed.process);
                    let calls = calls.collect();
                    self.start(calls);
                }
                Ok(Reply::Done)
            }
        }
    }

    /// Goes on in another definition. What was done before is stored, so that no event is read with
    /// the wrong model.
    async fn migrate(&mut self, destination: Destination) -> Result<Reply> {
        self.apply(destination.command()).await?;
        let live = self.live.as_mut().ok_or_else(ended)?;
        let (from, to) = (live.deployed.record.key, destination.deployed.record.key);
        live.deployed = destination.deployed;
        live.moved = destination.moved;
        let entry = HistoryEntry::migrated(self.inner.now(), from, to);
        self.unsaved.history.push(entry);
        Ok(Reply::Done)
    }

    /// Applies a command and starts the pure steps it asks for.
    async fn apply(&mut self, command: Command) -> Result<()> {
        let live = self.live.as_mut().ok_or_else(ended)?;
        let repeatable = live.deployed.process.has_isolated_expressions()
            || matches!(command, Command::Migrate(_));
        let decisions = CommandDecisions::of(self.inner, &live.deployed);
        let files = CommandFiles::of(self.inner, &live.deployed);
        let mut command = Some(command);
        let mut evaluated = Vec::new();
        let now = self.inner.now();
        let seed = self.inner.seed();
        let limits = self.inner.limits_of(live.tenant);
        loop {
            let given = if repeatable {
                command.clone()
            } else {
                command.take()
            };
            let mut keys = live.keys.source(&self.inner.database);
            let environment = Environment {
                process: &live.deployed.process,
                now,
                seed,
                keys: &mut keys,
                decisions: &decisions,
                resources: &files,
                evaluated: &evaluated,
                limits: &limits.engine,
            };
            let nothing = Instance::new(live.engine.key(), now);
            let engine = std::mem::replace(&mut live.engine, nothing);
            let given = given.expect("a command is given once, or is repeatable");
            let outcome = apply_here(engine, given, environment);
            drop(keys);
            match outcome {
                Outcome::Applied(engine, transition) => {
                    live.engine = engine;
                    let of = (live.engine.key().0, live.deployed.record.key);
                    self.unsaved
                        .decisions
                        .extend(decisions.rows(&transition, of));
                    let calls = self.unsaved.add(transition, now);
                    self.start(calls);
                    return Ok(());
                }
                Outcome::Rejected(engine, rejection) => {
                    live.engine = engine;
                    return Err(rejection.into());
                }
                Outcome::Evaluate(engine, request) => {
                    live.engine = engine;
                    let value = self.inner.evaluation.evaluate(live.tenant, request).await;
                    evaluated.push(value);
                }
            }
        }
    }

    /// Starts calls of pure steps; those with effects wait for the commit.
    fn start(&mut self, calls: Vec<StepInvocation>) {
        let Some(live) = &mut self.live else { return };
        if !calls.is_empty() {
            live.follow(self.inner);
        }
        for mut call in calls {
            listener_steps::complete(live, &mut call);
            let pure = live
                .deployed
                .step(call.element, call.slot)
                .is_some_and(|step| step.pure_step);
            if pure {
                let (inner, deployed) = (self.inner.clone(), live.deployed.clone());
                let instance = self.address.instance;
                self.calls
                    .push(Box::pin(step_calls::call(inner, deployed, instance, call)));
            } else {
                self.unsaved.calls.push(call);
            }
        }
    }

    /// Takes in what running pure steps answer, until none runs or the time is over.
    async fn run_ahead(&mut self, until: Instant) {
        if self.calls.is_empty() {
            return;
        }
        let mut over = self.inner.clock.sleep_until(until);
        while !self.calls.is_empty() {
            let next = tokio::select! {
                biased;
                next = self.calls.next() => next,
                () = &mut over => None,
            };
            let Some(answer) = next else { break };
            let (job, attempt) = (answer.invocation.job, answer.invocation.attempt);
            let called = (answer.step, answer.call);
            let done = self.step_done(job, attempt, called, answer.again);
            if let Err(error) = done.await {
                tracing::debug!(instance = self.address.instance, %error, "a step's answer is late");
            }
        }
    }

    /// A step's answer, which comes too late where its task was left meanwhile.
    async fn step_done(
        &mut self,
        job: JobKey,
        attempt: u32,
        (step, mut call): (Option<Arc<StepId>>, Call),
        again: Again,
    ) -> Result<()> {
        let live = self.live.as_ref().ok_or_else(ended)?;
        let record = live.engine.job(job);
        let waits = |job: &anyam_engine::transition::JobRecord| {
            job.step && job.attempt == attempt && job.state == JobState::Created
        };
        let Some(record) = record.filter(waits) else {
            return Err(Error::Conflict(format!(
                "job {job} does not wait for attempt {attempt}"
            )));
        };
        let entry = HistoryEntry::step(self.inner.now(), (job.0, attempt), step.as_deref(), &call);
        self.unsaved.history.push(entry);
        let outcome = std::mem::replace(&mut call.outcome, Ok(String::new()));
        let limits = &self.inner.limits.request;
        let command = step_calls::command((job, attempt), record.kind, outcome, limits);
        match self.apply(command).await {
            Ok(()) => {
                if changes::depend(&call.changes) {
                    self.unsaved.outside = Some(Box::new(OutsideOfStep {
                        job,
                        attempt,
                        step,
                        call,
                        again,
                    }));
                }
                Ok(())
            }
            // The answer itself is not acceptable, such as one that is too large: the step's fault.
            Err(Error::Invalid(message)) => {
                let message = format!("the step's answer was refused: {message}").into();
                let failed = Command::StepFailed {
                    job,
                    attempt,
                    permanent: true,
                    retry_after_ms: None,
                    message,
                };
                self.apply(failed).await
            }
            other => other,
        }
    }
}

/// Applies a command. One over much data may take long: then others move off this thread first.
fn apply_here(engine: Instance, command: Command, environment: Environment<'_>) -> Outcome {
    let heavy = engine.variable_bytes() > HEAVY_BYTES;
    let can_move = || Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
    if heavy && can_move() {
        tokio::task::block_in_place(|| apply(engine, command, environment))
    } else {
        apply(engine, command, environment)
    }
}

fn ended() -> Error {
    Rejection::Ended.into()
}
