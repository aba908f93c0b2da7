//! Each rule: a model that breaks it, with the place of every finding.

use crate::{MESSAGE_AND_ERROR, around, check, file, process};

/// `around` with the content of the event, task or gateway `a` of this name.
fn with(name: &str, attributes: &str, inside: &str) -> String {
    around(&format!(
        "\n<{name} id=\"a\" {attributes}>\n{inside}</{name}>"
    ))
}

/// The task `a` with these extension elements; they begin in line 3.
fn extended(name: &str, extensions: &str) -> String {
    with(
        name,
        "",
        &format!("<extensionElements>\n{extensions}</extensionElements>"),
    )
}

/// A task `a` with the boundary event `b`, which stands in line 2 and leads to the end.
fn boundary(attributes: &str, inside: &str) -> String {
    around(&format!(
        "<task id=\"a\"/>\n<boundaryEvent id=\"b\" {attributes}>\n{inside}</boundaryEvent><sequenceFlow \
         id=\"late\" sourceRef=\"b\" targetRef=\"end\"/>"
    ))
}

#[test]
fn all_findings_of_a_file_are_reported_in_its_order() {
    check(
        &process(
            r#"
<startEvent id="s"><timerEventDefinition/></startEvent>
<sequenceFlow id="f" sourceRef="s" targetRef="nowhere"/>
<serviceTask id="a"/>
<sequenceFlow id="g" sourceRef="a" targetRef="t"/>
  <endEvent id="s"/>
<oddity id="o"/><endEvent id="t"/>"#,
        ),
        "2:20 s not-supported
         3:1 f flow-target-missing
         4:1 a task-definition-missing
         warning 4:1 a unreachable
         6:3 s id-duplicate
         warning 6:3 s unreachable
         7:1 o element-unknown",
    );
}

#[test]
fn ids() {
    check(
        &process("\n<startEvent id=\"1s\"/>"),
        "2:1 1s id-invalid\nwarning 2:1 1s start-event-outgoing",
    );
    check(
        &process("\n<startEvent id=\"a b\"/>"),
        "2:1 a b id-invalid\nwarning 2:1 a b start-event-outgoing",
    );
    check(
        &around("<task id=\"a\"/>\n<endEvent/>"),
        "2:1 - id-missing\nwarning 2:1 - unreachable",
    );
    check(
        &around("<task id=\"a\"/>\n<sequenceFlow sourceRef=\"start\" targetRef=\"a\"/>"),
        "2:1 - id-missing",
    );
    check(
        &file(
            "\n<process isExecutable=\"true\"><startEvent id=\"s\"><outgoing/></startEvent></process>",
        ),
        "2:1 - id-missing\nwarning 2:30 s start-event-outgoing",
    );
}

#[test]
fn elements_of_later_versions_are_refused_by_name() {
    for name in [
        "sendTask",
        "businessRuleTask",
        "callActivity",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
        "adHocSubProcess",
        "transaction",
    ] {
        let model = with(name, "", "<startEvent id=\"inner\"/>");
        check(&model, "2:1 a not-supported");
        assert!(
            crate::findings(&model).contains(name),
            "{}",
            crate::findings(&model)
        );
    }
    for name in [
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
    ] {
        check(
            &with("task", "", &format!("<{name}/>")),
            "3:1 a not-supported",
        );
        let sub_process = format!("<startEvent id=\"s\"><outgoing/></startEvent>\n<{name}/>");
        let warning = "warning 3:1 s start-event-outgoing\n4:1 a not-supported";
        check(&with("subProcess", "", &sub_process), warning);
    }
}

#[test]
fn attributes_of_later_versions_are_refused() {
    for attribute in [
        "isForCompensation=\"true\"",
        "startQuantity=\"2\"",
        "completionQuantity=\"0\"",
    ] {
        check(&with("task", attribute, ""), "2:1 a not-supported");
    }
    check(
        &with(
            "task",
            "isForCompensation=\"false\" startQuantity=\"1\"",
            "",
        ),
        "",
    );
    check(
        &with("receiveTask", "instantiate=\"true\" messageRef=\"m\"", ""),
        "2:1 a not-supported",
    );
    check(
        &with(
            "subProcess",
            "triggeredByEvent=\"true\"",
            "<startEvent id=\"s\"/>",
        ),
        "2:1 a not-supported\nwarning 3:1 s start-event-outgoing",
    );
    check(
        &with("task", "isForCompensation=\"maybe\"", ""),
        "2:1 a attribute-not-boolean",
    );
}

#[test]
fn triggers_of_later_versions_are_refused() {
    for (event, trigger) in [
        ("intermediateCatchEvent", "signalEventDefinition"),
        ("intermediateCatchEvent", "conditionalEventDefinition"),
        ("intermediateCatchEvent", "linkEventDefinition"),
        ("intermediateCatchEvent", "eventDefinitionRef"),
        ("intermediateThrowEvent", "messageEventDefinition"),
        ("intermediateThrowEvent", "compensateEventDefinition"),
    ] {
        check(
            &with(event, "", &format!("<{trigger}/>")),
            "3:1 a not-supported",
        );
    }
    for trigger in [
        "escalationEventDefinition",
        "signalEventDefinition",
        "cancelEventDefinition",
    ] {
        let model = boundary("attachedToRef=\"a\"", &format!("<{trigger}/>"));
        check(&model, "3:1 b not-supported");
        let model = around("<task id=\"a\"/>").replace(
            "<endEvent id=\"end\"/>",
            &format!("\n<endEvent id=\"end\"><{trigger}/></endEvent>"),
        );
        check(&model, "3:20 end not-supported");
    }
    let model = around("<task id=\"a\"/>").replace(
        "<startEvent id=\"start\"/>",
        "\n<startEvent id=\"start\"><messageEventDefinition messageRef=\"m\"/></startEvent>",
    );
    check(&model, "3:24 start not-supported");
}

#[test]
fn event_definitions_fit_their_event() {
    for (event, trigger) in [
        ("intermediateCatchEvent", "errorEventDefinition"),
        ("intermediateCatchEvent", "terminateEventDefinition"),
        ("intermediateThrowEvent", "timerEventDefinition"),
    ] {
        check(
            &with(event, "", &format!("<{trigger}/>")),
            "3:1 a event-definition-misplaced",
        );
    }
    let both = "<messageEventDefinition messageRef=\"m\"/><terminateEventDefinition/>";
    check(
        &with("intermediateCatchEvent", "", both),
        "2:1 a event-definition-count",
    );
    check(
        &with("intermediateCatchEvent", "", ""),
        "2:1 a event-definition-missing",
    );
    check(
        &boundary("attachedToRef=\"a\"", ""),
        "2:1 b event-definition-missing",
    );
}

#[test]
fn elements_stand_where_they_belong() {
    check(&with("task", "", "<timeDate/>"), "3:1 a element-misplaced");
    check(
        &with("task", "", "<endEvent id=\"x\"/>"),
        "3:1 a element-misplaced",
    );
    check(
        &with("serviceTask", "", "<timerEventDefinition/>"),
        "2:1 a task-definition-missing\n3:1 a element-misplaced",
    );
    check(
        &around("<task id=\"a\"/>\n<conditionExpression/>"),
        "2:1 - element-misplaced",
    );
    check(
        &around("<task id=\"a\"/>\n<incoming>in</incoming>"),
        "2:1 - element-misplaced",
    );
}

#[test]
fn flows_begin_and_end_at_flow_nodes() {
    let flow = |ends: &str| {
        around(&format!(
            "<task id=\"a\"/>\n <sequenceFlow id=\"f\" {ends}/>"
        ))
    };
    check(
        &flow("sourceRef=\"a\" targetRef=\"x\""),
        "2:2 f flow-target-missing",
    );
    check(
        &flow("sourceRef=\"x\" targetRef=\"a\""),
        "2:2 f flow-source-missing",
    );
    check(
        &flow(""),
        "2:2 f flow-source-missing\n2:2 f flow-target-missing",
    );
    check(
        &flow("sourceRef=\"p\" targetRef=\"a\""),
        "2:2 f flow-source-missing",
    );
    check(
        &flow("sourceRef=\"in\" targetRef=\"a\""),
        "2:2 f flow-source-missing",
    );
}

#[test]
fn a_refused_element_is_not_reported_again_by_what_refers_to_it() {
    check(
        &around(
            "\n<sendTask id=\"a\"/><boundaryEvent id=\"b\" attachedToRef=\"a\"><errorEventDefinition/>\
             </boundaryEvent><sequenceFlow id=\"f\" sourceRef=\"b\" targetRef=\"end\"/>",
        ),
        "2:1 a not-supported",
    );
}

#[test]
fn flows_stay_in_their_scope() {
    check(
        &around(
            r#"<subProcess id="a"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
<task id="t"/></subProcess>
<sequenceFlow id="g" sourceRef="t" targetRef="end"/>
<sequenceFlow id="h" sourceRef="start" targetRef="t"/>"#,
        ),
        "3:1 g flow-crosses-scope\n4:1 h flow-crosses-scope",
    );
}

#[test]
fn conditions() {
    let flow = |source: &str, condition: &str| {
        around(&format!(
            "<task id=\"a\" default=\"out\"/><parallelGateway id=\"g\"/>\
             <sequenceFlow id=\"ag\" sourceRef=\"a\" targetRef=\"g\"/>\
             <sequenceFlow id=\"f\" sourceRef=\"{source}\" targetRef=\"end\">\n{condition}\
             </sequenceFlow>"
        ))
    };
    let right = "<conditionExpression>=x</conditionExpression>";
    check(&flow("a", right), "");
    check(&flow("g", right), "2:1 f condition-not-allowed");
    check(&flow("start", right), "2:1 f condition-not-allowed");
    check(
        &flow("a", "<conditionExpression>x</conditionExpression>"),
        "2:1 f condition-not-expression",
    );
    check(
        &flow("a", "<conditionExpression/>"),
        "2:1 f condition-not-expression",
    );
    check(
        &flow("a", "<conditionExpression>= </conditionExpression>"),
        "2:1 f expression-empty",
    );
    let other = "<conditionExpression language=\"http://java\">=x</conditionExpression>";
    check(&flow("a", other), "2:1 f expression-language");
    let model = flow("a", other);
    assert!(crate::findings(&model).contains("'conditionExpression'"));
}

#[test]
fn an_exclusive_gateway_can_always_choose() {
    let gateway = |default: &str, condition: &str| {
        around(&format!(
            "\n<exclusiveGateway id=\"a\" {default}/>\n<sequenceFlow id=\"f\" sourceRef=\"a\" \
             targetRef=\"end\">{condition}</sequenceFlow>"
        ))
    };
    let condition = "<conditionExpression>=x</conditionExpression>";
    check(&gateway("default=\"out\"", condition), "");
    check(&gateway("", condition), "4:80 out flow-condition-missing");
    check(
        &gateway("default=\"out\"", ""),
        "3:1 f flow-condition-missing",
    );
    check(
        &gateway("default=\"f\"", condition),
        "warning 3:1 f default-flow-condition\n4:80 out flow-condition-missing",
    );
}

#[test]
fn default_flows() {
    check(
        &with("task", "default=\"x\"", ""),
        "2:1 a default-flow-missing",
    );
    check(
        &with("task", "default=\"in\"", ""),
        "2:1 a default-flow-missing",
    );
    check(
        &with("exclusiveGateway", "default=\"in\"", ""),
        "2:1 a default-flow-missing",
    );
    check(
        &with("parallelGateway", "default=\"out\"", ""),
        "2:1 a default-flow-not-allowed",
    );
    check(
        &with("intermediateThrowEvent", "default=\"out\"", ""),
        "2:1 a default-flow-not-allowed",
    );
}

#[test]
fn start_and_end_events() {
    let flow = |source: &str, target: &str| {
        format!(
            "<task id=\"a\"/><sequenceFlow id=\"f\" sourceRef=\"{source}\" targetRef=\"{target}\"/>"
        )
    };
    check(
        &around(&flow("a", "start")),
        "2:1 start start-event-incoming",
    );
    let end = "2:134 end end-event-outgoing";
    check(&around(&flow("end", "a")), end);
    check(
        &process("\n<endEvent id=\"e\"/>"),
        "1:164 p start-event-missing\nwarning 2:1 e unreachable",
    );
    check(
        &around(
            "\n<startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"a\"/><task id=\"a\"/>",
        ),
        "3:1 start start-event-count",
    );
    check(&with("subProcess", "", ""), "2:1 a start-event-missing");
    check(
        &with(
            "subProcess",
            "",
            "<startEvent id=\"s\"/>\n<startEvent id=\"t\"/>",
        ),
        "warning 3:1 s start-event-outgoing
         4:1 t start-event-count
         warning 4:1 t start-event-outgoing",
    );
    check(
        &around("<task id=\"a\"/>\n<task id=\"lost\"/>"),
        "warning 2:1 lost unreachable",
    );
}

#[test]
fn boundary_events_sit_on_an_activity() {
    const ERROR: &str = "<errorEventDefinition/>";
    check(&boundary("attachedToRef=\"a\"", ERROR), "");
    check(&boundary("", ERROR), "2:1 b attached-to-missing");
    check(
        &boundary("attachedToRef=\"x\"", ERROR),
        "2:1 b attached-to-unknown",
    );
    check(
        &boundary("attachedToRef=\"end\"", ERROR),
        "2:1 b attached-to-not-activity",
    );
    check(
        &boundary("attachedToRef=\"p\"", ERROR),
        "2:1 b attached-to-not-activity",
    );
    check(
        &around(
            r#"<subProcess id="a"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
<task id="t"/></subProcess>
<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent>
<sequenceFlow id="g" sourceRef="b" targetRef="end"/>"#,
        ),
        "3:1 b attached-to-scope",
    );
}

#[test]
fn boundary_events_only_lead_away() {
    check(
        &around(
            r#"<task id="a"/>
<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/></boundaryEvent>
<sequenceFlow id="f" sourceRef="a" targetRef="b"/>"#,
        ),
        "2:1 b boundary-event-incoming\n2:1 b boundary-event-outgoing",
    );
    check(
        &boundary(
            "attachedToRef=\"a\" cancelActivity=\"false\"",
            "<errorEventDefinition/>",
        ),
        "2:1 b error-boundary-not-interrupting",
    );
    check(
        &boundary(
            "attachedToRef=\"a\" cancelActivity=\"no\"",
            "<errorEventDefinition/>",
        ),
        "2:1 b attribute-not-boolean",
    );
}

#[test]
fn an_activity_catches_each_error_and_message_once() {
    let two = |first: &str, second: &str| {
        let event = |id: &str, definition: &str| {
            format!(
                "\n<boundaryEvent id=\"{id}\" attachedToRef=\"a\">{definition}</boundaryEvent>\
                 <sequenceFlow id=\"f{id}\" sourceRef=\"{id}\" targetRef=\"end\"/>"
            )
        };
        around(&format!(
            "<task id=\"a\"/>{}{}",
            event("b", first),
            event("c", second)
        ))
    };
    let (named, any) = (
        "<errorEventDefinition errorRef=\"e\"/>",
        "<errorEventDefinition/>",
    );
    let message = "<messageEventDefinition messageRef=\"m\"/>";
    check(&two(named, any), "");
    check(&two(named, named), "3:1 c boundary-error-duplicate");
    check(&two(any, any), "3:1 c boundary-error-duplicate");
    check(&two(message, message), "3:1 c boundary-message-duplicate");
    check(&two(message, named), "");
}

#[test]
fn errors() {
    let end = |definition: &str, errors: &str| {
        file(&format!(
            "<process id=\"p\" isExecutable=\"true\"><startEvent id=\"s\"/><sequenceFlow id=\"f\" \
             sourceRef=\"s\" targetRef=\"t\"/><endEvent id=\"t\">\n{definition}</endEvent></process>\
             \n{errors}"
        ))
    };
    check(&end("<errorEventDefinition/>", ""), "2:1 t error-missing");
    check(
        &end("<errorEventDefinition errorRef=\"e\"/>", ""),
        "2:1 t error-ref-missing",
    );
    check(
        &end(
            "<errorEventDefinition errorRef=\"e\"/>",
            "<error id=\"e\"/>",
        ),
        "3:1 e error-code-missing",
    );
    let catching = boundary(
        "attachedToRef=\"a\"",
        "<errorEventDefinition errorRef=\"e\"/>",
    );
    check(
        &catching.replace("FAILED", "=code"),
        "3:1 b error-code-not-literal",
    );
    check(
        &catching.replace("errorRef=\"e\"", "errorRef=\"x\""),
        "3:1 b error-ref-missing",
    );
}

#[test]
fn messages() {
    let waits = |attributes: &str, messages: &str| {
        around(&format!("\n<receiveTask id=\"a\" {attributes}/>"))
            .replace(MESSAGE_AND_ERROR, &format!("\n{messages}"))
    };
    let right =
        "<extensionElements><zeebe:subscription correlationKey=\"=x\"/></extensionElements>";
    check(&waits("", ""), "2:1 a message-missing");
    check(&waits("messageRef=\"m\"", ""), "2:1 a message-ref-missing");
    check(
        &waits(
            "messageRef=\"m\"",
            &format!("<message id=\"m\">{right}</message>"),
        ),
        "4:1 m message-name-missing",
    );
    check(
        &waits("messageRef=\"m\"", "<message id=\"m\" name=\"x\"/>"),
        "4:1 m correlation-key-missing",
    );
    check(
        &waits(
            "messageRef=\"m\"",
            &format!(
                "<message id=\"m\" name=\"x\">{}</message>",
                right.replace("=x", "x")
            ),
        ),
        "4:1 m correlation-key-not-expression",
    );
    check(
        &waits(
            "messageRef=\"m\"",
            &format!("<message id=\"m\" name=\"=\">{right}</message>"),
        ),
        "4:1 m expression-empty",
    );
    let twice = "<receiveTask id=\"b\" messageRef=\"m\"/><sequenceFlow id=\"f\" sourceRef=\"start\" \
                 targetRef=\"b\"/>";
    let model = waits("messageRef=\"m\"", "<message id=\"m\" name=\"x\"/>");
    check(
        &model.replace("<startEvent", &format!("{twice}<startEvent")),
        "4:1 m correlation-key-missing",
    );
}

#[test]
fn timers() {
    let catch = |times: &str| {
        with(
            "intermediateCatchEvent",
            "",
            &format!("<timerEventDefinition>\n{times}</timerEventDefinition>"),
        )
    };
    check(&catch(""), "3:1 a timer-definition-count");
    check(
        &catch("<timeDate>=x</timeDate><timeDuration>PT1S</timeDuration>"),
        "3:1 a timer-definition-count",
    );
    check(
        &catch("<timeDuration> </timeDuration>"),
        "4:1 a timer-value-missing",
    );
    check(
        &catch("<timeDuration>5 minutes</timeDuration>"),
        "4:1 a timer-value-invalid",
    );
    check(
        &catch("<timeDate>2030-02-31</timeDate>"),
        "4:1 a timer-value-invalid",
    );
    check(
        &catch("<timeCycle>R/PT1S</timeCycle>"),
        "4:1 a timer-cycle-not-allowed",
    );
    check(
        &catch("<timeDuration>=</timeDuration>"),
        "4:1 a expression-empty",
    );
    check(
        &catch("<timeDuration language=\"x\">PT1S</timeDuration>"),
        "4:1 a expression-language",
    );
    let cycle = |attributes: &str, text: &str| {
        boundary(
            &format!("attachedToRef=\"a\" {attributes}"),
            &format!("<timerEventDefinition><timeCycle>{text}</timeCycle></timerEventDefinition>"),
        )
    };
    check(&cycle("", "R/PT1S"), "3:23 b timer-cycle-not-allowed");
    check(
        &cycle("cancelActivity=\"false\"", "0 0 * * *"),
        "3:23 b timer-value-invalid",
    );
}

#[test]
fn task_definitions() {
    check(
        &extended("serviceTask", ""),
        "2:1 a task-definition-missing",
    );
    check(
        &extended("serviceTask", "<zeebe:taskDefinition/>"),
        "4:1 a task-type-missing",
    );
    check(
        &extended("serviceTask", "<zeebe:taskDefinition type=\" \"/>"),
        "4:1 a task-type-missing",
    );
    check(
        &extended("serviceTask", "<zeebe:taskDefinition type=\"=\"/>"),
        "4:1 a expression-empty",
    );
    for wrong in ["-1", "three", "1.5", "+3", "", "99999999999"] {
        let definition = format!("<zeebe:taskDefinition type=\"t\" retries=\"{wrong}\"/>");
        check(
            &extended("serviceTask", &definition),
            "4:1 a retries-invalid",
        );
    }
    check(
        &extended(
            "serviceTask",
            "<zeebe:taskDefinition type=\"t\" retries=\"0\"/>",
        ),
        "",
    );
    check(
        &extended(
            "serviceTask",
            "<zeebe:taskDefinition type=\"t\"/>\n<zeebe:taskDefinition type=\"u\"/>",
        ),
        "5:1 a extension-duplicate",
    );
}

#[test]
fn headers() {
    let headers = |list: &str| {
        let text = format!(
            "<zeebe:taskDefinition type=\"t\"/><zeebe:taskHeaders>\n{list}</zeebe:taskHeaders>"
        );
        extended("serviceTask", &text)
    };
    check(
        &headers("<zeebe:header key=\"k\" value=\"1\"/>\n<zeebe:header key=\"k\" value=\"2\"/>"),
        "6:1 a header-duplicate",
    );
    check(
        &headers("<zeebe:header key=\"k\"/>"),
        "warning 5:1 a header-incomplete",
    );
    check(
        &headers("<zeebe:header value=\"v\"/>"),
        "warning 5:1 a header-incomplete",
    );
}

#[test]
fn scripts() {
    check(&extended("scriptTask", ""), "2:1 a script-missing");
    check(
        &with("scriptTask", "", "<script>x</script>"),
        "2:1 a script-missing",
    );
    let script =
        |attributes: &str| extended("scriptTask", &format!("<zeebe:script {attributes}/>"));
    check(
        &script(""),
        "4:1 a script-expression-missing\n4:1 a result-variable-missing",
    );
    check(
        &script("expression=\"1\" resultVariable=\"x\""),
        "4:1 a script-expression-missing",
    );
    check(
        &script("expression=\"=1\" resultVariable=\"a.b\""),
        "4:1 a result-variable-invalid",
    );
    check(
        &script("expression=\"=1\" resultVariable=\"null\""),
        "4:1 a result-variable-invalid",
    );
    check(
        &extended("scriptTask", "<zeebe:taskDefinition type=\"t\"/>"),
        "4:1 a not-supported",
    );
}

#[test]
fn mappings() {
    let mapping = |part: &str| {
        extended(
            "task",
            &format!("<zeebe:ioMapping>\n{part}</zeebe:ioMapping>"),
        )
    };
    check(
        &mapping("<zeebe:input target=\"x\"/>"),
        "5:1 a mapping-source-missing",
    );
    check(
        &mapping("<zeebe:input source=\"\" target=\"x\"/>"),
        "5:1 a mapping-source-missing",
    );
    check(
        &mapping("<zeebe:output source=\"=\" target=\"x\"/>"),
        "5:1 a expression-empty",
    );
    for wrong in ["", "a b", "a..b", "1a", "null", "=x"] {
        let part = format!("<zeebe:output source=\"=x\" target=\"{wrong}\"/>");
        check(&mapping(&part), "5:1 a mapping-target-invalid");
    }
    check(
        &mapping("<zeebe:output/>"),
        "5:1 a mapping-source-missing\n5:1 a mapping-target-invalid",
    );
}

#[test]
fn user_tasks() {
    let task = |extension: &str| extended("userTask", &format!("<zeebe:userTask/>\n{extension}"));
    check(
        &extended("userTask", ""),
        "warning 2:1 a user-task-implementation",
    );
    check(
        &task("<zeebe:assignmentDefinition candidateGroups=\"a,,b\"/>"),
        "5:1 a assignment-invalid",
    );
    check(
        &task("<zeebe:taskSchedule dueDate=\"tomorrow\"/>"),
        "5:1 a task-schedule-invalid",
    );
    check(
        &task("<zeebe:taskSchedule followUpDate=\"x\"/>"),
        "5:1 a task-schedule-invalid",
    );
    for wrong in ["101", "-1", "high"] {
        let extension = format!("<zeebe:priorityDefinition priority=\"{wrong}\"/>");
        check(&task(&extension), "5:1 a priority-invalid");
    }
    check(
        &task("<zeebe:assignmentDefinition assignee=\"=\"/>"),
        "5:1 a expression-empty",
    );
}

#[test]
fn extensions_without_an_effect() {
    check(
        &extended("task", "<zeebe:taskDefinition type=\"t\"/>"),
        "warning 4:1 a extension-ignored",
    );
    check(
        &extended("exclusiveGateway", "<zeebe:ioMapping/>"),
        "warning 4:1 a extension-ignored",
    );
    for (list, part) in [
        ("executionListeners", "executionListener"),
        ("taskListeners", "taskListener"),
        ("linkedResources", "linkedResource"),
    ] {
        let extension = format!("<zeebe:{list}><zeebe:{part}/></zeebe:{list}>");
        check(&extended("task", &extension), "4:1 a not-supported");
    }
    check(
        &around(
            "<task id=\"a\"/><extensionElements>\n<zeebe:versionTag value=\"\"/></extensionElements>",
        ),
        "2:1 p version-tag-missing",
    );
}
