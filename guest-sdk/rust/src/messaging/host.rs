//! Messages in terms of `anyam:step/messaging`.

use super::{Error, ErrorKind, Message};

#[allow(missing_docs, unused_qualifications, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "package anyam:sdk; world messages { import anyam:step/messaging@0.1.0; }",
        world: "anyam:sdk/messages",
        generate_all,
    });
}

use bindings::anyam::step::messaging;

pub(super) fn publish(message: Message) -> Result<(), Error> {
    let time_to_live_ms = message
        .time_to_live
        .map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let message = messaging::Message {
        name: message.name,
        correlation_key: message.correlation_key,
        variables: message.variables,
        time_to_live_ms,
        message_id: message.message_id,
    };
    messaging::publish(&message).map_err(|error| {
        let (kind, message) = match error {
            messaging::Error::AccessDenied(message) => (ErrorKind::AccessDenied, message),
            messaging::Error::Invalid(message) => (ErrorKind::Invalid, message),
            messaging::Error::Limit(message) => (ErrorKind::Limit, message),
        };
        Error::new(kind, message)
    })
}
