//! Variables in their scopes.

use anyam_bpmn::graph::VariableChange;

use crate::execution::{Execution, Stop};
use crate::instance::{ElementInstance, Rare, Variable};
use crate::key::{ElementInstanceKey, VariableKey};
use crate::outcome::Rejection;
use crate::transition::{Event, IncidentKind, VariableRecord};
use crate::value::{Json, Variables};

/// Where variables are going to be set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In an element instance that does not exist yet.
    New,
    /// In this scope itself.
    In(ElementInstanceKey),
    /// In the nearest scope from here outwards that holds them, else in the root scope.
    From(ElementInstanceKey),
}

fn size(name: &str, value: &Json) -> usize {
    name.len() + value.as_str().len()
}

impl Execution<'_> {
    /// Why the instance has no room for these variables.
    /// `more_bytes` and `more` variables are needed besides them.
    fn lack_of_room(
        &self,
        variables: &Variables,
        place: Place,
        more_bytes: usize,
        more: usize,
    ) -> Option<String> {
        let limits = self.limits;
        if let Some(name) = variables
            .keys()
            .find(|n| n.len() > limits.max_variable_name_bytes)
        {
            return Some(format!(
                "a variable's name has {} bytes, allowed are {} (limit max_variable_name_bytes)",
                name.len(),
                limits.max_variable_name_bytes
            ));
        }
        let added: usize = variables
            .iter()
            .map(|(name, value)| size(name, value))
            .sum();
        let mut bytes = self.instance.variable_bytes.saturating_add(added);
        let mut count = self.instance.variable_count + variables.len();
        bytes = bytes.saturating_add(more_bytes);
        count = count.saturating_add(more);
        if bytes <= limits.max_variable_bytes && count <= limits.max_variables {
            return None;
        }
        // What is overwritten makes room.
        for name in variables.keys() {
            if let Some(held) = self.held(place, name) {
                bytes -= size(name, &held.value);
                count -= 1;
            }
        }
        if bytes > limits.max_variable_bytes {
            return Some(format!(
                "the variables would have {bytes} bytes, allowed are {} (limit max_variable_bytes)",
                limits.max_variable_bytes
            ));
        }
        (count > limits.max_variables).then(|| {
            format!(
                "the instance would have {count} variables, allowed are {} (limit max_variables)",
                limits.max_variables
            )
        })
    }

    /// The variable that setting `name` would overwrite.
    fn held(&self, place: Place, name: &str) -> Option<&Variable> {
        match place {
            Place::New => None,
            Place::In(scope) => self.element(scope).variables.get(name),
            Place::From(scope) => self
                .instance
                .scopes(scope)
                .find_map(|e| e.variables.get(name)),
        }
    }

    /// Where [`Execution::take_result`] puts an element's result.
    pub(crate) fn result_place(&self, key: ElementInstanceKey) -> Place {
        if self.node_of(key).mappings.outputs.is_empty() {
            Place::From(key)
        } else {
            Place::In(key)
        }
    }

    /// Refuses a command's variables where the instance has no room for them.
    pub(crate) fn check_payload(
        &self,
        variables: &Variables,
        place: Place,
    ) -> Result<(), Rejection> {
        match self.lack_of_room(variables, place, 0, 0) {
            None => Ok(()),
            Some(message) => Err(Rejection::Invalid(message)),
        }
    }

    /// Stops an element whose own results the instance has no room for.
    pub(crate) fn check_room(&self, variables: &Variables, place: Place) -> Result<(), Stop> {
        self.check_room_besides(variables, place, 0, 0)
    }

    /// The same, where so many bytes and variables are needed besides these.
    pub(crate) fn check_room_besides(
        &self,
        variables: &Variables,
        place: Place,
        bytes: usize,
        count: usize,
    ) -> Result<(), Stop> {
        match self.lack_of_room(variables, place, bytes, count) {
            None => Ok(()),
            Some(message) => Err(Stop::Incident(IncidentKind::ResourceLimit, message)),
        }
    }

    /// Sets variables in `scope` itself.
    pub(crate) fn set_local(&mut self, scope: ElementInstanceKey, variables: Variables) {
        for (name, value) in variables {
            self.set(scope, name, value);
        }
    }

    /// Sets each variable in the nearest scope, from `from` outwards, that holds it, and in the
    /// root scope where none does.
    pub(crate) fn propagate(&mut self, from: ElementInstanceKey, variables: Variables) {
        for (name, value) in variables {
            let holds = |key: &ElementInstanceKey| {
                self.instance
                    .elements
                    .get(key)
                    .is_some_and(|e| e.variables.contains_key(&name))
            };
            let scope = self.instance.scope_keys(from).find(holds);
            self.set(scope.unwrap_or(self.instance.root()), name, value);
        }
    }

    /// Takes a result that came from outside to an element: the output mappings read it from the
    /// element's own scope; without them it goes where it is held.
    pub(crate) fn take_result(&mut self, key: ElementInstanceKey, variables: Variables) {
        match self.result_place(key) {
            Place::From(scope) => self.propagate(scope, variables),
            Place::In(_) | Place::New => self.set_local(key, variables),
        }
    }

    fn set(&mut self, scope: ElementInstanceKey, name: Box<str>, value: Json) {
        let held = self.element(scope).variables.get(&name);
        let key = match held {
            Some(held) if held.value == value => return,
            Some(held) => {
                let (key, bytes) = (held.key, size(&name, &held.value));
                self.instance.variable_bytes -= bytes;
                self.note_change(scope, &name, VariableChange::Update);
                key
            }
            None => {
                self.instance.variable_count += 1;
                self.note_change(scope, &name, VariableChange::Create);
                VariableKey(self.next_key())
            }
        };
        self.instance.variable_bytes += size(&name, &value);
        let record = VariableRecord {
            key,
            scope,
            name: name.clone(),
            value: value.clone(),
        };
        self.out.events.push(Event::Variable(record));
        self.element_mut(scope)
            .variables
            .insert(name, Variable { key, value });
    }

    /// Frees the room of an ended element instance's variables.
    pub(crate) fn forget_variables(&mut self, element: &ElementInstance) {
        let bytes: usize = element
            .variables
            .iter()
            .map(|(n, v)| size(n, &v.value))
            .sum();
        let rounds = element.rare().and_then(|rare| rare.repetition.as_ref());
        let bytes = bytes + rounds.map_or(0, |rounds| rounds.bytes());
        self.instance.variable_bytes = self.instance.variable_bytes.saturating_sub(bytes);
        self.instance.variable_count = self
            .instance
            .variable_count
            .saturating_sub(element.variables.len());
        for kept in element.rare().into_iter().flat_map(Rare::kept) {
            self.free(&kept.variables);
        }
    }

    /// Frees the room of variables that were kept for compensation.
    pub(crate) fn free(&mut self, variables: &Variables) {
        let bytes: usize = variables.iter().map(|(n, v)| size(n, v)).sum();
        let instance = &mut self.instance;
        instance.variable_bytes = instance.variable_bytes.saturating_sub(bytes);
        instance.variable_count = instance.variable_count.saturating_sub(variables.len());
    }

    /// Sets variables from outside.
    pub(crate) fn set_variables(
        &mut self,
        scope: ElementInstanceKey,
        variables: Variables,
        local: bool,
    ) -> Result<(), Rejection> {
        if !self.instance.contains(scope) {
            return Err(Rejection::NotFound {
                what: "element instance",
                key: scope.0,
            });
        }
        let place = if local {
            Place::In(scope)
        } else {
            Place::From(scope)
        };
        self.check_payload(&variables, place)?;
        if local {
            self.set_local(scope, variables);
        } else {
            self.propagate(scope, variables);
        }
        Ok(())
    }
}
