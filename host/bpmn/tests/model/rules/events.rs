//! Triggers of events and what they refer to.

use super::{boundary, with};
use crate::{MESSAGE_AND_ERROR, around, check, file};

#[test]
fn definitions_are_complete() {
    for (event, definition, rule) in [
        (
            "intermediateCatchEvent",
            "<signalEventDefinition/>",
            "signal-missing",
        ),
        (
            "intermediateCatchEvent",
            "<signalEventDefinition signalRef=\"x\"/>",
            "signal-ref-missing",
        ),
        (
            "intermediateCatchEvent",
            "<conditionalEventDefinition/>",
            "condition-missing",
        ),
        (
            "intermediateCatchEvent",
            "<linkEventDefinition/>",
            "link-name-missing",
        ),
        (
            "intermediateCatchEvent",
            "<eventDefinitionRef>x</eventDefinitionRef>",
            "event-definition-ref-missing",
        ),
        (
            "intermediateThrowEvent",
            "<messageEventDefinition/>",
            "message-missing",
        ),
        (
            "intermediateThrowEvent",
            "<escalationEventDefinition/>",
            "escalation-missing",
        ),
        (
            "intermediateThrowEvent",
            "<escalationEventDefinition escalationRef=\"x\"/>",
            "escalation-ref-missing",
        ),
        (
            "intermediateThrowEvent",
            "<compensateEventDefinition activityRef=\"x\"/>",
            "activity-ref-unknown",
        ),
    ] {
        check(&with(event, "", definition), &format!("3:1 a {rule}"));
    }
    let broken = |definitions: &str, trigger: &str| {
        let model = with("intermediateThrowEvent", "", trigger);
        model.replace("<message ", &format!("\n{definitions}<message "))
    };
    check(
        &broken(
            "<signal id=\"s\"/>",
            "<signalEventDefinition signalRef=\"s\"/>",
        ),
        "5:1 s signal-name-missing",
    );
    check(
        &broken(
            "<escalation id=\"x\"/>",
            "<escalationEventDefinition escalationRef=\"x\"/>",
        ),
        "5:1 x escalation-code-missing",
    );
    check(
        &with(
            "intermediateCatchEvent",
            "",
            "<conditionalEventDefinition>\n<condition>x &gt; 1</condition></conditionalEventDefinition>",
        ),
        "4:1 a condition-not-expression",
    );
    check(
        &with(
            "intermediateCatchEvent",
            "",
            "<conditionalEventDefinition><extensionElements>\n<zeebe:conditionalFilter \
             variableNames=\"a,b c\" variableEvents=\"delete\"/></extensionElements>\
             <condition>=x</condition></conditionalEventDefinition>",
        ),
        "4:1 a conditional-filter-invalid\n4:1 a conditional-filter-invalid",
    );
}

#[test]
fn compensation_events_have_a_handler() {
    let compensated = |association: &str, handler: &str| {
        around(&format!(
            "<task id=\"a\"/>\n<boundaryEvent id=\"b\" attachedToRef=\"a\">\
             <compensateEventDefinition/></boundaryEvent>{handler}\n{association}"
        ))
    };
    let association = "<association id=\"x\" sourceRef=\"b\" targetRef=\"h\"/>";
    let handler = "<task id=\"h\" isForCompensation=\"true\"/>";
    check(&compensated(association, handler), "");
    check(&compensated("", handler), "2:1 b compensation-handler");
    check(
        &compensated(association, "<task id=\"h\"/>"),
        "2:1 b compensation-handler\nwarning 2:85 h unreachable\n3:1 x compensation-handler",
    );
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
        "3:41 a event-definition-misplaced",
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
    check(&catch("<timeCycle>R/PT1S</timeCycle>"), "");
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
