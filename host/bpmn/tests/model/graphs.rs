//! Whole graphs: how nodes, scopes and flows hang together.

use anyam_bpmn::graph::{NodeIx, ProcessGraph, ROOT, Value};

use crate::{file, flow, graph, kind, node};

pub(crate) const ORDER: &str = r#"
<message id="paid" name="payment-received">
  <extensionElements><zeebe:subscription correlationKey="=orderId"/></extensionElements>
</message>
<error id="refused" errorCode="REFUSED"/>
<process id="order" name="Order" isExecutable="true">
  <extensionElements><zeebe:versionTag value="1.2"/></extensionElements>
  <startEvent id="start"><outgoing>f1</outgoing></startEvent>
  <sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
  <subProcess id="work">
    <startEvent id="s"/>
    <sequenceFlow id="g1" sourceRef="s" targetRef="check"/>
    <serviceTask id="check" name="Check credit">
      <extensionElements><zeebe:taskDefinition type="credit-check"/></extensionElements>
    </serviceTask>
    <sequenceFlow id="g2" sourceRef="check" targetRef="pay"/>
    <intermediateCatchEvent id="pay">
      <messageEventDefinition id="m" messageRef="tns:paid"/>
    </intermediateCatchEvent>
    <sequenceFlow id="g3" sourceRef="pay" targetRef="e"/>
    <endEvent id="e"/>
    <boundaryEvent id="late" attachedToRef="check" cancelActivity="false">
      <timerEventDefinition><timeCycle>
        R3/PT1H
      </timeCycle></timerEventDefinition>
    </boundaryEvent>
    <sequenceFlow id="g4" sourceRef="late" targetRef="e"/>
  </subProcess>
  <boundaryEvent id="no" attachedToRef="work">
    <errorEventDefinition errorRef="refused"/>
  </boundaryEvent>
  <sequenceFlow id="f2" sourceRef="work" targetRef="choice"/>
  <exclusiveGateway id="choice" default="f4"/>
  <sequenceFlow id="f3" sourceRef="choice" targetRef="end">
    <conditionExpression> = total &gt; 10 </conditionExpression>
  </sequenceFlow>
  <sequenceFlow id="f4" sourceRef="choice" targetRef="end"/>
  <sequenceFlow id="f5" sourceRef="no" targetRef="end"/>
  <endEvent id="end"/>
</process>"#;

fn ids(graph: &ProcessGraph, list: &[NodeIx]) -> Vec<String> {
    list.iter()
        .map(|ix| graph.node(*ix).id.to_string())
        .collect()
}

#[test]
fn scopes_hold_their_children_in_document_order() {
    let graph = graph(&file(ORDER));
    assert_eq!(
        (&*graph.id, graph.name.as_deref()),
        ("order", Some("Order"))
    );
    assert_eq!(graph.version_tag.as_deref(), Some("1.2"));
    let root = graph.root();
    assert_eq!(
        ids(&graph, &root.children),
        ["start", "work", "no", "choice", "end"]
    );
    assert_eq!(root.none_start(), graph.find("start"));
    let work = kind(&graph, "work");
    let work = work.scope().expect("a sub-process");
    assert_eq!(
        ids(&graph, &work.children),
        ["s", "check", "pay", "e", "late"]
    );
    assert_eq!(work.none_start(), graph.find("s"));
    assert_eq!(graph.node(node(&graph, "s").scope).id, "work".into());
    assert_eq!(graph.node(ROOT).scope, ROOT);
    for (at, node) in graph.nodes.iter().enumerate().skip(1) {
        assert!(node.scope.at() < at, "{} stands before its scope", node.id);
    }
}

#[test]
fn flows_connect_both_ways() {
    let graph = graph(&file(ORDER));
    for (at, flow) in graph.flows.iter().enumerate() {
        let leaves = graph
            .node(flow.source)
            .outgoing
            .iter()
            .any(|ix| ix.at() == at);
        let enters = graph
            .node(flow.target)
            .incoming
            .iter()
            .any(|ix| ix.at() == at);
        assert!(leaves && enters, "{}", flow.id);
    }
    let choice = node(&graph, "choice");
    let outgoing: Vec<_> = choice
        .outgoing
        .iter()
        .map(|ix| &*graph.flow(*ix).id)
        .collect();
    assert_eq!(outgoing, ["f3", "f4"]);
    assert_eq!(choice.default_flow, Some(choice.outgoing[1]));
    let condition = flow(&graph, "f3").condition.expect("a condition");
    assert_eq!(&*graph.expressions[condition.at()].text, "total > 10");
    assert_eq!(&*graph.expressions[condition.at()].element_id, "f3");
}

#[test]
fn boundary_events_are_listed_at_their_activity() {
    let graph = graph(&file(ORDER));
    assert_eq!(ids(&graph, &node(&graph, "check").boundaries), ["late"]);
    assert_eq!(ids(&graph, &node(&graph, "work").boundaries), ["no"]);
}

#[test]
fn definitions_are_held_once_and_only_where_used() {
    let graph = graph(&file(ORDER));
    assert_eq!(graph.messages.len(), 1);
    assert_eq!(
        graph.messages[0].name,
        Value::Literal("payment-received".into())
    );
    assert!(graph.messages[0].correlation_key.is_some());
    assert_eq!(graph.errors.len(), 1);
    assert_eq!(graph.errors[0].code, Value::Literal("REFUSED".into()));
}
