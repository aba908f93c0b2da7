//! Messages and what waits for them.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};

/// A point of an instance that waits for a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSubscription {
    /// Key.
    pub key: u64,
    /// The process instance.
    pub instance: u64,
    /// The process definition.
    pub definition_key: u64,
    /// Id of the process.
    pub process_id: String,
    /// The element that waits.
    pub element_id: String,
    /// The activation of it.
    pub element_instance: u64,
    /// Name of the message.
    pub message_name: String,
    /// Which message of that name.
    pub correlation_key: String,
    /// Milliseconds since 1970, UTC.
    pub opened_at: i64,
}

impl Record for MessageSubscription {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::MessageSubscriptions;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        let key = (&*self.message_name, &*self.correlation_key, self.key);
        sink.entry::<SubscriptionsByMessage>(&key);
    }
}

/// Subscriptions by (message name, correlation key, key): the oldest first.
pub enum SubscriptionsByMessage {}

impl Index for SubscriptionsByMessage {
    type Record = MessageSubscription;
    type Key<'a> = (&'a str, &'a str, u64);
    const TABLE: Table = Table::SubscriptionsByMessage;
}

/// A published message that is kept until it expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Key.
    pub key: u64,
    /// Name.
    pub name: String,
    /// Which one of that name.
    pub correlation_key: String,
    /// The publisher's id; while the message lives, no other of its name and correlation key may
    /// have it.
    pub message_id: Option<String>,
    /// Variables it brings, as JSON.
    pub variables: String,
    /// Milliseconds since 1970, UTC.
    pub published_at: i64,
    /// Milliseconds since 1970, UTC.
    pub expires_at: i64,
}

impl Record for Message {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::Messages;

    fn key(&self) -> u64 {
        self.key
    }

    fn indexes(&self, sink: &mut IndexSink) {
        let key = (&*self.name, &*self.correlation_key, self.key);
        sink.entry::<MessagesByCorrelation>(&key);
        if let Some(id) = &self.message_id {
            sink.entry::<MessagesById>(&(&*self.name, &*self.correlation_key, &**id));
        }
    }
}

/// Messages by (name, correlation key, key): the oldest first.
pub enum MessagesByCorrelation {}

impl Index for MessagesByCorrelation {
    type Record = Message;
    type Key<'a> = (&'a str, &'a str, u64);
    const TABLE: Table = Table::MessagesByCorrelation;
}

/// Messages that have an id by (name, correlation key, id).
pub enum MessagesById {}

impl Index for MessagesById {
    type Record = Message;
    type Key<'a> = (&'a str, &'a str, &'a str);
    const TABLE: Table = Table::MessagesById;
}

/// A message was correlated to an instance of this process; it is not correlated to the same
/// process again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageClaim {
    /// The message.
    pub message: u64,
    /// Id of the process.
    pub process_id: String,
    /// The process instance that got it.
    pub instance: u64,
}

impl Record for MessageClaim {
    type Owner = TenantOwned;
    type Key<'a> = (u64, &'a str);
    const TABLE: Table = Table::MessageClaims;

    fn key(&self) -> (u64, &str) {
        (self.message, &self.process_id)
    }
}

/// A message that a waiting point of an instance got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrelatedMessage {
    /// The process instance.
    pub instance: u64,
    /// The message.
    pub message: u64,
    /// The subscription that it met.
    pub subscription: u64,
    /// The process definition.
    pub definition_key: u64,
    /// Id of the process.
    pub process_id: String,
    /// The element that waited.
    pub element_id: String,
    /// The activation of it.
    pub element_instance: u64,
    /// Name of the message.
    pub message_name: String,
    /// Which message of that name.
    pub correlation_key: String,
    /// Milliseconds since 1970, UTC.
    pub correlated_at: i64,
}

impl Record for CorrelatedMessage {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::CorrelatedMessages;

    // A message reaches an instance once.
    fn key(&self) -> (u64, u64) {
        (self.instance, self.message)
    }
}
