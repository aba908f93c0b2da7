//! How much of a space a tenant has used.

use serde::{Deserialize, Serialize};

use crate::counter::{Counter, decode_counter, encode_counter};
use crate::record::{Record, TenantOwned};
use crate::{Result, StoreError, Table};

/// What the values of one space of a tenant take together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceUsage {
    /// The space.
    pub space: u8,
    /// Bytes of buckets, keys and values.
    pub bytes: u64,
    /// Keys.
    pub keys: u64,
}

impl Record for SpaceUsage {
    type Owner = TenantOwned;
    type Key<'a> = u8;
    const TABLE: Table = Table::SpaceUsage;

    fn key(&self) -> u8 {
        self.space
    }

    fn encode(&self, out: &mut Vec<u8>) {
        encode_counter(out, &[self.bytes, self.keys], &self.space);
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            let table = Self::TABLE;
            return Err(StoreError::UnknownVersion { table, version });
        }
        let ([bytes, keys], space) = decode_counter(Self::TABLE, bytes)?;
        Ok(SpaceUsage { space, bytes, keys })
    }
}

impl Counter for SpaceUsage {}
