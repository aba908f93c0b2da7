//! Moving the tokens of a running instance by hand: elements are activated and terminated as an
//! operator asks, all of it or nothing.
//!
//! What is to be activated is planned first: for each element the live scope it goes into, and the
//! scopes between that do not live yet. A new scope does everything a scope does when it begins
//! (input mappings, boundary events, event sub-processes), but in place of its start event the
//! elements of the plan begin in it.

use anyam_bpmn::graph::{NodeIx, NodeKind, ROOT, SubProcessFlavour};
use serde::{Deserialize, Serialize};

use crate::command::{Activate, Ancestor, Modification, Move, Source};
use crate::execution::{Execution, Stop, Work};
use crate::instance::{ElementInstance, Phase};
use crate::key::ElementInstanceKey;
use crate::outcome::Rejection;
use crate::transition::{InstanceState, Role};
use crate::value::Variables;
use crate::variables::Place;

/// An element to begin in a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Begin {
    pub(crate) node: NodeIx,
    /// Its local variables.
    pub(crate) variables: Variables,
    /// What begins in it in place of its start event. As deep as the model nests.
    pub(crate) inside: Vec<Begin>,
}

impl Begin {
    fn new(node: NodeIx) -> Self {
        Self {
            node,
            variables: Variables::new(),
            inside: Vec::new(),
        }
    }

    fn count(&self) -> usize {
        1 + self.inside.iter().map(Self::count).sum::<usize>()
    }
}

/// What a modification comes to.
#[derive(Default)]
struct Plan {
    /// What begins, by the live scope it begins in.
    begins: Vec<(ElementInstanceKey, Vec<Begin>)>,
    /// Variables for live scopes.
    variables: Vec<(ElementInstanceKey, Variables)>,
    terminate: Vec<ElementInstanceKey>,
}

impl Execution<'_> {
    /// Carries a modification out.
    pub(crate) fn modify(&mut self, modification: &Modification) -> Result<(), Rejection> {
        if self.is_held_up() {
            return Err(Rejection::WrongState(
                "a scope of the process instance ends and waits for canceling listeners; complete \
                 their jobs first"
                    .to_owned(),
            ));
        }
        let plan = self.plan_modification(modification)?;
        self.check_new(plan.begins.iter().flat_map(|(_, begins)| begins))?;
        let mut all = Variables::new();
        for (_, variables) in &plan.variables {
            self.check_payload(variables, Place::New)?;
            all.extend(variables.clone());
        }
        self.check_payload(&all, Place::New)?;
        for (scope, variables) in plan.variables {
            self.set_local(scope, variables);
        }
        for (scope, begins) in plan.begins {
            self.begin_all(scope, begins);
        }
        self.terminate_all(plan.terminate);
        Ok(())
    }

    /// Refuses more new elements than the instance has room for.
    fn check_new<'b>(&self, begins: impl Iterator<Item = &'b Begin>) -> Result<(), Rejection> {
        let new: usize = begins.map(Begin::count).sum();
        let most = self.limits.max_elements;
        if self.instance.elements.len() + new <= most {
            return Ok(());
        }
        Err(Rejection::Invalid(format!(
            "the process instance would have more than {most} live element instances (limit \
             max_elements)"
        )))
    }

    /// What an instance that starts at these elements begins with. One of several none start events
    /// is an element to start at as well.
    pub(crate) fn plan_start(&self, activate: Vec<Activate>) -> Result<Vec<Begin>, Rejection> {
        let none_starts = &self.process.graph().root().none_starts;
        let mut plan = Plan::default();
        let mut begins = Vec::new();
        for activate in activate {
            let node = self.named(&activate.element)?;
            if none_starts.contains(&node) {
                begins.push(Begin::new(node));
            } else {
                self.plan_activation(&activate, None, &mut plan)?;
            }
        }
        begins.extend(plan.begins.into_iter().flat_map(|(_, begins)| begins));
        self.check_new(begins.iter())?;
        Ok(begins)
    }

    /// What begins in an element instance in place of what it does by itself, where a modification
    /// has made it.
    pub(crate) fn begin_as_planned(&mut self, at: ElementInstanceKey) -> Result<bool, Stop> {
        if self
            .element(at)
            .rare()
            .is_none_or(|rare| rare.begins.is_empty())
        {
            return Ok(false);
        }
        self.open_event_starts(at)?;
        let begins = std::mem::take(&mut self.element_mut(at).rare_mut().begins);
        self.begin_all(at, begins);
        Ok(true)
    }

    fn begin_all(&mut self, scope: ElementInstanceKey, begins: Vec<Begin>) {
        for begin in begins {
            let parent = self.element_mut(scope);
            parent.tokens = parent.tokens.saturating_add(1);
            let key = self.begin(begin.node, scope, Phase::Entering);
            self.set_local(key, begin.variables);
            if !begin.inside.is_empty() {
                self.element_mut(key).rare_mut().begins = begin.inside;
            }
            self.agenda.push_back(Work::Drive(key));
        }
    }

    /// Terminates element instances, and the scopes that are left without a token.
    fn terminate_all(&mut self, keys: Vec<ElementInstanceKey>) {
        for key in keys {
            let mut ended = key;
            while self.instance.contains(ended) {
                let scope = self.element(ended).scope;
                self.terminate(ended);
                let parent = self.element_mut(scope);
                parent.tokens = parent.tokens.saturating_sub(1);
                if parent.tokens > 0 {
                    break;
                }
                if scope == self.instance.root() {
                    self.end_instance(InstanceState::Terminated);
                    return;
                }
                ended = scope;
            }
        }
    }

    fn plan_modification(&self, modification: &Modification) -> Result<Plan, Rejection> {
        let mut plan = Plan::default();
        for key in &modification.terminate {
            match key {
                Source::Instance(key) => plan.terminate.push(self.to_terminate(*key)?),
                Source::Element(id) => plan.terminate.extend(self.all_of(id)?),
            }
        }
        for a_move in &modification.moves {
            self.plan_move(a_move, &mut plan)?;
        }
        for activate in &modification.activate {
            self.plan_activation(activate, None, &mut plan)?;
        }
        if plan.begins.is_empty() && plan.terminate.is_empty() {
            return Err(invalid("the modification asks for nothing".to_owned()));
        }
        plan.terminate.sort_unstable();
        plan.terminate.dedup();
        for (scope, _) in &plan.begins {
            if self
                .instance
                .scope_keys(*scope)
                .any(|key| plan.terminate.contains(&key))
            {
                return Err(invalid(format!(
                    "`{}` is to be terminated and cannot take a new element",
                    self.id_of(*scope)
                )));
            }
        }
        Ok(plan)
    }

    fn plan_move(&self, a_move: &Move, plan: &mut Plan) -> Result<(), Rejection> {
        let sources = match &a_move.from {
            Source::Instance(key) => vec![self.to_terminate(*key)?],
            Source::Element(id) => self.all_of(id)?,
        };
        for source in sources {
            let activate = Activate {
                element: a_move.to.clone(),
                ancestor: match a_move.ancestor {
                    Ancestor::Inferred => None,
                    Ancestor::Direct(key) => Some(key),
                    Ancestor::SourceParent => Some(self.element(source).scope),
                },
                variables: a_move.variables.clone(),
            };
            self.plan_activation(&activate, Some(source), plan)?;
            plan.terminate.push(source);
        }
        Ok(())
    }

    /// Plans one activation. `near` is the element instance that the token comes from.
    fn plan_activation(
        &self,
        activate: &Activate,
        near: Option<ElementInstanceKey>,
        plan: &mut Plan,
    ) -> Result<(), Rejection> {
        let node = self.named(&activate.element)?;
        self.check_can_begin(node)?;
        let (scope, missing) = self.live_scope(node, activate.ancestor, near, plan)?;
        self.check_takes_elements(scope)?;
        for between in &missing {
            self.check_can_be_made(*between, node)?;
        }
        let mut path: Vec<NodeIx> = missing.clone();
        path.push(node);
        let mut own = vec![Variables::new(); path.len()];
        for scoped in &activate.variables {
            let Some(id) = &scoped.scope else {
                plan.variables
                    .push((self.instance.root(), scoped.variables.clone()));
                continue;
            };
            let wanted = self.named(id)?;
            if let Some(at) = path.iter().position(|node| *node == wanted) {
                own[at].extend(scoped.variables.clone());
            } else {
                let around = self.instance.scope_keys(scope);
                let live = around
                    .into_iter()
                    .find(|key| self.element(*key).node == wanted);
                let live = live.ok_or_else(|| {
                    invalid(format!(
                        "the scope `{id}` is not around `{}`",
                        activate.element
                    ))
                })?;
                plan.variables.push((live, scoped.variables.clone()));
            }
        }
        for variables in &own {
            self.check_payload(variables, Place::New)?;
        }
        let at = plan.begins.iter().position(|(live, _)| *live == scope);
        let at = at.unwrap_or_else(|| {
            plan.begins.push((scope, Vec::new()));
            plan.begins.len() - 1
        });
        let mut level = &mut plan.begins[at].1;
        let last = path.len() - 1;
        for (depth, (node, variables)) in path.into_iter().zip(own).enumerate() {
            // Elements that a modification begins in one missing scope share it.
            let shared = level.iter().position(|begin| begin.node == node);
            let known = shared.filter(|_| depth < last);
            let index = known.unwrap_or_else(|| {
                level.push(Begin::new(node));
                level.len() - 1
            });
            let begin = &mut level[index];
            begin.variables.extend(variables);
            level = &mut begin.inside;
        }
        Ok(())
    }

    /// The live scope that `node` goes into, and the scopes between that are missing, outer to inner.
    fn live_scope(
        &self,
        node: NodeIx,
        ancestor: Option<ElementInstanceKey>,
        near: Option<ElementInstanceKey>,
        plan: &Plan,
    ) -> Result<(ElementInstanceKey, Vec<NodeIx>), Rejection> {
        let graph = self.process.graph();
        let id = &graph.node(node).id;
        let mut missing = Vec::new();
        if let Some(key) = ancestor {
            if !self.instance.contains(key) {
                return Err(Rejection::NotFound {
                    what: "element instance",
                    key: key.0,
                });
            }
            let wanted = self.element(key).node;
            let mut scope = graph.node(node).scope;
            while scope != wanted {
                if scope == ROOT {
                    let message = format!("`{}` is not a scope around `{id}`", self.id_of(key));
                    return Err(invalid(message));
                }
                missing.insert(0, scope);
                scope = graph.node(scope).scope;
            }
            self.check_is_no_body(key)?;
            return Ok((key, missing));
        }
        let around: Vec<ElementInstanceKey> = near
            .map(|near| self.instance.scope_keys(near).skip(1).collect())
            .unwrap_or_default();
        let mut scope = graph.node(node).scope;
        loop {
            if scope == ROOT {
                return Ok((self.instance.root(), missing));
            }
            if let Some(key) = around.iter().find(|key| self.element(**key).node == scope) {
                return Ok((*key, missing));
            }
            let alive = self.instance.elements.iter();
            let alive = alive.filter(|(key, element)| {
                element.node == scope
                    && element.role() != Role::Body
                    && !self
                        .instance
                        .scope_keys(**key)
                        .any(|key| plan.terminate.contains(&key))
            });
            let alive: Vec<ElementInstanceKey> = alive.map(|(key, _)| *key).collect();
            match alive[..] {
                [] => missing.insert(0, scope),
                [only] => return Ok((only, missing)),
                _ => {
                    return Err(invalid(format!(
                        "`{}` is alive {} times; name the one in which `{id}` is to begin \
                         (ancestorElementInstanceKey)",
                        graph.node(scope).id,
                        alive.len()
                    )));
                }
            }
            scope = graph.node(scope).scope;
        }
    }

    /// A live scope that has begun and is not at its end.
    fn check_takes_elements(&self, scope: ElementInstanceKey) -> Result<(), Rejection> {
        if self.element(scope).phase == Phase::Waiting {
            return Ok(());
        }
        Err(Rejection::WrongState(format!(
            "`{}` has not begun yet or is at its end, and takes no new element; resolve its incident",
            self.id_of(scope)
        )))
    }

    fn check_can_begin(&self, node: NodeIx) -> Result<(), Rejection> {
        let model = self.process.node(node);
        let what = match &model.kind {
            NodeKind::Process(_) => "the process itself",
            NodeKind::StartEvent { .. } => "a start event",
            NodeKind::BoundaryEvent { .. } => "a boundary event",
            NodeKind::SubProcess(inner) if inner.flavour == SubProcessFlavour::Event => {
                "an event sub-process"
            }
            _ if model.extras().for_compensation => "a compensation handler",
            _ => return Ok(()),
        };
        Err(invalid(format!(
            "`{}` is {what}, which cannot be activated; activate what follows it",
            model.id
        )))
    }

    /// A scope that is to be made for an element in it.
    fn check_can_be_made(&self, scope: NodeIx, node: NodeIx) -> Result<(), Rejection> {
        let model = self.process.node(scope);
        if model.extras().repetition.is_some() {
            return Err(invalid(format!(
                "`{}` stands in `{}`, which is repeated; activate that, or name one of its live \
                 instances (ancestorElementInstanceKey)",
                self.process.node(node).id,
                model.id
            )));
        }
        Ok(())
    }

    /// An element instance that may be terminated by itself.
    fn to_terminate(&self, key: ElementInstanceKey) -> Result<ElementInstanceKey, Rejection> {
        if key == self.instance.root() {
            return Err(invalid(
                "the process instance itself is not terminated by a modification; cancel it"
                    .to_owned(),
            ));
        }
        let Some(element) = self.instance.elements.get(&key) else {
            return Err(Rejection::NotFound {
                what: "element instance",
                key: key.0,
            });
        };
        let compensates = |key| {
            let element: &ElementInstance = self.element(key);
            element.rare().is_some_and(|rare| rare.compensates)
        };
        if self.instance.scope_keys(key).any(compensates) {
            return Err(invalid(format!(
                "`{}` runs to compensate something and cannot be terminated by itself",
                self.id_of(key)
            )));
        }
        if matches!(element.role(), Role::Iteration(_)) {
            return Err(invalid(format!(
                "{key} is one of several instances of `{}`; terminate all of them by the one around \
                 them",
                self.id_of(key)
            )));
        }
        Ok(key)
    }

    fn check_is_no_body(&self, key: ElementInstanceKey) -> Result<(), Rejection> {
        if self.element(key).role() == Role::Body {
            return Err(invalid(format!(
                "{key} holds the instances of the repeated `{}`; name one of those",
                self.id_of(key)
            )));
        }
        Ok(())
    }

    /// Every live instance of an element that may be terminated.
    fn all_of(&self, id: &str) -> Result<Vec<ElementInstanceKey>, Rejection> {
        let node = self.named(id)?;
        let alive = self.instance.elements.iter();
        let alive = alive.filter(|(key, element)| {
            let is_iteration = matches!(element.role(), Role::Iteration(_));
            element.node == node && **key != self.instance.root() && !is_iteration
        });
        let alive: Vec<ElementInstanceKey> = alive.map(|(key, _)| *key).collect();
        if alive.is_empty() {
            return Err(invalid(format!("`{id}` has no live instance")));
        }
        alive
            .into_iter()
            .map(|key| self.to_terminate(key))
            .collect()
    }

    fn named(&self, id: &str) -> Result<NodeIx, Rejection> {
        let graph = self.process.graph();
        let found = graph.find(id);
        found.ok_or_else(|| {
            let shown: String = id.chars().take(100).collect();
            invalid(format!(
                "the process `{}` has no element `{shown}`",
                graph.id
            ))
        })
    }

    fn id_of(&self, key: ElementInstanceKey) -> &str {
        &self.node_of(key).id
    }
}

fn invalid(message: String) -> Rejection {
    Rejection::Invalid(message)
}
