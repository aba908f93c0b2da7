//! Each rule: a model that breaks it, with the place of every finding.

mod events;
mod settings;
mod structure;
mod tokens;

use crate::{around, check, file, process};

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
        "2:20 s timer-definition-count
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
fn markers_and_quantities() {
    for (attribute, rule) in [
        ("startQuantity=\"0\"", "quantity-invalid"),
        ("completionQuantity=\"-1\"", "quantity-invalid"),
        ("isForCompensation=\"maybe\"", "attribute-not-boolean"),
    ] {
        check(&with("task", attribute, ""), &format!("2:1 a {rule}"));
    }
    let marked = |marker: &str| with("task", "", marker);
    let multi = |attributes: &str, inside: &str| {
        marked(&format!(
            "<multiInstanceLoopCharacteristics {attributes}>\n{inside}\
             </multiInstanceLoopCharacteristics>"
        ))
    };
    let counted = "<loopCardinality>3</loopCardinality>";
    for (model, expect) in [
        (
            marked("<standardLoopCharacteristics/>"),
            "3:1 a loop-endless",
        ),
        (
            marked("<standardLoopCharacteristics loopMaximum=\"x\"/>"),
            "3:1 a loop-maximum-invalid",
        ),
        (
            marked(
                "<standardLoopCharacteristics loopMaximum=\"2\"/>\n<standardLoopCharacteristics/>",
            ),
            "4:1 a loop-duplicate",
        ),
        (
            around(
                "<task id=\"a\"/><subProcess id=\"handle\" triggeredByEvent=\"true\">\n\
                 <standardLoopCharacteristics loopMaximum=\"2\"/><startEvent id=\"on\">\
                 <errorEventDefinition/></startEvent><endEvent id=\"done\"/><sequenceFlow id=\"do\" \
                 sourceRef=\"on\" targetRef=\"done\"/></subProcess>",
            ),
            "2:1 handle event-sub-process-repeated",
        ),
        (multi("", ""), "3:1 a loop-input-missing"),
        (
            multi("", "<loopCardinality>many</loopCardinality>"),
            "4:1 a loop-cardinality-invalid",
        ),
        (
            multi(
                "",
                "<completionCondition>no</completionCondition><loopCardinality>3</loopCardinality>",
            ),
            "4:1 a condition-not-expression",
        ),
        (
            multi("behavior=\"Some\"", counted),
            "3:1 a attribute-unknown-value",
        ),
        (
            multi("behavior=\"One\"", counted),
            "3:1 a behavior-event-missing",
        ),
        (
            multi("behavior=\"One\" oneBehaviorEventRef=\"x\"", counted),
            "3:1 a event-definition-ref-missing",
        ),
        (
            multi(
                "behavior=\"Complex\"",
                "<loopCardinality>3</loopCardinality>\n<complexBehaviorDefinition/>",
            ),
            "5:1 a condition-missing",
        ),
    ] {
        check(&model, expect);
    }
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
