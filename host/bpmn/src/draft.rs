//! A process while it is being compiled.

use std::collections::{HashMap, HashSet};

use crate::Limits;
use crate::definitions::Definitions;
use crate::elements::Kind;
use crate::finding::Findings;
use crate::graph::{
    DataItem, ErrorDefinition, ErrorIx, EscalationDefinition, EscalationIx, ExprIx,
    ExpressionSource, Extras, Flow, FlowIx, Mappings, MessageDefinition, MessageIx, Node, NodeIx,
    NodeKind, ProcessGraph, SignalDefinition, SignalIx, SubProcessFlavour, Value,
};
use crate::xml::Element;

/// What all processes of a file share of the limits.
pub(crate) struct Budget {
    pub(crate) flows: usize,
    pub(crate) max_flows: usize,
    expressions: usize,
    max_expressions: usize,
    /// See [`Limits::join_bits`].
    pub(crate) join_bits: usize,
    pub(crate) max_join_bits: usize,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            flows: 0,
            max_flows: limits.flows,
            expressions: 0,
            max_expressions: limits.expressions,
            join_bits: 0,
            max_join_bits: limits.join_bits,
        }
    }
}

/// A flow node or scope as found in the file.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) element: Element<'a>,
    pub(crate) kind: &'static Kind,
    pub(crate) scope: NodeIx,
}

/// What has been read of a node.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) kind: Option<NodeKind>,
    pub(crate) mappings: Mappings,
    pub(crate) headers: Vec<(Box<str>, Box<str>)>,
    pub(crate) properties: Vec<(Box<str>, Box<str>)>,
    pub(crate) incoming: Vec<FlowIx>,
    pub(crate) outgoing: Vec<FlowIx>,
    pub(crate) default_flow: Option<FlowIx>,
    pub(crate) boundaries: Vec<NodeIx>,
    pub(crate) extras: Option<Box<Extras>>,
    /// Data objects and properties of a scope.
    pub(crate) data: Vec<DataItem>,
    /// A flow names it as its source; the flow itself may be wrong.
    pub(crate) has_way_out: bool,
    /// A flow names it as its target; the flow itself may be wrong.
    pub(crate) has_way_in: bool,
}

impl Part {
    /// What few elements have, to change.
    pub(crate) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_with(|| Box::new(Extras::NONE))
    }
}

/// A process while it is being compiled. Nodes are known by their final positions from
/// [`crate::discover::walk`] on.
pub(crate) struct Draft<'a, 'f> {
    pub(crate) definitions: &'f Definitions<'a>,
    pub(crate) places: Vec<Place<'a>>,
    /// What was read of each place.
    pub(crate) parts: Vec<Part>,
    pub(crate) by_id: HashMap<&'a str, NodeIx>,
    /// Ids of flow nodes that were refused: what refers to them is not wrong for that.
    pub(crate) refused: HashSet<&'a str>,
    /// Ids of sequence flows that lead nowhere, which was reported.
    pub(crate) broken_flows: HashSet<&'a str>,
    /// Sequence flows as found, in document order within each scope.
    pub(crate) flow_elements: Vec<Element<'a>>,
    pub(crate) flows: Vec<Flow>,
    /// The element of each flow.
    pub(crate) flow_places: Vec<Element<'a>>,
    pub(crate) messages_by_id: HashMap<&'a str, Option<MessageIx>>,
    /// Messages whose lack of a correlation key was reported.
    pub(crate) keyless_messages: HashSet<&'a str>,
    pub(crate) signals_by_id: HashMap<&'a str, Option<SignalIx>>,
    pub(crate) errors_by_id: HashMap<&'a str, ErrorIx>,
    pub(crate) escalations_by_id: HashMap<&'a str, EscalationIx>,
    /// Associations as found: they tie compensation handlers to boundary events.
    pub(crate) associations: Vec<Element<'a>>,
    pub(crate) version_tag: Option<Box<str>>,
    pub(crate) budget: &'f mut Budget,
    findings: &'f mut Findings,
    messages: Vec<MessageDefinition>,
    signals: Vec<SignalDefinition>,
    errors: Vec<ErrorDefinition>,
    escalations: Vec<EscalationDefinition>,
    expressions: Vec<ExpressionSource>,
    expressions_by_text: HashMap<Box<str>, ExprIx>,
}

impl<'a, 'f> Draft<'a, 'f> {
    pub(crate) fn new(
        definitions: &'f Definitions<'a>,
        findings: &'f mut Findings,
        budget: &'f mut Budget,
    ) -> Self {
        Self {
            definitions,
            places: Vec::new(),
            parts: Vec::new(),
            by_id: HashMap::new(),
            refused: HashSet::new(),
            broken_flows: HashSet::new(),
            flow_elements: Vec::new(),
            flows: Vec::new(),
            flow_places: Vec::new(),
            messages_by_id: HashMap::new(),
            keyless_messages: HashSet::new(),
            signals_by_id: HashMap::new(),
            errors_by_id: HashMap::new(),
            escalations_by_id: HashMap::new(),
            associations: Vec::new(),
            version_tag: None,
            budget,
            findings,
            messages: Vec::new(),
            signals: Vec::new(),
            errors: Vec::new(),
            escalations: Vec::new(),
            expressions: Vec::new(),
            expressions_by_text: HashMap::new(),
        }
    }

    pub(crate) fn error(&mut self, rule: &'static str, at: Element<'a>, message: String) {
        self.findings.error(rule, at, message);
    }

    pub(crate) fn warning(&mut self, rule: &'static str, at: Element<'a>, message: String) {
        self.findings.warning(rule, at, message);
    }

    /// A text of the model: FEEL where it begins with `=`.
    pub(crate) fn value(&mut self, at: Element<'a>, text: &str) -> Option<Value> {
        match text.strip_prefix('=') {
            Some(feel) => self.expression(at, feel).map(Value::Expression),
            None => Some(Value::Literal(text.into())),
        }
    }

    /// Notes a FEEL text (without `=`). Equal texts get one index.
    pub(crate) fn expression(&mut self, at: Element<'a>, feel: &str) -> Option<ExprIx> {
        let feel = feel.trim();
        if feel.is_empty() {
            let message = "there is no expression after the '='; write one or remove the '='";
            self.error("expression-empty", at, message.to_owned());
            return None;
        }
        if let Some(known) = self.expressions_by_text.get(feel) {
            return Some(*known);
        }
        self.budget.expressions += 1;
        if self.budget.expressions > self.budget.max_expressions {
            if self.budget.expressions == self.budget.max_expressions + 1 {
                let max = self.budget.max_expressions;
                let message = format!("the file has more than {max} expressions; split the model");
                self.error("limit-expressions", at, message);
            }
            return None;
        }
        let ix = ExprIx(position(self.expressions.len()));
        self.expressions.push(ExpressionSource {
            text: feel.into(),
            element_id: at.owner().attribute("id").unwrap_or_default().into(),
            location: at.location(),
        });
        self.expressions_by_text.insert(feel.into(), ix);
        Some(ix)
    }

    /// Reads an `xsd:boolean` attribute.
    pub(crate) fn flag(&mut self, at: Element<'a>, name: &str, absent: bool) -> bool {
        match at.flag(name, absent) {
            Ok(value) => value,
            Err(message) => {
                self.error("attribute-not-boolean", at, message);
                absent
            }
        }
    }

    pub(crate) fn add_message(&mut self, message: MessageDefinition) -> MessageIx {
        self.messages.push(message);
        MessageIx(position(self.messages.len() - 1))
    }

    pub(crate) fn add_error(&mut self, error: ErrorDefinition) -> ErrorIx {
        self.errors.push(error);
        ErrorIx(position(self.errors.len() - 1))
    }

    pub(crate) fn add_signal(&mut self, signal: SignalDefinition) -> SignalIx {
        self.signals.push(signal);
        SignalIx(position(self.signals.len() - 1))
    }

    pub(crate) fn add_escalation(&mut self, escalation: EscalationDefinition) -> EscalationIx {
        self.escalations.push(escalation);
        EscalationIx(position(self.escalations.len() - 1))
    }

    pub(crate) fn message(&self, ix: MessageIx) -> &MessageDefinition {
        &self.messages[ix.at()]
    }

    pub(crate) fn error_definition(&self, ix: ErrorIx) -> &ErrorDefinition {
        &self.errors[ix.at()]
    }

    pub(crate) fn escalation_definition(&self, ix: EscalationIx) -> &EscalationDefinition {
        &self.escalations[ix.at()]
    }

    pub(crate) fn signal_definition(&self, ix: SignalIx) -> &SignalDefinition {
        &self.signals[ix.at()]
    }

    pub(crate) fn part(&mut self, ix: NodeIx) -> &mut Part {
        &mut self.parts[ix.at()]
    }

    /// The positions of all nodes.
    pub(crate) fn all(&self) -> impl Iterator<Item = NodeIx> + use<> {
        (0..position(self.places.len())).map(NodeIx)
    }

    /// The graph, where every node could be read.
    pub(crate) fn finish(self, process: Element<'a>) -> Option<ProcessGraph> {
        if self.findings.has_errors() {
            return None;
        }
        let mut scopes = crate::scopes::collect(&self);
        let mut nodes = Vec::with_capacity(self.places.len());
        for (ix, part) in self.parts.into_iter().enumerate() {
            let place = &self.places[ix];
            let mut element_type = place.kind.element_type;
            debug_assert!(part.kind.is_some(), "what cannot be read is reported");
            let mut kind = part.kind?;
            let mut scope = || scopes.remove(&NodeIx(position(ix))).unwrap_or_default();
            match &mut kind {
                NodeKind::Process(held) => **held = scope(),
                NodeKind::SubProcess(sub_process) => {
                    sub_process.scope = scope();
                    if sub_process.flavour == SubProcessFlavour::Event {
                        element_type = "EVENT_SUB_PROCESS";
                    }
                }
                _ => {}
            }
            nodes.push(Node {
                id: place.element.attribute("id").unwrap_or_default().into(),
                name: place.element.attribute("name").map(Into::into),
                kind,
                scope: place.scope,
                incoming: part.incoming,
                outgoing: part.outgoing,
                default_flow: part.default_flow,
                boundaries: part.boundaries,
                mappings: part.mappings,
                headers: part.headers,
                properties: part.properties,
                location: place.element.location(),
                extras: part.extras,
                element_type,
            });
        }
        let mut by_id: Vec<_> = (0..position(nodes.len())).map(NodeIx).collect();
        // A global task and the process around it have one id, which is the task's.
        by_id.sort_by(|a, b| (&nodes[a.at()].id, b).cmp(&(&nodes[b.at()].id, a)));
        by_id.dedup_by(|a, b| nodes[a.at()].id == nodes[b.at()].id);
        let joins = crate::reach::joins(&nodes, &self.flows);
        Some(ProcessGraph {
            id: process.attribute("id").unwrap_or_default().into(),
            name: process.attribute("name").map(Into::into),
            version_tag: self.version_tag,
            nodes,
            flows: self.flows,
            messages: self.messages,
            signals: self.signals,
            errors: self.errors,
            escalations: self.escalations,
            expressions: self.expressions,
            joins,
            by_id,
        })
    }
}

/// An index. The limits keep every vector far below 2^32.
pub(crate) fn position(at: usize) -> u32 {
    u32::try_from(at).expect("a model has fewer than 2^32 elements")
}
