//! What is built again, and what a failed build says.

use std::fs;
use std::path::Path;
use std::thread;

use anyam_toolchain::{Language, StepProject, Toolchain, ToolchainError, create};

use crate::{build, shape};

fn project(folder: &Path) -> StepProject {
    create(Language::C, "greet", &folder.join("greet")).unwrap()
}

fn change(project: &StepProject, file: &str, from: &str, to: &str) {
    let path = project.folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replace(from, to)).unwrap();
}

#[test]
fn a_project_is_built_again_only_after_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let first = build(&project);
    let made = fs::metadata(&first.file).unwrap().modified().unwrap();
    assert_eq!(build(&project), first);
    assert_eq!(fs::metadata(&first.file).unwrap().modified().unwrap(), made);
    change(&project, "step.c", "Hello", "Good day");
    let second = build(&project);
    assert_ne!(second.file, first.file);
    assert!(
        first.file.exists(),
        "whoever holds the older one may still read it"
    );
    change(&project, "step.c", "Good day", "Hello");
    assert_eq!(build(&project).file, first.file);
}

#[test]
fn the_newest_components_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let files: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| {
            fs::write(project.folder.join("cases/name.txt"), name).unwrap();
            build(&project).file
        })
        .collect();
    let there: Vec<_> = files.iter().map(|file| file.exists()).collect();
    assert_eq!(there, [false, true, true, true]);
}

#[test]
fn builds_at_once_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let built: Vec<_> = thread::scope(|scope| {
        let builds: Vec<_> = (0..4).map(|_| scope.spawn(|| build(&project))).collect();
        builds
            .into_iter()
            .map(|each| each.join().unwrap())
            .collect()
    });
    assert!(built.iter().all(|each| each == &built[0]), "{built:?}");
    assert_eq!(shape::exports(&built[0].file).len(), 1);
}

#[test]
fn an_error_of_the_compiler_names_file_and_line() {
    for (language, file, from, to, place) in [
        (
            Language::C,
            "step.c",
            "return true",
            "return yes",
            "step.c:10",
        ),
        (
            Language::Cpp,
            "step.cpp",
            "return true",
            "return yes",
            "step.cpp:12",
        ),
        (
            Language::Zig,
            "step.zig",
            "return true",
            "return yes",
            "step.zig:16",
        ),
        (Language::Go, "step.go", "== \"\"", "== 1", "step.go:2"),
        (
            Language::AssemblyScript,
            "step.ts",
            ".length == 0",
            ".size == 0",
            "step.ts(11",
        ),
        (
            Language::MoonBit,
            "step.mbt",
            "is_empty",
            "is_void",
            "step.mbt:4",
        ),
        (
            Language::Rust,
            "src/lib.rs",
            "is_empty",
            "is_void",
            "src/lib.rs:2",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let project = create(language, "greet", &folder.path().join("greet")).unwrap();
        change(&project, file, from, to);
        let error = Toolchain::of_machine().build(&project).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, ToolchainError::BuildFailed { .. }),
            "{language}: {text}"
        );
        assert!(text.contains(place), "{language}: {text}");
        // A failure leaves nothing that would pass for a component later.
        assert!(
            Toolchain::of_machine().build(&project).is_err(),
            "{language}"
        );
    }
}

#[test]
fn a_function_that_is_missing_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    change(
        &project,
        "step.c",
        "exports_step_greet",
        "exports_step_meet",
    );
    let text = Toolchain::of_machine()
        .build(&project)
        .unwrap_err()
        .to_string();
    assert!(text.contains("exports_step_greet"), "{text}");
}

#[test]
fn a_project_without_sources_says_which_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    fs::remove_file(project.folder.join("step.c")).unwrap();
    let text = Toolchain::of_machine()
        .build(&project)
        .unwrap_err()
        .to_string();
    assert!(text.contains("no file *.c"), "{text}");
}
