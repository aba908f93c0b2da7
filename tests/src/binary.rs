//! The binary under test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use crate::report;

/// The `anyam` binary of the profile that this test was built with; built where it is missing or
/// older than its sources.
///
/// `cargo test --workspace` has built it already. `cargo test -p anyam-tests` builds the library
/// alone.
pub fn anyam() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let place = Place::of_this_test();
        let binary = place.folder.join("anyam");
        let built = modified(&binary);
        if built.is_none_or(|built| built < newest_source()) {
            place.build();
        }
        assert!(
            binary.exists(),
            "cargo built no {}; run `cargo build -p anyam`",
            binary.display()
        );
        binary
    })
}

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies in a folder of the repository")
}

/// Where cargo puts what it builds with one profile.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn of_this_test() -> Self {
        let test = std::env::current_exe().expect("this program has a file");
        // Tests and benchmarks lie in the folder `deps` of their profile.
        let deps = test
            .ancestors()
            .find(|folder| folder.file_name() == Some(OsStr::new("deps")))
            .expect("cargo runs tests from a folder `deps`");
        let folder = deps.parent().expect("`deps` is in a folder").to_owned();
        Self { folder }
    }

    fn build(&self) {
        let folder = self
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let profile = if folder == "debug" { "dev" } else { &folder };
        let target = self.folder.parent().expect("a profile is in a folder");
        report::say(&format!("building the anyam binary ({profile})"));
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "--package",
                "anyam",
                "--bin",
                "anyam",
                "--profile",
                profile,
            ])
            .arg("--target-dir")
            .arg(target)
            .current_dir(repository())
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the anyam binary does not build");
    }
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|meta| meta.modified()).ok()
}

fn is_source(file: &Path) -> bool {
    let ending = file.extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| ["rs", "toml", "wit", "html"].contains(&ending))
}

/// When the sources of the binary were last changed.
fn newest_source() -> SystemTime {
    let repository = repository();
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut open = vec![repository.join("host"), repository.join("wit")];
    while let Some(folder) = open.pop() {
        let Ok(entries) = folder.read_dir() else {
            continue;
        };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() {
                if name != "tests" && name != "examples" && name != "target" {
                    open.push(path);
                }
            } else if is_source(&path)
                && let Some(changed) = modified(&path)
            {
                newest = newest.max(changed);
            }
        }
    }
    newest
}
