//! Messages to the tenant's processes (feature `messaging`).
//!
//! A step that publishes messages imports `anyam:step/messaging`, so the tenant has to grant it
//! their names, and the process may narrow them further for one task:
//!
//! ```json
//! {"messaging": ["payment-*"]}
//! ```
//!
//! A message is published when the result of the step is stored: once for a step that ends with an
//! output or a BPMN error, and not at all for a call that fails otherwise.
//!
//! ```
//! use std::time::Duration;
//!
//! use anyam_sdk::json;
//! use anyam_sdk::messaging::Message;
//!
//! # fn main() -> Result<(), anyam_sdk::messaging::Error> {
//! Message::new("payment-received")
//!     .correlation_key("order-17")
//!     .variables(&json!({ "amount": 12 }))?
//!     .time_to_live(Duration::from_secs(3600))
//!     .publish()?;
//! # #[cfg(not(target_family = "wasm"))]
//! assert_eq!(anyam_sdk::messaging::published_in_test()[0].name(), "payment-received");
//! # Ok(())
//! # }
//! ```

#[cfg_attr(target_family = "wasm", path = "messaging/host.rs")]
#[cfg_attr(not(target_family = "wasm"), path = "messaging/memory.rs")]
mod provider;

use std::time::Duration;

use serde::Serialize;

#[cfg(not(target_family = "wasm"))]
pub use provider::published_in_test;

/// A message to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a message does nothing until it is published"]
pub struct Message {
    name: String,
    correlation_key: String,
    variables: String,
    time_to_live: Option<Duration>,
    message_id: Option<String>,
}

/// Why a message cannot be published.
pub type Error = crate::Refusal<ErrorKind>;

/// What has to change for a message to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The name is not granted to the step. Permanent as a [`StepError`](crate::StepError).
    AccessDenied,
    /// The message is not one. Permanent as a [`StepError`](crate::StepError).
    Invalid,
    /// The call has published as much as it may. Permanent as a [`StepError`](crate::StepError).
    Limit,
}

impl Message {
    /// A message without a correlation key and variables, which is not kept.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            correlation_key: String::new(),
            variables: "{}".to_owned(),
            time_to_live: None,
            message_id: None,
        }
    }

    /// What the receiver is found by.
    pub fn correlation_key(mut self, key: impl Into<String>) -> Self {
        self.correlation_key = key.into();
        self
    }

    /// What becomes variables of the receiver: anything that is an object in JSON.
    ///
    /// # Errors
    /// It is not.
    pub fn variables(mut self, variables: &impl Serialize) -> Result<Self, Error> {
        let object = crate::json::object(variables);
        let text = object
            .and_then(|object| serde_json::to_string(&object).map_err(|error| error.to_string()));
        self.variables = text.map_err(|reason| {
            let message = format!("the variables of message `{}`: {reason}", self.name);
            Error::new(ErrorKind::Invalid, message)
        })?;
        Ok(self)
    }

    /// How long the message is kept for a receiver that does not wait yet.
    pub fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = Some(time);
        self
    }

    /// An id, of which a second message is dropped while the first one is kept.
    pub fn message_id(mut self, id: impl Into<String>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Publishes it with the result of the step.
    ///
    /// # Errors
    /// The name is not granted, the message is not one, or there are too many.
    pub fn publish(self) -> Result<(), Error> {
        provider::publish(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_variables() {
        let error = Message::new("m").variables(&[1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let error = Message::new("").publish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(published_in_test(), []);
    }
}
