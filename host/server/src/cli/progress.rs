//! What shows on stderr while something takes long. Only a terminal sees it.

use std::io::Read;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const SPINNER: &str = "{spinner} {prefix}  {wide_msg} {elapsed}";
const BAR: &str = "{spinner} {prefix}  [{bar:30}] {bytes} of {total_bytes}";

/// A line that turns while work goes on and goes away when it is dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Begins a piece of work of unknown length.
    pub fn begin(what: impl Into<String>) -> Self {
        Self::start(ProgressBar::new_spinner(), SPINNER, what.into())
    }

    /// Begins to send so many bytes.
    pub fn send(what: impl Into<String>, bytes: usize) -> Self {
        Self::start(ProgressBar::new(bytes as u64), BAR, what.into())
    }

    fn start(bar: ProgressBar, template: &str, what: String) -> Self {
        let style = ProgressStyle::with_template(template).expect("the templates are constants");
        bar.set_style(style);
        bar.set_prefix(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says what is done right now.
    pub fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Says how many of the bytes have been sent.
    pub fn at(&self, bytes: usize) {
        self.0.set_position(bytes as u64);
    }

    /// Counts what is read from `bytes`.
    pub fn count<R: Read>(&self, bytes: R) -> impl Read + use<R> {
        self.0.wrap_read(bytes)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
