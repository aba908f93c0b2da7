//! The commands against a served folder.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod cli_operations;
mod cli_program;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyam::toolchain::{self, Toolchain};
use cli_program::{Served, anyam};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A process `id` of the elements between start and end; each of them has the flows `in` and
/// `out`.
fn process(id: &str, before: &str, element: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="defs" targetNamespace="https://anyam.dev">
  {before}
  <bpmn:process id="{id}" isExecutable="true">
    <bpmn:startEvent id="begin"><bpmn:outgoing>in</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="in" sourceRef="begin" targetRef="work"/>
    {element}
    <bpmn:sequenceFlow id="out" sourceRef="work" targetRef="done"/>
    <bpmn:endEvent id="done"><bpmn:incoming>out</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>"#
    )
}

const FLOWS: &str = "<bpmn:incoming>in</bpmn:incoming><bpmn:outgoing>out</bpmn:outgoing>";

fn credit_process() -> String {
    let element = format!(
        r#"<bpmn:serviceTask id="work" name="Check credit"><bpmn:extensionElements>
        <zeebe:taskDefinition type="credit-check"/></bpmn:extensionElements>{FLOWS}</bpmn:serviceTask>"#
    );
    process("credit", "", &element)
}

fn task_process() -> String {
    let element = format!(
        r#"<bpmn:userTask id="work" name="Look at it"><bpmn:extensionElements><zeebe:userTask/>
        </bpmn:extensionElements>{FLOWS}</bpmn:userTask>"#
    );
    process("ask", "", &element)
}

fn message_process() -> String {
    let message = r#"<bpmn:message id="m" name="paid"><bpmn:extensionElements>
        <zeebe:subscription correlationKey="=order"/></bpmn:extensionElements></bpmn:message>"#;
    let element = format!(
        r#"<bpmn:intermediateCatchEvent id="work">{FLOWS}
        <bpmn:messageEventDefinition id="d" messageRef="m"/></bpmn:intermediateCatchEvent>"#
    );
    process("wait", message, &element)
}

/// A server with a process deployed.
fn with_process(xml: &str) -> Served {
    let served = Served::start();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("process.bpmn");
    fs::write(&file, xml).unwrap();
    let table = served.anyam(&["deploy", file.to_str().unwrap()]).ok();
    assert!(table.contains("process.bpmn"), "{table}");
    served
}

/// A component of a step in Rust, from its source.
fn credit_check() -> PathBuf {
    let repository = toolchain::repository().unwrap();
    let project = repository.join("plugins/order-fulfilment");
    let steps = Toolchain::of_repository(&repository)
        .rust_steps(&project)
        .unwrap();
    steps
        .into_iter()
        .find(|step| step.name == "credit-check")
        .unwrap()
        .file
}

/// Starts an instance; its key.
fn start(served: &Served, process: &str, variables: &str) -> String {
    let created = served.json(&["start", process, "--variables", variables]);
    created["processInstanceKey"].as_str().unwrap().to_owned()
}

/// Waits until the instance is in `state`; what `instance show` tells of it then.
#[track_caller]
fn shown_in(served: &Served, key: &str, state: &str) -> Value {
    let begin = Instant::now();
    loop {
        let shown = served.json(&["instance", "show", key]);
        if shown["instance"]["state"] == state {
            return shown;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "not {state}: {shown:#}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn elements(shown: &Value) -> Vec<(&str, &str)> {
    let items = shown["elementInstances"]["items"].as_array().unwrap();
    items
        .iter()
        .filter(|item| item["type"] != "PROCESS")
        .map(|item| {
            (
                item["elementId"].as_str().unwrap(),
                item["state"].as_str().unwrap(),
            )
        })
        .collect()
}

const APPLICATION: &str =
    r#"{"customer": {"id": "C-1", "creditLimit": 100.00, "openBalance": 40.10}, "amount": 59.90}"#;

#[test]
fn a_step_is_pushed_and_a_process_runs_it() {
    let served = Served::start();
    let component = credit_check();
    let push = [
        "step",
        "push",
        component.to_str().unwrap(),
        "--name",
        "credit-check",
    ];
    let push = [&push[..], &["--version", "1.0.0"]].concat();
    let table = served.anyam(&push).ok();
    assert!(
        table.contains("credit-check") && table.contains("1.0.0"),
        "{table}"
    );
    // The same bytes again are no error.
    assert_eq!(served.json(&push)["version"], "1.0.0");

    let listed = served.json(&["step", "list"]);
    assert_eq!(listed["items"][0]["name"], "credit-check");
    assert_eq!(listed["page"]["totalItems"], 1);
    assert!(
        served
            .anyam(&["step", "list"])
            .ok()
            .contains("credit-check")
    );

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("credit.bpmn");
    fs::write(&file, credit_process()).unwrap();
    let deployed = served.json(&["deploy", file.to_str().unwrap()]);
    let definition = &deployed["deployments"][0]["processDefinition"];
    assert_eq!(definition["processDefinitionId"], "credit");

    let variables = folder.path().join("application.json");
    fs::write(&variables, APPLICATION).unwrap();
    let variables = format!("@{}", variables.display());
    let run = served.json(&["start", "credit", "--variables", &variables, "--await"]);
    assert_eq!(run["variables"]["approved"], true, "{run:#}");
    let text = served
        .anyam(&["start", "credit", "--variables", APPLICATION, "--await"])
        .ok();
    assert!(
        text.starts_with("completed credit version 1, instance "),
        "{text}"
    );
    assert!(
        text.contains("approved") && text.contains("customer C-1"),
        "{text}"
    );

    let key = run["processInstanceKey"].as_str().unwrap();
    let shown = shown_in(&served, key, "COMPLETED");
    let path = [
        ("begin", "COMPLETED"),
        ("work", "COMPLETED"),
        ("done", "COMPLETED"),
    ];
    assert_eq!(elements(&shown), path);
    let text = served.anyam(&["instance", "show", key]).ok();
    for part in [
        "credit version 1",
        "COMPLETED",
        "Variables",
        "available",
        "59.90",
        "Path",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn a_version_keeps_its_bytes_and_only_components_are_steps() {
    let served = Served::start();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("step.wasm");
    for bytes in [&b"\0asm\x01\0\0\0"[..], b"\0asm\x0d\0\x01", b"text", b""] {
        fs::write(&file, bytes).unwrap();
        let push = [
            "step",
            "push",
            file.to_str().unwrap(),
            "--name",
            "a",
            "--version",
            "1.0.0",
        ];
        let stderr = served.anyam(&push).fails(1);
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    assert_eq!(served.json(&["step", "list"])["page"]["totalItems"], 0);
}

#[test]
fn a_refused_deployment_lists_every_finding() {
    let served = Served::start();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bad.bpmn");
    fs::write(&file, process("bad", "", "")).unwrap();
    let stderr = served.anyam(&["deploy", file.to_str().unwrap()]).fails(1);
    let findings = stderr
        .lines()
        .filter(|line| line.starts_with("  - "))
        .count();
    assert!(stderr.starts_with("error: ") && findings >= 2, "{stderr}");
    let stderr = served.anyam(&["start", "bad"]).fails(5);
    assert!(stderr.contains("bad"), "{stderr}");
}

#[test]
fn a_user_task_is_listed_and_completed() {
    let served = with_process(&task_process());
    let key = start(&served, "ask", "{}");
    let found = served.json(&["task", "list", "--instance", &key, "--state", "created"]);
    let task = found["items"][0]["userTaskKey"].as_str().unwrap();
    assert!(served.anyam(&["task", "list"]).ok().contains("Look at it"));
    let complete = [
        "task",
        "complete",
        task,
        "--variables",
        r#"{"amount": 1.10}"#,
    ];
    assert_eq!(
        served.anyam(&complete).ok(),
        format!("completed task {task}\n")
    );
    let shown = shown_in(&served, &key, "COMPLETED");
    let amount = &shown["variables"]["items"][0];
    assert_eq!(
        (&amount["name"], &amount["value"]),
        (&json!("amount"), &json!("1.10"))
    );
    // What is complete cannot be completed again.
    let stderr = served.anyam(&complete).fails(5);
    assert!(stderr.starts_with("error: "), "{stderr}");
}

#[test]
fn a_message_lets_an_instance_go_on() {
    let served = with_process(&message_process());
    let key = start(&served, "wait", r#"{"order": "A-1"}"#);
    let publish = ["message", "publish", "paid", "--correlation-key", "A-1"];
    assert_eq!(served.anyam(&publish).ok(), "published paid for 'A-1'\n");
    shown_in(&served, &key, "COMPLETED");
}

#[test]
fn instances_are_listed_and_cancelled() {
    let served = with_process(&task_process());
    let first = start(&served, "ask", "{}");
    let second = start(&served, "ask", "{}");
    assert_eq!(
        served.anyam(&["instance", "cancel", &first]).ok(),
        format!("cancelled instance {first}\n")
    );
    let shown = shown_in(&served, &first, "TERMINATED");
    assert_eq!(
        elements(&shown),
        [("begin", "COMPLETED"), ("work", "TERMINATED")]
    );

    let list = ["instance", "list", "--process", "ask", "--state", "active"];
    let active = served.json(&list);
    assert_eq!(active["page"]["totalItems"], 1);
    assert_eq!(active["items"][0]["processInstanceKey"], json!(second));
    let table = served.anyam(&["instance", "list", "--limit", "1"]).ok();
    assert!(
        table.contains(&second) && table.ends_with("1 of 2; see more with --limit\n"),
        "{table}"
    );

    for command in ["show", "cancel"] {
        let stderr = served
            .anyam(&["instance", command, "4503599627370497"])
            .fails(5);
        assert!(stderr.contains("4503599627370497"), "{stderr}");
    }
}

#[test]
fn an_incident_is_listed_and_resolved() {
    let served = with_process(&message_process());
    // Without an order there is no correlation key.
    let key = start(&served, "wait", "{}");
    let only = |arguments: &[&str]| {
        let found = served.json(arguments);
        assert_eq!(found["page"]["totalItems"], 1, "{found:#}");
        found["items"][0]["incidentKey"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let incident = only(&["incident", "list", "--instance", &key]);
    let table = served.anyam(&["incident", "list"]).ok();
    assert!(
        table.contains("EXTRACT_VALUE_ERROR") && table.contains("work"),
        "{table}"
    );
    assert!(
        served
            .anyam(&["instance", "list", "--incidents"])
            .ok()
            .contains("INCIDENT")
    );
    let text = served.anyam(&["instance", "show", &key]).ok();
    assert!(
        text.contains("held up by an incident") && text.contains(&incident),
        "{text}"
    );
    assert_eq!(
        served.anyam(&["incident", "resolve", &incident]).ok(),
        format!("resolved incident {incident}\n")
    );
    // The cause is still there, so there is a new one; the first is listed where all are asked for.
    assert_ne!(only(&["incident", "list"]), incident);
    assert_eq!(
        served.json(&["incident", "list", "--all"])["page"]["totalItems"],
        2
    );
}

#[test]
fn a_tenant_sees_what_is_its_own() {
    let served = with_process(&task_process());
    start(&served, "ask", "{}");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ask.bpmn");
    fs::write(&file, task_process()).unwrap();
    served
        .anyam(&["deploy", file.to_str().unwrap(), "--tenant", "acme"])
        .ok();
    let created = served.json(&["start", "ask", "--tenant", "acme"]);
    assert_eq!(created["tenantId"], "acme");
    let listed = served.json(&["instance", "list", "--tenant", "acme"]);
    assert_eq!(listed["page"]["totalItems"], 1);
    assert_eq!(
        listed["items"][0]["processInstanceKey"],
        created["processInstanceKey"]
    );
}

#[test]
fn a_wait_past_its_time_is_4_and_the_instance_goes_on() {
    let served = with_process(&task_process());
    let stderr = served
        .anyam(&["start", "ask", "--await", "--timeout", "200ms"])
        .fails(4);
    assert!(stderr.contains("it goes on"), "{stderr}");
    let active = served.json(&["instance", "list", "--state", "active"]);
    assert_eq!(active["page"]["totalItems"], 1);
}

#[test]
fn an_incident_ends_a_wait_and_is_named() {
    let served = with_process(&message_process());
    // Without an order there is no correlation key. A wait that times out is 4.
    let stderr = served
        .anyam(&["start", "wait", "--await", "--timeout", "10m"])
        .fails(1);
    let incidents = served.json(&["incident", "list"]);
    let incident = &incidents["items"][0];
    for member in [
        "processInstanceKey",
        "incidentKey",
        "elementId",
        "errorType",
        "errorMessage",
    ] {
        let value = incident[member].as_str().unwrap();
        assert!(
            stderr.contains(value),
            "{member} {value} is not in {stderr}"
        );
    }
    // It goes on once somebody has resolved the incident.
    let active = served.json(&["instance", "list", "--state", "active"]);
    assert_eq!(active["page"]["totalItems"], 1);
}

#[test]
fn a_server_stops_when_told_and_keeps_what_it_has() {
    let data = TempDir::new().unwrap();
    let served = Served::start_on(data.path());
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ask.bpmn");
    fs::write(&file, task_process()).unwrap();
    served.anyam(&["deploy", file.to_str().unwrap()]).ok();
    let key = start(&served, "ask", "{}");
    assert_eq!(served.stop(), 0);
    let served = Served::start_on(data.path());
    shown_in(&served, &key, "ACTIVE");
    // One folder is one server's.
    let second = cli_program::command()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    assert!(
        String::from_utf8_lossy(&second.stderr).contains("error: "),
        "{second:?}"
    );
}

#[test]
fn an_address_in_use_is_told() {
    let served = Served::start();
    let data = TempDir::new().unwrap();
    let address = served.address.trim_start_matches("http://");
    let data = data.path().to_str().unwrap();
    let stderr = anyam(["serve", "--data", data, "--listen", address]).fails(1);
    assert!(stderr.contains(address), "{stderr}");
}

/// An operator asks for signatures; a step gets in with one, travels as an OCI image layout to a
/// second server, and without one stays out.
#[test]
fn a_signed_step_travels_as_an_oci_layout() {
    let (first, second) = (Served::start(), Served::start());
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, layout, archive) = (at("key.pem"), at("layout"), at("layout.tar"));
    anyam(["step", "keygen", &*key]).ok();
    let again = anyam(["step", "keygen", &*key]).fails(2);
    assert!(again.contains("key.pem"), "{again}");
    let public = fs::read_to_string(at("key.pem.pub")).unwrap();
    let policy = json!({"minimum": 1, "keys": [{"name": "release", "publicKey": public}]});
    for served in [&first, &second] {
        served.put("/v2/tenants/%3Cdefault%3E/signature-policy", &policy);
    }

    let component = credit_check();
    let component = component.to_str().unwrap();
    let name = ["--name", "credit-check", "--version", "1.0.0"];
    let push = |more: &[&str]| {
        let command = [&["step", "push", component][..], &name, more].concat();
        first.anyam(&command)
    };
    let refused = push(&[]).fails(1);
    assert!(
        refused.contains("0 of the 1 signatures") && refused.contains("release"),
        "{refused}"
    );
    let other = [&["step", "sign", component, "--name", "other"], &name[2..]].concat();
    let other = first.anyam(&[&other[..], &["--key", &key]].concat()).ok();
    push(&["--signature", other.trim()]).fails(1);
    push(&["--key", &key]).ok();

    for output in [&layout, &archive] {
        first
            .anyam(&[
                "step",
                "export",
                "credit-check",
                "1.0.0",
                "--output",
                output,
            ])
            .ok();
    }
    second.anyam(&["step", "import", &archive]).ok();
    // The same bytes again change nothing.
    second.anyam(&["step", "import", &layout]).ok();
    let provenance = second.get("/v2/steps/credit-check/versions/1.0.0/provenance");
    assert_eq!(
        provenance["signatures"][0]["keyName"], "release",
        "{provenance}"
    );
    assert_eq!(provenance["signatures"][0]["verified"], true);
    assert!(
        provenance["component"]["tools"]["wit-component"].is_string(),
        "{provenance}"
    );
    let digest = anyam_artifact::Digest::of(&fs::read(component).unwrap());
    assert_eq!(provenance["digest"], digest.to_string());

    // A policy that nobody fulfils keeps what is there from being bound again.
    let stranger = at("stranger.pem");
    anyam(["step", "keygen", &*stranger]).ok();
    let public = fs::read_to_string(at("stranger.pem.pub")).unwrap();
    let policy = json!({"minimum": 1, "keys": [{"name": "audit", "publicKey": public}]});
    second.put("/v2/tenants/%3Cdefault%3E/signature-policy", &policy);
    let file = at("credit.bpmn");
    fs::write(&file, credit_process()).unwrap();
    let refused = second.anyam(&["deploy", &file]).fails(1);
    assert!(refused.contains("audit"), "{refused}");
    let sign = [
        &["step", "sign", component][..],
        &name,
        &["--key", &stranger, "--add"],
    ]
    .concat();
    second.anyam(&sign).ok();
    second.anyam(&["deploy", &file]).ok();
}
