//! Why a command did not do what was asked, and the exit code that tells it.

use std::io;

use crate::toolchain::ToolchainError;

/// Text of `anyam --help` about exit codes.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed
  2  wrong usage: unknown option, malformed JSON, unreadable file
  3  the server cannot be reached
  4  the wait timed out; what was started goes on
  5  there is no such thing
  6  the server is overloaded; try again later";

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line or a file it names cannot be right.
    #[error("{0}")]
    Usage(String),
    /// No server answers.
    #[error(
        "no Anyam server answers at {server}: {cause}. Start one with `anyam serve`, or name \
         another with --server or ANYAM_SERVER"
    )]
    Unreachable {
        /// The address that was tried.
        server: String,
        /// What the connection said.
        cause: String,
    },
    /// The server answered with a problem.
    #[error("{detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's sentence.
        detail: String,
        /// Every single thing that is wrong, where the server lists them.
        findings: Vec<String>,
    },
    /// The result did not come in time.
    #[error("{0}")]
    TimedOut(String),
    /// The command ran and failed.
    #[error("{0}")]
    Failed(String),
    /// A step could not be built.
    #[error(transparent)]
    Build(#[from] ToolchainError),
    /// The server failed, here in this process.
    #[error(transparent)]
    Server(#[from] crate::Error),
    /// The terminal or pipe went away.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// A wrong command line, in a sentence.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::Usage(sentence.into())
    }

    /// A failed command, in a sentence.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }

    /// The exit code that stands for this failure, as `anyam --help` lists them.
    pub fn exit_code(&self) -> u8 {
        match self {
            // Who reads no more of a listing has what it wanted.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Usage(_) => 2,
            Self::Unreachable { .. } => 3,
            Self::TimedOut(_) | Self::Refused { status: 504, .. } => 4,
            Self::Refused { status: 404, .. } => 5,
            Self::Refused {
                status: 429 | 503, ..
            } => 6,
            Self::Refused { .. }
            | Self::Failed(_)
            | Self::Build(_)
            | Self::Server(_)
            | Self::Output(_) => 1,
        }
    }

    /// What goes to stderr: the sentence, then one line for each finding. Empty where the reader
    /// of the output has gone.
    pub fn report(&self) -> String {
        if self.exit_code() == 0 {
            return String::new();
        }
        let mut text = format!("error: {self}\n");
        if let Self::Refused {
            findings, detail, ..
        } = self
        {
            // The sentence about a single finding has it already.
            for finding in findings.iter().filter(|finding| !detail.contains(*finding)) {
                text.push_str("  - ");
                text.push_str(finding);
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Failure {
        Failure::Refused {
            status,
            detail: "no".into(),
            findings: vec!["a".into(), "b".into()],
        }
    }

    #[test]
    fn every_kind_of_failure_has_its_exit_code() {
        for (status, code) in [
            (400, 1),
            (404, 5),
            (409, 1),
            (413, 1),
            (429, 6),
            (503, 6),
            (504, 4),
        ] {
            assert_eq!(refused(status).exit_code(), code, "{status}");
        }
        assert_eq!(Failure::usage("x").exit_code(), 2);
        let unreachable = Failure::Unreachable {
            server: "s".into(),
            cause: "c".into(),
        };
        assert_eq!(unreachable.exit_code(), 3);
    }

    #[test]
    fn findings_are_listed_below_the_sentence() {
        assert_eq!(refused(400).report(), "error: no\n  - a\n  - b\n");
        let single = Failure::Refused {
            status: 400,
            detail: "refused: a line is missing".into(),
            findings: vec!["a line is missing".into()],
        };
        assert_eq!(single.report(), "error: refused: a line is missing\n");
    }

    #[test]
    fn a_closed_pipe_is_silent() {
        let failure = Failure::Output(io::ErrorKind::BrokenPipe.into());
        assert_eq!((failure.exit_code(), failure.report()), (0, String::new()));
    }
}
