//! What a command costs, by the size of the process: the completion of a service task by its step,
//! which begins the next one.
//!
//! `cargo bench -p anyam-engine --bench apply`

use std::fmt::Write;

use anyam_engine::key::{InstanceKey, KeySource};
use anyam_engine::value::{Timestamp, Variables};
use anyam_engine::{Command, Environment, Instance, Limits, Outcome, Process, apply};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};

struct Counter(u64);

impl KeySource for Counter {
    fn next_key(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// A chain of service tasks between a start and an end event, so many flow nodes in all.
fn process(nodes: usize) -> Process {
    let mut text = String::from(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\"><process id=\"p\" \
         isExecutable=\"true\"><startEvent id=\"n0\"/>",
    );
    for node in 1..nodes - 1 {
        write!(
            text,
            "<serviceTask id=\"n{node}\"><extensionElements><zeebe:taskDefinition type=\"work\"/>\
             </extensionElements></serviceTask>"
        )
        .expect("a String takes any text");
    }
    let last = nodes - 1;
    write!(text, "<endEvent id=\"n{last}\"/>").expect("a String takes any text");
    for node in 1..nodes {
        write!(
            text,
            "<sequenceFlow id=\"f{node}\" sourceRef=\"n{}\" targetRef=\"n{node}\"/>",
            node - 1
        )
        .expect("a String takes any text");
    }
    text.push_str("</process></definitions>");
    let compiled = anyam_bpmn::compile(text.as_bytes(), &anyam_bpmn::Limits::default());
    let mut processes = compiled.expect("the model is valid").processes;
    let graph = processes.remove(0);
    Process::new(graph, &anyam_feel::Limits::default(), |_, _, _| true).expect("it can run")
}

fn applied(
    instance: Instance,
    command: Command,
    process: &Process,
    keys: &mut Counter,
) -> Instance {
    let environment = Environment {
        process,
        now: Timestamp(1),
        seed: anyam_feel::Seed(1),
        keys,
        decisions: &anyam_engine::NoDecisions,
        resources: &anyam_engine::NoResources,
        evaluated: &[],
        limits: &Limits::default(),
    };
    match apply(instance, command, environment) {
        Outcome::Applied(instance, _) => instance,
        other => panic!("{other:?}"),
    }
}

fn completing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("complete a service task");
    for nodes in [10, 100, 1_000] {
        let process = process(nodes);
        let mut keys = Counter(0);
        let instance = Instance::new(InstanceKey(keys.next_key()), Timestamp(0));
        let started = Command::start(Variables::default());
        let instance = applied(instance, started, &process, &mut keys);
        let job = instance
            .jobs()
            .next()
            .expect("the first task has a job")
            .key;
        group.bench_function(BenchmarkId::from_parameter(nodes), |bench| {
            bench.iter_batched(
                || instance.clone(),
                |instance| {
                    let command = Command::CompleteJob {
                        job,
                        variables: Variables::default(),
                        result: None,
                    };
                    applied(instance, command, &process, &mut keys)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, completing);
criterion_main!(benches);
