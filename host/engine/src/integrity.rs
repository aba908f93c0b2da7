//! What holds of every instance between two commands. The engine relies on it, so bytes that were
//! damaged are refused before a command could panic on them.

use std::collections::BTreeMap;

use crate::instance::{ElementInstance, Instance};
use crate::key::ElementInstanceKey;
use crate::timers::Purpose;

impl Instance {
    /// What does not hold.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if !self.elements.contains_key(&self.root()) {
            return Err("the root scope is missing");
        }
        for (key, element) in &self.elements {
            self.check_element(*key, element)?;
        }
        self.check_owners()?;
        self.check_tokens()?;
        self.check_variables()
    }

    fn check_element(
        &self,
        key: ElementInstanceKey,
        element: &ElementInstance,
    ) -> Result<(), &'static str> {
        // A scope is older than what runs in it, so no chain of scopes is a circle.
        let inside = element.scope < key && self.elements.contains_key(&element.scope);
        if key != self.root() && !inside {
            return Err("an element instance has no scope");
        }
        let whole = element.job.is_none_or(|job| self.jobs.contains_key(&job))
            && element
                .user_task
                .is_none_or(|task| self.user_tasks.contains_key(&task))
            && element
                .incident
                .is_none_or(|incident| self.incidents.contains_key(&incident))
            && element
                .timers
                .iter()
                .all(|timer| self.timers.contains_key(timer))
            && element
                .subscriptions
                .iter()
                .all(|open| self.subscriptions.contains_key(open))
            && element.rare().is_none_or(|rare| {
                let mut conditions = rare.conditions.iter();
                conditions.all(|open| self.conditions.contains_key(open))
            });
        if whole {
            Ok(())
        } else {
            Err("an element instance refers to nothing")
        }
    }

    /// What an instance holds besides element instances belongs to one, which knows it.
    fn check_owners(&self) -> Result<(), &'static str> {
        let owner = |key: &ElementInstanceKey| self.elements.get(key);
        let jobs = self
            .jobs
            .iter()
            .all(|(key, job)| owner(&job.element_instance).is_some_and(|e| e.job == Some(*key)));
        let user_tasks = self.user_tasks.iter().all(|(key, task)| {
            owner(&task.element_instance).is_some_and(|e| e.user_task == Some(*key))
        });
        let incidents = self.incidents.iter().all(|(key, incident)| {
            owner(&incident.element_instance).is_some_and(|e| e.incident == Some(*key))
                && incident.job.is_none_or(|job| self.jobs.contains_key(&job))
        });
        // That each one is noted follows from the numbers: all that is noted exists.
        let noted: usize = self.elements.values().map(|e| e.subscriptions.len()).sum();
        let subscriptions = noted == self.subscriptions.len()
            && self
                .subscriptions
                .values()
                .all(|open| owner(&open.at.owner).is_some());
        let noted: usize = self.elements.values().map(|e| e.timers.len()).sum();
        let of_jobs = self.jobs.values().filter(|job| job.timer.is_some()).count();
        let timers = noted + of_jobs == self.timers.len()
            && self.timers.iter().all(|(key, timer)| match &timer.purpose {
                Purpose::Event { at, .. } => owner(&at.owner).is_some(),
                Purpose::JobBackoff(job) | Purpose::JobDeadline(job) => self
                    .jobs
                    .get(job)
                    .is_some_and(|job| job.timer == Some(*key)),
            });
        let rare = self.elements.values().filter_map(ElementInstance::rare);
        let noted: usize = rare.map(|rare| rare.conditions.len()).sum();
        let conditions = noted == self.conditions.len()
            && self
                .conditions
                .values()
                .all(|open| owner(&open.at.owner).is_some());
        if jobs && user_tasks && incidents && subscriptions && timers && conditions {
            Ok(())
        } else {
            Err("something belongs to no element instance")
        }
    }

    /// A scope counts its children and the tokens that wait at joins in it.
    fn check_tokens(&self) -> Result<(), &'static str> {
        let mut tokens: BTreeMap<ElementInstanceKey, u64> = BTreeMap::new();
        for (key, element) in &self.elements {
            if *key != self.root() {
                *tokens.entry(element.scope).or_default() += 1;
            }
            for waiting in element.arrivals.values().flat_map(BTreeMap::values) {
                *tokens.entry(*key).or_default() += u64::from(*waiting);
            }
        }
        let counted = |key| tokens.get(key).copied().unwrap_or(0);
        if self
            .elements
            .iter()
            .all(|(key, scope)| u64::from(scope.tokens) == counted(key))
        {
            Ok(())
        } else {
            Err("a scope has another number of tokens than it counts")
        }
    }

    fn check_variables(&self) -> Result<(), &'static str> {
        let (mut bytes, mut count) = (0usize, 0usize);
        for (name, variable) in self.elements.values().flat_map(|e| &e.variables) {
            bytes += name.len() + variable.value.as_str().len();
            count += 1;
        }
        let rare = self.elements.values().filter_map(ElementInstance::rare);
        for rare in rare {
            bytes += rare.repetition.as_ref().map_or(0, |rounds| rounds.bytes());
            for kept in rare.kept() {
                let sizes = kept.variables.iter();
                let sizes = sizes.map(|(name, value)| name.len() + value.as_str().len());
                bytes += sizes.sum::<usize>();
                count += kept.variables.len();
            }
        }
        if (bytes, count) == (self.variable_bytes, self.variable_count) {
            Ok(())
        } else {
            Err("the size of the variables is not what it is said to be")
        }
    }
}
