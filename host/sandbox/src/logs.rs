//! What a step writes to stdout and stderr, line by line and bounded.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::limits::Limits;

/// Where a line of a step's log was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line of a step's log, without its line break. Bytes that are not UTF-8 are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Where it was written to; of a message with a level, standard error from warnings on.
    pub stream: Stream,
    /// What was written. The text of a message with a level may have several lines.
    pub text: String,
    /// The level, of a message that was logged with one (`wasi:logging`).
    pub level: Option<Level>,
    /// What the message belongs to, where it says so.
    pub context: Option<String>,
}

/// How important a message is (`wasi:logging`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Values and the flow of control.
    Trace,
    /// For who looks for a fault in the step.
    Debug,
    /// For who watches the step.
    Info,
    /// Something that may lead to a fault.
    Warn,
    /// A fault.
    Error,
    /// A fault that ends the call.
    Critical,
}

impl Level {
    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// The text, with level and context before it where there are any.
impl std::fmt::Display for LogLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(level) = self.level {
            write!(f, "[{}] ", level.name())?;
        }
        if let Some(context) = &self.context {
            write!(f, "{context}: ")?;
        }
        f.write_str(&self.text)
    }
}

/// What the host takes from a step in one write.
const WRITE_BYTES: usize = 64 << 10;

/// The log of one call, shared with the streams handed to the guest.
#[derive(Clone, Debug)]
pub(crate) struct Log(Arc<Mutex<Lines>>);

#[derive(Debug)]
struct Lines {
    done: Vec<LogLine>,
    /// The unfinished lines of stdout and stderr.
    open: [Vec<u8>; 2],
    bytes_left: usize,
    max_lines: usize,
    max_bytes: usize,
    dropped: bool,
}

impl Log {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            done: Vec::new(),
            open: [Vec::new(), Vec::new()],
            bytes_left: limits.log_bytes,
            max_lines: limits.log_lines,
            max_bytes: limits.log_bytes,
            dropped: false,
        })))
    }

    pub(crate) fn stream(&self, stream: Stream) -> LogStream {
        LogStream {
            log: self.clone(),
            stream,
        }
    }

    /// Logs a message with a level.
    pub(crate) fn message(&self, level: Level, context: &str, text: &str) {
        self.lock().message(level, context, text);
    }

    /// Counts anew for the next call of the instance.
    pub(crate) fn begin(&self, limits: &Limits) {
        let mut lines = self.lock();
        lines.bytes_left = limits.log_bytes;
        lines.max_lines = limits.log_lines;
        lines.max_bytes = limits.log_bytes;
    }

    /// The lines written so far, the unfinished ones included.
    pub(crate) fn take(&self) -> Vec<LogLine> {
        let mut lines = self.lock();
        lines.end(Stream::Stdout);
        lines.end(Stream::Stderr);
        if std::mem::take(&mut lines.dropped) {
            let text = format!(
                "the rest of the log was dropped: a call may log {} bytes in {} lines (limits \
                 log_bytes, log_lines)",
                lines.max_bytes, lines.max_lines
            );
            lines.done.push(LogLine {
                stream: Stream::Stderr,
                text,
                level: None,
                context: None,
            });
        }
        std::mem::take(&mut lines.done)
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.done.len() >= self.max_lines {
                self.dropped = true;
                return;
            }
            let (text, ends) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            // A line break costs a byte too, so that empty lines are bounded by bytes as well.
            let cost = text.len() + usize::from(ends);
            let kept = cost.min(self.bytes_left);
            self.bytes_left -= kept;
            self.open[stream as usize].extend_from_slice(&text[..kept.min(text.len())]);
            if kept < cost {
                self.dropped = true;
                return;
            }
            if ends {
                self.push(stream);
            }
        }
    }

    /// What does not fit is cut, as it is of a line.
    fn message(&mut self, level: Level, context: &str, text: &str) {
        if self.done.len() >= self.max_lines || self.bytes_left == 0 {
            self.dropped = true;
            return;
        }
        let mut take = |text: &str| {
            let mut kept = text.len().min(self.bytes_left);
            while !text.is_char_boundary(kept) {
                kept -= 1;
            }
            self.dropped |= kept < text.len();
            self.bytes_left -= kept;
            text[..kept].to_owned()
        };
        let context = (!context.is_empty()).then(|| take(context));
        let text = take(text.trim_end_matches(['\r', '\n']));
        // As the line break of a line does.
        self.bytes_left = self.bytes_left.saturating_sub(1);
        let stream = match level {
            Level::Trace | Level::Debug | Level::Info => Stream::Stdout,
            Level::Warn | Level::Error | Level::Critical => Stream::Stderr,
        };
        self.done.push(LogLine {
            stream,
            text,
            level: Some(level),
            context,
        });
    }

    fn end(&mut self, stream: Stream) {
        if !self.open[stream as usize].is_empty() {
            if self.done.len() < self.max_lines {
                self.push(stream);
            } else {
                self.open[stream as usize].clear();
                self.dropped = true;
            }
        }
    }

    fn push(&mut self, stream: Stream) {
        let line = std::mem::take(&mut self.open[stream as usize]);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let text = String::from_utf8_lossy(line).into_owned();
        self.done.push(LogLine {
            stream,
            text,
            level: None,
            context: None,
        });
    }
}

/// One of the two streams of a call.
#[derive(Clone, Debug)]
pub(crate) struct LogStream {
    log: Log,
    stream: Stream,
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.log.lock().write(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LogStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.log.lock().write(self.stream, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(log_bytes: usize, log_lines: usize) -> Log {
        Log::new(&Limits {
            log_bytes,
            log_lines,
            ..Limits::default()
        })
    }

    fn texts(log: &Log) -> Vec<String> {
        log.take().into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_are_put_together_from_writes_and_kept_apart_by_stream() {
        let log = log(100, 10);
        log.lock().write(Stream::Stdout, b"one\r\ntw");
        log.lock().write(Stream::Stderr, b"error\n");
        log.lock().write(Stream::Stdout, b"o\n\nno end");
        let lines = log.take();
        let streams: Vec<_> = lines.iter().map(|line| line.stream).collect();
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["one", "error", "two", "", "no end"]);
        assert_eq!(streams[1], Stream::Stderr);
        assert_eq!(streams[4], Stream::Stdout);
    }

    #[test]
    fn the_byte_limit_holds_at_its_edge() {
        let fits = log(8, 10);
        fits.lock().write(Stream::Stdout, b"abc\nabc\n");
        assert_eq!(texts(&fits), ["abc", "abc"]);
        let over = log(7, 10);
        over.lock().write(Stream::Stdout, b"abc\nabc\n");
        over.lock().write(Stream::Stdout, b"more\n");
        let texts = texts(&over);
        assert_eq!(texts[..2], ["abc", "abc"]);
        assert!(texts[2].contains("log_bytes"), "{texts:?}");
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn the_line_limit_holds_at_its_edge() {
        let fits = log(100, 2);
        fits.lock().write(Stream::Stdout, b"\n\n");
        assert_eq!(texts(&fits).len(), 2);
        let over = log(100, 2);
        over.lock().write(Stream::Stdout, b"\n\nx");
        let texts = texts(&over);
        assert_eq!(texts.len(), 3);
        assert!(texts[2].contains("log_lines"), "{texts:?}");
    }

    #[test]
    fn bytes_that_are_not_text_are_replaced() {
        let log = log(100, 2);
        log.lock().write(Stream::Stdout, b"a\xffb\n");
        assert_eq!(texts(&log), ["a\u{fffd}b"]);
    }
}
