//! Links and event-based gateways: where tokens go.

use crate::{check, process};

const MESSAGE: &str = r#"<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=x"/></extensionElements></message>"#;

const EVENTS: &str = r#"
<startEvent id="s"/><sequenceFlow id="sg" sourceRef="s" targetRef="g"/><eventBasedGateway id="g"/>
<sequenceFlow id="ga" sourceRef="g" targetRef="a"/><sequenceFlow id="gb" sourceRef="g" targetRef="b"/>
<intermediateCatchEvent id="a"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent>
<intermediateCatchEvent id="b"><conditionalEventDefinition><condition>=x</condition></conditionalEventDefinition></intermediateCatchEvent>
<sequenceFlow id="ae" sourceRef="a" targetRef="e"/><sequenceFlow id="be" sourceRef="b" targetRef="e"/><endEvent id="e"/>"#;

#[test]
fn behind_an_event_based_gateway_stand_events() {
    check(&process(EVENTS), "");
    let other = |from: &str, to: &str| process(&EVENTS.replace(from, to));
    check(
        &other(
            "<sequenceFlow id=\"gb\" sourceRef=\"g\"",
            "<sequenceFlow id=\"gb\" sourceRef=\"s\"",
        ),
        "2:72 g event-gateway-outgoing",
    );
    check(
        &other(
            "<sequenceFlow id=\"ae\"",
            "<task id=\"t\"/>\n<sequenceFlow id=\"gt\" sourceRef=\"g\" targetRef=\"t\"/><sequenceFlow id=\"ae\"",
        ),
        "7:1 gt event-gateway-target",
    );
    check(
        &other(
            "targetRef=\"b\"/>",
            "targetRef=\"b\"><conditionExpression>=x</conditionExpression></sequenceFlow>",
        ),
        "3:102 gb condition-not-allowed",
    );
    check(
        &other(
            "<endEvent",
            "<sequenceFlow id=\"x\" sourceRef=\"s\" targetRef=\"b\"/><endEvent",
        ),
        "5:1 b event-gateway-target-incoming",
    );
    let message = "<intermediateCatchEvent id=\"b\"><messageEventDefinition messageRef=\"m\"/></intermediateCatchEvent>\n<receiveTask id=\"r\" messageRef=\"m\"/><sequenceFlow id=\"gr\" sourceRef=\"g\" targetRef=\"r\"/>";
    let conditional = "<intermediateCatchEvent id=\"b\"><conditionalEventDefinition><condition>=x</condition></conditionalEventDefinition></intermediateCatchEvent>";
    let mixed = other(conditional, message).replace("</definitions>", MESSAGE);
    check(&(mixed + "</definitions>"), "2:72 g event-gateway-mixed");
}

#[test]
fn a_receive_task_behind_a_gateway_has_no_boundary_event() {
    let receives = process(&EVENTS.replace(
        "<intermediateCatchEvent id=\"b\"><conditionalEventDefinition><condition>=x</condition></conditionalEventDefinition></intermediateCatchEvent>",
        "<receiveTask id=\"b\" messageRef=\"m\"/><boundaryEvent id=\"o\" attachedToRef=\"b\"><errorEventDefinition/></boundaryEvent><sequenceFlow id=\"oe\" sourceRef=\"o\" targetRef=\"e\"/>",
    ));
    let receives = receives.replace("</definitions>", MESSAGE);
    check(
        &(receives + "</definitions>"),
        "5:1 b event-gateway-target-boundary",
    );
}

fn link(kind: &str, id: &str, name: &str) -> String {
    format!("<{kind} id=\"{id}\"><linkEventDefinition name=\"{name}\"/></{kind}>")
}

fn links(throwing: &str, catching: &str, more: &str) -> String {
    process(&format!(
        "<startEvent id=\"s\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>\n{}\n{}<sequenceFlow id=\"g\" \
         sourceRef=\"c\" targetRef=\"e\"/><endEvent id=\"e\"/>\n{more}",
        link("intermediateThrowEvent", "t", throwing),
        link("intermediateCatchEvent", "c", catching),
    ))
}

#[test]
fn a_link_has_one_target() {
    check(&links("L", "L", ""), "");
    check(
        &links("L", "M", ""),
        "2:1 t link-target-missing\nwarning 3:1 c link-source-missing",
    );
    check(
        &links("L", "L", &link("intermediateCatchEvent", "d", "L")),
        "4:1 d link-target-duplicate",
    );
    check(
        &links(
            "L",
            "L",
            "<sequenceFlow id=\"h\" sourceRef=\"t\" targetRef=\"e\"/>",
        ),
        "2:1 t link-flow",
    );
    check(
        &links(
            "L",
            "L",
            "<sequenceFlow id=\"h\" sourceRef=\"s\" targetRef=\"c\"/>",
        ),
        "3:1 c link-flow",
    );
}
