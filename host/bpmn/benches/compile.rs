//! What it costs to check and compile a model, by its size.
//!
//! `cargo bench -p anyam-bpmn --bench compile`

use std::fmt::Write;
use std::hint::black_box;

use anyam_bpmn::{Limits, compile};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

/// A process of so many flow nodes: rounds of an exclusive gateway, two service tasks with mappings,
/// a sub-process with a timer at it, and a join.
fn model(nodes: usize) -> String {
    let mut text = String::from(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\"><process id=\"p\" \
         isExecutable=\"true\"><startEvent id=\"s\"/><endEvent id=\"e\"/>\n",
    );
    let mut last = "s".to_owned();
    // Each round has ten flow nodes; start and end are there already.
    for round in 0..nodes.saturating_sub(2) / 10 {
        write!(
            text,
            r#"<sequenceFlow id="f{round}" sourceRef="{last}" targetRef="g{round}"/>
<exclusiveGateway id="g{round}" default="d{round}"/>
<sequenceFlow id="c{round}" sourceRef="g{round}" targetRef="a{round}">
  <conditionExpression>=order.amount &gt; {round}</conditionExpression></sequenceFlow>
<sequenceFlow id="d{round}" sourceRef="g{round}" targetRef="b{round}"/>
<serviceTask id="a{round}"><extensionElements><zeebe:taskDefinition type="pay" retries="3"/>
  <zeebe:ioMapping><zeebe:input source="=order.id" target="id"/>
  <zeebe:output source="=receipt" target="receipt{round}"/></zeebe:ioMapping>
</extensionElements></serviceTask>
<serviceTask id="b{round}"><extensionElements><zeebe:taskDefinition type="send"/></extensionElements></serviceTask>
<sequenceFlow id="x{round}" sourceRef="a{round}" targetRef="n{round}"/>
<subProcess id="n{round}"><startEvent id="i{round}"/><task id="t{round}"/><endEvent id="o{round}"/>
  <sequenceFlow id="y{round}" sourceRef="i{round}" targetRef="t{round}"/>
  <sequenceFlow id="z{round}" sourceRef="t{round}" targetRef="o{round}"/></subProcess>
<boundaryEvent id="l{round}" attachedToRef="n{round}"><timerEventDefinition>
  <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="u{round}" sourceRef="l{round}" targetRef="k{round}"/>
<endEvent id="k{round}"/>
<sequenceFlow id="v{round}" sourceRef="n{round}" targetRef="j{round}"/>
<sequenceFlow id="w{round}" sourceRef="b{round}" targetRef="j{round}"/>
<exclusiveGateway id="j{round}"/>
"#
        )
        .expect("a String takes any text");
        last = format!("j{round}");
    }
    write!(
        text,
        "<sequenceFlow id=\"last\" sourceRef=\"{last}\" targetRef=\"e\"/></process></definitions>"
    )
    .expect("a String takes any text");
    text
}

fn compiling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    for nodes in [12, 102, 1_002] {
        let text = model(nodes);
        let limits = Limits::default();
        let compiled = compile(text.as_bytes(), &limits).expect("the model is valid");
        // The process itself is a node too.
        let elements = compiled.processes[0].nodes.len() - 1;
        group.bench_function(BenchmarkId::from_parameter(elements), |bench| {
            bench.iter(|| compile(black_box(text.as_bytes()), &limits));
        });
    }
    group.finish();
}

criterion_group!(benches, compiling);
criterion_main!(benches);
