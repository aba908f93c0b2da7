//! What may connect to what.

use super::{boundary, with};
use crate::{around, check, process};

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
            "\n<callChoreography id=\"a\"/><boundaryEvent id=\"b\" attachedToRef=\"a\"><errorEventDefinition/>\
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
    // A default flow that is wrong in itself is reported once.
    let flow = "<sequenceFlow id=\"f\" sourceRef=\"a\" targetRef=\"x\"/>";
    let model =
        with("task", "default=\"f\"", "").replace("<startEvent", &format!("{flow}<startEvent"));
    check(&model, "4:1 f flow-target-missing");
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
    check(&process("\n<endEvent id=\"e\"/>"), "");
    check(&process(""), "1:164 p start-event-missing");
    let event_sub_process = |inside: &str| {
        around(&format!(
            "<task id=\"a\"/>\n<subProcess id=\"x\" triggeredByEvent=\"true\">{inside}</subProcess>"
        ))
    };
    check(&event_sub_process(""), "2:1 x event-sub-process-start");
    check(
        &event_sub_process("<startEvent id=\"s\"><outgoing/></startEvent>"),
        "2:1 x event-sub-process-start\nwarning 2:44 s start-event-outgoing",
    );
    check(&with("subProcess", "", ""), "2:1 a start-event-missing");
    check(
        &with(
            "subProcess",
            "",
            "<startEvent id=\"s\"/>\n<startEvent id=\"t\"/>",
        ),
        "2:1 a sub-process-start-count\nwarning 3:1 s start-event-outgoing
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
        "3:1 b error-boundary-not-interrupting",
    );
    check(
        &boundary(
            "attachedToRef=\"a\" cancelActivity=\"no\"",
            "<errorEventDefinition/>",
        ),
        "2:1 b attribute-not-boolean",
    );
}
