//! Runs the real binary.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of `anyam` left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Checks that it went well; its stdout.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// Checks that it went well; its stdout as JSON.
    #[track_caller]
    pub fn json(self) -> Value {
        let stdout = self.ok();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }

    /// Checks that it failed with `code` and said nothing on stdout; its stderr.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self.stderr
    }
}

/// The binary, without settings of the caller's environment.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_anyam"));
    for variable in [
        "ANYAM_SERVER",
        "ANYAM_TENANT",
        "ANYAM_DATA",
        "ANYAM_LISTEN",
        "RUST_LOG",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Runs `anyam` to its end.
pub fn anyam<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Run {
    let output = command()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run {
        code: output.status.code().expect("it ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A served temporary folder.
pub struct Served {
    child: Child,
    pub address: String,
    _data: Option<TempDir>,
}

impl Served {
    /// Serves a folder that is removed in the end.
    pub fn start() -> Self {
        let data = TempDir::new().unwrap();
        let mut served = Self::start_on(data.path());
        served._data = Some(data);
        served
    }

    /// Serves `data`.
    pub fn start_on(data: &Path) -> Self {
        let mut child = command()
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--data",
            ])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("Anyam listens at ")
            .expect(&line)
            .to_owned();
        Self {
            child,
            address,
            _data: None,
        }
    }

    /// Runs a client command against it.
    pub fn anyam(&self, arguments: &[&str]) -> Run {
        anyam(arguments.iter().copied().chain(["--server", &self.address]))
    }

    /// As [`Served::anyam`], with `--json`.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        anyam(
            arguments
                .iter()
                .copied()
                .chain(["--server", &self.address, "--json"]),
        )
        .json()
    }

    /// `PUT` of a JSON value, which must be taken.
    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) {
        let answer = ureq::put(format!("{}{path}", self.address)).send_json(body);
        answer.unwrap();
    }

    /// `GET` of a JSON value.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        let answer = ureq::get(format!("{}{path}", self.address)).call();
        answer.unwrap().body_mut().read_json().unwrap()
    }

    /// Tells it to stop as an operator does; its exit code.
    pub fn stop(mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child
            .wait()
            .unwrap()
            .code()
            .expect("it ended by itself")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // After `stop` there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
