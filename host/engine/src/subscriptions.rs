//! Subscriptions to messages and signals: opened, closed, and what reaches them.

use anyam_bpmn::graph::{ExprIx, MessageIx, Value};
use serde::{Deserialize, Serialize};

use crate::execution::{Execution, Stop};
use crate::expressions::{extract, shown};
use crate::key::{ElementInstanceKey, MessageKey, SubscriptionKey};
use crate::outcome::Rejection;
use crate::transition::{Awaited, Effect, Event, Subscription};
use crate::value::Variables;
use crate::waits::EventAt;

/// An open subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenSubscription {
    pub(crate) at: EventAt,
    pub(crate) awaits: Awaited,
}

impl OpenSubscription {
    pub(crate) fn record(&self, key: SubscriptionKey) -> Subscription {
        Subscription {
            key,
            element: self.at.node,
            element_instance: self.at.owner,
            awaits: self.awaits.clone(),
        }
    }
}

impl Execution<'_> {
    /// The subscription that an event needs, with its expressions evaluated.
    pub(crate) fn prepare_subscription(
        &mut self,
        at: EventAt,
        message: MessageIx,
    ) -> Result<OpenSubscription, Stop> {
        let definition = &self.process.graph().messages[message.at()];
        let message_name = self.text(&definition.name, at.owner, "message name")?;
        // As in Zeebe, what an activity's input mappings make is no matter of the messages that
        // its boundary events wait for.
        let scope = if self.process.node(at.node).kind.is_boundary() {
            self.element(at.owner).scope
        } else {
            at.owner
        };
        let Some(correlation) = definition.correlation_key else {
            return Err(extract(format!(
                "the message `{message_name}` has no correlation key"
            )));
        };
        let correlation_key = self.correlation_key(&message_name, correlation, scope)?;
        Ok(OpenSubscription {
            at,
            awaits: Awaited::Message {
                name: message_name,
                correlation_key,
            },
        })
    }

    /// The value of a message's correlation key.
    pub(crate) fn correlation_key(
        &mut self,
        message: &str,
        key: ExprIx,
        scope: ElementInstanceKey,
    ) -> Result<Box<str>, Stop> {
        let key = match self.setting(&Value::Expression(key), scope)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            other => {
                return Err(extract(format!(
                    "the correlation key of the message `{message}` must be a text or a number, \
                     but is {}",
                    shown(&other)
                )));
            }
        };
        self.bounded(key, "correlation key")
    }

    /// Opens a prepared subscription.
    pub(crate) fn open(&mut self, subscription: OpenSubscription) {
        let key = SubscriptionKey(self.next_key());
        self.element_mut(subscription.at.owner)
            .subscriptions
            .push(key);
        self.out
            .effects
            .push(Effect::OpenSubscription(subscription.record(key)));
        self.instance.subscriptions.insert(key, subscription);
    }

    /// Closes a subscription that its element instance no longer notes.
    pub(crate) fn close(&mut self, key: SubscriptionKey) {
        if let Some(open) = self.instance.subscriptions.remove(&key) {
            self.out
                .effects
                .push(Effect::CloseSubscription(open.record(key)));
        }
    }

    /// A message matches a subscription.
    pub(crate) fn correlate(
        &mut self,
        key: SubscriptionKey,
        message: MessageKey,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let at = self.subscribed(key, "message subscription", |awaits| {
            matches!(awaits, Awaited::Message { .. })
        })?;
        self.check_occurrence(at, &variables)?;
        if let Some(open) = self.instance.subscriptions.get(&key) {
            self.out.events.push(Event::MessageCorrelated {
                message,
                subscription: Box::new(open.record(key)),
            });
        }
        self.occurred(at, variables);
        Ok(())
    }

    /// A signal that a subscription waits for was broadcast.
    pub(crate) fn receive_signal(
        &mut self,
        key: SubscriptionKey,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let at = self.subscribed(key, "signal subscription", |awaits| {
            matches!(awaits, Awaited::Signal { .. })
        })?;
        self.check_occurrence(at, &variables)?;
        let subscription = key;
        self.out.events.push(Event::SignalReceived { subscription });
        self.occurred(at, variables);
        Ok(())
    }

    /// What an open subscription of the kind is for.
    fn subscribed(
        &self,
        key: SubscriptionKey,
        what: &'static str,
        is_meant: impl Fn(&Awaited) -> bool,
    ) -> Result<EventAt, Rejection> {
        let open = self.instance.subscriptions.get(&key);
        match open {
            Some(open) if is_meant(&open.awaits) => Ok(open.at),
            _ => Err(Rejection::NotFound { what, key: key.0 }),
        }
    }
}
