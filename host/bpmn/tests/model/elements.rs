//! Each element: a model that compiles, and what the graph then says.

use anyam_bpmn::graph::{
    Binding, ErrorIx, EventTrigger, ExprIx, FormDefinition, JobDefinition, Mapping, MessageIx,
    NodeKind, ProcessGraph, TimerDefinition, UserTaskDefinition, Value,
};

use crate::{around, check, graph, kind, node, process};

fn literal(text: &str) -> Value {
    Value::Literal(text.into())
}

#[track_caller]
fn text(graph: &ProcessGraph, ix: ExprIx) -> &str {
    &graph.expressions[ix.at()].text
}

fn end(trigger: EventTrigger) -> NodeKind {
    NodeKind::EndEvent { trigger, job: None }
}

/// The kind and the element type of the element `a`.
#[track_caller]
fn element(inside: &str) -> (NodeKind, &'static str) {
    let graph = graph(&around(inside));
    (kind(&graph, "a"), node(&graph, "a").element_type())
}

#[test]
fn none_events() {
    let graph = graph(&around(r#"<intermediateThrowEvent id="a"/>"#));
    assert_eq!(
        kind(&graph, "start"),
        NodeKind::StartEvent {
            trigger: EventTrigger::None,
            interrupting: true
        }
    );
    assert_eq!(
        kind(&graph, "a"),
        NodeKind::ThrowEvent {
            trigger: EventTrigger::None,
            job: None
        }
    );
    assert_eq!(kind(&graph, "end"), end(EventTrigger::None));
    let types: Vec<_> = graph.nodes.iter().map(|node| node.element_type()).collect();
    assert_eq!(
        types,
        [
            "PROCESS",
            "INTERMEDIATE_THROW_EVENT",
            "START_EVENT",
            "END_EVENT"
        ]
    );
}

#[test]
fn service_task() {
    let (kind, element_type) = element(
        r#"<serviceTask id="a"><extensionElements>
        <zeebe:taskDefinition type="credit-check@1.2"/></extensionElements></serviceTask>"#,
    );
    let job = JobDefinition {
        job_type: literal("credit-check@1.2"),
        retries: literal("3"),
    };
    assert_eq!(kind, NodeKind::Job(job));
    assert_eq!(element_type, "SERVICE_TASK");
}

#[test]
fn service_task_with_expressions() {
    let graph = graph(&around(
        r#"<serviceTask id="a"><extensionElements>
        <zeebe:taskDefinition type="= &quot;x&quot; + kind" retries="=n"/></extensionElements>
        </serviceTask>"#,
    ));
    let NodeKind::Job(job) = kind(&graph, "a") else {
        panic!("no service task")
    };
    let Value::Expression(job_type) = job.job_type else {
        panic!("{:?}", job.job_type)
    };
    let Value::Expression(retries) = job.retries else {
        panic!("{:?}", job.retries)
    };
    assert_eq!(
        (text(&graph, job_type), text(&graph, retries)),
        ("\"x\" + kind", "n")
    );
}

#[test]
fn headers_properties_and_mappings() {
    let graph = graph(&around(
        r#"<serviceTask id="a"><extensionElements><zeebe:taskDefinition type="t"/>
        <zeebe:taskHeaders><zeebe:header key="b" value="2"/><zeebe:header key="a" value="1"/>
        </zeebe:taskHeaders><zeebe:properties><zeebe:property name="anyam:limit" value="5s"/>
        <zeebe:property name="empty"/><zeebe:property value="nameless"/></zeebe:properties>
        <zeebe:ioMapping><zeebe:input source="=order.total" target="total"/>
        <zeebe:output source="=ok" target="order.approved"/>
        <zeebe:input source="EUR" target="currency"/></zeebe:ioMapping></extensionElements>
        </serviceTask>"#,
    ));
    let a = node(&graph, "a");
    assert_eq!(
        a.headers,
        [("b".into(), "2".into()), ("a".into(), "1".into())]
    );
    assert_eq!(
        a.properties,
        [
            ("anyam:limit".into(), "5s".into()),
            ("empty".into(), "".into())
        ]
    );
    let [total, currency] = &a.mappings.inputs[..] else {
        panic!("{:?}", a.mappings.inputs)
    };
    assert_eq!(
        currency,
        &Mapping {
            source: literal("EUR"),
            target: vec!["currency".into()]
        }
    );
    let Value::Expression(source) = total.source else {
        panic!("{:?}", total.source)
    };
    assert_eq!(text(&graph, source), "order.total");
    assert_eq!(
        a.mappings.outputs[0].target,
        ["order".into(), "approved".into()]
    );
}

#[test]
fn script_task() {
    let graph = graph(&around(
        r#"<scriptTask id="a"><extensionElements>
        <zeebe:script expression="=1 + 2" resultVariable="sum"/></extensionElements>
        <script>ignored</script></scriptTask>"#,
    ));
    let NodeKind::ScriptTask {
        expression,
        result_variable,
    } = kind(&graph, "a")
    else {
        panic!("no script task")
    };
    assert_eq!(
        (text(&graph, expression), &*result_variable),
        ("1 + 2", "sum")
    );
    assert_eq!(node(&graph, "a").element_type(), "SCRIPT_TASK");
}

#[test]
fn user_task() {
    let (kind, element_type) = element(
        r#"<userTask id="a"><extensionElements><zeebe:userTask/>
        <zeebe:assignmentDefinition assignee="eve" candidateGroups="a, b" candidateUsers=""/>
        <zeebe:taskSchedule dueDate="2030-01-31T12:00:00Z"/>
        <zeebe:priorityDefinition priority="100"/>
        <zeebe:formDefinition formId="review" bindingType="deployment"/></extensionElements></userTask>"#,
    );
    let expect = UserTaskDefinition {
        assignee: Some(literal("eve")),
        candidate_groups: Some(literal("a, b")),
        candidate_users: None,
        due_date: Some(literal("2030-01-31T12:00:00Z")),
        follow_up_date: None,
        priority: Some(literal("100")),
        form: Some(FormDefinition::Deployed {
            id: literal("review"),
            binding: Binding::Deployment,
        }),
    };
    assert_eq!(kind, NodeKind::UserTask(Box::new(expect)));
    assert_eq!(element_type, "USER_TASK");
}

#[test]
fn user_task_of_an_external_form() {
    let (kind, _) = element(
        r#"<userTask id="a"><extensionElements><zeebe:userTask/>
        <zeebe:formDefinition externalReference="https://forms/1"/></extensionElements></userTask>"#,
    );
    let form = Some(FormDefinition::External(literal("https://forms/1")));
    assert_eq!(
        kind,
        NodeKind::UserTask(Box::new(UserTaskDefinition {
            form,
            ..Default::default()
        }))
    );
}

#[test]
fn receive_task() {
    let (kind, element_type) = element(r#"<receiveTask id="a" messageRef="tns:m"/>"#);
    assert_eq!(
        kind,
        NodeKind::ReceiveTask {
            message: MessageIx(0),
            instantiate: false
        }
    );
    assert_eq!(element_type, "RECEIVE_TASK");
}

#[test]
fn tasks_without_work() {
    assert_eq!(
        element(r#"<task id="a"/>"#),
        (NodeKind::UndefinedTask, "TASK")
    );
    assert_eq!(
        element(r#"<manualTask id="a"/>"#),
        (NodeKind::UndefinedTask, "MANUAL_TASK")
    );
}

#[test]
fn gateways() {
    let exclusive = (NodeKind::ExclusiveGateway, "EXCLUSIVE_GATEWAY");
    assert_eq!(element(r#"<exclusiveGateway id="a"/>"#), exclusive);
    let parallel = (NodeKind::ParallelGateway, "PARALLEL_GATEWAY");
    assert_eq!(element(r#"<parallelGateway id="a"/>"#), parallel);
}

#[test]
fn conditions_and_default_of_an_activity() {
    let graph = graph(&around(
        r#"<task id="a" default="out"/><sequenceFlow id="more" sourceRef="a" targetRef="end">
        <conditionExpression language="https://www.omg.org/spec/DMN/20191111/FEEL/">=x</conditionExpression>
        </sequenceFlow>"#,
    ));
    let a = node(&graph, "a");
    assert_eq!(a.outgoing.len(), 2);
    assert_eq!(
        graph.flow(a.default_flow.expect("a default")).id,
        "out".into()
    );
    assert!(graph.flow(a.outgoing[0]).condition.is_some());
}

#[test]
fn catch_events() {
    let (kind, element_type) = element(
        r#"<intermediateCatchEvent id="a"><messageEventDefinition messageRef="m"/>
        </intermediateCatchEvent>"#,
    );
    let message = EventTrigger::Message(MessageIx(0));
    assert_eq!(kind, NodeKind::CatchEvent(message));
    assert_eq!(element_type, "INTERMEDIATE_CATCH_EVENT");
    let timers = [
        (
            "timeDuration",
            "PT1H",
            TimerDefinition::Duration(literal("PT1H")),
        ),
        (
            "timeDate",
            "2030-01-31T12:00:00Z",
            TimerDefinition::Date(literal("2030-01-31T12:00:00Z")),
        ),
        (
            "timeDuration",
            "=wait",
            TimerDefinition::Duration(Value::Expression(ExprIx(0))),
        ),
    ];
    for (name, text, expect) in timers {
        let (kind, _) = element(&format!(
            "<intermediateCatchEvent id=\"a\"><timerEventDefinition><{name}>{text}</{name}>\
             </timerEventDefinition></intermediateCatchEvent>"
        ));
        let trigger = EventTrigger::Timer(expect);
        assert_eq!(kind, NodeKind::CatchEvent(trigger), "{text}");
    }
}

/// The boundary event `b` on the activity `a`.
fn boundary(attributes: &str, trigger: &str) -> NodeKind {
    let graph = graph(&around(&format!(
        "<task id=\"a\"/><boundaryEvent id=\"b\" attachedToRef=\"a\" {attributes}>{trigger}\
         </boundaryEvent><sequenceFlow id=\"late\" sourceRef=\"b\" targetRef=\"end\"/>"
    )));
    assert_eq!(node(&graph, "b").element_type(), "BOUNDARY_EVENT");
    assert_eq!(node(&graph, "a").boundaries, [graph.find("b").expect("b")]);
    let NodeKind::BoundaryEvent { attached_to, .. } = kind(&graph, "b") else {
        panic!("b")
    };
    assert_eq!(Some(attached_to), graph.find("a"));
    kind(&graph, "b")
}

#[test]
fn boundary_events() {
    use EventTrigger::{Error, Message, Timer};
    const STAYS: &str = "cancelActivity=\"false\"";
    let duration = "<timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>";
    let cycle = "<timerEventDefinition><timeCycle>R/PT1S</timeCycle></timerEventDefinition>";
    let message = "<messageEventDefinition messageRef=\"m\"/>";
    let timer = || Timer(TimerDefinition::Duration(literal("PT1S")));
    let cases = [
        ("", duration, true, timer()),
        (STAYS, duration, false, timer()),
        (
            STAYS,
            cycle,
            false,
            Timer(TimerDefinition::Cycle(literal("R/PT1S"))),
        ),
        ("", message, true, Message(MessageIx(0))),
        (
            "cancelActivity=\"0\"",
            message,
            false,
            Message(MessageIx(0)),
        ),
        (
            "",
            "<errorEventDefinition errorRef=\"e\"/>",
            true,
            Error(Some(ErrorIx(0))),
        ),
        ("", "<errorEventDefinition/>", true, Error(None)),
    ];
    for (attributes, definition, expect_interrupting, expect) in cases {
        let NodeKind::BoundaryEvent {
            interrupting,
            trigger,
            ..
        } = boundary(attributes, definition)
        else {
            panic!("{definition}")
        };
        assert_eq!(
            (interrupting, trigger),
            (expect_interrupting, expect),
            "{definition}"
        );
    }
}

#[test]
fn an_error_without_a_code_catches_every_code() {
    let model = around(
        r#"<task id="a"/><boundaryEvent id="b" attachedToRef="a"><errorEventDefinition
        errorRef="any"/></boundaryEvent><sequenceFlow id="f" sourceRef="b" targetRef="end"/>"#,
    );
    let graph = graph(&model.replace("<error ", "<error id=\"any\"/><error "));
    let NodeKind::BoundaryEvent { trigger, .. } = kind(&graph, "b") else {
        panic!("b")
    };
    assert_eq!(trigger, EventTrigger::Error(None));
    assert!(graph.errors.is_empty());
}

#[test]
fn end_events() {
    for (definition, expect) in [
        (
            "<errorEventDefinition errorRef=\"e\"/>",
            EventTrigger::Error(Some(ErrorIx(0))),
        ),
        ("<terminateEventDefinition/>", EventTrigger::Terminate),
    ] {
        let model = around(r#"<task id="a"/>"#).replace(
            "<endEvent id=\"end\"/>",
            &format!("<endEvent id=\"end\">{definition}</endEvent>"),
        );
        assert_eq!(kind(&graph(&model), "end"), end(expect));
    }
}

#[test]
fn a_thrown_error_code_may_be_an_expression() {
    let model = around(r#"<task id="a"/>"#)
        .replace(
            "<endEvent id=\"end\"/>",
            "<endEvent id=\"end\"><errorEventDefinition errorRef=\"e\"/></endEvent>",
        )
        .replace("\"FAILED\"", "\"=code\"");
    let graph = graph(&model);
    assert_eq!(graph.errors[0].code, Value::Expression(ExprIx(0)));
}

#[test]
fn sub_process() {
    let (kind, element_type) = element(
        r#"<subProcess id="a"><incoming>in</incoming><outgoing>out</outgoing>
        <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><endEvent id="t"/>
        </subProcess>"#,
    );
    let scope = kind.scope().expect("a scope");
    assert_eq!(
        (scope.children.len(), scope.none_start()),
        (2, Some(scope.children[0]))
    );
    assert_eq!(element_type, "SUB_PROCESS");
}

#[test]
fn what_only_describes_is_left_out() {
    let model = process(
        r#"<documentation>Read <b xmlns="">me</b></documentation>
        <ioSpecification><dataInput id="di"/><inputSet><dataInputRefs>di</dataInputRefs></inputSet>
        <outputSet/></ioSpecification><property id="pr"/>
        <laneSet id="ls"><lane id="l"><flowNodeRef>s</flowNodeRef><childLaneSet id="c"/></lane></laneSet>
        <dataObject id="do"/><dataObjectReference id="dr" dataObjectRef="do"/>
        <textAnnotation id="ta"><text>note</text></textAnnotation>
        <association id="as" sourceRef="s" targetRef="ta"/><group id="g"/>
        <startEvent id="s"><dataOutputAssociation id="da"><sourceRef>dr</sourceRef>
        <targetRef>do</targetRef></dataOutputAssociation></startEvent>
        <sequenceFlow id="f" sourceRef="s" targetRef="t"/><endEvent id="t"/>"#,
    );
    let graph = graph(&model);
    let ids: Vec<_> = graph.nodes.iter().map(|node| &*node.id).collect();
    assert_eq!(ids, ["p", "s", "t"]);
    check(&model, "");
}

#[test]
fn unknown_extensions_are_ignored() {
    check(
        &around(
            r#"<task id="a" zeebe:modelerTemplate="t"><extensionElements>
            <x:anything xmlns:x="urn:x"><task xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/></x:anything>
            <zeebe:future/><zeebe:executionListeners/></extensionElements></task>"#,
        ),
        "",
    );
}
