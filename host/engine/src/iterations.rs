//! Repeated activities (10.3.7, 10.3.8): multi-instance and standard loops.
//!
//! An activity with a loop marker begins as a **body**, the scope of its iterations. Boundary events
//! and outgoing flows are the body's; mappings, listeners and jobs are those of each iteration. How a
//! body begins is in `elements/multi_instance.rs` and `elements/standard_loop.rs`.

use anyam_bpmn::graph::{Behavior, ComplexBehavior, EventTrigger, LoopOutput, MultiInstance};
use anyam_bpmn::graph::{NodeIx, NodeKind, Repetition, Value};

use crate::elements::{self, Next};
use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::instance::rare::Rounds;
use crate::key::ElementInstanceKey;
use crate::transition::{ElementState, IncidentKind, Role};
use crate::value::{Json, Variables};
use crate::variables::Place;

/// The number of an iteration, from 1, as a variable of its own scope.
pub(crate) const LOOP_COUNTER: &str = "loopCounter";

/// How an iteration's end leaves its body.
enum Following {
    /// What else runs goes on.
    GoOn,
    /// The body is complete; what else runs in it is terminated.
    Stop,
    /// One more iteration begins.
    Next,
}

impl Execution<'_> {
    /// The part in a repeated activity that an element instance gets which is about to begin.
    pub(crate) fn role_at(&mut self, node: NodeIx, scope: ElementInstanceKey) -> Role {
        if self.process.node(node).extras().repetition.is_none() {
            return Role::Plain;
        }
        let body = self.element_mut(scope);
        if body.node != node || body.role() != Role::Body {
            return Role::Body;
        }
        let Some(rounds) = body.rare_mut().repetition.as_mut() else {
            return Role::Plain;
        };
        rounds.begun = rounds.begun.saturating_add(1);
        Role::Iteration(rounds.begun)
    }

    /// Gives an iteration that has just begun its number and its item.
    pub(crate) fn hand_item(&mut self, key: ElementInstanceKey, number: u32) {
        let body = self.element(key).scope;
        let rare = self.element_mut(body).rare_mut();
        let item = rare.repetition.as_mut().and_then(|r| r.items.pop());
        let mut own = Variables::from([(LOOP_COUNTER.into(), whole(number))]);
        if let Some(Repetition::Multi(multi)) = &self.node_of(key).extras().repetition {
            if let Some(item) = item {
                self.instance.variable_bytes -= item.as_str().len();
                if let Some(name) = &multi.input_element {
                    own.insert(name.clone(), item);
                }
            }
            // So that what the iteration makes of it stays its own.
            if let Some(name) = self.output_variable(multi)
                && !own.contains_key(&name)
            {
                own.insert(name, Json::null());
            }
        }
        self.set_local(key, own);
    }

    /// The variable that an output element reads, where it is one or a member of one.
    pub(crate) fn output_variable(&self, multi: &MultiInstance) -> Option<Box<str>> {
        let element = match multi.output.as_ref()? {
            LoopOutput::Collection { element, .. } => *element,
            LoopOutput::Data { item, .. } => return Some(item.clone()),
        };
        let expression = self.process.expression(element);
        let [name] = expression.names() else {
            return None;
        };
        let rest = expression.source().trim().strip_prefix(&**name)?;
        let is_path = rest
            .chars()
            .all(|c| c == '.' || c == '_' || c.is_alphanumeric());
        (rest.is_empty() || rest.starts_with('.') && is_path).then(|| (**name).into())
    }

    /// How far a body has come.
    pub(crate) fn rounds(&self, body: ElementInstanceKey) -> Option<&Rounds> {
        self.element(body).rare()?.repetition.as_deref()
    }

    /// An iteration is done: its result is collected, its events are thrown, and the body goes on.
    /// All that can fail comes before anything is thrown or ended.
    pub(crate) fn leave_iteration(&mut self, key: ElementInstanceKey) -> Result<(), Stop> {
        let body = self.element(key).scope;
        let Some(repetition) = &self.node_of(key).extras().repetition else {
            return Ok(());
        };
        let (following, thrown) = match repetition {
            Repetition::Standard(standard) => {
                let completed = self.rounds(body).map_or(1, |r| r.completed + 1);
                let at_end = standard.maximum.is_some_and(|most| completed >= most);
                let again = !at_end
                    && self.truth(standard.condition.as_ref(), key, &Variables::new(), true)?;
                let following = if again {
                    Following::Next
                } else {
                    Following::Stop
                };
                (following, Vec::new())
            }
            Repetition::Multi(multi) => {
                self.collect_output(key, body, multi)?;
                let counts = self.instance_counts(body);
                let condition = multi.completion_condition.as_ref();
                let stops = self.truth(condition, key, &counts, false)?;
                let thrown = self.events_of(&multi.behavior, key, body, &counts)?;
                let more = self.rounds(body).is_some_and(|r| r.begun < r.total);
                let following = match (stops, multi.sequential && more) {
                    (true, _) => Following::Stop,
                    (false, true) => Following::Next,
                    (false, false) => Following::GoOn,
                };
                (following, thrown)
            }
        };
        if matches!(following, Following::Next) {
            self.check_room_for(1, body)?;
        }
        self.check_compensations(key)?;
        for trigger in thrown {
            if elements::throw_implicitly(self, key, trigger)? != Next::Complete
                || !self.instance.contains(key)
            {
                return Ok(());
            }
        }
        self.keep_for_compensation(key)?;
        self.end_iteration(key, body, following);
        Ok(())
    }

    fn end_iteration(
        &mut self,
        key: ElementInstanceKey,
        body: ElementInstanceKey,
        following: Following,
    ) {
        self.end(key, ElementState::Completed);
        let element = self.element_mut(body);
        element.tokens -= 1;
        let node = element.node;
        if let Some(rounds) = element.rare_mut().repetition.as_mut() {
            rounds.completed = rounds.completed.saturating_add(1);
        }
        match following {
            Following::GoOn => {}
            Following::Stop => self.terminate_children(body),
            Following::Next => {
                self.element_mut(body).tokens += 1;
                self.agenda.push_back(Work::Activate { node, scope: body });
            }
        }
        self.complete_empty_scope(body);
    }

    /// Counts a terminated iteration.
    pub(crate) fn count_terminated(&mut self, key: ElementInstanceKey) {
        if let Role::Iteration(_) = self.element(key).role() {
            let body = self.element(key).scope;
            if let Some(rounds) = self.element_mut(body).rare_mut().repetition.as_mut() {
                rounds.terminated = rounds.terminated.saturating_add(1);
            }
        }
    }

    /// Puts what an iteration contributes into the output collection, at its place.
    fn collect_output(
        &mut self,
        key: ElementInstanceKey,
        body: ElementInstanceKey,
        multi: &MultiInstance,
    ) -> Result<(), Stop> {
        let (Some(output), Role::Iteration(number)) = (&multi.output, self.element(key).role())
        else {
            return Ok(());
        };
        let name: Box<str> = output.collection().into();
        let value = match output {
            LoopOutput::Data { item, .. } => {
                let held = self.element(key).variables.get(item);
                held.map_or_else(Json::null, |variable| variable.value.clone())
            }
            LoopOutput::Collection { element, .. } => {
                let kind = IncidentKind::ExtractValueError;
                self.evaluate(*element, key, &Variables::new(), kind)?
            }
        };
        let at = number as usize - 1;
        let Some(rounds) = self.rounds(body).filter(|r| at < r.outputs.len()) else {
            return Ok(());
        };
        let mut outputs = rounds.outputs.clone();
        let old = std::mem::replace(&mut outputs[at], value);
        let new = outputs[at].as_str().len();
        let list = as_list(&outputs);
        // The list is written again for each iteration, which one command must not do without end.
        self.charge(list.as_str().len())?;
        let results = Variables::from([(name, list)]);
        self.check_room_besides(&results, Place::In(body), new, 0)?;
        self.instance.variable_bytes = self.instance.variable_bytes + new - old.as_str().len();
        if let Some(rounds) = self.element_mut(body).rare_mut().repetition.as_mut() {
            rounds.outputs = outputs;
        }
        self.set_local(body, results);
        Ok(())
    }

    /// Writes what a completed body or ad-hoc sub-process has collected to the scopes around it.
    pub(crate) fn hand_out_collection(&mut self, body: ElementInstanceKey) -> Result<(), Stop> {
        let node = self.node_of(body);
        let collection = match (&node.extras().repetition, &node.kind) {
            (Some(Repetition::Multi(multi)), _) if self.element(body).role() == Role::Body => {
                match &multi.output {
                    Some(LoopOutput::Collection { variable, .. }) => Some(variable),
                    Some(LoopOutput::Data { collection, .. }) => {
                        return self.write_loop_data(body, collection);
                    }
                    None => None,
                }
            }
            (_, NodeKind::SubProcess(inner)) if self.is_ad_hoc(body) => match inner.ad_hoc() {
                Some(ad_hoc) => ad_hoc.output_collection.as_ref(),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        let Some(name) = collection else {
            return Ok(());
        };
        let Some(held) = self.element(body).variables.get(name) else {
            return Ok(());
        };
        let results = Variables::from([(name.clone(), held.value.clone())]);
        let scope = self.element(body).scope;
        self.check_room(&results, Place::From(scope))?;
        self.propagate(scope, results);
        Ok(())
    }

    /// What conditions of a multi-instance read when one of its iterations completes (table 10.30):
    /// it counts as completed already.
    fn instance_counts(&self, body: ElementInstanceKey) -> Variables {
        let Some(rounds) = self.rounds(body) else {
            return Variables::new();
        };
        let completed = rounds.completed + 1;
        let active = rounds.begun - completed - rounds.terminated;
        [
            ("numberOfInstances", rounds.total),
            ("numberOfActiveInstances", active),
            ("numberOfCompletedInstances", completed),
            ("numberOfTerminatedInstances", rounds.terminated),
        ]
        .map(|(name, number)| (name.into(), whole(number)))
        .into()
    }

    /// The events that a completing iteration throws (table 10.31).
    fn events_of<'b>(
        &mut self,
        behavior: &'b Behavior,
        key: ElementInstanceKey,
        body: ElementInstanceKey,
        counts: &Variables,
    ) -> Result<Vec<&'b EventTrigger>, Stop> {
        Ok(match behavior {
            Behavior::All => Vec::new(),
            Behavior::None(event) => vec![event],
            Behavior::One(event) => {
                let is_first = self.rounds(body).is_some_and(|r| r.completed == 0);
                is_first.then_some(event).into_iter().collect()
            }
            Behavior::Complex(definitions) => {
                let mut events = Vec::new();
                for ComplexBehavior { condition, event } in definitions {
                    if self.truth(Some(condition), key, counts, false)? {
                        events.extend(event);
                    }
                }
                events
            }
        })
    }

    /// Whether a condition of a loop holds; `absent` where there is none.
    pub(crate) fn truth(
        &mut self,
        condition: Option<&Value>,
        scope: ElementInstanceKey,
        extra: &Variables,
        absent: bool,
    ) -> Result<bool, Stop> {
        match condition {
            None => Ok(absent),
            Some(Value::Literal(text)) => Ok(&**text == "true"),
            Some(Value::Expression(ix)) => {
                self.boolean_with(*ix, scope, extra, IncidentKind::ExtractValueError)
            }
        }
    }

    /// Refuses more iterations than an activity may have.
    pub(crate) fn check_iterations(&self, number: u64) -> Result<u32, Stop> {
        match u32::try_from(number) {
            Ok(number) if number <= self.limits.max_iterations => Ok(number),
            _ => Err(Stop::Incident(
                IncidentKind::ResourceLimit,
                format!(
                    "the activity would run {number} times, allowed are {} (limit \
                     max_iterations); shorten what it counts, then resolve the incident",
                    self.limits.max_iterations
                ),
            )),
        }
    }

    /// Makes a body the scope of its iterations, of which `at_once` begin now.
    pub(crate) fn begin_iterations(
        &mut self,
        body: ElementInstanceKey,
        rounds: Rounds,
        at_once: u32,
    ) {
        self.instance.variable_bytes += rounds.bytes();
        let element = self.element_mut(body);
        let node = element.node;
        element.tokens = at_once;
        element.phase = Phase::Waiting;
        element.rare_mut().repetition = Some(Box::new(rounds));
        for _ in 0..at_once {
            self.agenda.push_back(Work::Activate { node, scope: body });
        }
    }
}

impl Rounds {
    /// Bytes of the items and results that it holds. They count as variables do.
    pub(crate) fn bytes(&self) -> usize {
        let held = self.items.iter().chain(&self.outputs);
        held.map(|value| value.as_str().len()).sum()
    }
}

/// Values as one JSON list.
pub(crate) fn as_list(values: &[Json]) -> Json {
    let bytes: usize = values.iter().map(|value| value.as_str().len() + 1).sum();
    let mut text = String::with_capacity(bytes + 2);
    text.push('[');
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(value.as_str());
    }
    text.push(']');
    Json::from_valid(text)
}

/// A number as JSON.
pub(crate) fn whole(number: u32) -> Json {
    Json::from_valid(number.to_string())
}
