//! New projects.

use anyam_toolchain::{Language, create};

use crate::{build, shape};

/// A new project builds and exports what a process calls: one typed function, or the handler and
/// the manifest.
fn check(language: Language, exports: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let project = create(language, "greet-someone", &folder.path().join("greet")).unwrap();
    let built = build(&project);
    assert_eq!(built.name, "greet-someone");
    assert_eq!(shape::exports(&built.file), exports);
    let cases = std::fs::read_dir(project.folder.join("cases")).unwrap();
    assert!(cases.count() > 0, "a new project has a case to pass");
}

const TYPED: [&str; 1] = [
    "greet-someone: func(name: string) -> result<greeting { greeting: string }, refusal { no-name }>",
];
const HANDLER: [&str; 2] = ["anyam:step/handler@0.1.0", "anyam:step/manifest@0.1.0"];

#[test]
fn rust() {
    check(Language::Rust, &HANDLER);
}

#[test]
fn go() {
    check(Language::Go, &HANDLER);
}

#[test]
fn c() {
    check(Language::C, &TYPED);
}

#[test]
fn cpp() {
    check(Language::Cpp, &TYPED);
}

#[test]
fn zig() {
    check(Language::Zig, &TYPED);
}

#[test]
fn assemblyscript() {
    check(Language::AssemblyScript, &TYPED);
}

#[test]
fn a_folder_with_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "1").unwrap();
    let error = create(Language::C, "quote", folder.path()).unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
