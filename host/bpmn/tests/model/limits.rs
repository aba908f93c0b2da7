//! Each bound at its edge: what just fits compiles, one more is refused by its name.

use anyam_bpmn::{Limits, compile};

use crate::{around, file, process};

const MODEL: &str = r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
<endEvent id="t"/>"#;

/// `model` passes `fits` and breaks `rule` under `breaks`.
#[track_caller]
fn edge(model: &str, fits: &Limits, breaks: &Limits, rule: &str) {
    if let Err(rejected) = compile(model.as_bytes(), fits) {
        panic!("{rejected}");
    }
    let rejected = compile(model.as_bytes(), breaks).expect_err("beyond the limit");
    assert_eq!(rejected.findings.len(), 1, "{rejected}");
    assert_eq!(rejected.findings[0].rule, rule, "{rejected}");
}

#[track_caller]
fn edge_at(model: &str, limit: usize, set: impl Fn(&mut Limits) -> &mut usize, rule: &str) {
    let (mut fits, mut breaks) = (Limits::default(), Limits::default());
    *set(&mut fits) = limit;
    *set(&mut breaks) = limit - 1;
    edge(model, &fits, &breaks, rule);
}

#[test]
fn model_bytes() {
    let model = process(MODEL);
    edge_at(
        &model,
        model.len(),
        |limits| &mut limits.model_bytes,
        "limit-model-bytes",
    );
}

#[test]
fn elements_comments_included() {
    let model = process(&format!("{MODEL}<!-- note -->"));
    edge_at(&model, 6, |limits| &mut limits.elements, "limit-elements");
}

#[test]
fn depth() {
    edge_at(
        &process(MODEL),
        3,
        |limits| &mut limits.depth,
        "limit-depth",
    );
}

#[test]
fn attributes() {
    let model = process(MODEL).replace("id=\"s\"", "id=\"s\" name='>' x=\"1\" y=\"2\" z=\"3\"");
    edge_at(
        &model,
        5,
        |limits| &mut limits.attributes,
        "limit-attributes",
    );
}

#[test]
fn namespaces() {
    let model = process(MODEL).replace("id=\"s\"", "id=\"s\" xmlns:q = 'urn:q'");
    edge_at(
        &model,
        4,
        |limits| &mut limits.namespaces,
        "limit-namespaces",
    );
}

#[test]
fn text_of_attributes_elements_and_cdata() {
    let text = "x".repeat(100);
    for place in [
        format!("<startEvent id=\"s\" name=\"{text}\"/>"),
        format!("<startEvent id=\"s\"><documentation>{text}</documentation></startEvent>"),
    ] {
        let model = process(&MODEL.replace("<startEvent id=\"s\"/>", &place));
        edge_at(
            &model,
            100,
            |limits| &mut limits.text_bytes,
            "limit-text-bytes",
        );
    }
    let cdata = format!("<documentation><![CDATA[{text}]]></documentation>");
    let model = process(&MODEL.replace(
        "<endEvent id=\"t\"/>",
        &format!("{cdata}<endEvent id=\"t\"/>"),
    ));
    let whole = text.len() + "<![CDATA[]]>".len();
    edge_at(
        &model,
        whole,
        |limits| &mut limits.text_bytes,
        "limit-text-bytes",
    );
}

#[test]
fn ids() {
    let id = "i".repeat(30);
    let model = process(&MODEL.replace("\"s\"", &format!("\"{id}\"")));
    edge_at(&model, 30, |limits| &mut limits.id_bytes, "limit-id-bytes");
}

#[test]
fn flows_of_all_processes() {
    let two = file(&format!(
        "<process id=\"p\" isExecutable=\"true\">{MODEL}</process><process id=\"q\" \
         isExecutable=\"true\">{}</process>",
        MODEL
            .replace("\"s\"", "\"s2\"")
            .replace("\"t\"", "\"t2\"")
            .replace("\"f\"", "\"f2\"")
    ));
    edge_at(&two, 2, |limits| &mut limits.flows, "limit-flows");
}

#[test]
fn expressions_count_once_each() {
    let model = around(
        r#"<serviceTask id="a"><extensionElements><zeebe:taskDefinition type="=x" retries="= x"/>
        <zeebe:ioMapping><zeebe:input source="=y" target="b"/></zeebe:ioMapping></extensionElements>
        </serviceTask>"#,
    );
    edge_at(
        &model,
        2,
        |limits| &mut limits.expressions,
        "limit-expressions",
    );
}

#[test]
fn findings() {
    let model = process(
        "\n<startEvent id=\"s\"/>\n<endEvent id=\"e\"/><sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"e\"/>\n<task/>\n<task/>\n<task/>",
    );
    let rules = |max: usize| {
        let limits = Limits {
            findings: max,
            ..Limits::default()
        };
        let rejected = compile(model.as_bytes(), &limits).expect_err("no ids");
        rejected
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect::<Vec<_>>()
    };
    let shown = |max| {
        rules(max)
            .iter()
            .filter(|rule| **rule == "id-missing")
            .count()
    };
    assert_eq!((shown(4), shown(3), shown(2), shown(0)), (3, 3, 2, 1));
    assert!(!rules(4).contains(&"limit-findings"));
    assert_eq!(rules(2).last(), Some(&"limit-findings"));
}

#[test]
fn deep_nesting_takes_no_stack() {
    let deep = "<a>".repeat(300_000);
    let rejected = compile(deep.as_bytes(), &Limits::default()).expect_err("too deep");
    assert_eq!(rejected.findings[0].rule, "limit-depth");
    let model = process(&format!(
        "{MODEL}{}{}",
        "<tns:a>".repeat(300_000),
        "</tns:a>".repeat(300_000)
    ));
    let unbound = Limits {
        model_bytes: usize::MAX,
        depth: usize::MAX,
        elements: usize::MAX,
        ..Limits::default()
    };
    let compiled = compile(model.as_bytes(), &unbound).expect("foreign elements are ignored");
    assert_eq!(compiled.processes[0].nodes.len(), 3);
}

#[test]
fn nested_sub_processes_take_no_stack() {
    let levels = 5_000;
    let mut model = String::new();
    for level in 0..levels {
        model += &format!("<startEvent id=\"s{level}\"/><subProcess id=\"b{level}\">");
    }
    model += "<startEvent id=\"last\"/>";
    model += &"</subProcess>".repeat(levels);
    let unbound = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let compiled = compile(process(&model).as_bytes(), &unbound).expect("deep but valid");
    assert_eq!(compiled.processes[0].nodes.len(), 2 * levels + 2);
}

#[test]
fn join_bits_are_flows_times_elements() {
    // Three flows into one inclusive gateway, in a process of six elements.
    let model = around(
        r#"<parallelGateway id="a"/><task id="b"/><inclusiveGateway id="j"/>
        <sequenceFlow id="ab" sourceRef="a" targetRef="b"/><sequenceFlow id="aj" sourceRef="a" targetRef="j"/>
        <sequenceFlow id="bj" sourceRef="b" targetRef="j"/><sequenceFlow id="bk" sourceRef="b" targetRef="j"/>"#,
    );
    edge_at(
        &model,
        18,
        |limits| &mut limits.join_bits,
        "limit-join-bits",
    );
}
