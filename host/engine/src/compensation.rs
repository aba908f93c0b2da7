//! Compensation (10.7, 13.5.5) and the cancelling of transactions (10.3.5, 13.5.2).
//!
//! An activity that has completed and can be compensated is kept in its scope, with its variables.
//! Compensation takes what is kept in reverse order of completion, one handler after the other. Of a
//! sub-process the handler at its border comes first, then its compensation event sub-process or,
//! without one, what had completed inside it; for that the scope lives again with its variables.

use anyam_bpmn::graph::{EventTrigger, NodeIx, NodeKind, SubProcessFlavour};

use crate::elements::end_event;
use crate::execution::{Execution, Stop, Work};
use crate::instance::rare::{Compensable, Compensation};
use crate::instance::{ElementInstance, Phase};
use crate::key::ElementInstanceKey;
use crate::transition::{ElementState, IncidentKind, Role};
use crate::value::Variables;
use crate::waits::EventAt;

impl Execution<'_> {
    /// Whether an activity that completes is kept, because it or something in it can be compensated.
    fn is_kept(&self, key: ElementInstanceKey) -> bool {
        // What compensates is not compensated itself.
        !self.compensates(key) && (self.can_compensate(self.element(key)) || self.holds_some(key))
    }

    /// Refuses the end of an activity for which there is no room among those that are kept.
    pub(crate) fn check_compensations(&self, key: ElementInstanceKey) -> Result<(), Stop> {
        if !self.is_kept(key) {
            return Ok(());
        }
        let rare = self.instance.elements.values().filter_map(|e| e.rare());
        let kept: usize = rare.map(|rare| rare.kept().count()).sum();
        if kept >= self.limits.max_compensations {
            let message = format!(
                "the process instance keeps {kept} completed activities for compensation (limit \
                 max_compensations), so `{}` cannot complete; compensate some of them or raise \
                 the limit, then resolve the incident to go on",
                self.node_of(key).id
            );
            return Err(Stop::Incident(IncidentKind::ResourceLimit, message));
        }
        Ok(())
    }

    /// Keeps an activity that is about to complete, where it can be compensated.
    pub(crate) fn keep_for_compensation(&mut self, key: ElementInstanceKey) -> Result<(), Stop> {
        if !self.is_kept(key) {
            return Ok(());
        }
        self.check_compensations(key)?;
        let element = self.element(key);
        let (node, scope) = (element.node, element.scope);
        let element = self.element_mut(key);
        let variables = std::mem::take(&mut element.variables).into_iter();
        let variables = variables.map(|(name, variable)| (name, variable.value));
        let mut kept = match element.rare() {
            Some(_) => std::mem::take(&mut element.rare_mut().compensable),
            None => Vec::new(),
        };
        kept.push(Compensable {
            node,
            variables: variables.collect(),
            inside: kept.len() as u32,
            handled: false,
        });
        self.element_mut(scope).rare_mut().compensable.extend(kept);
        Ok(())
    }

    /// Whether there is something to be done for an activity itself.
    fn can_compensate(&self, element: &ElementInstance) -> bool {
        // The handler belongs to a repeated activity as a whole, an event sub-process to what runs.
        let has_handler = self
            .process
            .node(element.node)
            .extras()
            .compensation
            .is_some();
        let has_start = self.compensation_start(element.node).is_some();
        match element.role() {
            Role::Plain => has_handler || has_start,
            Role::Body => has_handler,
            Role::Iteration(_) => has_start,
            Role::Inner => false,
        }
    }

    fn holds_some(&self, key: ElementInstanceKey) -> bool {
        let rare = self.element(key).rare();
        rare.is_some_and(|rare| !rare.compensable.is_empty())
    }

    /// The start event of the compensation event sub-process in a sub-process.
    fn compensation_start(&self, sub_process: NodeIx) -> Option<NodeIx> {
        let scope = self.process.node(sub_process).kind.scope()?;
        let inside = scope.event_sub_processes.iter();
        let mut starts = inside.filter_map(|ix| self.event_start(*ix));
        starts.find(|start| {
            let trigger = self.process.node(*start).kind.trigger();
            let mut parts = trigger.map_or(&[][..], EventTrigger::parts).iter();
            parts.any(|part| matches!(part, EventTrigger::Compensation { .. }))
        })
    }

    /// Throws compensation at `at`, and tells whether there is something to compensate: one activity
    /// or everything that has completed in the scope. An event sub-process compensates what has
    /// completed in the scope around it as well.
    pub(crate) fn throw_compensation(
        &mut self,
        at: ElementInstanceKey,
        activity: Option<NodeIx>,
        waiter: Option<ElementInstanceKey>,
    ) -> bool {
        let mut begins = false;
        for scope in self.compensated_scopes(at, activity) {
            let left = self.take_compensable(scope, activity);
            if !left.is_empty() {
                self.begin_compensation(scope, left, waiter);
                begins = true;
            }
        }
        begins
    }

    fn compensated_scopes(
        &self,
        at: ElementInstanceKey,
        activity: Option<NodeIx>,
    ) -> Vec<ElementInstanceKey> {
        let mut around = self.instance.scope_keys(self.element(at).scope);
        if let Some(activity) = activity {
            let wanted = self.process.node(activity).scope;
            let scope = around.find(|key| self.element(*key).node == wanted);
            return scope.into_iter().collect();
        }
        let mut scopes = Vec::new();
        for scope in around {
            scopes.push(scope);
            let is_event_sub_process = matches!(
                &self.node_of(scope).kind,
                NodeKind::SubProcess(inner) if inner.flavour == SubProcessFlavour::Event
            );
            if !is_event_sub_process {
                break;
            }
        }
        scopes
    }

    /// Takes what is kept in a scope of one activity, or of all.
    fn take_compensable(
        &mut self,
        scope: ElementInstanceKey,
        activity: Option<NodeIx>,
    ) -> Vec<Compensable> {
        if !self.holds_some(scope) {
            return Vec::new();
        }
        let kept = &mut self.element_mut(scope).rare_mut().compensable;
        let mut all = std::mem::take(kept);
        let Some(activity) = activity else {
            return all;
        };
        let (mut taken, mut others) = (Vec::new(), Vec::new());
        while let Some(last) = all.last() {
            let whole = all.len().saturating_sub(last.inside as usize + 1);
            let is_meant = last.node == activity;
            let entry = all.split_off(whole);
            if is_meant {
                taken.push(entry);
            } else {
                others.push(entry);
            }
        }
        let in_order = |entries: Vec<Vec<_>>| entries.into_iter().rev().flatten().collect();
        *kept = in_order(others);
        in_order(taken)
    }

    fn begin_compensation(
        &mut self,
        scope: ElementInstanceKey,
        left: Vec<Compensable>,
        waiter: Option<ElementInstanceKey>,
    ) {
        let runs = &mut self.element_mut(scope).rare_mut().compensations;
        runs.push(Compensation {
            left,
            running: None,
            waiter,
        });
        self.agenda.push_back(Work::Compensate(scope));
    }

    /// Goes on with compensation in a scope wherever no handler is at work.
    pub(crate) fn compensate_on(&mut self, scope: ElementInstanceKey) {
        if !self.instance.contains(scope) || !self.is_compensating(scope) {
            return;
        }
        let runs = &mut self.element_mut(scope).rare_mut().compensations;
        let runs = std::mem::take(runs);
        let (mut going_on, mut waiters) = (Vec::new(), Vec::new());
        for mut run in runs {
            let is_alive = |key: ElementInstanceKey| self.instance.contains(key);
            if !run.running.is_some_and(is_alive) {
                run.running = self.begin_next(scope, &mut run.left);
            }
            if run.running.is_some() {
                going_on.push(run);
            } else {
                waiters.push(run.waiter);
            }
        }
        let is_done = !waiters.is_empty();
        self.element_mut(scope).rare_mut().compensations = going_on;
        for waiter in waiters.into_iter().flatten() {
            self.compensated(waiter);
        }
        let left = self.instance.elements.get(&scope);
        let waits = left.is_some_and(|element| element.phase == Phase::Waiting);
        if is_done && waits && !self.instance.is_ended() {
            self.complete_empty_scope(scope);
        }
    }

    /// Begins the next handler, or the next scope whose inside is to be compensated. Nothing where
    /// nothing is left.
    fn begin_next(
        &mut self,
        scope: ElementInstanceKey,
        left: &mut Vec<Compensable>,
    ) -> Option<ElementInstanceKey> {
        while let Some(mut next) = left.pop() {
            // Within the body of a repeated activity stand its iterations, which have no handler of
            // their own.
            let is_iteration = self.element(scope).node == next.node;
            let extras = self.process.node(next.node).extras();
            let handler = extras.compensation;
            let start = match extras.repetition.is_some() && !is_iteration {
                true => None,
                false => self.compensation_start(next.node),
            };
            let has_inside = next.inside > 0 || start.is_some();
            if let Some(handler) = handler
                && !next.handled
                && !is_iteration
            {
                next.handled = true;
                let variables = next.variables.clone();
                if has_inside {
                    left.push(next);
                } else {
                    self.free(&variables);
                }
                return Some(self.begin_beside(handler, scope, variables, Phase::Entering));
            }
            let inside = left.split_off(left.len().saturating_sub(next.inside as usize));
            self.free(&next.variables);
            if !has_inside {
                continue;
            }
            let key = self.begin_beside(next.node, scope, next.variables, Phase::Waiting);
            self.element_mut(key).rare_mut().revived = true;
            match start {
                Some(node) => {
                    self.element_mut(key).rare_mut().compensable = inside;
                    self.occurred(EventAt::only(key, node), Variables::new());
                }
                None => self.begin_compensation(key, inside, None),
            }
            return Some(key);
        }
        None
    }

    fn begin_beside(
        &mut self,
        node: NodeIx,
        scope: ElementInstanceKey,
        variables: Variables,
        phase: Phase,
    ) -> ElementInstanceKey {
        let parent = self.element_mut(scope);
        parent.tokens = parent.tokens.saturating_add(1);
        let key = self.begin(node, scope, phase);
        self.element_mut(key).rare_mut().compensates = true;
        self.set_local(key, variables);
        if phase == Phase::Entering {
            self.agenda.push_back(Work::Drive(key));
        }
        key
    }

    /// One of the compensations that somebody waits for is done.
    fn compensated(&mut self, waiter: ElementInstanceKey) {
        if !self.instance.contains(waiter) || self.is_awaited(waiter) {
            return;
        }
        match self.element(waiter).phase {
            Phase::Cancelling => self.cancelled(waiter),
            Phase::Compensating => {
                let trigger = self.node_of(waiter).kind.trigger();
                let parts = trigger.map_or(&[][..], EventTrigger::parts);
                if parts.contains(&EventTrigger::Terminate) {
                    return end_event::terminate(self, waiter);
                }
                self.element_mut(waiter).phase = Phase::EndListeners;
                self.agenda.push_back(Work::Drive(waiter));
            }
            _ => {}
        }
    }

    /// Whether some compensation that `waiter` waits for is under way.
    fn is_awaited(&self, waiter: ElementInstanceKey) -> bool {
        let mut around = self.instance.scopes(waiter).filter_map(|e| e.rare());
        around.any(|rare| {
            let mut runs = rare.compensations.iter();
            runs.any(|run| run.waiter == Some(waiter))
        })
    }

    /// Whether compensation is under way in a scope, which keeps it from completing.
    pub(crate) fn is_compensating(&self, scope: ElementInstanceKey) -> bool {
        let rare = self.element(scope).rare();
        rare.is_some_and(|rare| !rare.compensations.is_empty())
    }

    /// Whether an element instance is a handler at work or a scope that lives again.
    pub(crate) fn compensates(&self, key: ElementInstanceKey) -> bool {
        let rare = self.element(key).rare();
        rare.is_some_and(|rare| rare.compensates)
    }

    /// Whether a completed scope lives again to be compensated.
    pub(crate) fn is_revived(&self, key: ElementInstanceKey) -> bool {
        let rare = self.element(key).rare();
        rare.is_some_and(|rare| rare.revived)
    }

    /// Gives up compensation in a scope: what it had still to do is forgotten.
    pub(crate) fn stop_compensation(&mut self, scope: ElementInstanceKey) {
        let element = self.element_mut(scope);
        if element.phase == Phase::Cancelling {
            element.phase = Phase::Waiting;
        }
        if !self.is_compensating(scope) {
            return;
        }
        let rare = self.element_mut(scope).rare_mut();
        for run in std::mem::take(&mut rare.compensations) {
            for kept in run.left {
                self.free(&kept.variables);
            }
        }
    }

    /// A cancel end event was reached: ends what runs in the transaction around it and compensates
    /// what has completed there (13.5.2).
    pub(crate) fn cancel_transaction(&mut self, at: ElementInstanceKey) {
        let around = self.element(at).scope;
        self.end(at, ElementState::Completed);
        self.element_mut(around).tokens -= 1;
        let Some(transaction) = self.transaction_around(around) else {
            return self.complete_empty_scope(around);
        };
        self.terminate_children(transaction);
        // From now on nothing interrupts it but what its handlers throw.
        self.close_waits(transaction);
        self.element_mut(transaction).phase = Phase::Cancelling;
        let left = self.take_compensable(transaction, None);
        if left.is_empty() {
            self.cancelled(transaction);
        } else {
            self.begin_compensation(transaction, left, Some(transaction));
        }
    }

    fn transaction_around(&self, scope: ElementInstanceKey) -> Option<ElementInstanceKey> {
        let mut scopes = self.instance.scope_keys(scope);
        scopes.find(|key| {
            matches!(
                &self.node_of(*key).kind,
                NodeKind::SubProcess(inner) if inner.flavour == SubProcessFlavour::Transaction
            )
        })
    }

    /// A cancelled transaction is compensated: its cancel boundary event takes over. Without one its
    /// token ends with it.
    fn cancelled(&mut self, transaction: ElementInstanceKey) {
        if self.is_revived(transaction) {
            self.element_mut(transaction).phase = Phase::Leaving;
            return self.agenda.push_back(Work::Drive(transaction));
        }
        let element = self.element(transaction);
        let host = match element.role() {
            Role::Iteration(_) => element.scope,
            _ => transaction,
        };
        let mut boundaries = self.node_of(host).boundaries.iter().copied();
        let catches = |boundary: &NodeIx| {
            let trigger = self.process.node(*boundary).kind.trigger();
            trigger.is_some_and(|trigger| trigger.parts().contains(&EventTrigger::Cancel))
        };
        match boundaries.find(catches) {
            Some(boundary) => self.trigger_boundary(host, boundary, Variables::new()),
            None => {
                let scope = self.element(transaction).scope;
                self.terminate(transaction);
                self.element_mut(scope).tokens -= 1;
                self.complete_empty_scope(scope);
            }
        }
    }
}
