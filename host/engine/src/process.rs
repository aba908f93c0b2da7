//! A process made ready to run.

use anyam_bpmn::graph::{EventTrigger, ExprIx, Node, NodeIx, NodeKind, ProcessGraph, Value};
use anyam_bpmn::{Finding, Severity};
use anyam_feel::{Cost, Expression};

use crate::backoff::Backoff;
use crate::job_slot::JobSlot;
use crate::time;

/// The depth to which a mapping's target may nest (`a.b.c` has depth 3).
pub const MAX_TARGET_DEPTH: usize = 32;

/// A graph with its expressions compiled and its jobs bound. Immutable and shared.
#[derive(Debug)]
pub struct Process {
    graph: ProcessGraph,
    expressions: Vec<Expression>,
    bindings: Vec<Binding>,
    has_isolated: bool,
    has_conditions: bool,
}

/// What a node is bound to besides the graph.
#[derive(Clone, Debug, Default)]
struct Binding {
    /// The jobs that steps do.
    steps: Vec<JobSlot>,
    backoff: Option<Backoff>,
    time_to_live_ms: Option<u64>,
}

/// The property or task header that says how long a message that an element throws waits for
/// somebody to take it: an ISO 8601 duration.
const TIME_TO_LIVE: &str = "anyam:time-to-live";

impl Process {
    /// Compiles every expression. `is_step` tells whether a job with that literal type is done by a
    /// step; one whose type is an expression is always for workers.
    ///
    /// # Errors
    /// Everything that is wrong: expressions in document order, then elements.
    pub fn new(
        graph: ProcessGraph,
        feel: &anyam_feel::Limits,
        is_step: impl Fn(&Node, JobSlot, &str) -> bool,
    ) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut expressions = Vec::with_capacity(graph.expressions.len());
        for source in &graph.expressions {
            match Expression::compile(&source.text, feel) {
                Ok(expression) => expressions.push(expression),
                Err(error) => findings.push(Finding {
                    severity: Severity::Error,
                    rule: "expression-invalid",
                    element_id: Some(source.element_id.clone()),
                    location: source.location,
                    message: format!("the expression `{}` is wrong: {error}", source.text),
                }),
            }
        }
        let mut bindings = Vec::with_capacity(graph.nodes.len());
        for node in &graph.nodes {
            match bind(node, &is_step) {
                Ok(binding) => bindings.push(binding),
                Err(message) => findings.push(Finding {
                    severity: Severity::Error,
                    rule: "setting-invalid",
                    element_id: Some(node.id.clone()),
                    location: node.location,
                    message,
                }),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let mut triggers = graph.nodes.iter().filter_map(|node| node.kind.trigger());
        let has_conditions = triggers.any(|trigger| {
            let mut parts = trigger.parts().iter();
            parts.any(|part| matches!(part, EventTrigger::Conditional(_)))
        });
        // Which decisions will be called, and what they cost, is not known before.
        let mut kinds = graph.nodes.iter().map(|node| &node.kind);
        let decides = kinds.any(|kind| matches!(kind, NodeKind::BusinessRuleTask(_)));
        let has_isolated = decides || expressions.iter().any(|e| e.cost() == Cost::Isolated);
        Ok(Self {
            graph,
            expressions,
            bindings,
            has_isolated,
            has_conditions,
        })
    }

    /// The graph.
    pub fn graph(&self) -> &ProcessGraph {
        &self.graph
    }

    /// The node at `ix`.
    pub fn node(&self, ix: NodeIx) -> &Node {
        self.graph.node(ix)
    }

    /// Whether a step does a job of the node at `ix`.
    pub fn is_step(&self, ix: NodeIx, slot: JobSlot) -> bool {
        self.bindings
            .get(ix.at())
            .is_some_and(|binding| binding.steps.contains(&slot))
    }

    /// The waits between a task's attempts, where the model sets them.
    pub(crate) fn backoff(&self, ix: NodeIx) -> Option<&Backoff> {
        self.bindings.get(ix.at())?.backoff.as_ref()
    }

    /// How long the messages that a node throws wait, where the model says so.
    pub(crate) fn time_to_live_ms(&self, ix: NodeIx) -> Option<u64> {
        self.bindings.get(ix.at())?.time_to_live_ms
    }

    pub(crate) fn expression(&self, ix: ExprIx) -> &Expression {
        &self.expressions[ix.at()]
    }

    /// Whether an event waits for a condition.
    pub(crate) fn has_conditions(&self) -> bool {
        self.has_conditions
    }

    /// Whether a command to this process can answer [`crate::Outcome::Evaluate`].
    pub fn has_isolated_expressions(&self) -> bool {
        self.has_isolated
    }
}

fn bind(node: &Node, is_step: &impl Fn(&Node, JobSlot, &str) -> bool) -> Result<Binding, String> {
    let mappings = node.mappings.inputs.iter().chain(&node.mappings.outputs);
    if let Some(deep) = mappings
        .map(|m| m.target.len())
        .find(|len| *len > MAX_TARGET_DEPTH)
    {
        return Err(format!(
            "a mapping target nests {deep} levels, allowed are {MAX_TARGET_DEPTH}"
        ));
    }
    let mut steps = Vec::new();
    for (slot, job) in JobSlot::all(node) {
        if let Value::Literal(job_type) = &job.job_type
            && is_step(node, slot, job_type)
        {
            steps.push(slot);
        }
    }
    let setting = |name: &str| {
        let mut settings = node.headers.iter().chain(&node.properties);
        settings.find(|(key, _)| **key == *name)
    };
    // Elements without a job of their own ignore it.
    let backoff = setting(Backoff::SETTING).filter(|_| node.job().is_some());
    let backoff = backoff.map(|(_, text)| Backoff::parse(text)).transpose()?;
    let time_to_live = setting(TIME_TO_LIVE).map(|(_, text)| time::fixed_duration_ms(text));
    let time_to_live_ms = time_to_live
        .transpose()
        .map_err(|error| format!("`{TIME_TO_LIVE}` is wrong: {error}"))?;
    Ok(Binding {
        steps,
        backoff,
        time_to_live_ms,
    })
}
