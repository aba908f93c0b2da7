//! `anyam:step/messaging`: messages to the processes of the tenant.
//!
//! They are published with the result of the step, so that each is published once for every step
//! that succeeds and never for one that fails.

use wasmtime::component::{HasSelf, Linker};

use super::bindings::anyam::step::messaging;
use crate::grants::Capability;
use crate::json;
use crate::outside::OutgoingMessage;
use crate::state::State;

fn publish(state: &mut State, message: messaging::Message) -> Result<(), messaging::Error> {
    use messaging::Error;
    if message.name.is_empty() {
        return Err(Error::Invalid("a message needs a name".to_owned()));
    }
    if let Err(sentence) = state
        .caller
        .access
        .allows(Capability::Messaging, &message.name)
    {
        state.deny(sentence.clone());
        return Err(Error::AccessDenied(sentence));
    }
    // The size first: what is too large is not worth reading.
    let variables = message.variables;
    if variables.len() <= state.limits.message_bytes {
        json::check_object(&variables, state.limits.json_depth).map_err(|reason| {
            Error::Invalid(format!(
                "the variables of message `{}`: {reason}",
                message.name
            ))
        })?;
    }
    let message = OutgoingMessage {
        name: message.name,
        correlation_key: message.correlation_key,
        variables,
        time_to_live_ms: message.time_to_live_ms.unwrap_or(0),
        message_id: message.message_id.filter(|id| !id.is_empty()),
    };
    state.view().publish(message).map_err(|sentence| {
        state.deny(sentence.clone());
        Error::Limit(sentence)
    })
}

impl messaging::Host for State {
    fn publish(
        &mut self,
        message: messaging::Message,
    ) -> wasmtime::Result<Result<(), messaging::Error>> {
        Ok(publish(self, message))
    }
}

pub(super) fn messaging(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    messaging::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}
