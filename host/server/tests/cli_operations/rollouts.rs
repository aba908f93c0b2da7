//! `anyam step rollout`, `rollback`, `retire` and `push --force`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli_program::{Run, Served};
use crate::{FLOWS, process};

/// Writes a component with one function `quote` of one number with this name.
fn component(folder: &TempDir, parameter: &str, mark: u8) -> String {
    let text = format!(
        "(component
           (core module $m (func (export \"f\") (param i32) (result i32) (local.get 0)))
           (core instance $i (instantiate $m))
           (func (export \"quote\") (param \"{parameter}\" u32) (result u32)
             (canon lift (core func $i \"f\"))))"
    );
    let mut bytes = wat::parse_str(text).unwrap();
    // A section that says nothing gives each mark bytes of its own.
    bytes.extend([0, 3, 1, b'm', mark]);
    let file = folder.path().join(format!("{parameter}-{mark}.wasm"));
    fs::write(&file, bytes).unwrap();
    file.to_str().unwrap().to_owned()
}

fn push(served: &Served, file: &str, version: &str, more: &[&str]) -> Run {
    let push = ["step", "push", file, "--name", "pay", "--version", version];
    served.anyam(&[&push[..], more].concat())
}

/// A server with `pay` in two versions, and a process that is bound to the first.
fn with_versions(folder: &TempDir) -> Served {
    let served = Served::start();
    push(&served, &component(folder, "n", 0), "1.0.0", &[]).ok();
    let task = format!(
        r#"<bpmn:serviceTask id="work"><bpmn:extensionElements>
        <zeebe:taskDefinition type="pay@1"/></bpmn:extensionElements>{FLOWS}</bpmn:serviceTask>"#
    );
    let file = folder.path().join("orders.bpmn");
    fs::write(&file, process("orders", "", &task)).unwrap();
    served.anyam(&["deploy", file.to_str().unwrap()]).ok();
    push(&served, &component(folder, "n", 1), "1.0.1", &[]).ok();
    served
}

/// Runs an instance to its end; the version of the step that it called.
fn called(served: &Served) -> Value {
    let run = served.json(&["start", "orders", "--variables", r#"{"n": 7}"#, "--await"]);
    assert_eq!(run["variables"]["result"], 7, "{run:#}");
    let key = run["processInstanceKey"].as_str().unwrap();
    let events = served.get(&format!("/v2/process-instances/{key}/events"));
    let mut items = events["items"].as_array().unwrap().iter();
    let call = items.find(|item| item["stepVersion"].is_string());
    call.unwrap_or_else(|| panic!("{events:#}"))["stepVersion"].clone()
}

#[test]
fn a_version_is_rolled_out_and_back_by_one_command_each() {
    let folder = TempDir::new().unwrap();
    let served = with_versions(&folder);
    assert_eq!(called(&served), "1.0.0");
    let roll_out = ["step", "rollout", "pay", "1.0.1", "--percent"];
    let told = served.anyam(&[&roll_out[..], &["100"]].concat()).ok();
    assert_eq!(told, "100 % of new instances get pay 1.0.1\n");
    assert_eq!(called(&served), "1.0.1");
    let shown = served.json(&[&roll_out[..], &["0"]].concat());
    assert_eq!(shown["percentage"], 0, "{shown}");
    assert_eq!(called(&served), "1.0.0");
    let roll_back = ["step", "rollback", "pay"];
    served.anyam(&[&roll_out[..], &["100"]].concat()).ok();
    assert_eq!(served.anyam(&roll_back).ok(), "rolled pay back\n");
    assert_eq!(called(&served), "1.0.0");

    served.anyam(&[&roll_out[..], &["100"]].concat()).ok();
    let running = served.anyam(&[&roll_back[..], &["--running"]].concat());
    assert_eq!(running.ok(), "rolled pay back\n");
    let nothing = served.anyam(&roll_back).fails(5);
    assert!(nothing.contains("pay"), "{nothing}");
    let too_much = served.anyam(&[&roll_out[..], &["101"]].concat()).fails(2);
    assert!(too_much.contains("101"), "{too_much}");
    let absent = ["step", "rollout", "pay", "3.0.0", "--percent", "5"];
    let absent = served.anyam(&absent).fails(5);
    assert!(absent.contains("pay 3.0.0"), "{absent}");
}

#[test]
fn a_retired_version_is_not_rolled_out() {
    let folder = TempDir::new().unwrap();
    let served = with_versions(&folder);
    let retire = ["step", "retire", "pay", "1.0.1"];
    assert_eq!(served.anyam(&retire).ok(), "retired pay 1.0.1\n");
    let roll_out = ["step", "rollout", "pay", "1.0.1", "--percent", "5"];
    let refused = served.anyam(&roll_out).fails(1);
    assert!(refused.contains("retired"), "{refused}");
    let absent = served.anyam(&["step", "retire", "pay", "9.0.0"]).fails(5);
    assert!(absent.contains("pay 9.0.0"), "{absent}");
}

#[test]
fn a_version_that_breaks_a_process_is_pushed_by_force_alone() {
    let folder = TempDir::new().unwrap();
    let served = with_versions(&folder);
    let other = component(&folder, "number", 0);
    let refused = push(&served, &other, "1.1.0", &[]).fails(1);
    for part in ["process 'orders' version 1", "input.number", "--force"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let versions = |served: &Served| {
        let shown = served.json(&["step", "versions", "pay"]);
        let versions = shown["versions"].as_array().unwrap().clone();
        let versions = versions.into_iter().map(|one| one["version"].clone());
        versions.collect::<Vec<_>>()
    };
    assert_eq!(versions(&served), [json!("1.0.1"), json!("1.0.0")]);
    push(&served, &other, "1.1.0", &["--force"]).ok();
    assert_eq!(versions(&served)[0], json!("1.1.0"));
    // What is deployed keeps what it is bound to.
    assert_eq!(called(&served), "1.0.0");
}
