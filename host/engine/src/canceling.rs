//! `canceling` listeners of the user tasks in a scope that ends before it is done.
//!
//! An interrupting event, a terminate end event and the end of the process instance from outside wait
//! for them: everything else in the scope ends at once, the tasks and the scopes around them stay until
//! the last listener is done, and then what has ended the scope takes effect. The outermost end
//! counts. What is terminated otherwise (by hand, by a completion condition, with a transaction that is
//! cancelled) ends without its listeners.

use std::collections::BTreeSet;

use anyam_bpmn::graph::{ListenerEvent, NodeKind};

use crate::execution::{Execution, Work};
use crate::instance::Phase;
use crate::instance::rare::Ending;
use crate::key::{ElementInstanceKey, UserTaskKey};
use crate::transition::UserTaskState;
use crate::user_tasks::Change;
use crate::waits::EventAt;

impl Execution<'_> {
    /// Holds the end of a scope up, where a user task in it has `canceling` listeners to come; whether
    /// it does.
    pub(crate) fn holds_up(&mut self, scope: ElementInstanceKey, ending: Ending) -> bool {
        let tasks = self.to_be_cancelled(scope);
        if tasks.is_empty() {
            return false;
        }
        let kept = self.kept_for(scope, &tasks);
        self.end_all_but(scope, &kept, &tasks);
        match &ending {
            // Of the scope itself only what runs in it ends.
            Ending::Interrupted { node, .. } if !self.process.node(*node).kind.is_boundary() => {
                self.close_event_starts(scope);
            }
            Ending::Ended => {}
            _ => self.close_waits(scope),
        }
        self.element_mut(scope).rare_mut().ending = Some(Box::new(ending));
        for (at, key) in tasks {
            let is_on = self.take_change(key);
            if !matches!(is_on, Some(Change::Canceling { .. } | Change::Ending)) {
                self.cancel_job(at);
                self.forget_incident(at);
                self.close_waits(at);
                self.element_mut(at).rare_mut().listener = None;
            }
            self.begin_change(key, Change::Ending);
        }
        true
    }

    /// Whether the end of the process instance from outside waits for listeners already.
    pub(crate) fn is_held_up(&self) -> bool {
        let mut alive = self.instance.elements.values();
        alive.any(|element| element.phase == Phase::CancelListeners)
    }

    /// User tasks in a scope whose `canceling` listeners are not done.
    fn to_be_cancelled(&self, scope: ElementInstanceKey) -> Vec<(ElementInstanceKey, UserTaskKey)> {
        let has_listeners = |at: ElementInstanceKey| {
            self.node_of(at)
                .extras()
                .listeners
                .iter()
                .any(|l| l.event == ListenerEvent::Canceling)
        };
        let open = self.instance.user_tasks.iter();
        let open = open.map(|(key, task)| (task.element_instance, *key));
        open.filter(|(at, _)| *at != scope && has_listeners(*at))
            .filter(|(at, _)| self.instance.scope_keys(*at).any(|around| around == scope))
            .collect()
    }

    /// The tasks, and the scopes between them and `scope`, which is one of them.
    fn kept_for(
        &self,
        scope: ElementInstanceKey,
        tasks: &[(ElementInstanceKey, UserTaskKey)],
    ) -> BTreeSet<ElementInstanceKey> {
        let mut kept = BTreeSet::from([scope]);
        for (at, _) in tasks {
            let around = self.instance.scope_keys(*at);
            kept.extend(around.take_while(|key| *key != scope));
        }
        kept
    }

    fn end_all_but(
        &mut self,
        scope: ElementInstanceKey,
        kept: &BTreeSet<ElementInstanceKey>,
        tasks: &[(ElementInstanceKey, UserTaskKey)],
    ) {
        for inner in self.inside(scope).into_iter().rev() {
            if !kept.contains(&inner) {
                self.terminate_one(inner);
            }
        }
        for key in kept {
            if tasks.iter().any(|(at, _)| at == key) {
                continue;
            }
            self.stop_compensation(*key);
            self.close_ad_hoc(*key);
            self.forget_incident(*key);
            if *key != scope {
                self.close_waits(*key);
            }
            let inside = kept.iter().filter(|inner| **inner != *key);
            let inside = inside
                .filter(|inner| self.element(**inner).scope == *key)
                .count();
            let element = self.element_mut(*key);
            element.tokens = u32::try_from(inside).unwrap_or(u32::MAX);
            element.arrivals.clear();
            element.phase = Phase::CancelListeners;
        }
        self.agenda.retain(|work| match work {
            Work::Activate { scope, .. } | Work::Arrive { scope, .. } => !kept.contains(scope),
            Work::Drive(_) | Work::Compensate(_) => true,
        });
    }

    /// The `canceling` listeners of a user task are done. With the last one in a scope its end takes
    /// effect.
    pub(crate) fn end_held_up(&mut self, at: ElementInstanceKey) {
        self.end_user_task(at, UserTaskState::Canceled);
        let around: Vec<_> = self.instance.scope_keys(at).collect();
        let held_up = around.into_iter().rev().find(|key| {
            let element = self.element(*key);
            element.phase == Phase::CancelListeners
                && element.rare().is_some_and(|rare| rare.ending.is_some())
        });
        let Some(scope) = held_up.filter(|scope| self.to_be_cancelled(*scope).is_empty()) else {
            return;
        };
        let element = self.element_mut(scope);
        element.phase = Phase::Waiting;
        let Some(ending) = element.rare_mut().ending.take() else {
            return;
        };
        match *ending {
            Ending::Interrupted { node, variables } => match self.process.node(node).kind {
                NodeKind::BoundaryEvent { .. } => self.interrupt(scope, node, variables),
                _ => self.start_event_sub_process(EventAt::only(scope, node), variables),
            },
            Ending::Ended => {
                self.terminate_children(scope);
                self.complete_empty_scope(scope);
            }
            Ending::Terminated | Ending::Cancelled => self.cancel_instance(),
        }
    }
}
