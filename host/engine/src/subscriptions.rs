//! Message subscriptions: opened, closed, correlated.

use anyam_bpmn::graph::{MessageIx, NodeIx, NodeKind, Value};
use serde::{Deserialize, Serialize};

use crate::execution::{Execution, Stop, Work};
use crate::expressions::{extract, shown};
use crate::instance::Phase;
use crate::key::{ElementInstanceKey, MessageKey, SubscriptionKey};
use crate::outcome::Rejection;
use crate::transition::{Effect, Event, Subscription};
use crate::value::Variables;
use crate::variables::Place;

/// An open subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenSubscription {
    /// The element that waits: a boundary event or the element instance's own.
    pub(crate) element: NodeIx,
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) message_name: Box<str>,
    pub(crate) correlation_key: Box<str>,
}

impl OpenSubscription {
    pub(crate) fn record(&self, key: SubscriptionKey) -> Subscription {
        Subscription {
            key,
            element: self.element,
            element_instance: self.element_instance,
            message_name: self.message_name.clone(),
            correlation_key: self.correlation_key.clone(),
        }
    }
}

impl Execution<'_> {
    /// The subscription that `element` needs at `at`, with its expressions evaluated.
    pub(crate) fn prepare_subscription(
        &mut self,
        element: NodeIx,
        message: MessageIx,
        at: ElementInstanceKey,
    ) -> Result<OpenSubscription, Stop> {
        let definition = &self.process.graph().messages[message.at()];
        let message_name = self.text(&definition.name, at, "message name")?;
        // As in Zeebe, what an activity's input mappings make is no matter of the messages that
        // its boundary events wait for.
        let scope = match self.process.node(element).kind {
            NodeKind::BoundaryEvent { .. } => self.element(at).scope,
            _ => at,
        };
        let Some(correlation) = definition.correlation_key else {
            return Err(extract(format!(
                "the message `{message_name}` has no correlation key"
            )));
        };
        let correlation_key = match self.setting(&Value::Expression(correlation), scope)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            other => {
                return Err(extract(format!(
                    "the correlation key of the message `{message_name}` must be a text or a \
                     number, but is {}",
                    shown(&other)
                )));
            }
        };
        let correlation_key = self.bounded(correlation_key, "correlation key")?;
        Ok(OpenSubscription {
            element,
            element_instance: at,
            message_name,
            correlation_key,
        })
    }

    /// Opens a prepared subscription.
    pub(crate) fn open(&mut self, subscription: OpenSubscription) {
        let key = SubscriptionKey(self.next_key());
        self.element_mut(subscription.element_instance)
            .subscriptions
            .push(key);
        self.out
            .effects
            .push(Effect::OpenSubscription(subscription.record(key)));
        self.instance.subscriptions.insert(key, subscription);
    }

    /// Closes every timer and subscription of an element instance and its boundary events.
    pub(crate) fn close_waits(&mut self, at: ElementInstanceKey) {
        let element = self.element_mut(at);
        let timers = std::mem::take(&mut element.timers);
        let subscriptions = std::mem::take(&mut element.subscriptions);
        for timer in timers {
            self.cancel_timer(timer);
        }
        for key in subscriptions {
            self.close(key);
        }
    }

    /// Closes a subscription that its element instance no longer notes.
    fn close(&mut self, key: SubscriptionKey) {
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
        let Some(open) = self.instance.subscriptions.get(&key) else {
            return Err(Rejection::NotFound {
                what: "message subscription",
                key: key.0,
            });
        };
        let (at, element) = (open.element_instance, open.element);
        let node = self.process.node(element);
        let is_boundary = matches!(node.kind, NodeKind::BoundaryEvent { .. });
        let place = if !is_boundary {
            self.result_place(at)
        } else if node.mappings.outputs.is_empty() {
            Place::From(self.element(at).scope)
        } else {
            Place::New
        };
        self.check_payload(&variables, place)?;
        if is_boundary && !self.has_room_for_boundary(element) {
            return Err(Rejection::Invalid(format!(
                "the process instance has {} live element instances (limit max_elements)",
                self.instance.elements.len()
            )));
        }
        self.out.events.push(Event::MessageCorrelated {
            message,
            subscription: key,
        });
        if is_boundary {
            self.trigger_boundary(at, element, variables);
        } else {
            // Whatever becomes of its output mappings, an element takes one message.
            self.element_mut(at)
                .subscriptions
                .retain(|open| *open != key);
            self.close(key);
            self.take_result(at, variables);
            self.element_mut(at).phase = Phase::Completing;
            self.agenda.push_back(Work::Drive(at));
        }
        Ok(())
    }
}
