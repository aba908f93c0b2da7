//! `wasi:logging`: messages with a level for the log of the call.

use wasmtime::component::{HasSelf, Linker};

use super::bindings::wasi::logging::logging;
use crate::logs::Level;
use crate::state::State;

impl logging::Host for State {
    fn log(
        &mut self,
        level: logging::Level,
        context: String,
        message: String,
    ) -> wasmtime::Result<()> {
        let level = match level {
            logging::Level::Trace => Level::Trace,
            logging::Level::Debug => Level::Debug,
            logging::Level::Info => Level::Info,
            logging::Level::Warn => Level::Warn,
            logging::Level::Error => Level::Error,
            logging::Level::Critical => Level::Critical,
        };
        self.log.message(level, &context, &message);
        Ok(())
    }
}

pub(super) fn logging(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    logging::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}
