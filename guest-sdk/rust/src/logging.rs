//! Messages with a level for the log of the call (feature `logging`).
//!
//! What a step prints is in the log too, without a level. A step that logs with levels imports
//! `wasi:logging`; it needs no grant and remains pure. The host bounds the log.
//!
//! ```
//! use anyam_sdk::logging::{self, Level};
//!
//! logging::info("the order is complete");
//! logging::log(Level::Warn, "stock", "2 items are left");
//! ```

/// How important a message is.
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

/// Logs a message. Messages of one context belong together; it may be empty.
pub fn log(level: Level, context: &str, message: impl AsRef<str>) {
    provider::log(level, context, message.as_ref());
}

/// Logs values and the flow of control.
pub fn trace(message: impl AsRef<str>) {
    log(Level::Trace, "", message);
}

/// Logs for who looks for a fault in the step.
pub fn debug(message: impl AsRef<str>) {
    log(Level::Debug, "", message);
}

/// Logs for who watches the step.
pub fn info(message: impl AsRef<str>) {
    log(Level::Info, "", message);
}

/// Logs something that may lead to a fault.
pub fn warn(message: impl AsRef<str>) {
    log(Level::Warn, "", message);
}

/// Logs a fault.
pub fn error(message: impl AsRef<str>) {
    log(Level::Error, "", message);
}

/// Logs a fault that ends the call.
pub fn critical(message: impl AsRef<str>) {
    log(Level::Critical, "", message);
}

#[cfg(target_family = "wasm")]
mod provider {
    use super::Level;

    #[allow(missing_docs, unused_qualifications, clippy::all)]
    mod bindings {
        wit_bindgen::generate!({
            path: "wit/logging",
            world: "imports",
        });
    }

    use bindings::wasi::logging::logging as wasi;

    pub(super) fn log(level: Level, context: &str, message: &str) {
        let level = match level {
            Level::Trace => wasi::Level::Trace,
            Level::Debug => wasi::Level::Debug,
            Level::Info => wasi::Level::Info,
            Level::Warn => wasi::Level::Warn,
            Level::Error => wasi::Level::Error,
            Level::Critical => wasi::Level::Critical,
        };
        wasi::log(level, context, message);
    }
}

/// In a test, messages go to standard error.
#[cfg(not(target_family = "wasm"))]
mod provider {
    use super::Level;

    pub(super) fn log(level: Level, context: &str, message: &str) {
        let mark = if context.is_empty() { "" } else { ": " };
        eprintln!("[{level:?}] {context}{mark}{message}");
    }
}
