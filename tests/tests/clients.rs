//! Clients that others have published, unmodified, against the real server.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyam_tests::{Served, binary};

/// Runs a command to its end; what it has written where it fails.
#[track_caller]
fn run(command: &mut Command) -> String {
    let done = command.output();
    let done = done.unwrap_or_else(|error| panic!("{command:?} does not run: {error}"));
    let text = [&*done.stdout, &*done.stderr].map(String::from_utf8_lossy);
    assert!(done.status.success(), "{command:?}\n{}{}", text[0], text[1]);
    text[0].to_string()
}

/// A copy of a project of `tests/clients` with its packages, where they are not there yet.
fn installed(project: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(project);
    let copy = binary::repository()
        .join("target")
        .join("clients")
        .join(project);
    std::fs::create_dir_all(&copy).expect("target can be written");
    for file in source.read_dir().expect("the project is there").flatten() {
        if file.path().is_file() {
            std::fs::copy(file.path(), copy.join(file.file_name())).expect("files can be copied");
        }
    }
    run(Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--prefer-offline"])
        .current_dir(&copy));
    copy
}

/// The client checks each answer against the schemas that it was published with.
#[test]
fn camundas_client_finds_what_it_expects() {
    let project = installed("camunda");
    let served = Served::start();
    let told = run(Command::new("node")
        .arg("main.mjs")
        .current_dir(&project)
        .env("CAMUNDA_REST_ADDRESS", served.address())
        .env("CAMUNDA_AUTH_STRATEGY", "NONE")
        .env("CAMUNDA_SDK_VALIDATION", "req:strict,res:strict")
        .env("CAMUNDA_SDK_LOG_LEVEL", "error"));
    let done = told.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(done, 9, "{told}");
}
