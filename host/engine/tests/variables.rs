//! Variables are JSON texts, and stay what they were written as.

use anyam_engine::key::{InstanceKey, KeySource};
use anyam_engine::transition::Effect;
use anyam_engine::value::{Json, Timestamp, Variables};
use anyam_engine::{Command, Environment, Instance, Limits, Outcome, Process, apply};

const MODEL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="case" isExecutable="true">
    <startEvent id="start"/>
    <serviceTask id="work"><extensionElements>
      <zeebe:taskDefinition type="charge"/>
      <zeebe:ioMapping>
        <zeebe:input source="=total" target="order.total"/>
        <zeebe:input source="=missing" target="missing"/>
      </zeebe:ioMapping>
    </extensionElements></serviceTask>
    <endEvent id="end"/>
    <sequenceFlow id="in" sourceRef="start" targetRef="work"/>
    <sequenceFlow id="out" sourceRef="work" targetRef="end"/>
  </process>
</definitions>"#;

struct Counter(u64);

impl KeySource for Counter {
    fn next_key(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

#[test]
fn a_number_keeps_every_digit_on_its_way_to_a_step() {
    let compiled = anyam_bpmn::compile(MODEL.as_bytes(), &anyam_bpmn::Limits::default());
    let graph = compiled.expect("the model is sound").processes.remove(0);
    let process = Process::new(graph, &anyam_feel::Limits::default(), |_, _, _| true);
    let process = process.expect("the model is sound");
    let number = "123456789012345678901234567890123456789012345.10";
    let variables = Variables::from([("total".into(), Json::from_valid(number))]);
    let mut keys = Counter(1);
    let environment = Environment {
        process: &process,
        now: Timestamp(0),
        seed: anyam_feel::Seed(0),
        keys: &mut keys,
        decisions: &anyam_engine::NoDecisions,
        resources: &anyam_engine::NoResources,
        evaluated: &[],
        limits: &Limits::default(),
    };
    let instance = Instance::new(InstanceKey(1), Timestamp(0));
    let outcome = apply(instance, Command::start(variables), environment);
    let Outcome::Applied(instance, transition) = outcome else {
        panic!("the command fits: {outcome:?}");
    };
    let Some(Effect::InvokeStep(call)) = transition.effects.first() else {
        panic!("the step is called: {transition:?}");
    };
    assert_eq!(
        *call.input,
        format!(r#"{{"missing":null,"order":{{"total":{number}}}}}"#)
    );
    let again: Vec<_> = instance.pending_invocations(&process).collect();
    assert_eq!(again, std::slice::from_ref(call));
}
