//! Elements and settings that few models use: what the graph says of each.

use anyam_bpmn::graph::{
    Behavior, Binding, EventTrigger, Instantiation, ListenerEvent, LoopInput, NodeKind, Repetition,
    SubProcessFlavour, TimerDefinition, Value, VariableChange,
};

use crate::{around, check, graph, kind, node, process};

fn literal(text: &str) -> Value {
    Value::Literal(text.into())
}

/// `around` with further root elements.
fn with_roots(inside: &str, roots: &str) -> String {
    around(inside).replace("<message ", &format!("{roots}<message "))
}

#[test]
fn gateways() {
    let timer = |id: &str| {
        format!(
            "<intermediateCatchEvent id=\"{id}\"><timerEventDefinition><timeDuration>PT1S\
             </timeDuration></timerEventDefinition></intermediateCatchEvent>"
        )
    };
    let kind_of = |inside: &str| kind(&graph(&around(inside)), "a");
    assert_eq!(
        kind_of(r#"<inclusiveGateway id="a"/>"#),
        NodeKind::InclusiveGateway
    );
    assert_eq!(
        kind_of(
            r#"<complexGateway id="a"><activationCondition>true</activationCondition></complexGateway>"#
        ),
        NodeKind::ComplexGateway {
            activation: Some(literal("true"))
        }
    );
    for (attributes, expect) in [
        ("", Instantiation::No),
        ("instantiate=\"true\"", Instantiation::Exclusive),
        (
            "instantiate=\"true\" eventGatewayType=\"Parallel\"",
            Instantiation::Parallel,
        ),
    ] {
        let gateway = process(&format!(
            "<eventBasedGateway id=\"a\" {attributes}/><sequenceFlow id=\"f\" sourceRef=\"a\" \
             targetRef=\"b\"/><sequenceFlow id=\"g\" sourceRef=\"a\" targetRef=\"c\"/>{}{}",
            timer("b"),
            timer("c"),
        ));
        let gateway = kind(&graph(&gateway), "a");
        assert_eq!(gateway, NodeKind::EventBasedGateway(expect));
    }
    check(
        &around("\n<eventBasedGateway id=\"a\" eventGatewayType=\"Parallel\"/>"),
        "2:1 a event-gateway-parallel",
    );
}

#[test]
fn tasks_by_job_decision_or_message() {
    let job = r#"<extensionElements><zeebe:taskDefinition type="t"/></extensionElements>"#;
    for (name, element_type) in [
        ("sendTask", "SEND_TASK"),
        ("businessRuleTask", "BUSINESS_RULE_TASK"),
        ("scriptTask", "SCRIPT_TASK"),
    ] {
        let graph = graph(&around(&format!("<{name} id=\"a\">{job}</{name}>")));
        assert!(node(&graph, "a").job().is_some(), "{name}");
        assert_eq!(node(&graph, "a").element_type(), element_type);
    }
    let sent = graph(&around(r#"<sendTask id="a" messageRef="m"/>"#));
    assert!(matches!(kind(&sent, "a"), NodeKind::SendTask(_)));
    let decided = graph(&around(
        r#"<businessRuleTask id="a"><extensionElements><zeebe:calledDecision decisionId="d"
        resultVariable="r" bindingType="versionTag" versionTag="1"/></extensionElements>
        </businessRuleTask>"#,
    ));
    let NodeKind::BusinessRuleTask(called) = kind(&decided, "a") else {
        panic!("no business rule task")
    };
    assert_eq!(called.decision_id, literal("d"));
    assert_eq!(called.binding, Binding::VersionTag("1".into()));
    check(
        &around("\n<businessRuleTask id=\"a\"/>"),
        "2:1 a business-rule-implementation",
    );
}

#[test]
fn call_activities() {
    let called = |inside: &str| {
        let NodeKind::CallActivity(called) = kind(&graph(&around(inside)), "a") else {
            panic!("no call activity")
        };
        *called
    };
    let plain = called(r#"<callActivity id="a" calledElement="other"/>"#);
    assert_eq!(plain.process_id, literal("other"));
    assert!(plain.all_child_variables && plain.all_parent_variables);
    let set = called(
        r#"<callActivity id="a"><extensionElements><zeebe:calledElement processId="=p"
        propagateAllChildVariables="false" bindingType="deployment"/></extensionElements></callActivity>"#,
    );
    assert!(matches!(set.process_id, Value::Expression(_)));
    assert_eq!(set.binding, Binding::Deployment);
    assert!(!set.all_child_variables);
    check(
        &around("\n<callActivity id=\"a\"/>"),
        "2:1 a called-element-missing",
    );
}

#[test]
fn sub_processes() {
    let inside =
        r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><task id="t"/>"#;
    let transaction = graph(&around(&format!(
        "<transaction id=\"a\">{inside}</transaction>"
    )));
    let NodeKind::SubProcess(inner) = kind(&transaction, "a") else {
        panic!("no sub-process")
    };
    assert_eq!(inner.flavour, SubProcessFlavour::Transaction);
    let ad_hoc = graph(&around(
        r#"<adHocSubProcess id="a" ordering="Sequential" cancelRemainingInstances="false">
        <completionCondition>=done</completionCondition><extensionElements>
        <zeebe:adHoc activeElementsCollection="=list" outputCollection="o" outputElement="=x"/>
        </extensionElements><task id="t"/></adHocSubProcess>"#,
    ));
    let NodeKind::SubProcess(inner) = kind(&ad_hoc, "a") else {
        panic!("no sub-process")
    };
    let settings = inner.ad_hoc().expect("an ad-hoc sub-process");
    assert!(settings.sequential && !settings.cancel_remaining);
    assert!(settings.active_elements.is_some() && settings.completion_condition.is_some());
    let event = graph(&around(
        r#"<task id="a"/><subProcess id="x" triggeredByEvent="true"><startEvent id="s"
        isInterrupting="false"><timerEventDefinition><timeCycle>R/PT1H</timeCycle>
        </timerEventDefinition><outgoing/></startEvent></subProcess>"#,
    ));
    assert_eq!(
        event.root().event_sub_processes,
        [event.find("x").expect("x")]
    );
    assert_eq!(node(&event, "x").element_type(), "EVENT_SUB_PROCESS");
    let NodeKind::StartEvent {
        trigger,
        interrupting,
    } = kind(&event, "s")
    else {
        panic!("no start event")
    };
    assert!(!interrupting);
    assert_eq!(
        trigger,
        EventTrigger::Timer(TimerDefinition::Cycle(literal("R/PT1H")))
    );
}

#[test]
fn triggers() {
    let roots = r#"<signal id="s" name="alarm"/><escalation id="x" escalationCode="LATE"/>
        <signalEventDefinition id="shared" signalRef="s"/>"#;
    let caught = |definition: &str| {
        let model =
            format!("<intermediateCatchEvent id=\"a\">{definition}</intermediateCatchEvent>");
        let NodeKind::CatchEvent(trigger) = kind(&graph(&with_roots(&model, roots)), "a") else {
            panic!("no catch event")
        };
        trigger
    };
    let signal = caught("<signalEventDefinition signalRef=\"s\"/>");
    assert!(matches!(signal, EventTrigger::Signal(_)));
    assert_eq!(
        caught("<eventDefinitionRef>tns:shared</eventDefinitionRef>"),
        signal
    );
    let both = caught(
        "<signalEventDefinition signalRef=\"s\"/><messageEventDefinition messageRef=\"m\"/>",
    );
    assert_eq!(both.parts().len(), 2);
    let EventTrigger::Conditional(condition) = caught(
        "<conditionalEventDefinition><condition>=n > 1</condition><extensionElements>\
         <zeebe:conditionalFilter variableNames=\"n, k\" variableEvents=\"update\"/>\
         </extensionElements></conditionalEventDefinition>",
    ) else {
        panic!("no condition")
    };
    assert_eq!(condition.variable_names, ["n".into(), "k".into()]);
    assert_eq!(condition.variable_change, Some(VariableChange::Update));
    let thrown = graph(&with_roots(
        r#"<intermediateThrowEvent id="a"><escalationEventDefinition escalationRef="x"/>
        </intermediateThrowEvent>"#,
        roots,
    ));
    assert_eq!(thrown.escalations[0].code, literal("LATE"));
    let by_job = graph(&around(
        r#"<intermediateThrowEvent id="a"><messageEventDefinition/><extensionElements>
        <zeebe:taskDefinition type="send"/></extensionElements></intermediateThrowEvent>"#,
    ));
    assert!(node(&by_job, "a").job().is_some());
}

#[test]
fn parallel_multiple_waits_for_all() {
    let graph = graph(&around(
        r#"<intermediateCatchEvent id="a" parallelMultiple="true"><messageEventDefinition
        messageRef="m"/><timerEventDefinition><timeDuration>PT1S</timeDuration>
        </timerEventDefinition></intermediateCatchEvent>"#,
    ));
    let NodeKind::CatchEvent(EventTrigger::Multiple { triggers, parallel }) = kind(&graph, "a")
    else {
        panic!("no multiple event")
    };
    assert!(parallel);
    assert_eq!(triggers.len(), 2);
}

#[test]
fn a_message_that_starts_a_process_needs_no_key() {
    let keyless = r#"<message id="k" name="order"/>"#;
    let start = |inside: &str| {
        process(&format!(
            "\n<startEvent id=\"s\"><messageEventDefinition messageRef=\"k\"/></startEvent>\
             <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>{inside}"
        ))
        .replace("<process", &format!("{keyless}<process"))
    };
    let model = start("<task id=\"t\"/>");
    let graph = graph(&model);
    assert_eq!(graph.root().event_starts, [graph.find("s").expect("s")]);
    assert_eq!(graph.messages[0].correlation_key, None);
    check(
        &start("<receiveTask id=\"t\" messageRef=\"k\"/>"),
        "1:164 k correlation-key-missing",
    );
}

#[test]
fn repetition() {
    let multi = graph(&with_roots(
        r#"<task id="a"><multiInstanceLoopCharacteristics isSequential="true" behavior="One"
        oneBehaviorEventRef="shared"><extensionElements><zeebe:loopCharacteristics
        inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=r"/>
        </extensionElements><completionCondition>=enough</completionCondition>
        </multiInstanceLoopCharacteristics></task>"#,
        r#"<signal id="s" name="alarm"/><signalEventDefinition id="shared" signalRef="s"/>"#,
    ));
    let Some(Repetition::Multi(multi)) = &node(&multi, "a").extras().repetition else {
        panic!("no multi-instance")
    };
    assert!(multi.sequential);
    assert!(matches!(multi.input, LoopInput::Collection(_)));
    assert!(matches!(
        multi.behavior,
        Behavior::One(EventTrigger::Signal(_))
    ));
    assert_eq!(multi.input_element.as_deref(), Some("item"));
    let standard = graph(&around(
        r#"<task id="a"><standardLoopCharacteristics testBefore="true" loopMaximum="3">
        <loopCondition>=again</loopCondition></standardLoopCharacteristics></task>"#,
    ));
    let Some(Repetition::Standard(standard)) = &node(&standard, "a").extras().repetition else {
        panic!("no loop")
    };
    assert!(standard.test_before);
    assert_eq!(standard.maximum, Some(3));
}

#[test]
fn listeners_priorities_and_resources() {
    let graph = graph(&around(
        r#"<serviceTask id="a" startQuantity="2" completionQuantity="3"><extensionElements>
        <zeebe:taskDefinition type="t"/><zeebe:jobPriorityDefinition priority="7"/>
        <zeebe:executionListeners><zeebe:executionListener eventType="start" type="l"/>
        </zeebe:executionListeners><zeebe:linkedResources><zeebe:linkedResource resourceId="r"
        resourceType="RPA" linkName="x"/></zeebe:linkedResources></extensionElements></serviceTask>
        <userTask id="u"><extensionElements><zeebe:userTask/><zeebe:taskListeners>
        <zeebe:taskListener eventType="canceling" type="c"/></zeebe:taskListeners>
        </extensionElements></userTask><sequenceFlow id="g" sourceRef="a" targetRef="u"/>"#,
    ));
    let extras = node(&graph, "a").extras();
    assert_eq!((extras.start_quantity, extras.completion_quantity), (2, 3));
    assert_eq!(extras.job_priority, Some(literal("7")));
    assert_eq!(extras.listeners[0].event, ListenerEvent::Start);
    assert_eq!(&*extras.linked_resources[0].link_name, "x");
    let listeners = &node(&graph, "u").extras().listeners;
    assert_eq!(listeners[0].event, ListenerEvent::Canceling);
}

#[test]
fn compensation() {
    let graph = graph(&around(
        r#"<task id="a"/><boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/>
        </boundaryEvent><task id="h" isForCompensation="true"/>
        <association id="x" sourceRef="b" targetRef="h"/>"#,
    ));
    assert_eq!(node(&graph, "a").extras().compensation, graph.find("h"));
    assert!(node(&graph, "h").extras().for_compensation);
}

#[test]
fn data() {
    let graph = graph(&around(
        r#"<dataObject id="d" isCollection="true"/><dataObjectReference id="r" dataObjectRef="d"/>
        <property id="pp" name="p"/><task id="a"><ioSpecification><dataInput id="i"/>
        <inputSet><dataInputRefs>i</dataInputRefs><optionalInputRefs>i</optionalInputRefs></inputSet>
        <outputSet/></ioSpecification><property id="own"/><dataInputAssociation>
        <sourceRef>tns:r</sourceRef><targetRef>i</targetRef><transformation>=d + 1</transformation>
        <assignment><from>=1</from><to>x</to></assignment></dataInputAssociation></task>"#,
    ));
    let data = &graph.root().data;
    assert_eq!((&*data[0].id, &*data[1].id), ("d", "pp"));
    assert!(data[0].is_collection);
    assert_eq!(data[0].references, ["r".into()]);
    let extras = node(&graph, "a").extras();
    assert_eq!(&*extras.data_properties[0].id, "own");
    let io = extras.input_output.as_ref().expect("an ioSpecification");
    assert_eq!(io.optional, ["i".into()]);
    let association = &extras.data_inputs[0];
    assert_eq!(association.sources, ["r".into()]);
    assert_eq!(association.target.as_deref(), Some("i"));
    assert!(association.transformation.is_some());
    assert_eq!(association.assignments.len(), 1);
}

#[test]
fn a_scope_without_a_start_event_begins_where_nothing_leads_to() {
    let graph = graph(&process(
        r#"<task id="a"/><task id="b"/><sequenceFlow id="f" sourceRef="a" targetRef="b"/>
        <task id="c"/><task id="h" isForCompensation="true"/>"#,
    ));
    let begins: Vec<_> = ["a", "c"].map(|id| graph.find(id).expect(id)).into();
    assert_eq!(graph.root().implicit_starts, begins);
}

#[test]
fn global_tasks() {
    let job = "<extensionElements><zeebe:taskDefinition type=\"t\"/></extensionElements>";
    let model = crate::file(&format!(
        "<globalTask id=\"g\" name=\"Global\">{job}</globalTask><globalManualTask id=\"m\"/>"
    ));
    let compiled = crate::compiled(&model).expect("it is sound");
    let [global, manual] = <[_; 2]>::try_from(compiled.processes).expect("two");
    assert_eq!((&*global.id, global.name.as_deref()), ("g", Some("Global")));
    let task = global.find("g").expect("the task");
    assert_eq!(global.root().implicit_starts, [task]);
    assert_eq!(global.node(task).element_type(), "SERVICE_TASK");
    assert!(global.node(task).job().is_some());
    assert_eq!(node(&manual, "m").element_type(), "MANUAL_TASK");
    check(
        &crate::file("\n<globalUserTask/>\n<globalScriptTask id=\"x\"/>"),
        "2:1 - id-missing\nwarning 2:1 - user-task-implementation\n3:1 x script-missing",
    );
}
