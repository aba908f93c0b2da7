//! What is told on the terminal.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

/// The screen, shared by all that have something to tell. A line is never torn.
#[derive(Clone, Debug)]
pub struct Notices(Arc<bool>);

/// How a line looks on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Of less weight.
    Quiet,
    /// Something went well.
    Good,
    /// Something went wrong.
    Bad,
}

impl Tone {
    /// The parameter of the terminal's colour sequence (ECMA-48, SGR).
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Quiet => "2",
            Self::Good => "32",
            Self::Bad => "31",
        }
    }
}

impl Notices {
    /// Tells on stdout, in colours where that is a terminal and NO_COLOR is not set.
    pub fn new() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self(Arc::new(!plain && std::io::stdout().is_terminal()))
    }

    /// Tells something.
    pub fn say(&self, text: impl Display) {
        self.line(Tone::Plain, &text.to_string());
    }

    /// Tells that something went wrong.
    pub fn error(&self, text: &str) {
        self.line(Tone::Bad, &format!("error: {text}"));
    }

    /// Tells a line, or several, in a tone.
    pub fn line(&self, tone: Tone, text: &str) {
        let text = if *self.0 && tone != Tone::Plain {
            format!("\x1b[{}m{text}\x1b[0m\n", tone.code())
        } else {
            format!("{text}\n")
        };
        let mut stdout = std::io::stdout().lock();
        // Whoever reads no more is not told; the server goes on until it is ended.
        let _ = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
    }
}
