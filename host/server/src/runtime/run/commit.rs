//! The end of a task's turn: what it did is stored, answered and followed up, or taken back.

use std::ops::ControlFlow;

use anyam_engine::key::JobKey;
use anyam_engine::transition::{InstanceState, StepInvocation};
use anyam_sandbox::{Changes, Failure, Location};
use anyam_store::StoreError;

use super::super::changes::{self, Unstored};
use super::super::correlation::{self, Outbox};
use super::super::instance::{Live, Outcome};
use super::super::shard::{self, Request};
use super::super::step_calls::{self, Again};
use super::super::unsaved::{OutsideOfStep, Unsaved};
use super::super::{committed, listener_steps, outbox, persist};
use super::Task;

/// How long to wait before what an instance lost in a refused commit is started again.
const RESUME_AFTER: std::time::Duration = std::time::Duration::from_millis(200);

impl Task<'_> {
    /// Stores what was done, answers, and starts what had to wait for the commit.
    pub(super) async fn commit(&mut self) {
        while self.commit_once().await.is_break() {}
    }

    /// As [`Task::commit`]. Breaks off where something else is to be stored instead.
    async fn commit_once(&mut self) -> ControlFlow<()> {
        let mut unsaved = std::mem::take(&mut self.unsaved);
        let Some(live) = self.live.as_mut() else {
            // A request about an instance that is over changes at most its stale timers.
            self.settle(&mut unsaved).await;
            return ControlFlow::Continue(());
        };
        if !unsaved.is_empty() {
            let tenant = live.tenant;
            outbox::collect(self.inner, live, &mut unsaved);
            let stored = match (persist::batch(self.inner, live, &unsaved), &unsaved.outside) {
                (Ok(batch), Some(outside)) => {
                    changes::commit(self.inner, tenant, &outside.call.changes, batch).await
                }
                (Ok(batch), None) => committed(&self.inner.database, batch)
                    .await
                    .map(|()| Outbox::default())
                    .map_err(Unstored::Store),
                (Err(error), _) => Err(Unstored::Store(error)),
            };
            match stored {
                Ok(outbox) => outbox.send(self.inner, tenant),
                Err(Unstored::Store(error)) => {
                    self.give_up(unsaved, &error);
                    return ControlFlow::Continue(());
                }
                Err(unstored) => return self.take_back(unsaved, unstored).await,
            }
            if let Some(live) = &mut self.live {
                persist::saved(live, &unsaved);
            }
        }
        self.after_commit(unsaved);
        ControlFlow::Continue(())
    }

    /// The result of a step was not stored: the instance is as it was before, and the step is
    /// called again, or has failed.
    async fn take_back(&mut self, unsaved: Unsaved, unstored: Unstored) -> ControlFlow<()> {
        let waiter = self.live.as_mut().and_then(|live| live.waiter.take());
        self.calls.clear();
        match (Live::load(self.inner, self.address), unsaved.outside) {
            (Ok(Some(live)), Some(outside)) => {
                let mut live = Box::new(live);
                live.waiter = waiter;
                self.live = Some(live);
                self.again_or_failed(*outside, unstored).await
            }
            (loaded, _) => {
                let error = loaded.err();
                tracing::error!(
                    instance = self.address.instance,
                    ?error,
                    "an instance could not be taken back to where it was"
                );
                self.live = None;
                self.resume_later();
                ControlFlow::Continue(())
            }
        }
    }

    async fn again_or_failed(
        &mut self,
        outside: OutsideOfStep,
        unstored: Unstored,
    ) -> ControlFlow<()> {
        let OutsideOfStep {
            job,
            attempt,
            step,
            mut call,
            again,
        } = outside;
        let conflicts = again.conflicts + 1;
        let failure = match unstored {
            Unstored::Stale(place) if conflicts <= self.inner.limits.data.conflicts => {
                self.call_again(job, (place, conflicts));
                return ControlFlow::Continue(());
            }
            Unstored::Refused(failure) => failure,
            Unstored::Stale(place) => Failure::Retryable {
                message: format!(
                    "other steps changed '{}' in '{}' before the step's result was stored, \
                     {conflicts} times (limit conflicts)",
                    place.key, place.bucket
                ),
                retry_after_ms: None,
            },
            Unstored::Store(error) => unreachable!("handled by the caller: {error}"),
        };
        call.outcome = Err(failure);
        call.changes = Changes::default();
        let done = self.step_done(job, attempt, (step, call), Again::default());
        if let Err(error) = done.await {
            tracing::error!(instance = self.address.instance, %error, "a step's failure is refused");
        }
        ControlFlow::Break(())
    }

    fn call_again(&mut self, job: JobKey, conflict: (Location, u32)) {
        let Some(live) = &self.live else { return };
        let mut pending = live.engine.pending_invocations(&live.deployed.process);
        if let Some(mut invocation) = pending.find(|call| call.job == job) {
            listener_steps::complete(live, &mut invocation);
            let deployed = live.deployed.clone();
            let called = (live.key(), invocation);
            let call = step_calls::call_again(self.inner.clone(), deployed, called, conflict);
            self.calls.push(Box::pin(call));
        }
        drop(pending);
        self.hand_over_calls();
    }

    fn after_commit(&mut self, mut unsaved: Unsaved) {
        let inner = self.inner;
        for (reply, answer) in unsaved.replies.drain(..) {
            // The caller may be gone.
            let _ = reply.send(Ok(answer));
        }
        let Some(live) = self.live.as_mut() else {
            return;
        };
        if let Some((state, variables)) = unsaved.ended.take()
            && let Some(waiter) = live.waiter.take()
        {
            let ended = Outcome::Ended(persist::state(state), variables);
            // Whoever waited may be gone.
            let _ = waiter.outcome.send(ended);
        }
        if live
            .waiter
            .as_ref()
            .is_some_and(|waiter| waiter.until_incident)
            && let Some(incident) = persist::open_incident(live, &unsaved)
            && let Some(waiter) = live.waiter.take()
        {
            let _ = waiter.outcome.send(Outcome::HeldUp(Box::new(incident)));
        }
        for job_type in unsaved.offered_jobs() {
            inner.polls.offered(live.tenant, job_type);
        }
        if let Some(due) = unsaved.first_timer() {
            inner.timers.scheduled(due);
        }
        for (subscription, opened) in std::mem::take(&mut unsaved.subscriptions).into_values() {
            if opened {
                correlation::opened(inner, live, &subscription);
            }
        }
        outbox::send(inner, std::mem::take(&mut unsaved.outgoing));
        std::mem::take(&mut unsaved.messages).send(inner, live.tenant);
        for call in std::mem::take(&mut unsaved.calls) {
            let call = step_calls::call(inner.clone(), live.deployed.clone(), live.key(), call);
            self.calls.push(Box::pin(call));
        }
        let ended = live.engine.state() != InstanceState::Active;
        if ended {
            correlation::freed(inner, live);
            // Nobody would take their answers.
            self.calls.clear();
            self.live = None;
        }
        self.hand_over_calls();
    }

    /// Lets running calls answer on their own from now on.
    fn hand_over_calls(&mut self) {
        for call in std::mem::take(&mut self.calls) {
            let (inner, address) = (self.inner.clone(), self.address);
            let stopping = inner.stopping.clone();
            self.inner.tasks.spawn(async move {
                // A call that is cut off here is made again at the next start.
                let Some(answer) = stopping.run_until_cancelled(call).await else {
                    return;
                };
                let StepInvocation { job, attempt, .. } = answer.invocation;
                let request = Request::StepDone {
                    job,
                    attempt,
                    step: answer.step,
                    call: Box::new(answer.call),
                    again: answer.again,
                };
                shard::push_internal(&inner, address, request);
            });
        }
    }

    /// Forgets what could not be stored; the instance goes on from its last committed state.
    fn give_up(&mut self, unsaved: Unsaved, error: &StoreError) {
        let existed = self.live.as_ref().is_some_and(|live| live.saved_blob);
        self.live = None;
        self.calls.clear();
        for (reply, _) in unsaved.replies {
            // The caller may be gone.
            let _ = reply.send(Err(error.clone().into()));
        }
        if existed {
            self.resume_later();
        }
    }

    fn resume_later(&self) {
        if self.inner.stopping.is_cancelled() {
            return;
        }
        let (inner, address) = (self.inner.clone(), self.address);
        self.inner.tasks.spawn(async move {
            inner.clock.sleep(RESUME_AFTER).await;
            shard::push_internal(&inner, address, Request::Resume);
        });
    }

    /// What requests about an instance that is over leave behind.
    async fn settle(&mut self, unsaved: &mut Unsaved) {
        for (reply, answer) in unsaved.replies.drain(..) {
            // The caller may be gone.
            let _ = reply.send(Ok(answer));
        }
        let batch = persist::stale_timers(self.address, unsaved);
        if !batch.is_empty()
            && let Err(error) = committed(&self.inner.database, batch).await
        {
            tracing::debug!(instance = self.address.instance, %error, "stale timers are left");
        }
    }
}
