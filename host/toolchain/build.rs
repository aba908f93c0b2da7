//! Says which folders are embedded, and finds what the generator of Go bindings leaves to a module
//! of its own: the packages that generated code imports, which its crate carries along.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The crate that carries the Go packages.
const GENERATOR: &str = "wit-bindgen-go";

fn main() {
    let folders = ["../../wit", "../../guest-sdk", "../sandbox/wit"];
    for folder in folders.into_iter().chain(["wasi", "src/templates"]) {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    println!("cargo::rerun-if-changed=../../Cargo.toml");
    println!("cargo::rerun-if-changed=build.rs");
    let packages = crate_folder().join("src").join("pkg");
    let target = PathBuf::from(variable("OUT_DIR")).join("go-pkg");
    if target.exists() {
        fs::remove_dir_all(&target).expect("OUT_DIR can be written");
    }
    copy(&packages.join("wit"), &target.join("wit"));
    for file in ["go.mod", "LICENSE"] {
        let from = packages.join(file);
        fs::copy(&from, target.join(file))
            .unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
}

/// Where cargo keeps the sources of the generator.
///
/// Cargo is asked about a package that needs nothing but the generator, at the versions of the
/// lock file. All of that is there, because it was just built; what else the workspace needs may
/// not have been downloaded.
fn crate_folder() -> PathBuf {
    let lock = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let lock =
        fs::read_to_string(&lock).unwrap_or_else(|error| panic!("{}: {error}", lock.display()));
    let version = locked(&lock).expect("Cargo.lock has the generator");
    let query = PathBuf::from(variable("OUT_DIR")).join("query");
    fs::create_dir_all(&query).expect("OUT_DIR can be written");
    let manifest = format!(
        "[package]\nname = \"query\"\nedition = \"2024\"\n[lib]\npath = \"none.rs\"\n\
         [workspace]\n[dependencies]\n{GENERATOR} = \"={version}\"\n"
    );
    let path = query.join("Cargo.toml");
    fs::write(&path, manifest).expect("OUT_DIR can be written");
    fs::write(query.join("Cargo.lock"), lock).expect("OUT_DIR can be written");
    let output = Command::new(variable("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(["--filter-platform", &variable("TARGET")])
        .arg("--manifest-path")
        .arg(&path)
        .output()
        .expect("cargo can be run");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|package| package["name"] == GENERATOR)
        .find_map(|package| package["manifest_path"].as_str())
        .expect("the generator is a dependency");
    Path::new(manifest)
        .parent()
        .expect("a manifest lies in a folder")
        .to_owned()
}

/// The version of the generator in a lock file.
fn locked(lock: &str) -> Option<&str> {
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{GENERATOR}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    version.strip_suffix('"')
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("OUT_DIR can be written");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("a folder of cargo's registry can be read");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).expect("OUT_DIR can be written");
            }
        }
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}
