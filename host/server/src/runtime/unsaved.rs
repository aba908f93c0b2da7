//! What a task has done to an instance since its last commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyam_engine::key::JobKey;
use anyam_engine::transition::{
    Effect, Event, InstanceState, JobState, StepInvocation, Subscription, Transition,
};
use anyam_engine::value::{Timestamp, Variables};
use anyam_sandbox::Call;
use anyam_store::records::{DecisionInstance, Outgoing};
use tokio::sync::oneshot;

use super::catalog::StepId;
use super::correlation::{Claim, Outbox, StartTurn};
use super::history::HistoryEntry;
use super::outbox::Receipt;
use super::requests::Reply;
use super::step_calls::Again;
use crate::error::Result;

/// Changes of one instance that go into one batch, and what follows from them after the commit.
#[derive(Default)]
pub(super) struct Unsaved {
    /// The last record of everything that changed.
    pub(super) events: Vec<Event>,
    pub(super) history: Vec<HistoryEntry>,
    /// What became of decisions.
    pub(super) decisions: Vec<DecisionInstance>,
    /// Timers by key: due, and whether scheduled (or gone).
    pub(super) timers: BTreeMap<u64, (Timestamp, bool)>,
    /// Subscriptions by key, and whether opened (or closed).
    pub(super) subscriptions: BTreeMap<u64, (Subscription, bool)>,
    /// Messages that were correlated; their claims become rows.
    pub(super) claims: Vec<Claim>,
    /// What goes to other instances.
    pub(super) sent: Vec<Effect>,
    /// `sent` as rows of the next batch, once that is made.
    pub(super) outgoing: Vec<Outgoing>,
    /// The messages of `sent`, once the next batch is made.
    pub(super) messages: Outbox,
    /// What came from other instances; the next batch removes their rows.
    pub(super) received: Vec<Receipt>,
    /// Keeps others from starting an instance with the same message until this one is stored.
    pub(super) start_turns: Vec<StartTurn>,
    /// Steps with effects, to be called after the commit.
    pub(super) calls: Vec<StepInvocation>,
    /// Who is answered after the commit.
    pub(super) replies: Vec<(oneshot::Sender<Result<Reply>>, Reply)>,
    /// What the call of a step changes outside; nothing else that anybody waits for is in the same
    /// commit.
    pub(super) outside: Option<Box<OutsideOfStep>>,
    /// Set once the instance is over.
    pub(super) ended: Option<(InstanceState, Variables)>,
}

/// What the call of a step changes outside, and what is needed where that cannot be stored.
pub(super) struct OutsideOfStep {
    pub(super) job: JobKey,
    pub(super) attempt: u32,
    pub(super) step: Option<Arc<StepId>>,
    /// The call, its outcome taken out.
    pub(super) call: Call,
    pub(super) again: Again,
}

impl Unsaved {
    /// Whether there is nothing to store.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.history.is_empty()
            && self.timers.is_empty()
            && self.subscriptions.is_empty()
            && self.claims.is_empty()
            && self.sent.is_empty()
            && self.received.is_empty()
    }

    /// Takes a transition in. Step calls are given back: the caller decides when they start.
    pub(super) fn add(&mut self, transition: Transition, now: Timestamp) -> Vec<StepInvocation> {
        let mut calls = Vec::new();
        for effect in transition.effects {
            match effect {
                Effect::InvokeStep(call) => calls.push(call),
                Effect::ScheduleTimer { timer, due } => {
                    self.timers.insert(timer.0, (due, true));
                }
                Effect::CancelTimer { timer, due } => self.drop_timer(timer.0, due),
                Effect::OpenSubscription(opened) => {
                    self.subscriptions.insert(opened.key.0, (opened, true));
                }
                Effect::CloseSubscription(closed) => match self.subscriptions.remove(&closed.key.0)
                {
                    // Opened since the last commit: the store never knew it.
                    Some((_, true)) => {}
                    _ => {
                        self.subscriptions.insert(closed.key.0, (closed, false));
                    }
                },
                Effect::StartChild { .. }
                | Effect::CancelChild { .. }
                | Effect::ThrowToParent { .. }
                | Effect::PublishMessage { .. }
                | Effect::BroadcastSignal { .. } => self.sent.push(effect),
                Effect::Ended { how, variables } => self.ended = Some((how, variables)),
            }
        }
        for event in transition.events {
            match event {
                Event::FlowTaken { flow } => self.history.push(HistoryEntry::flow(now, flow)),
                // Their rows are among `decisions`.
                Event::DecisionEvaluated(_) => {}
                event => self.events.push(event),
            }
        }
        calls
    }

    /// A timer is gone: cancelled or fired.
    pub(super) fn drop_timer(&mut self, timer: u64, due: Timestamp) {
        match self.timers.remove(&timer) {
            // Scheduled since the last commit: the store never knew it.
            Some((_, true)) => {}
            _ => {
                self.timers.insert(timer, (due, false));
            }
        }
    }

    /// Types of jobs that workers can have from now on.
    pub(super) fn offered_jobs(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match event {
            Event::Job(job) if job.state == JobState::Created && !job.step => Some(&*job.job_type),
            _ => None,
        })
    }

    /// When the first of its timers is due.
    pub(super) fn first_timer(&self) -> Option<Timestamp> {
        self.timers
            .values()
            .filter(|(_, scheduled)| *scheduled)
            .map(|(due, _)| *due)
            .min()
    }
}
