//! Messages (8.4.11) as events and tasks refer to them.

use crate::draft::Draft;
use crate::graph::{ExprIx, MessageDefinition, MessageIx};
use crate::xml::Element;

/// What an element does with its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageUse {
    /// A running instance waits for it, so it needs a correlation key.
    Awaits,
    /// It starts an instance.
    Starts,
    /// The element publishes it.
    Throws,
}

impl<'a> Draft<'a, '_> {
    /// The message that `referrer` names.
    pub(crate) fn message_of(
        &mut self,
        referrer: Element<'a>,
        usage: MessageUse,
    ) -> Option<MessageIx> {
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
        let ix = match self.messages_by_id.get(id) {
            Some(known) => *known,
            None => {
                let read = self.read_message(id, message);
                let ix = read.map(|definition| self.add_message(definition));
                self.messages_by_id.insert(id, ix);
                ix
            }
        };
        let ix = ix?;
        let lacks_key = self.message(ix).correlation_key.is_none();
        if usage == MessageUse::Awaits && lacks_key {
            self.report_missing_key(id, message);
            return None;
        }
        Some(ix)
    }

    fn report_missing_key(&mut self, id: &'a str, message: Element<'a>) {
        if self.keyless_messages.insert(id) {
            let text = format!(
                "a running instance waits for the message '{id}', which has no \
                 zeebe:subscription correlationKey; add one such as correlationKey=\"=orderId\""
            );
            self.error("correlation-key-missing", message, text);
        }
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
        let correlation_key = self.correlation_key(id, message);
        Some(MessageDefinition {
            id: id.into(),
            name: name?,
            correlation_key: correlation_key?,
        })
    }

    /// `Some(None)` where it has none.
    fn correlation_key(&mut self, id: &str, message: Element<'a>) -> Option<Option<ExprIx>> {
        let subscription = message.extension("subscription");
        let key = subscription
            .and_then(|s| s.attribute("correlationKey"))
            .unwrap_or_default();
        if key.trim().is_empty() {
            return Some(None);
        }
        let Some(feel) = key.strip_prefix('=') else {
            let text = format!(
                "the correlationKey '{key}' of the message '{id}' is the same for every instance; \
                 make it a FEEL expression that begins with '='"
            );
            self.error("correlation-key-not-expression", message, text);
            return None;
        };
        self.expression(message, feel).map(Some)
    }
}
