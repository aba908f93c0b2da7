//! What a call has seen and wants to change, over what is committed.
//!
//! A call reads its own writes. Nobody else does: they become [`Changes`], which the host stores
//! with the result of the step or not at all.

use std::collections::BTreeMap;

use crate::outside::{Changes, Location, OutgoingMessage};

/// The changes of one call so far.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    seen: BTreeMap<Location, Option<[u8; 32]>>,
    writes: BTreeMap<Location, Option<Vec<u8>>>,
    messages: Vec<OutgoingMessage>,
}

impl Overlay {
    pub(crate) fn into_changes(self) -> Changes {
        Changes {
            seen: self.seen.into_iter().collect(),
            writes: self.writes.into_iter().collect(),
            messages: self.messages,
        }
    }
}
