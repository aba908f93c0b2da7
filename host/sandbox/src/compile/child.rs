//! The compiling process: a component comes in on stdin, compiled code goes out on stdout.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::engine;

/// The variable with the address space the process may have, in bytes.
pub(super) const MEMORY: &str = "ANYAM_COMPILE_MEMORY_BYTES";
/// The variable with the processor time it may use, in seconds.
pub(super) const CPU: &str = "ANYAM_COMPILE_CPU_SECONDS";
/// The exit code for a component that does not compile; stderr says why.
pub(super) const REFUSED: u8 = 3;
/// The exit code for a process that could not do its work; stderr says why.
pub(super) const UNABLE: u8 = 4;

/// What the process may have open: its pipes and what its threads need.
const OPEN_FILES: u64 = 64;

/// The whole of the process that compiles for a [`Sandbox`](crate::Sandbox).
///
/// It limits its own memory, processor time and files before it reads the first byte, so that no
/// component can take more than that whatever it does to the compiler. The limits come in its
/// environment, where the sandbox puts them.
pub fn compile_main() -> ExitCode {
    let (code, message) = match run() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Trouble::Refused(message)) => (REFUSED, message),
        Err(Trouble::Unable(message)) => (UNABLE, message),
    };
    // Nobody is left to tell if this fails.
    let _ = io::stderr().write_all(message.as_bytes());
    ExitCode::from(code)
}

enum Trouble {
    Refused(String),
    Unable(String),
}

fn run() -> Result<(), Trouble> {
    limit(std::env::var_os(MEMORY), std::env::var_os(CPU)).map_err(Trouble::Unable)?;
    let unable = |error: &dyn std::fmt::Display| Trouble::Unable(error.to_string());
    let mut component = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut component)
        .map_err(|error| unable(&error))?;
    let engine = engine::compiling().map_err(|error| unable(&format!("{error:#}")))?;
    let artifact = engine
        .precompile_component(&component)
        .map_err(|error| Trouble::Refused(format!("{error:#}")))?;
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(&artifact)
        .and_then(|()| stdout.flush())
        .map_err(|error| unable(&error))
}

fn limit(memory: Option<OsString>, cpu: Option<OsString>) -> Result<(), String> {
    let number = |name: &str, value: Option<OsString>| {
        value
            .and_then(|value| value.to_str()?.parse::<u64>().ok())
            .ok_or_else(|| {
                format!("{name} must hold a number; this process is started by the host")
            })
    };
    let (memory, cpu) = (number(MEMORY, memory)?, number(CPU, cpu)?);
    for (resource, current, maximum) in [
        (Resource::As, memory, memory),
        // The signal of the first tells time from memory; the second cannot be caught.
        (Resource::Cpu, cpu, cpu.saturating_add(1)),
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
        (Resource::Nofile, OPEN_FILES, OPEN_FILES),
    ] {
        let limit = Rlimit {
            current: Some(current),
            maximum: Some(maximum),
        };
        setrlimit(resource, limit).map_err(|error| {
            format!("cannot limit {resource:?} of the compiling process: {error}")
        })?;
    }
    Ok(())
}
