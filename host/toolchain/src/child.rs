//! A tool as a child process, watched line by line.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;

use crate::error::ToolchainError;

/// How many lines of a failed tool's output are kept for the error.
const KEPT_LINES: usize = 40;

/// What a tool said.
pub struct Output {
    /// Whether it ended with status 0.
    pub success: bool,
    /// All of its stdout.
    pub stdout: String,
    /// The end of its stderr, and of its stdout where stderr is empty.
    pub tail: String,
}

/// Runs a tool to its end; `on_line` gets each line of stderr as it comes.
pub fn run(
    command: &mut Command,
    mend: &'static str,
    mut on_line: impl FnMut(&str),
) -> Result<Output, ToolchainError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let not_runnable = |source| ToolchainError::NotRunnable {
        program: program.clone(),
        source,
        mend,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(&not_runnable)?;
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let stderr = child.stderr.take().expect("stderr is piped");
    // Both pipes are read at once: a tool that fills one must not wait for ever.
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let mut tail = VecDeque::new();
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        on_line(&line);
        if tail.len() == KEPT_LINES {
            tail.pop_front();
        }
        tail.push_back(line);
    }
    let stdout = reader
        .join()
        .expect("the reader does not panic")
        .map_err(&not_runnable)?;
    let status = child.wait().map_err(&not_runnable)?;
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    let mut tail = tail.into_iter().collect::<Vec<_>>().join("\n");
    if tail.trim().is_empty() {
        let lines: Vec<&str> = stdout.lines().collect();
        tail = lines[lines.len().saturating_sub(KEPT_LINES)..].join("\n");
    }
    Ok(Output {
        success: status.success(),
        stdout,
        tail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (Output, Vec<String>) {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let output = run(&mut command, "", |line| lines.push(line.to_owned())).unwrap();
        (output, lines)
    }

    #[test]
    fn lines_of_stderr_are_seen_and_stdout_is_kept() {
        let (output, lines) = shell("echo out; echo one >&2; echo two >&2");
        assert!(output.success);
        assert_eq!(
            (output.stdout.as_str(), output.tail.as_str()),
            ("out\n", "one\ntwo")
        );
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn a_failure_keeps_the_end_of_what_was_said() {
        let (output, lines) = shell("seq 1 100 >&2; exit 3");
        assert!(!output.success);
        assert_eq!(lines.len(), 100);
        assert_eq!(output.tail.lines().count(), KEPT_LINES);
        assert!(output.tail.ends_with("100"));
    }

    #[test]
    fn much_on_both_pipes_does_not_block() {
        let (output, _) = shell("seq 1 200000 >&2 & seq 1 200000; wait");
        assert!(output.stdout.ends_with("200000\n") && output.tail.ends_with("200000"));
    }

    #[test]
    fn a_missing_tool_is_named_with_what_to_do() {
        let error = run(&mut Command::new("no-such-tool"), "Install it.", |_| ())
            .err()
            .unwrap();
        let text = error.to_string();
        assert!(
            text.contains("no-such-tool") && text.ends_with("Install it."),
            "{text}"
        );
    }
}
