//! `anyam tenant`.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli_program::{Served, command};
use crate::{start, task_process, with_process};

/// Runs `anyam tenant` for the tenant `acme`.
fn tenant(served: &Served, arguments: &[&str]) -> crate::cli_program::Run {
    let whole = [&["tenant"][..], arguments, &["--tenant", "acme"]].concat();
    served.anyam(&whole)
}

/// Writes a JSON file; its path.
fn file(folder: &TempDir, value: &Value) -> String {
    let file = folder.path().join("settings.json");
    fs::write(&file, value.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Keeps a secret that comes from stdin; the exit code and what was said.
fn keep(served: &Served, name: &str, stdin: &str) -> (i32, String) {
    let set = ["tenant", "secret", "set", name, "--tenant", "acme"];
    let mut child = command()
        .args(set)
        .args(["--server", &served.address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(stdin.as_bytes()).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap();
    (code, String::from_utf8(said).unwrap())
}

#[test]
fn grants_are_set_shown_and_taken_away() {
    let (served, folder) = (Served::start(), TempDir::new().unwrap());
    let absent = tenant(&served, &["grants", "get"]).fails(5);
    assert!(absent.contains("acme"), "{absent}");
    let grants = json!({"http": [{"host": "api.example.com", "scheme": "https"}],
        "keyValue": ["orders*"]});
    let file_of = |value: &Value| file(&folder, value);
    let set = ["grants", "set", &file_of(&grants)];
    assert_eq!(tenant(&served, &set).json(), grants);
    assert_eq!(tenant(&served, &["grants", "get"]).json(), grants);
    let wrong = ["grants", "set", &file_of(&json!({"keyvalue": []}))];
    let refused = tenant(&served, &wrong).fails(1);
    assert!(refused.contains("keyvalue"), "{refused}");
    let missing = tenant(&served, &["grants", "set", "no-such.json"]).fails(2);
    assert!(missing.contains("no-such.json"), "{missing}");
    assert_eq!(tenant(&served, &["grants", "get"]).json(), grants);
    let cleared = tenant(&served, &["grants", "clear"]).ok();
    assert_eq!(cleared, "tenant 'acme' grants nothing\n");
    assert_eq!(tenant(&served, &["grants", "get"]).json(), json!({}));
}

#[test]
fn values_of_the_configuration_are_set_listed_and_removed() {
    let served = Served::start();
    let set = tenant(&served, &["config", "set", "url/of it", "https://a"]).ok();
    assert_eq!(set, "set url/of it\n");
    let listed = tenant(&served, &["config", "list"]).ok();
    assert!(
        listed.contains("url/of it") && listed.contains("https://a"),
        "{listed}"
    );
    let removed = tenant(&served, &["config", "delete", "url/of it"]).ok();
    assert_eq!(removed, "removed url/of it\n");
    let listed = tenant(&served, &["config", "list"]).ok();
    assert!(!listed.contains("url/of it"), "{listed}");
}

#[test]
fn secrets_come_from_stdin_and_are_listed_by_name() {
    let served = Served::start();
    let told = keep(&served, "API_KEY", "hunter2\n");
    assert_eq!(told, (0, "kept API_KEY\n".to_owned()));
    let listed = tenant(&served, &["secret", "list"]).ok();
    assert!(
        listed.contains("API_KEY") && !listed.contains("hunter2"),
        "{listed}"
    );
    let (code, said) = keep(&served, "API_KEY", "\n");
    assert!(
        code == 2 && said.contains("stdin is empty"),
        "{code} {said}"
    );
    let (code, said) = keep(&served, "a b", "hunter2");
    assert!(code == 1 && !said.contains("hunter2"), "{code} {said}");
    let removed = tenant(&served, &["secret", "delete", "API_KEY"]).ok();
    assert_eq!(removed, "removed API_KEY\n");
    let listed = tenant(&served, &["secret", "list", "--json"]).json();
    assert_eq!(listed, json!({"items": []}));
}

#[test]
fn limits_are_set_shown_and_given_back() {
    let (served, folder) = (Served::start(), TempDir::new().unwrap());
    let limits = json!({"step": {"callTimeMs": 60_000}});
    let set = tenant(&served, &["limits", "set", &file(&folder, &limits)]).ok();
    assert_eq!(set, "set the limits of tenant 'acme'\n");
    let shown = tenant(&served, &["limits", "get"]).json();
    assert_eq!(shown["overrides"], limits);
    assert_eq!(shown["effective"]["step"]["callTimeMs"], 60_000);
    let wrong = json!({"step": {"callTimeMs": 0}});
    let refused = tenant(&served, &["limits", "set", &file(&folder, &wrong)]).fails(1);
    assert!(refused.contains("step.callTimeMs"), "{refused}");
    let cleared = tenant(&served, &["limits", "clear"]).ok();
    assert_eq!(cleared, "cleared the limits of tenant 'acme'\n");
    let shown = tenant(&served, &["limits", "get"]).json();
    assert_eq!(shown["overrides"], json!({}));
}

#[test]
fn usage_is_shown_by_day_and_step() {
    let served = with_process(&task_process());
    for _ in 0..2 {
        start(&served, "ask", "{}");
    }
    let shown = served.json(&["tenant", "usage"]);
    assert_eq!(shown["total"]["instancesStarted"], 2, "{shown:#}");
    let text = served.anyam(&["tenant", "usage"]).ok();
    assert!(
        text.contains("2 instances started, 0 completed") && text.contains("CPU MS"),
        "{text}"
    );
    let past = ["tenant", "usage", "--from", "2020-01-01", "--to"];
    let past = served.json(&[&past[..], &["2020-01-02"]].concat());
    assert_eq!(past["total"]["instancesStarted"], 0, "{past:#}");
    let wrong = ["tenant", "usage", "--from", "yesterday"];
    let refused = served.anyam(&wrong).fails(1);
    assert!(refused.contains("from"), "{refused}");
}
