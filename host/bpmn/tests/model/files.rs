//! Files as a whole: encoding, namespaces, several processes.

use anyam_bpmn::{Limits, Severity, compile};

use crate::{MESSAGE_AND_ERROR, around, check, compiled, file, graph, node, process};

const TWO: &str = r#"
<collaboration id="c"><participant id="pa" processRef="one"/><messageFlow id="mf"
 sourceRef="pa" targetRef="x"/></collaboration>
<process id="one" isExecutable="true"><startEvent id="s1"/></process>
<process id="off" isExecutable="false"><sendTask id="x"/></process>
<process id="two" isExecutable="1"><startEvent id="s2"/></process>"#;

#[test]
fn executable_processes_are_compiled_in_document_order() {
    let compiled = compiled(&file(TWO)).expect("valid");
    let ids: Vec<_> = compiled
        .processes
        .iter()
        .map(|process| &*process.id)
        .collect();
    assert_eq!(ids, ["one", "two"]);
    let rules: Vec<_> = compiled
        .warnings
        .iter()
        .map(|finding| finding.rule)
        .collect();
    let each = ["end-event-missing", "start-event-outgoing"];
    assert_eq!(rules, [each, each].concat());
    assert!(
        compiled
            .warnings
            .iter()
            .all(|finding| finding.severity == Severity::Warning)
    );
}

#[test]
fn any_prefix_and_a_byte_order_mark() {
    let model = "\u{feff}<?xml version='1.0' encoding=\"utf-8\"?>\n<b:definitions \
         xmlns:b='http://www.omg.org/spec/BPMN/20100524/MODEL' \
         xmlns:z='http://camunda.org/schema/zeebe/1.0'>\n<b:process id='p' isExecutable='true'>\
         <b:extensionElements><z:versionTag value='v1'/></b:extensionElements>\
         <b:startEvent id='s'/></b:process></b:definitions>";
    let compiled = compiled(model).expect("valid");
    assert_eq!(compiled.processes[0].version_tag.as_deref(), Some("v1"));
    let place = compiled.processes[0].nodes[0].location;
    assert_eq!((place.line, place.column), (3, 1));
}

#[test]
fn columns_count_characters() {
    let graph = graph(&process(
        "<documentation>größe→</documentation><startEvent id=\"s\"/>",
    ));
    let line = process("").lines().next().expect("a line").len();
    let before = "<documentation>größe→</documentation>".chars().count();
    let place = node(&graph, "s").location;
    assert_eq!((place.line, place.column as usize), (1, line + before + 1));
}

#[test]
fn other_encodings_are_refused() {
    check(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>",
        "1:1 - not-utf8",
    );
    for (bytes, place) in [
        (&b"\xff\xfe<\0a\0/\0>\0"[..], "1:1"),
        (&b"\xfe\xff\0<\0a\0/\0>"[..], "1:1"),
        (&b"<a>\n\xe4</a>"[..], "2:1"),
    ] {
        let rejected = compile(bytes, &Limits::default()).expect_err("not UTF-8");
        let text = rejected.to_string();
        assert!(
            text.starts_with(place) && text.ends_with("(not-utf8)"),
            "{text}"
        );
    }
}

#[test]
fn document_types_and_entities_are_refused() {
    check(
        "<?xml version=\"1.0\"?>\n <!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "2:2 - xml-doctype",
    );
    check(
        &process("<startEvent id=\"&undefined;\"/>"),
        "1:1 - xml-malformed"
            .replace(
                "1:1",
                &format!(
                    "1:{}",
                    process("").lines().next().expect("a line").len() + 17
                ),
            )
            .as_str(),
    );
}

#[test]
fn what_is_no_bpmn_is_refused() {
    check("", "1:1 - xml-malformed");
    check("<definitions/>", "1:1 - not-bpmn");
    check(
        "\n<process xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"/>",
        "2:1 - not-bpmn",
    );
    check("<a>\n</b>", "2:1 - xml-malformed");
    check("<a>\n <b>", "2:5 - xml-malformed");
    check("<a>\n <b c=", "2:7 - xml-malformed");
}

#[test]
fn a_file_needs_an_executable_process() {
    check(&file(""), "warning 1:1 - executable-process-missing");
    check(
        &file("\n<process id=\"p\"><startEvent id=\"s\"/></process>"),
        "warning 1:1 - executable-process-missing",
    );
    check(
        &file("\n<process id=\"p\" isExecutable=\"yes\"/>"),
        "2:1 p attribute-not-boolean",
    );
}

#[test]
fn root_elements() {
    check(
        &file(&format!(
            "\n<process id=\"p\" isExecutable=\"true\"><startEvent id=\"s\"/><sequenceFlow id=\"f\" \
             sourceRef=\"s\" targetRef=\"t\"/><endEvent id=\"t\"/></process>\n<globalUserTask id=\"g\"/>\
             \n<task id=\"a\"/>\n<sequenceFlow id=\"b\"/>\n<signal id=\"c\"/>\n<timerEventDefinition \
             id=\"d\"/>{MESSAGE_AND_ERROR}"
        )),
        "warning 3:1 g user-task-implementation
         4:1 a element-misplaced
         5:1 b element-misplaced",
    );
}

#[test]
fn languages_of_expressions() {
    let with = |language: &str| {
        let attribute = format!("<definitions expressionLanguage=\"{language}\" ");
        around("<task id=\"a\"/>").replacen("<definitions ", &attribute, 1)
    };
    check(&with("http://www.omg.org/spec/FEEL/20140401"), "");
    check(
        &with("http://www.w3.org/1999/XPath"),
        "warning 1:1 - expression-language-default",
    );
    check(
        &with("http://www.mvel.org/2.0"),
        "1:1 - expression-language",
    );
}

#[test]
fn a_message_never_spans_lines() {
    let model =
        around("\n<task id=\"a\"/><sequenceFlow id=\"f\" sourceRef=\"x&#10;y\" targetRef=\"a\"/>");
    let rejected = compiled(&model).expect_err("no such source");
    let text = rejected.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with("2:15 element 'f': the sourceRef 'x y' is no flow node"),
        "{text}"
    );
    assert!(text.ends_with(" (flow-source-missing)"), "{text}");
}
