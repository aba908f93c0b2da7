//! What the engine itself costs for an instance of start -> three service tasks done by steps -> end,
//! without steps, storage or network.
//!
//! `cargo run --release -p anyam-engine --example cost`

use std::time::{Duration, Instant};

use anyam_engine::key::{InstanceKey, KeySource};
use anyam_engine::transition::Effect;
use anyam_engine::value::{Json, Timestamp, Variables};
use anyam_engine::{Command, Environment, Instance, Limits, Outcome, Process, apply};

const MODEL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="straight" isExecutable="true">
    <startEvent id="start"/>
    <serviceTask id="one"><extensionElements>
      <zeebe:taskDefinition type="step-one"/>
    </extensionElements></serviceTask>
    <serviceTask id="two"><extensionElements>
      <zeebe:taskDefinition type="step-two"/>
    </extensionElements></serviceTask>
    <serviceTask id="three"><extensionElements>
      <zeebe:taskDefinition type="step-three"/>
    </extensionElements></serviceTask>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="one"/>
    <sequenceFlow id="f2" sourceRef="one" targetRef="two"/>
    <sequenceFlow id="f3" sourceRef="two" targetRef="three"/>
    <sequenceFlow id="f4" sourceRef="three" targetRef="end"/>
  </process>
</definitions>"#;

const INSTANCES: u64 = 100_000;
const ROUNDS: u32 = 5;

struct Counter(u64);

impl KeySource for Counter {
    fn next_key(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// Runs one instance to its end; `stored` encodes and decodes it between all commands.
fn run(process: &Process, limits: &Limits, keys: &mut Counter, stored: bool) -> u64 {
    let mut instance = Instance::new(InstanceKey(keys.next_key()), Timestamp(0));
    let order = Json::from_valid(r#"{"id":"o-1","amount":120.50,"customer":"ann"}"#);
    let variables = Variables::from([("order".into(), order)]);
    let mut command = Command::start(variables);
    let mut commands = 0;
    let mut buffer = Vec::with_capacity(512);
    loop {
        let environment = Environment {
            process,
            now: Timestamp(1),
            seed: anyam_feel::Seed(1),
            keys,
            decisions: &anyam_engine::NoDecisions,
            resources: &anyam_engine::NoResources,
            evaluated: &[],
            limits,
        };
        let Outcome::Applied(after, transition) = apply(instance, command, environment) else {
            panic!("the command fits");
        };
        commands += 1;
        instance = after;
        if stored {
            buffer.clear();
            instance.encode(&mut buffer);
            instance = Instance::decode(&buffer).expect("what was encoded can be decoded");
        }
        let call = transition.effects.iter().find_map(|effect| match effect {
            Effect::InvokeStep(call) => Some(call.job),
            _ => None,
        });
        let Some(job) = call else {
            assert!(instance.is_ended());
            return commands;
        };
        let score = Json::from_valid("0.75");
        command = Command::CompleteJob {
            job,
            variables: [("score".into(), score)].into(),
            result: None,
        };
    }
}

fn measure(process: &Process, stored: bool) -> (Duration, u64) {
    let limits = Limits::default();
    let mut best = (Duration::MAX, 0);
    for _ in 0..ROUNDS {
        let mut keys = Counter(0);
        let begin = Instant::now();
        let commands = (0..INSTANCES)
            .map(|_| run(process, &limits, &mut keys, stored))
            .sum();
        best = best.min((begin.elapsed(), commands));
    }
    best
}

fn main() {
    let compiled = anyam_bpmn::compile(MODEL.as_bytes(), &anyam_bpmn::Limits::default());
    let graph = compiled.expect("the model is sound").processes.remove(0);
    let process = Process::new(graph, &anyam_feel::Limits::default(), |_, _, _| true);
    let process = process.expect("the model is sound");
    for (what, stored) in [
        ("in memory", false),
        ("encoded and decoded between commands", true),
    ] {
        let (time, commands) = measure(&process, stored);
        let instance = time.as_nanos() as f64 / INSTANCES as f64 / 1_000.0;
        let command = time.as_nanos() as f64 / commands as f64 / 1_000.0;
        eprintln!("{what}: {instance:.2} us an instance, {command:.2} us a command");
    }
}
