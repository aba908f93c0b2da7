//! What waits for signals.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};

/// A point of an instance that waits for a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalSubscription {
    /// Key.
    pub key: u64,
    /// The process instance.
    pub instance: u64,
    /// The element that waits.
    pub element_id: String,
    /// The activation of it.
    pub element_instance: u64,
    /// Name of the signal.
    pub name: String,
    /// Milliseconds since 1970, UTC.
    pub opened_at: i64,
}

impl Record for SignalSubscription {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::SignalSubscriptions;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<SubscriptionsBySignal>(&(&*self.name, self.key));
    }
}

/// Subscriptions by (signal name, key): the oldest first.
pub enum SubscriptionsBySignal {}

impl Index for SubscriptionsBySignal {
    type Record = SignalSubscription;
    type Key<'a> = (&'a str, u64);
    const TABLE: Table = Table::SubscriptionsBySignal;
}
