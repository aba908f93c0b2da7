//! Commands of the binary that need no server.

use std::process::Command;

use anyam_tests::binary;

/// What a command printed.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `anyam` with arguments.
pub fn anyam(arguments: &[&str]) -> Outcome {
    let output = Command::new(binary::anyam())
        .args(arguments)
        .env_remove("ANYAM_SERVER")
        .env_remove("ANYAM_DATA")
        .output()
        .expect("the anyam binary can be started");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Outcome {
    /// Checks that it went well; what it printed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Checks that it failed with exit code 1; what it printed.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.code, 1, "{}{}", self.stdout, self.stderr);
        self.stdout + &self.stderr
    }
}
