//! Python, TypeScript and JavaScript.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyam_toolchain::{Language, StepProject, Toolchain, ToolchainError, create};
use tempfile::TempDir;

use crate::shape;

/// A project made from the template of a language.
fn made(language: Language) -> (TempDir, StepProject) {
    let folder = tempfile::tempdir().unwrap();
    let project = create(language, "greet-someone", &folder.path().join("project")).unwrap();
    (folder, project)
}

/// Runs a command in a project, such as its unit tests.
#[track_caller]
fn run(project: &StepProject, command: &str) {
    let node = Toolchain::of_machine().node_folder().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = node.into_iter().chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(&project.folder)
        .env("PATH", std::env::join_paths(folders).unwrap())
        .output()
        .unwrap();
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, error) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success(), "{command}:\n{out}\n{error}");
}

/// Builds a project; the error where it does not build.
fn build(project: &StepProject) -> Result<std::path::PathBuf, ToolchainError> {
    Toolchain::of_machine().build(project).map(|step| step.file)
}

#[track_caller]
fn is_step(component: &Path) {
    let (imports, exports) = (shape::imports(component), shape::exports(component));
    for interface in ["anyam:step/handler@", "anyam:step/manifest@"] {
        let found = exports.iter().any(|export| export.starts_with(interface));
        assert!(found, "no {interface} in {exports:?}");
    }
    let reaches = |import: &&String| import.contains("http") || import.contains("keyvalue");
    assert_eq!(imports.iter().find(reaches), None);
}

#[track_caller]
fn says(error: &ToolchainError, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "no `{from}` in {}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn python_builds_and_passes_its_tests_at_once() {
    let (_folder, project) = made(Language::Python);
    if Command::new("python3").arg("--version").output().is_ok() {
        run(
            &project,
            "PYTHONPATH=./.anyam/sdk/python python3 -m unittest",
        );
    } else {
        // Only the macros are captured: this is seen.
        let told = "the unit tests of a new Python step were not run: there is no python3";
        let _ = writeln!(std::io::stderr(), "{told}");
    }
    let built = build(&project).unwrap();
    is_step(&built);
    assert_eq!(build(&project).unwrap(), built);
}

#[test]
fn typescript_builds_and_passes_its_tests_at_once() {
    let (_folder, project) = made(Language::TypeScript);
    run(&project, "npm install --no-audit --no-fund && npm test");
    let built = build(&project).unwrap();
    is_step(&built);
    assert_eq!(build(&project).unwrap(), built);
}

#[test]
fn javascript_builds_and_passes_its_tests_at_once() {
    let (_folder, project) = made(Language::JavaScript);
    run(&project, "npm install --no-audit --no-fund && npm test");
    is_step(&build(&project).unwrap());
}

#[test]
fn a_type_error_is_shown_with_its_place() {
    let (_folder, project) = made(Language::TypeScript);
    let source = project.folder.join("src/step.ts");
    replace(&source, "`Hello, ${name}!`", "name.length");
    let error = build(&project).unwrap_err();
    says(
        &error,
        &[
            "src/step.ts(",
            "TS2345",
            "'number' is not assignable to type 'string'",
        ],
    );
    assert!(matches!(error, ToolchainError::BuildFailed { .. }));
}

#[test]
fn a_module_that_fails_or_exports_no_step_is_shown() {
    let (_folder, project) = made(Language::JavaScript);
    let source = project.folder.join("src/step.js");
    replace(
        &source,
        "export default step(",
        "export const other = step(",
    );
    says(
        &build(&project).unwrap_err(),
        &["src/step.js must export a step"],
    );
    fs::write(&source, "import { x } from './missing.js';\n").unwrap();
    says(
        &build(&project).unwrap_err(),
        &["./missing.js", "step.js:1"],
    );
    fs::remove_file(&source).unwrap();
    says(
        &build(&project).unwrap_err(),
        &["neither src/step.js nor step.js"],
    );

    let (_folder, project) = made(Language::Python);
    let source = project.folder.join("step.py");
    replace(&source, "@step(", "@other(");
    says(
        &build(&project).unwrap_err(),
        &["step.py", "NameError", "other"],
    );
    fs::write(&source, "x = 1\n").unwrap();
    says(
        &build(&project).unwrap_err(),
        &["decorator `@step`, but it has 0"],
    );
    fs::remove_file(&source).unwrap();
    says(&build(&project).unwrap_err(), &["there is no step.py"]);
}

#[test]
fn a_package_that_a_step_depends_on_is_built_in() {
    let (_folder, project) = made(Language::JavaScript);
    let package = project.folder.join("vendor/loud");
    fs::create_dir_all(&package).unwrap();
    let manifest = r#"{"name":"loud","version":"1.0.0","type":"module","main":"index.js"}"#;
    fs::write(package.join("package.json"), manifest).unwrap();
    fs::write(
        package.join("index.js"),
        "export const loud = (x) => x.toUpperCase();\n",
    )
    .unwrap();
    let manifest = project.folder.join("package.json");
    replace(
        &manifest,
        "\"dependencies\": {",
        "\"dependencies\": {\n\"loud\": \"file:vendor/loud\",",
    );
    let source = project.folder.join("src/step.js");
    replace(
        &source,
        "import {",
        "import { loud } from \"loud\";\nimport {",
    );
    replace(&source, "Hello, ${name}!", "Hello, ${loud(name)}!");
    is_step(&build(&project).unwrap());
}
