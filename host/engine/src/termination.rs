//! Ending element instances before they are done.

use std::collections::BTreeSet;

use crate::execution::{Execution, Work};
use crate::instance::Phase;
use crate::instance::rare::Ending;
use crate::key::ElementInstanceKey;
use crate::transition::{ElementState, InstanceState};

impl Execution<'_> {
    /// Terminates an element instance and everything in it, innermost first. Its scope's token
    /// count is the caller's.
    pub(crate) fn terminate(&mut self, key: ElementInstanceKey) {
        for inner in self.inside(key).into_iter().rev() {
            self.terminate_one(inner);
        }
        self.terminate_one(key);
    }

    /// Terminates everything in a scope, tokens on their way included; the scope itself lives on
    /// with no token.
    pub(crate) fn terminate_children(&mut self, scope: ElementInstanceKey) {
        self.stop_compensation(scope);
        if self.element(scope).tokens == 0 {
            return;
        }
        for inner in self.inside(scope).into_iter().rev() {
            self.terminate_one(inner);
        }
        self.agenda.retain(|work| match work {
            Work::Activate { scope: s, .. } | Work::Arrive { scope: s, .. } => *s != scope,
            Work::Drive(_) | Work::Compensate(_) => true,
        });
        let element = self.element_mut(scope);
        element.tokens = 0;
        element.arrivals.clear();
    }

    /// Ends the whole instance from outside. It waits for `canceling` listeners unless it does so
    /// already.
    pub(crate) fn cancel_instance(&mut self) {
        let root = self.instance.root();
        let waits = self.element(root).phase == Phase::CancelListeners;
        if !waits && self.holds_up(root, Ending::Cancelled) {
            return;
        }
        self.terminate_children(root);
        self.cancel_job(root);
        self.end_instance(InstanceState::Terminated);
    }

    /// Everything inside a scope at any depth, oldest first. An element instance is younger than
    /// its scope, so one pass in key order finds all.
    pub(crate) fn inside(&self, scope: ElementInstanceKey) -> Vec<ElementInstanceKey> {
        let mut inside = Vec::new();
        if self.element(scope).tokens == 0 {
            return inside;
        }
        let mut found = BTreeSet::from([scope]);
        let younger = (std::ops::Bound::Excluded(scope), std::ops::Bound::Unbounded);
        for (key, element) in self.instance.elements.range(younger) {
            if found.contains(&element.scope) {
                found.insert(*key);
                inside.push(*key);
            }
        }
        inside
    }

    pub(crate) fn terminate_one(&mut self, key: ElementInstanceKey) {
        self.close_waits(key);
        self.cancel_job(key);
        self.cancel_call(key);
        self.cancel_user_task(key);
        self.end(key, ElementState::Terminated);
    }
}
