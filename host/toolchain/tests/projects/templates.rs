use anyam_toolchain::{Language, Toolchain, create};

#[test]
fn c() {
    let folder = tempfile::tempdir().unwrap();
    let project = create(Language::C, "greet-someone", &folder.path().join("p")).unwrap();
    let built = Toolchain::of_machine()
        .reporting(|s| eprintln!("{s}"))
        .build(&project)
        .unwrap();
    eprintln!(
        "{built:?} {:?}",
        std::fs::metadata(&built.file).unwrap().len()
    );
}
