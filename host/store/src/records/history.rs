//! History: what happened in an instance, in order.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, TenantOwned};

/// The events of one transition, opaque to the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistorySegment {
    /// The process instance.
    pub instance: u64,
    /// 0, 1, 2 ... in each instance.
    pub seq: u64,
    /// The events as the runtime encoded them.
    pub bytes: Vec<u8>,
}

impl Record for HistorySegment {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::HistorySegments;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.seq)
    }
}
