//! The `anyam` binary.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The child that compiles a component limits its own process, which must come before anything
    // that starts a thread.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == anyam::cli::COMPILE_COMMAND)
    {
        return anyam_sandbox::compile_main();
    }
    anyam::cli::run()
}
