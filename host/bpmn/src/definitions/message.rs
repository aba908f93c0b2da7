//! Messages (8.4.11) as events and receive tasks refer to them.

use crate::draft::Draft;
use crate::graph::{MessageDefinition, MessageIx};
use crate::xml::Element;

impl<'a> Draft<'a, '_> {
    /// The message that `referrer` names and waits for inside a running instance.
    pub(crate) fn awaited_message(&mut self, referrer: Element<'a>) -> Option<MessageIx> {
        let Some(id) = referrer.reference("messageRef") else {
            let message = format!("'{}' has no messageRef; choose a message", referrer.name());
            self.error("message-missing", referrer, message);
            return None;
        };
        let Some(message) = self.definitions.messages.get(id).copied() else {
            let text = format!("there is no message '{id}'; add it or choose another messageRef");
            self.error("message-ref-missing", referrer, text);
            return None;
        };
        if let Some(known) = self.messages_by_id.get(id) {
            return *known;
        }
        let read = self.read_message(id, message);
        let ix = read.map(|definition| self.add_message(definition));
        self.messages_by_id.insert(id, ix);
        ix
    }

    fn read_message(&mut self, id: &'a str, message: Element<'a>) -> Option<MessageDefinition> {
        let name = match message.attribute("name") {
            Some(name) if !name.trim().is_empty() => self.value(message, name),
            _ => {
                let text = format!("the message '{id}' has no name; give it one");
                self.error("message-name-missing", message, text);
                None
            }
        };
        let key = self.correlation_key(id, message);
        Some(MessageDefinition {
            id: id.into(),
            name: name?,
            correlation_key: Some(key?),
        })
    }

    fn correlation_key(&mut self, id: &str, message: Element<'a>) -> Option<crate::graph::ExprIx> {
        let subscription = message.extension("subscription");
        let key = subscription
            .and_then(|s| s.attribute("correlationKey"))
            .unwrap_or_default();
        if key.trim().is_empty() {
            let text = format!(
                "a running instance waits for the message '{id}', which has no \
                 zeebe:subscription correlationKey; add one such as correlationKey=\"=orderId\""
            );
            self.error("correlation-key-missing", message, text);
            return None;
        }
        let Some(feel) = key.strip_prefix('=') else {
            let text = format!(
                "the correlationKey '{key}' of the message '{id}' is the same for every instance; \
                 make it a FEEL expression that begins with '='"
            );
            self.error("correlation-key-not-expression", message, text);
            return None;
        };
        self.expression(message, feel)
    }
}
