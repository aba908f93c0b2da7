//! What this program carries along, so that it builds steps outside a clone of the repository.

use std::fs;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::ToolchainError;
use crate::folder;

/// The WIT package `anyam:step`.
pub static WIT: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../wit");

/// The WIT packages of WASI 0.2 that a step may import, a folder each.
pub static WASI: Dir = include_dir!("$CARGO_MANIFEST_DIR/wasi");

/// The SDK of C.
pub static C: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/c");

/// The SDK of C++.
pub static CPP: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/cpp");

/// The SDK of Zig.
pub static ZIG: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/zig");

/// The SDK of AssemblyScript.
pub static ASSEMBLYSCRIPT: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/assemblyscript");

/// The SDK of Rust, whose manifests inherit from [`WORKSPACE`].
pub static RUST: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/rust");

/// The manifest of the workspace.
pub const WORKSPACE: &str = include_str!("../../../Cargo.toml");

/// The SDK of Go.
pub static GO: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/go");

/// The SDK of TypeScript and JavaScript.
pub static TYPESCRIPT: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/typescript");

/// The SDK of Python.
pub static PYTHON: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk/python");

/// The Go packages that generated bindings import.
pub static GO_RUNTIME: Dir = include_dir!("$OUT_DIR/go-pkg");

/// The WIT packages that the host states for itself, a folder each.
pub static WASI_OF_HOST: Dir = include_dir!("$CARGO_MANIFEST_DIR/../sandbox/wit/deps");

/// The files of new projects, a folder for each language.
pub static TEMPLATES: Dir = include_dir!("$CARGO_MANIFEST_DIR/src/templates");

/// Writes every file of `from` below `to`. Files that are there and equal keep their time, so that
/// tools see no change.
pub fn write(from: &Dir, to: &Path) -> Result<(), ToolchainError> {
    write_each(from, to, &|text| text.to_owned())
}

/// Like [`write`], with each text file changed by `fill`.
pub fn write_each(
    from: &Dir,
    to: &Path,
    fill: &dyn Fn(&str) -> String,
) -> Result<(), ToolchainError> {
    let mut open = vec![from];
    while let Some(dir) = open.pop() {
        for entry in dir.entries() {
            match entry {
                DirEntry::Dir(dir) if folder::is_left_behind(dir.path()) => {}
                DirEntry::Dir(dir) => open.push(dir),
                DirEntry::File(file) => {
                    let path = file.path().strip_prefix(from.path());
                    let path = to.join(path.expect("a file lies below its folder"));
                    match file.contents_utf8() {
                        Some(text) => put(&path, fill(text).as_bytes())?,
                        None => put(&path, file.contents())?,
                    }
                }
            }
        }
    }
    Ok(())
}

/// Writes a file unless it holds just these bytes.
pub fn put(path: &Path, bytes: &[u8]) -> Result<(), ToolchainError> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        folder::make(parent)?;
    }
    fs::write(path, bytes).map_err(ToolchainError::file(path))
}

/// A text that differs whenever a file of `dir` does.
pub fn digest(dir: &Dir) -> String {
    use sha2::{Digest, Sha256};
    let mut files = Vec::new();
    let mut open = vec![dir];
    while let Some(dir) = open.pop() {
        open.extend(dir.dirs().filter(|dir| !folder::is_left_behind(dir.path())));
        files.extend(dir.files());
    }
    files.sort_by_key(|file| file.path());
    let mut hash = Sha256::new();
    for file in files {
        let name = file.path().as_os_str().as_encoded_bytes();
        for bytes in [name, file.contents()] {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
    }
    folder::hex(&hash.finalize()[..12])
}
