//! The compiling process as a program of its own.

fn main() -> std::process::ExitCode {
    anyam_sandbox::compile_main()
}
