//! The same sources give the same bytes, wherever they lie.

use anyam_toolchain::{Language, create};

use crate::build;

/// Builds a new project in two folders, of which no path has the length of the other's.
fn check(language: Language) {
    let folder = tempfile::tempdir().unwrap();
    let make = |place: &str| {
        let project = create(language, "same-bytes", &folder.path().join(place)).unwrap();
        std::fs::read(build(&project).file).unwrap()
    };
    let (first, second) = (make("one"), make("quite/another/place"));
    assert_eq!(first.len(), second.len());
    let differs = first.iter().zip(&second).position(|(a, b)| a != b);
    assert_eq!(differs, None, "the first byte that differs");
    let path = folder.path().to_string_lossy().into_owned();
    assert!(
        !contains(&first, &path),
        "the component tells where it was built"
    );
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[test]
fn rust() {
    check(Language::Rust);
}

#[test]
fn go() {
    check(Language::Go);
}

#[test]
fn c() {
    check(Language::C);
}

#[test]
fn cpp() {
    check(Language::Cpp);
}

#[test]
fn zig() {
    check(Language::Zig);
}

#[test]
fn assemblyscript() {
    check(Language::AssemblyScript);
}

#[test]
fn moonbit() {
    check(Language::MoonBit);
}
