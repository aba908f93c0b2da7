//! Triggers of events and what they refer to.

use super::{boundary, with};
use crate::{MESSAGE_AND_ERROR, around, check, file};

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
