//! Logs on stderr.

use std::io::IsTerminal;

use clap::Args;
use tracing_subscriber::EnvFilter;

use super::failure::Failure;

/// What to log.
#[derive(Args, Clone, Debug)]
pub struct LogArguments {
    /// What goes to the log on stderr, such as `debug` or `info,anyam::api=trace`.
    #[arg(long, value_name = "FILTER", env = "RUST_LOG")]
    log: Option<String>,
}

impl LogArguments {
    /// Starts to log; without an option what `standard` says.
    ///
    /// # Errors
    /// [`Failure::Usage`] where the filter cannot be read.
    pub fn start(&self, standard: &str) -> Result<(), Failure> {
        let filter = self.log.as_deref().unwrap_or(standard);
        let filter = EnvFilter::builder().parse(filter).map_err(|error| {
            Failure::usage(format!(
                "--log or RUST_LOG: '{filter}' is not a log filter: {error}"
            ))
        })?;
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .finish();
        // A second start in one process keeps the first subscriber.
        let _ = tracing::subscriber::set_global_default(subscriber);
        Ok(())
    }
}
