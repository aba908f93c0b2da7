//! Says which folders are embedded, so that a file added to one of them is embedded too.

fn main() {
    for folder in ["../../wit", "../../guest-sdk", "wasi", "src/templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
