//! Models and what the compiler makes of them.
//!
//! A test is a fixture and an expectation. Fixtures are the inside of `definitions`, or of a process;
//! their first line is line 2 of the file, so that places can be asserted.

mod beyond;
mod dmn;
mod elements;
mod files;
mod graphs;
mod limits;
mod rules;
mod torture;

use anyam_bpmn::graph::{Flow, Node, NodeKind, ProcessGraph};
use anyam_bpmn::{Compiled, Limits, Rejected, compile};

/// The inside of `definitions` as a file.
fn file(inside: &str) -> String {
    format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" targetNamespace=\"urn:test\" \
         xmlns:tns=\"urn:test\">{inside}\n</definitions>"
    )
}

/// The inside of an executable process `p` as a file; the process stands in line 1.
fn process(inside: &str) -> String {
    file(&format!(
        "<process id=\"p\" isExecutable=\"true\">{inside}\n</process>"
    ))
}

/// A process that leads from a start event through the element `a`, which `inside` must hold, to an
/// end event; with a message `m` and an error `e` to refer to.
fn around(inside: &str) -> String {
    file(&format!(
        "<process id=\"p\" isExecutable=\"true\">{inside}\n<startEvent id=\"start\"/><sequenceFlow \
         id=\"in\" sourceRef=\"start\" targetRef=\"a\"/><sequenceFlow id=\"out\" sourceRef=\"a\" \
         targetRef=\"end\"/><endEvent id=\"end\"/></process>{MESSAGE_AND_ERROR}"
    ))
}

const MESSAGE_AND_ERROR: &str = r#"<message id="m" name="paid"><extensionElements>
<zeebe:subscription correlationKey="=orderId"/></extensionElements></message>
<error id="e" errorCode="FAILED"/>"#;

fn compiled(model: &str) -> Result<Compiled, Rejected> {
    compile(model.as_bytes(), &Limits::default())
}

/// The findings of a model, a line each, with `warning` before those that are.
fn findings(model: &str) -> String {
    let list = match compiled(model) {
        Ok(compiled) => compiled.warnings,
        Err(rejected) => rejected.findings,
    };
    let lines = list.iter().map(|finding| match finding.severity {
        anyam_bpmn::Severity::Error => finding.to_string(),
        anyam_bpmn::Severity::Warning => format!("warning {finding}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the small fixtures do not care for; `tests/rules` has models of these.
const UNFINISHED: [&str; 3] = ["end-event-missing", "gateway-idle", "start-event-absent"];

/// The findings of a model must be these: place, element and rule of each, the message left out.
#[track_caller]
fn check(model: &str, expect: &str) {
    let list = match compiled(model) {
        Ok(compiled) => compiled.warnings,
        Err(rejected) => rejected.findings,
    };
    let list = list
        .iter()
        .filter(|finding| !UNFINISHED.contains(&finding.rule));
    let lines = list.map(|finding| {
        let severity = match finding.severity {
            anyam_bpmn::Severity::Error => "",
            anyam_bpmn::Severity::Warning => "warning ",
        };
        let (line, column) = (finding.location.line, finding.location.column);
        let id = finding.element_id.as_deref().unwrap_or("-");
        format!("{severity}{line}:{column} {id} {}", finding.rule)
    });
    let actual = lines.collect::<Vec<_>>().join("\n");
    let expect: Vec<_> = expect
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(actual, expect.join("\n"), "\n{}\n{model}", findings(model));
}

/// The graph of a model's only process.
#[track_caller]
fn graph(model: &str) -> ProcessGraph {
    let compiled = compiled(model).unwrap_or_else(|rejected| panic!("{rejected}\n{model}"));
    let [graph] = <[_; 1]>::try_from(compiled.processes).expect("one process");
    graph
}

#[track_caller]
fn node<'g>(graph: &'g ProcessGraph, id: &str) -> &'g Node {
    graph.node(graph.find(id).expect(id))
}

#[track_caller]
fn kind(graph: &ProcessGraph, id: &str) -> NodeKind {
    node(graph, id).kind.clone()
}

#[track_caller]
fn flow<'g>(graph: &'g ProcessGraph, id: &str) -> &'g Flow {
    graph.flows.iter().find(|flow| *flow.id == *id).expect(id)
}
