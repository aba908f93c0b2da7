use anyam_toolchain::{Language, Toolchain, create};

fn check(language: Language) {
    let folder = tempfile::tempdir().unwrap();
    let project = create(language, "greet-someone", &folder.path().join("p")).unwrap();
    let built = Toolchain::of_machine()
        .reporting(|s| eprintln!("{s}"))
        .build(&project)
        .unwrap_or_else(|e| panic!("{e}"));
    let (imports, exports) = crate::shape::of(&built.file);
    eprintln!(
        "{imports:#?}\n{exports:?} {:?}",
        std::fs::metadata(&built.file).unwrap().len()
    );
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
fn go() {
    check(Language::Go);
}

#[test]
fn rust() {
    check(Language::Rust);
}

#[test]
fn assemblyscript() {
    check(Language::AssemblyScript);
}
