//! New projects.

use anyam_toolchain::{Language, StepProject, create};

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
fn moonbit() {
    check(Language::MoonBit, &TYPED);
}

/// As `guest-sdk/c/README.md` shows it.
#[test]
fn a_step_in_c_may_take_json() {
    let folder = tempfile::tempdir().unwrap();
    let project = create(Language::C, "echo", &folder.path().join("echo")).unwrap();
    let world = "package example:echo;\nworld step { export anyam:step/handler@0.1.0; }\n";
    std::fs::write(project.folder.join("wit/step.wit"), world).unwrap();
    let source = r#"#include "anyam.h"
#include "step.h"

bool exports_anyam_step_handler_handle(exports_anyam_step_handler_step_context_t *context,
                                       exports_anyam_step_handler_json_t *input,
                                       exports_anyam_step_handler_json_t *ret,
                                       exports_anyam_step_handler_failure_t *err) {
  (void)context, (void)err;
  anyam_format(ret, "{\"input\":%.*s}", ANYAM_TEXT(input));
  return true;
}
"#;
    std::fs::write(project.folder.join("step.c"), source).unwrap();
    assert_eq!(
        shape::exports(&build(&project).file),
        ["anyam:step/handler@0.1.0"]
    );
}

/// As `guest-sdk/moonbit/README.md` tells it.
#[test]
fn a_step_in_moonbit_may_export_an_interface_and_write_to_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let project = create(Language::MoonBit, "noter", &folder.path().join("noter")).unwrap();
    let step =
        "name = \"noter\"\nversion = \"1.0.0\"\nlanguage = \"moonbit\"\nimports = [\"logging\"]\n";
    std::fs::write(project.folder.join("step.toml"), step).unwrap();
    let world = "package example:noter;
interface notes {
  record note { text: string, marks: list<u64>, old: option<s32> }
  take: func(text: string, marks: list<u64>, old: option<s32>) -> result<note, string>;
}
world step { import wasi:logging/logging@0.1.0-draft; export notes; }
";
    std::fs::write(project.folder.join("wit/step.wit"), world).unwrap();
    let source = r#"
pub fn take(text : String, marks : FixedArray[UInt64], old : Int?) -> Result[Note, String] {
  @logging.log(INFO, "notes", "took \{text}")
  if text.is_empty() {
    return Err("nothing to note")
  }
  Ok({ text, marks, old })
}
"#;
    std::fs::write(project.folder.join("step.mbt"), source).unwrap();
    let built = build(&StepProject::open(&project.folder).unwrap());
    assert_eq!(shape::exports(&built.file), ["example:noter/notes"]);
    assert_eq!(shape::imports(&built.file), ["wasi:logging/logging"]);
}

/// What a step is built to reach is what it imports, and nothing else.
#[test]
fn imports_of_a_project_are_in_its_world() {
    let folder = tempfile::tempdir().unwrap();
    let project = create(Language::C, "remember", &folder.path().join("remember")).unwrap();
    std::fs::remove_dir_all(project.folder.join("wit")).unwrap();
    let step = "name = \"remember\"\nversion = \"1.0.0\"\nlanguage = \"c\"\n\
                imports = [\"key-value\", \"messaging\"]\n";
    std::fs::write(project.folder.join("step.toml"), step).unwrap();
    let source = r#"#include "step.h"

static void open_store(void) {
  step_string_t name;
  step_string_set(&name, "orders");
  wasi_keyvalue_store_own_bucket_t bucket;
  wasi_keyvalue_store_error_t error;
  wasi_keyvalue_store_open(&name, &bucket, &error);
}

bool exports_anyam_step_handler_handle(exports_anyam_step_handler_step_context_t *context,
                                       exports_anyam_step_handler_json_t *input,
                                       exports_anyam_step_handler_json_t *ret,
                                       exports_anyam_step_handler_failure_t *err) {
  (void)context, (void)err;
  open_store();
  *ret = *input;
  return true;
}

void exports_anyam_step_manifest_describe(exports_anyam_step_manifest_description_t *ret) {
  *ret = (exports_anyam_step_manifest_description_t){0};
}
"#;
    std::fs::write(project.folder.join("step.c"), source).unwrap();
    let project = StepProject::open(&project.folder).unwrap();
    let imports = shape::imports(&build(&project).file);
    assert!(
        imports.contains(&"wasi:keyvalue/store".to_owned()),
        "{imports:?}"
    );
    // The messages were imported, and the step sends none.
    assert!(
        !imports.contains(&"anyam:step/messaging".to_owned()),
        "{imports:?}"
    );
}

#[test]
fn a_folder_with_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "1").unwrap();
    let error = create(Language::C, "quote", folder.path()).unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
