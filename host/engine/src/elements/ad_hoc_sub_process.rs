//! Ad-hoc sub-process (10.3.5): what runs in it is decided while it runs, by a collection of element
//! ids, from outside, or by a worker.
//!
//! Each element that begins gets an **inner** scope of its own, in which the flow behind it runs. When
//! an inner scope is done its result is collected and the completion condition is looked at. Without
//! a condition the sub-process is complete once everything that has begun is done.

use std::collections::BTreeSet;

use anyam_bpmn::graph::{AdHoc, NodeIx, NodeKind};
use serde_json::json;

use super::Next;
use crate::command::{AdHocElement, AdHocResult};
use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::instance::rare::{AdHocState, Queued};
use crate::iterations::as_list;
use crate::jobs::JobKind;
use crate::key::{ElementInstanceKey, JobKey};
use crate::outcome::Rejection;
use crate::transition::{ElementState, IncidentKind, JobState, Role};
use crate::value::{Json, Variables};
use crate::variables::Place;

/// What may begin in it, for the worker that decides.
const ELEMENTS: &str = "adHocSubProcessElements";

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    ad_hoc: &AdHoc,
) -> Result<Next, Stop> {
    let begins = match ad_hoc.active_elements {
        None => Vec::new(),
        Some(ix) => {
            let kind = IncidentKind::ExtractValueError;
            let value = x.evaluate(ix, at, &Variables::new(), kind)?;
            let ids: Vec<String> = serde_json::from_str(value.as_str())
                .map_err(|_| x.unfit(ix, kind, "a list of element ids", value.as_str()))?;
            let unfit = |message| Stop::Incident(kind, message);
            let nodes = ids.iter().map(|id| x.activatable(at, id));
            nodes.collect::<Result<Vec<_>, _>>().map_err(unfit)?
        }
    };
    x.check_room_for(2 * begins.len() + 1, at)?;
    let mut own = Variables::from([(ELEMENTS.into(), x.activatable_elements(at))]);
    if let Some(name) = &ad_hoc.output_collection {
        own.insert(name.clone(), as_list(&[]));
    }
    x.check_room(&own, Place::In(at))?;
    x.open_event_starts(at)?;
    if let Some(job) = &ad_hoc.job
        && let Err(stop) = x.create_job_for(at, job, JobKind::AdHocSubProcess)
    {
        x.close_event_starts(at);
        return Err(stop);
    }
    x.set_local(at, own);
    x.element_mut(at).rare_mut().ad_hoc = Some(Box::default());
    let queued = begins.into_iter().map(|node| Queued {
        node,
        variables: Variables::new(),
    });
    x.begin_inner(at, queued.collect());
    Ok(Next::Wait)
}

impl Execution<'_> {
    fn ad_hoc_of(&self, at: ElementInstanceKey) -> Option<&AdHoc> {
        match &self.process.node(self.element(at).node).kind {
            NodeKind::SubProcess(inner) => inner.ad_hoc(),
            _ => None,
        }
    }

    /// Whether an element instance is an ad-hoc sub-process that has begun.
    pub(crate) fn is_ad_hoc(&self, at: ElementInstanceKey) -> bool {
        self.ad_hoc_state(at).is_some()
    }

    fn ad_hoc_state(&self, at: ElementInstanceKey) -> Option<&AdHocState> {
        self.element(at).rare()?.ad_hoc.as_deref()
    }

    fn ad_hoc_state_mut(&mut self, at: ElementInstanceKey) -> Option<&mut AdHocState> {
        self.ad_hoc_state(at)?;
        self.element_mut(at).rare_mut().ad_hoc.as_deref_mut()
    }

    /// The element that may begin in an ad-hoc sub-process under this id: one that no flow leads to.
    fn activatable(&self, at: ElementInstanceKey, id: &str) -> Result<NodeIx, String> {
        let node = self.node_of(at);
        let scope = node.kind.scope();
        let starts = scope.map_or(&[][..], |scope| &scope.implicit_starts);
        let found = starts.iter().find(|ix| *self.process.node(**ix).id == *id);
        found.copied().ok_or_else(|| {
            let id: String = id.chars().take(100).collect();
            format!(
                "`{id}` is no element that can begin in the ad-hoc sub-process `{}`; name one in \
                 it that no sequence flow leads to",
                node.id
            )
        })
    }

    fn activatable_elements(&self, at: ElementInstanceKey) -> Json {
        let scope = self.node_of(at).kind.scope();
        let starts = scope.map_or(&[][..], |scope| &scope.implicit_starts);
        let elements = starts.iter().map(|ix| {
            let node = self.process.node(*ix);
            let properties = node.properties.iter();
            let properties: serde_json::Map<_, _> = properties
                .map(|(name, value)| (name.to_string(), json!(**value)))
                .collect();
            json!({
                "elementId": *node.id,
                "elementName": node.name.as_deref(),
                "documentation": node.extras().documentation.as_deref(),
                "properties": properties,
            })
        });
        Json::from_valid(elements.collect::<serde_json::Value>().to_string())
    }

    /// Begins these elements, each in an inner scope of its own; where one runs at a time the others
    /// wait for their turn.
    fn begin_inner(&mut self, at: ElementInstanceKey, elements: Vec<Queued>) {
        let sequential = self.ad_hoc_of(at).is_some_and(|ad_hoc| ad_hoc.sequential);
        let mut elements = elements.into_iter();
        if !sequential {
            for queued in elements {
                self.begin_one_inner(at, queued);
            }
            return;
        }
        if self.element(at).tokens == 0
            && let Some(first) = elements.next()
        {
            self.begin_one_inner(at, first);
        }
        let rest: Vec<_> = elements.collect();
        self.instance.variable_bytes += rest.iter().map(Queued::bytes).sum::<usize>();
        if let Some(state) = self.ad_hoc_state_mut(at) {
            state.queue.extend(rest);
        }
    }

    fn begin_one_inner(&mut self, at: ElementInstanceKey, queued: Queued) {
        let node = self.element(at).node;
        let parent = self.element_mut(at);
        parent.tokens = parent.tokens.saturating_add(1);
        let inner = self.begin(node, at, Phase::Waiting);
        self.element_mut(inner).tokens = 1;
        self.set_local(inner, queued.variables);
        self.agenda.push_back(Work::Activate {
            node: queued.node,
            scope: inner,
        });
    }

    /// An inner scope is done.
    pub(crate) fn leave_inner(&mut self, inner: ElementInstanceKey) -> Result<(), Stop> {
        let at = self.element(inner).scope;
        self.collect_inner(inner, at)?;
        if let Some(rare) = self.element(inner).rare()
            && !rare.compensable.is_empty()
        {
            let kept = std::mem::take(&mut self.element_mut(inner).rare_mut().compensable);
            self.element_mut(at).rare_mut().compensable.extend(kept);
        }
        self.end(inner, ElementState::Completed);
        self.element_mut(at).tokens -= 1;
        self.look_at_ad_hoc(at);
        Ok(())
    }

    fn collect_inner(
        &mut self,
        inner: ElementInstanceKey,
        at: ElementInstanceKey,
    ) -> Result<(), Stop> {
        let settings = self.ad_hoc_of(at);
        let Some((Some(name), element)) =
            settings.map(|s| (s.output_collection.clone(), s.output_element))
        else {
            return Ok(());
        };
        let value = match element {
            None => Json::null(),
            Some(ix) => {
                let kind = IncidentKind::ExtractValueError;
                self.evaluate(ix, inner, &Variables::new(), kind)?
            }
        };
        let state = self.ad_hoc_state(at);
        let mut outputs = state.map(|state| state.outputs.clone()).unwrap_or_default();
        let bytes = value.as_str().len();
        outputs.push(value);
        let list = as_list(&outputs);
        self.charge(list.as_str().len())?;
        let results = Variables::from([(name, list)]);
        self.check_room_besides(&results, Place::In(at), bytes, 0)?;
        self.instance.variable_bytes += bytes;
        if let Some(state) = self.ad_hoc_state_mut(at) {
            state.outputs = outputs;
        }
        self.set_local(at, results);
        Ok(())
    }

    /// Something in an ad-hoc sub-process is done: what follows is decided next.
    pub(crate) fn look_at_ad_hoc(&mut self, at: ElementInstanceKey) {
        if let Some(state) = self.ad_hoc_state_mut(at) {
            state.look = true;
            self.agenda.push_back(Work::Drive(at));
        }
    }

    /// Decides how a waiting ad-hoc sub-process goes on. Gives the phase that follows, if any.
    pub(crate) fn go_on_with_ad_hoc(
        &mut self,
        at: ElementInstanceKey,
    ) -> Result<Option<Phase>, Stop> {
        let Some(state) = self.ad_hoc_state(at).filter(|state| state.look) else {
            return Ok(None);
        };
        let closed = state.closed;
        let node = self.node_of(at);
        let NodeKind::SubProcess(sub_process) = &node.kind else {
            return Ok(None);
        };
        let Some(ad_hoc) = sub_process.ad_hoc() else {
            return Ok(None);
        };
        let is_idle = self.element(at).tokens == 0 && !self.is_compensating(at);
        let mut completes = false;
        if closed {
            completes = is_idle;
        } else if let Some(job) = &ad_hoc.job {
            // A worker that decides at this moment decides about less than there is to know.
            self.forget_incident(at);
            self.cancel_job(at);
            self.create_job_for(at, job, JobKind::AdHocSubProcess)?;
        } else if let Some(condition) = &ad_hoc.completion_condition {
            if self.truth(Some(condition), at, &Variables::new(), false)? {
                self.drop_queue(at);
                if ad_hoc.cancel_remaining {
                    self.terminate_children(at);
                }
                completes = self.element(at).tokens == 0 && !self.is_compensating(at);
            } else if is_idle {
                self.begin_next_inner(at);
            }
        } else if is_idle {
            completes = !self.begin_next_inner(at);
        }
        if let Some(state) = self.ad_hoc_state_mut(at) {
            state.look = false;
        }
        Ok(completes.then_some(Phase::Completing))
    }

    fn begin_next_inner(&mut self, at: ElementInstanceKey) -> bool {
        let state = self.ad_hoc_state_mut(at);
        let Some(next) = state.and_then(|state| state.queue.pop_front()) else {
            return false;
        };
        self.instance.variable_bytes -= next.bytes();
        self.begin_one_inner(at, next);
        true
    }

    fn drop_queue(&mut self, at: ElementInstanceKey) {
        let queue = self
            .ad_hoc_state_mut(at)
            .map(|s| std::mem::take(&mut s.queue));
        let bytes = queue.iter().flatten().map(Queued::bytes).sum::<usize>();
        self.instance.variable_bytes -= bytes;
    }

    /// An interrupting event sub-process takes over in a scope: an ad-hoc sub-process ends with it.
    pub(crate) fn close_ad_hoc(&mut self, scope: ElementInstanceKey) {
        if self.is_ad_hoc(scope) {
            self.drop_queue(scope);
            self.forget_incident(scope);
            self.cancel_job(scope);
            if let Some(state) = self.ad_hoc_state_mut(scope) {
                state.closed = true;
            }
        }
    }

    /// Begins elements from outside.
    pub(crate) fn activate_ad_hoc(
        &mut self,
        at: ElementInstanceKey,
        elements: Vec<AdHocElement>,
        cancel_remaining: bool,
    ) -> Result<(), Rejection> {
        if !self.instance.contains(at) || !self.is_ad_hoc(at) {
            return Err(Rejection::NotFound {
                what: "ad-hoc sub-process",
                key: at.0,
            });
        }
        if elements.is_empty() {
            return Err(Rejection::Invalid(
                "no element is named; name at least one to begin".to_owned(),
            ));
        }
        let is_open = self.element(at).phase == Phase::Waiting
            && self.ad_hoc_state(at).is_some_and(|state| !state.closed);
        if !is_open {
            return Err(Rejection::WrongState(
                "the ad-hoc sub-process is about to end; nothing can begin in it".to_owned(),
            ));
        }
        let queued = self.check_elements_to_begin(at, elements)?;
        if cancel_remaining {
            self.drop_queue(at);
            self.terminate_children(at);
        }
        self.begin_inner(at, queued);
        Ok(())
    }

    fn check_elements_to_begin(
        &self,
        at: ElementInstanceKey,
        elements: Vec<AdHocElement>,
    ) -> Result<Vec<Queued>, Rejection> {
        let mut known = BTreeSet::new();
        let mut queued = Vec::with_capacity(elements.len());
        let mut all = Variables::new();
        let mut bytes = 0;
        let mut count = 0;
        for AdHocElement { element, variables } in elements {
            let node = self.activatable(at, &element).map_err(Rejection::Invalid)?;
            if !known.insert(node) {
                return Err(Rejection::Invalid(format!(
                    "the element `{element}` is named twice; name it once"
                )));
            }
            count += variables.len();
            let next = Queued { node, variables };
            bytes += next.bytes();
            all.extend(next.variables.clone());
            queued.push(next);
        }
        self.check_payload_besides(&all, Place::New, bytes, count)?;
        if self.check_elements(2 * queued.len()).is_err() {
            return Err(Rejection::Invalid(format!(
                "the process instance has {} live element instances (limit max_elements)",
                self.instance.elements.len()
            )));
        }
        Ok(queued)
    }

    /// The worker of an ad-hoc sub-process has decided.
    pub(crate) fn complete_ad_hoc_job(
        &mut self,
        job: JobKey,
        variables: Variables,
        result: AdHocResult,
    ) -> Result<(), Rejection> {
        let at = self
            .job(job, &[JobState::Created, JobState::Activated])?
            .element_instance;
        if result.completes && !result.activate.is_empty() {
            return Err(Rejection::Invalid(
                "the result completes the sub-process and begins elements in it; it may do one of \
                 them"
                    .to_owned(),
            ));
        }
        self.check_payload(&variables, self.result_place(at))?;
        let queued = self.check_elements_to_begin(at, result.activate)?;
        self.end_job(at, JobState::Completed);
        self.take_result(at, variables);
        if result.cancel_remaining {
            self.drop_queue(at);
            self.terminate_children(at);
        }
        if result.completes {
            if let Some(state) = self.ad_hoc_state_mut(at) {
                state.closed = true;
            }
            self.look_at_ad_hoc(at);
        }
        self.begin_inner(at, queued);
        Ok(())
    }

    /// Whether an element instance that begins is an inner scope of an ad-hoc sub-process.
    pub(crate) fn is_inner(&self, node: NodeIx, scope: ElementInstanceKey) -> bool {
        let around = self.element(scope);
        around.node == node && around.role() != Role::Body && self.is_ad_hoc(scope)
    }
}
