//! What is wrong with a model's expressions and settings is found before anything runs.

use anyam_engine::{MAX_TARGET_DEPTH, Process};

/// A process of one service task with these extension elements.
fn findings(extensions: &str) -> Vec<String> {
    let model = format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="case" isExecutable="true">
  <startEvent id="start"/>
  <serviceTask id="work"><extensionElements>
    <zeebe:taskDefinition type="charge"/>{extensions}
  </extensionElements></serviceTask>
  <sequenceFlow id="flow" sourceRef="start" targetRef="work"/>
</process></definitions>"#
    );
    let compiled = anyam_bpmn::compile(model.as_bytes(), &anyam_bpmn::Limits::default());
    let graph = compiled.expect("the model is sound").processes.remove(0);
    let process = Process::new(graph, &anyam_feel::Limits::default(), |_, _, _| false);
    let found = process.err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

fn mapping(source: &str, target: &str) -> String {
    format!(
        r#"<zeebe:ioMapping><zeebe:input source="{source}" target="{target}"/></zeebe:ioMapping>"#
    )
}

#[test]
fn a_wrong_expression_is_named_with_its_place() {
    let found = findings(&mapping("=1 +", "x"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("6:59 element 'work': the expression `1 +` is wrong: "),
        "{found:?}"
    );
}

#[test]
fn a_wrong_back_off_is_named_with_its_place() {
    let headers = |text| {
        format!(
            r#"<zeebe:taskHeaders><zeebe:header key="anyam:retry-backoff" value="{text}"/></zeebe:taskHeaders>"#
        )
    };
    assert!(findings(&headers("PT1S,PT5S")).is_empty());
    let found = findings(&headers("soon"));
    assert_eq!(
        found,
        [
            "5:3 element 'work': `anyam:retry-backoff` is wrong: `soon` is not an ISO 8601 duration (setting-invalid)"
        ]
    );
}

#[test]
fn a_wrong_time_to_live_is_named_with_its_place() {
    let properties = |text| {
        format!(
            r#"<zeebe:properties><zeebe:property name="anyam:time-to-live" value="{text}"/></zeebe:properties>"#
        )
    };
    assert!(findings(&properties("PT1H")).is_empty());
    let found = findings(&properties("soon"));
    assert_eq!(found.len(), 1, "{found:?}");
    let begin = "5:3 element 'work': `anyam:time-to-live` is wrong: ";
    assert!(found[0].starts_with(begin), "{found:?}");
}

#[test]
fn the_depth_of_a_mapping_target_is_bounded() {
    let deep = |depth: usize| mapping("=1", &vec!["a"; depth].join("."));
    assert!(findings(&deep(MAX_TARGET_DEPTH)).is_empty());
    let found = findings(&deep(MAX_TARGET_DEPTH + 1));
    assert_eq!(
        found,
        ["5:3 element 'work': a mapping target nests 33 levels, allowed are 32 (setting-invalid)"]
    );
}
