//! `anyam dev` on a project that changes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::cli_program::{anyam, command};

/// Longer than a build takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// A person looks at each order before it is greeted.
const MODEL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="welcome" isExecutable="true">
    <startEvent id="begin"/>
    <userTask id="look"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <serviceTask id="greeting"><extensionElements>
      <zeebe:taskDefinition type="greet@0.1"/></extensionElements></serviceTask>
    <endEvent id="done"/>
    <sequenceFlow id="a" sourceRef="begin" targetRef="look"/>
    <sequenceFlow id="b" sourceRef="look" targetRef="greeting"/>
    <sequenceFlow id="c" sourceRef="greeting" targetRef="done"/>
  </process>
</definitions>"#;

/// A running `anyam dev`.
struct Dev {
    child: Child,
    lines: Receiver<String>,
    address: String,
}

impl Dev {
    fn start(folder: &Path) -> Self {
        let mut child = command()
            .arg("dev")
            .arg(folder)
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let mut dev = Self {
            child,
            lines,
            address: String::new(),
        };
        let first = dev.until("Anyam serves").pop().unwrap();
        let address = first.split(" at ").nth(1).unwrap();
        dev.address = address.split(';').next().unwrap().to_owned();
        dev
    }

    /// The lines up to the next one that contains `text`.
    #[track_caller]
    fn until(&self, text: &str) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    assert!(
                        !line.contains('\u{1b}'),
                        "no colours off a terminal: {line:?}"
                    );
                    seen.push(line);
                    if seen.last().unwrap().contains(text) {
                        return seen;
                    }
                }
                Err(_) => panic!("no line contains {text:?}: {seen:#?}"),
            }
        }
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let server = ["--server", &self.address, "--json"];
        anyam(arguments.iter().copied().chain(server)).json()
    }

    fn begin(&self) -> String {
        let started = self.json(&["start", "welcome", "--variables", r#"{"name": "Ada"}"#]);
        started["processInstanceKey"].as_str().unwrap().to_owned()
    }

    /// Completes the user task of an instance; the greeting it ends with.
    fn finish(&self, instance: &str) -> String {
        let tasks = self.json(&["task", "list", "--instance", instance]);
        let task = tasks["items"][0]["userTaskKey"].as_str().unwrap();
        let complete = ["task", "complete", task, "--server", &self.address];
        anyam(complete).ok();
        self.until(&format!("{instance}  completed"));
        let shown = self.json(&["instance", "show", instance]);
        let variables = shown["variables"]["items"].as_array().unwrap();
        let greeting = variables.iter().find(|one| one["name"] == "greeting");
        greeting.unwrap()["value"].as_str().unwrap().to_owned()
    }

    fn interrupt(mut self) -> i32 {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args(["-INT", &pid]).status();
        assert!(kill.unwrap().success());
        self.child
            .wait()
            .unwrap()
            .code()
            .expect("it ended by itself")
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // After `interrupt` there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn changes_are_built_and_deployed_in_place_and_errors_shown() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let step = folder.join("steps/greet");
    let new = ["step", "new", "greet", "--lang", "rust", "--dir"];
    anyam(new.into_iter().chain([step.to_str().unwrap()])).ok();
    fs::write(folder.join("welcome.bpmn"), MODEL).unwrap();
    fs::create_dir(folder.join("inputs")).unwrap();
    fs::write(folder.join("inputs/ada.json"), r#"{"name": "Ada"}"#).unwrap();
    let source = step.join("src/lib.rs");
    let first = fs::read_to_string(&source).unwrap();

    let dev = Dev::start(folder);
    dev.until("welcome version 1");
    assert!(
        !folder.join(".anyam-dev/data/components").exists(),
        "compiled components are where the other commands find them"
    );
    let ways = dev
        .until("anyam start welcome --variables @")
        .pop()
        .unwrap();
    assert!(
        ways.contains("inputs/ada.json") && ways.contains("--server"),
        "{ways}"
    );
    let old = dev.begin();
    dev.until(&format!("{old}  entered look, user task"));

    // What does not build is told with its place, and what ran before runs on.
    fs::write(&source, first.replace("Ok(Output", "Ok(Outptu")).unwrap();
    dev.until("error: ");
    dev.until("src/lib.rs:");
    let other = dev.begin();
    let log = dev.until(&format!("{other}  started welcome version 1"));
    drop(log);
    assert_eq!(dev.finish(&other), "\"Hello, Ada!\"");

    // Mended, with another greeting: a new version, for new instances.
    fs::write(&source, first.replace("Hello", "Good day")).unwrap();
    dev.until("greet 0.1.0+dev.2 built");
    dev.until("welcome version 2");
    let new = dev.begin();
    assert_eq!(dev.finish(&new), "\"Good day, Ada!\"");
    assert_eq!(dev.finish(&old), "\"Hello, Ada!\"");

    // What breaks the deployed process is uploaded as well: the process is deployed with it.
    let titled = "pub name: String,\n    /// Before the name.\n    pub title: String,";
    let titled = first
        .replace("pub name: String,", titled)
        .replace("\"Hello, {}!\", ", "\"Hello, {} {}!\", input.title, ");
    fs::write(&source, titled).unwrap();
    dev.until("greet 0.1.0+dev.3 built");
    dev.until("welcome version 3");

    // A model that is refused is told with its place.
    fs::write(
        folder.join("welcome.bpmn"),
        MODEL.replace("targetRef=\"done\"", ""),
    )
    .unwrap();
    let refused = dev.until("welcome.bpmn:").join("\n");
    assert!(refused.contains("error: "), "{refused}");
    fs::write(
        folder.join("welcome.bpmn"),
        MODEL.replace("id=\"done\"", "id=\"done\" name=\"x\""),
    )
    .unwrap();
    dev.until("welcome version 4");

    // The folder is this server's alone.
    let second = anyam(["dev", folder.to_str().unwrap(), "--listen", "127.0.0.1:0"]).fails(1);
    assert!(second.contains("another `anyam dev`"), "{second}");
    assert_eq!(dev.interrupt(), 0);
}
