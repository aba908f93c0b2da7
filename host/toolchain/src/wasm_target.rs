//! The Rust target that steps are built for.

use std::path::Path;
use std::process::Command;

use crate::child;
use crate::error::ToolchainError;

/// Components with WASI 0.2.
pub const TARGET: &str = "wasm32-wasip2";

const RUST: &str = "Install Rust with rustup, see https://rustup.rs";

/// Installs the target for the Rust that builds in `source`, where it is missing.
pub fn ensure(source: &Path, report: &dyn Fn(&str)) -> Result<(), ToolchainError> {
    if is_installed(source)? {
        return Ok(());
    }
    report("installing the Rust target wasm32-wasip2");
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET]).current_dir(source);
    let output = match child::run(&mut command, RUST, report) {
        Ok(output) if output.success => return Ok(()),
        Ok(output) => output.tail,
        Err(error) => error.to_string(),
    };
    Err(ToolchainError::NoWasmTarget { output })
}

/// Whether the target's standard library is there. The compiler itself is asked, so that a Rust
/// without rustup will do.
fn is_installed(source: &Path) -> Result<bool, ToolchainError> {
    let mut command = Command::new("rustc");
    command
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(source);
    let output = child::run(&mut command, RUST, |_| ())?;
    if !output.success {
        return Err(ToolchainError::NoWasmTarget {
            output: output.tail,
        });
    }
    Ok(Path::new(output.stdout.trim()).is_dir())
}
