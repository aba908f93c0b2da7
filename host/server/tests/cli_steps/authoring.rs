//! From an empty folder to a step that passes its cases.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli_program::{Run, Served, anyam};

/// An empty folder and the project that was made in it.
struct Project {
    _folder: TempDir,
    path: PathBuf,
}

impl Project {
    fn new(language: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("greet");
        let dir = path.to_str().unwrap();
        let said = anyam(["step", "new", "greet", "--lang", language, "--dir", dir]).ok();
        assert!(said.contains("anyam step test"), "{said}");
        Self {
            _folder: folder,
            path,
        }
    }

    fn dir(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn step(&self, command: &str, more: &[&str]) -> Run {
        anyam(
            ["step", command, self.dir()]
                .into_iter()
                .chain(more.iter().copied()),
        )
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path.join(path), text).unwrap();
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let file = self.path.join(path);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from} is not in {path}");
        fs::write(file, text.replace(from, to)).unwrap();
    }
}

#[test]
fn a_new_project_builds_and_passes_its_cases() {
    for language in ["rust", "assemblyscript", "moonbit"] {
        let project = Project::new(language);
        let said = project.step("test", &[]).ok();
        assert!(said.contains("pass  greets"), "{language}: {said}");
        assert!(said.contains(" 0 failed"), "{language}: {said}");
    }
}

#[test]
fn what_a_project_says_and_does_is_shown() {
    let project = Project::new("rust");
    let output = project.step("run", &["--input", r#"{"name": "Ada"}"#]).ok();
    let output: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(output, json!({"greeting": "Hello, Ada!"}));
    let facts = project.step("inspect", &["--json"]).json();
    assert_eq!(facts["effect"], "pure");
    assert_eq!(facts["grants"], Value::Null);
    assert_eq!(facts["manifest"]["name"], "greet");
    let schema = &facts["manifest"]["inputSchema"];
    assert_eq!(schema["properties"]["name"]["type"], "string");
    assert!(
        facts["provenance"]["tools"]["wit-component"].is_string(),
        "{facts}"
    );
    let people = project.step("inspect", &[]).ok();
    for text in ["sha256 ", "anyam:step/handler", "NO_NAME", "wit-component"] {
        assert!(people.contains(text), "{text} is not in:\n{people}");
    }
    let file = project.path.join("out.wasm");
    let built = project.step("build", &["-o", file.to_str().unwrap()]).ok();
    assert!(
        built.contains("out.wasm") && built.contains("kB, pure"),
        "{built}"
    );
    // What was built is a component by itself.
    let run = ["step", "run", file.to_str().unwrap(), "--json"];
    let run = anyam(run.into_iter().chain(["--input", r#"{"name": "Bo"}"#])).json();
    assert_eq!(run["output"]["greeting"], "Hello, Bo!");
    assert!(
        run["usage"]["memoryPeakBytes"].as_u64().unwrap() > 0,
        "{run}"
    );
}

#[test]
fn failed_cases_are_shown_with_their_difference_and_log() {
    let project = Project::new("rust");
    let greets = "Ok(Output {";
    project.replace(
        "src/lib.rs",
        greets,
        &format!("println!(\"so far\"); {greets}"),
    );
    project.write(
        "cases/wrong.json",
        r#"{"input": {"name": "Ada"}, "output": {"greeting": "Hello, Bo!"}}"#,
    );
    let run = project.step("test", &[]);
    assert_eq!(run.code, 1, "{run:?}");
    for text in [
        "pass  greets",
        "FAIL  wrong",
        r#"output.greeting: expected "Hello, Bo!", got "Hello, Ada!""#,
        "stdout: so far",
        "2 passed, 1 failed",
    ] {
        assert!(
            run.stdout.contains(text),
            "{text} is not in:\n{}",
            run.stdout
        );
    }
    let run = project.step("test", &["--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&result["passed"], &result["failed"]),
        (&json!(2), &json!(1))
    );
    project.step("test", &["--only", "greets"]).ok();
    let none = project.step("test", &["--only", "nothing"]).fails(1);
    assert!(none.contains("no case"), "{none}");
    project.write("cases/wrong.json", r#"{"input": {}}"#);
    let odd = project.step("test", &[]).fails(1);
    assert!(
        odd.contains("wrong.json") && odd.contains("exactly one of"),
        "{odd}"
    );
}

#[test]
fn a_step_that_fails_is_told_with_its_exit_code() {
    let project = Project::new("rust");
    let run = project.step("run", &["--input", r#"{"name": ""}"#]);
    let said = run.fails(1);
    assert!(said.contains("BPMN error NO_NAME"), "{said}");
    let said = project.step("run", &["--input", "[]"]).fails(2);
    assert!(said.contains("--input"), "{said}");
    let said = project.step("run", &["--config", "x"]).fails(2);
    assert!(said.contains("KEY=VALUE"), "{said}");
}

#[test]
fn an_error_of_the_compiler_is_shown_as_it_is() {
    let project = Project::new("rust");
    project.replace("src/lib.rs", "Ok(Output {", "Ok(Outptu {");
    let other = Project::new("rust");
    other.step("build", &[]).ok();
    // A project of the same name that does build must not stand in.
    for command in ["build", "test"] {
        let said = project.step(command, &[]).fails(1);
        assert!(
            said.contains("Outptu") && said.contains("src/lib.rs:"),
            "{said}"
        );
    }
}

#[test]
fn a_warm_up_names_cases_that_answer() {
    let project = Project::new("rust");
    let named = |names: &str| {
        project.replace(
            "step.toml",
            "language =",
            &format!("warm-up = {names}\nlanguage ="),
        );
    };
    project.write("cases/other.json", r#"{"input": {}, "failure": "name"}"#);
    named("[\"nobody\"]");
    let said = project.step("build", &[]).fails(1);
    assert!(
        said.contains("step.toml: warm-up: there is no case nobody"),
        "{said}"
    );
    project.replace("step.toml", "nobody", "other");
    let said = project.step("build", &[]).fails(1);
    assert!(
        said.contains("warm-up (other): call 1 of the warm-up failed"),
        "{said}"
    );
    project.replace("step.toml", "other", "greets");
    let built = project.step("build", &["--json"]);
    let built = built.json();
    let file = built["file"].as_str().unwrap();
    assert!(file.contains(".warm-up/"), "{file}");
    // It answers as before, and is not made again.
    let made = fs::metadata(file).unwrap().modified().unwrap();
    project.step("test", &["--only", "greets"]).ok();
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), made);
}

#[test]
fn what_cannot_be_made_is_refused() {
    let project = Project::new("rust");
    let again = [
        "step",
        "new",
        "greet",
        "--lang",
        "rust",
        "--dir",
        project.dir(),
    ];
    let said = anyam(again).fails(1);
    assert!(said.contains("not empty"), "{said}");
    let said = anyam(["step", "new", "greet", "--lang", "cobol"]).fails(2);
    assert!(
        said.contains("cobol") && said.contains("typescript"),
        "{said}"
    );
    let folder = TempDir::new().unwrap();
    let nothing = folder.path().to_str().unwrap();
    let said = anyam(["step", "build", nothing]).fails(1);
    assert!(said.contains("step.toml"), "{said}");
    let text = folder.path().join("x.wasm");
    fs::write(&text, "hello").unwrap();
    let said = anyam(["step", "inspect", text.to_str().unwrap()]).fails(1);
    assert!(said.contains("text file"), "{said}");
}

#[test]
fn a_project_is_pushed_under_its_own_name_and_pulled_again() {
    let project = Project::new("rust");
    let served = Served::start();
    let pushed = served.json(&["step", "push", project.dir()]);
    assert_eq!(
        (&pushed["name"], &pushed["version"]),
        (&json!("greet"), &json!("0.1.0"))
    );
    served
        .anyam(&["step", "push", project.dir(), "--version", "0.2.0"])
        .ok();
    let versions = served.anyam(&["step", "versions", "greet"]).ok();
    let (new, old) = (
        versions.find("0.2.0").unwrap(),
        versions.find("0.1.0").unwrap(),
    );
    assert!(new < old, "{versions}");

    let file = project.path.join("pulled.wasm");
    let file = file.to_str().unwrap();
    let pulled = served.json(&["step", "pull", "greet@0.1.0", "-o", file]);
    assert_eq!(
        (&pulled["version"], &pulled["digest"]),
        (&json!("0.1.0"), &pushed["digest"])
    );
    let bytes = fs::read(file).unwrap();
    assert_eq!(bytes.len() as u64, pushed["size"].as_u64().unwrap());
    let latest = served.json(&["step", "pull", "greet", "-o", file]);
    assert_eq!(latest["version"], "0.2.0");
    served
        .anyam(&["step", "pull", "greet@1", "-o", file])
        .fails(5);
    served.anyam(&["step", "versions", "other"]).fails(5);
    let said = served.anyam(&["step", "push", file]).fails(2);
    assert!(said.contains("--name"), "{said}");
}

#[test]
fn a_process_is_made_beside_its_step() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("greet");
    let dir = dir.to_str().unwrap();
    let new = [
        "step",
        "new",
        "greet",
        "--lang",
        "rust",
        "--process",
        "--dir",
        dir,
    ];
    let said = anyam(new).ok();
    assert!(said.contains("anyam dev"), "{said}");
    let input = fs::read_to_string(folder.path().join("inputs/greet.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&input).unwrap(),
        json!({"name": "Ada"})
    );
    let model: &Path = &folder.path().join("greet.bpmn");
    let served = Served::start();
    served.anyam(&["step", "push", dir]).ok();
    served.anyam(&["deploy", model.to_str().unwrap()]).ok();
    let input = format!("@{}", folder.path().join("inputs/greet.json").display());
    let start = ["start", "greet", "--await", "--variables", &input];
    let ended = served.json(&start);
    assert_eq!(ended["variables"]["greeting"], "Hello, Ada!");
}
