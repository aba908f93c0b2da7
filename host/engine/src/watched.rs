//! Conditional events (10.5.5): their conditions are looked at when they begin to be waited for and
//! whenever a variable that they read has changed, once all else of the command is done.

use anyam_bpmn::graph::{ConditionDefinition, EventTrigger, VariableChange};

use crate::evaluation::Request;
use crate::execution::{Execution, Stop};
use crate::key::{ConditionKey, ElementInstanceKey};
use crate::transition::IncidentKind;
use crate::value::Variables;
use crate::waits::{EventAt, OpenCondition};

/// A change of a variable in this command.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) scope: ElementInstanceKey,
    pub(crate) name: Box<str>,
    pub(crate) change: VariableChange,
}

impl<'a> Execution<'a> {
    /// Begins to wait for a condition.
    pub(crate) fn open_condition(&mut self, at: EventAt) {
        let key = ConditionKey(self.next_key());
        self.element_mut(at.owner).rare_mut().conditions.push(key);
        self.instance
            .conditions
            .insert(key, OpenCondition { at, last: false });
        self.to_look_at.insert(key);
    }

    /// Notes a change of a variable, where a condition may read it.
    pub(crate) fn note_change(
        &mut self,
        scope: ElementInstanceKey,
        name: &str,
        change: VariableChange,
    ) {
        if self.process.has_conditions() {
            let name = name.into();
            self.changed.push(Changed {
                scope,
                name,
                change,
            });
        }
    }

    /// Looks at the conditions again of an element instance whose incident is resolved.
    pub(crate) fn look_again(&mut self, owner: ElementInstanceKey) {
        if let Some(rare) = self.instance.elements.get(&owner).and_then(|e| e.rare()) {
            self.to_look_at.extend(&rare.conditions);
        }
    }

    /// Looks at the oldest condition that there is reason to look at, and sets its event off where
    /// it has become true.
    pub(crate) fn settle_conditions(&mut self) -> Result<(), Box<Request>> {
        for change in std::mem::take(&mut self.changed) {
            let open = self.instance.conditions.iter();
            let reading = open.filter(|(_, open)| self.reads(open.at, &change));
            let reading: Vec<ConditionKey> = reading.map(|(key, _)| *key).collect();
            self.to_look_at.extend(reading);
        }
        while let Some(key) = self.to_look_at.pop_first() {
            let Some(open) = self.instance.conditions.get(&key) else {
                continue;
            };
            let (at, before) = (open.at, open.last);
            let Some(definition) = self.definition(at) else {
                continue;
            };
            let holds = match self.condition_holds(definition, at.owner) {
                Ok(holds) => holds,
                Err(Stop::Evaluate(request)) => return Err(request),
                Err(Stop::Incident(kind, message)) => {
                    self.raise(at.owner, kind, &message, None);
                    continue;
                }
            };
            if let Some(open) = self.instance.conditions.get_mut(&key) {
                open.last = holds;
            }
            if holds && !before {
                self.occurred(at, Variables::new());
                return Ok(());
            }
        }
        Ok(())
    }

    fn definition(&self, at: EventAt) -> Option<&'a ConditionDefinition> {
        match self
            .process
            .node(at.node)
            .kind
            .trigger()?
            .part(at.trigger)?
        {
            EventTrigger::Conditional(definition) => Some(definition),
            _ => None,
        }
    }

    /// Whether a change is a reason to look at a condition.
    fn reads(&self, at: EventAt, change: &Changed) -> bool {
        let Some(definition) = self.definition(at) else {
            return false;
        };
        let names = &definition.variable_names;
        let read = || self.process.expression(definition.expression).names();
        let named = match names.is_empty() {
            true => read().iter().any(|name| **name == *change.name),
            false => names.contains(&change.name),
        };
        named
            && definition
                .variable_change
                .is_none_or(|only| only == change.change)
            && self
                .instance
                .scope_keys(at.owner)
                .any(|key| key == change.scope)
    }

    /// A condition that is not there yet, `null`, does not hold.
    pub(crate) fn condition_holds(
        &mut self,
        definition: &ConditionDefinition,
        owner: ElementInstanceKey,
    ) -> Result<bool, Stop> {
        let kind = IncidentKind::ConditionError;
        let none = Variables::new();
        let value = self.evaluate(definition.expression, owner, &none, kind)?;
        match value.as_str().trim() {
            "true" => Ok(true),
            "false" | "null" => Ok(false),
            other => Err(self.unfit(definition.expression, kind, "true or false", other)),
        }
    }
}
