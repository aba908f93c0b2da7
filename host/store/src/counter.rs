//! Rows of numbers that batches change without having read them.
//!
//! Many writers may count in one row at the same time and none of them has to wait for another:
//! the writer thread adds up what they bring. The numbers stand in front of the row's value in a
//! fixed form, so that the writer need not know the record.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Record, Result, StoreError, Table};

/// A record whose numbers batches change by [`TenantWriter::count`](crate::TenantWriter::count).
/// Its [`Record::encode`] and [`Record::decode`] must be [`encode_counter`] and [`decode_counter`].
pub trait Counter: Record {}

/// How a batch changes one number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds to it, or takes from it. It stays between 0 and the largest number.
    Add(i64),
    /// Adds to it where it then is at most `most`; where it is not, the batch is refused. What
    /// takes from it is never refused.
    AddWithin {
        /// What to add.
        by: i64,
        /// The most it may be then.
        most: u64,
        /// What the number is, for the refusal.
        what: &'static str,
    },
    /// Raises it to this, where it is less.
    Raise(u64),
}

impl Change {
    fn apply(self, number: u64) -> Result<u64> {
        match self {
            Change::Add(by) => Ok(number.saturating_add_signed(by)),
            Change::AddWithin { by, most, what } => {
                let sum = number.saturating_add_signed(by);
                if by > 0 && sum > most {
                    return Err(StoreError::Full { what, sum, most });
                }
                Ok(sum)
            }
            Change::Raise(to) => Ok(number.max(to)),
        }
    }
}

/// Appends the numbers of a counter and what tells it from others.
pub fn encode_counter(out: &mut Vec<u8>, numbers: &[u64], identity: &impl Serialize) {
    let count = u8::try_from(numbers.len()).expect("a counter has few numbers");
    out.push(count);
    for number in numbers {
        out.extend_from_slice(&number.to_be_bytes());
    }
    let filled = postcard::to_extend(identity, std::mem::take(out));
    *out = filled.expect("identities are plain data, which postcard always encodes");
}

/// Reads `N` numbers and the identity of a counter; numbers that it had not yet are 0.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn decode_counter<const N: usize, T: DeserializeOwned>(
    table: Table,
    bytes: &[u8],
) -> Result<([u64; N], T)> {
    let (stored, identity) = split(table, bytes)?;
    let mut numbers = [0; N];
    for (number, stored) in numbers.iter_mut().zip(stored) {
        *number = u64::from_be_bytes(*stored);
    }
    let identity =
        postcard::from_bytes(identity).map_err(|error| StoreError::corrupt(table, error))?;
    Ok((numbers, identity))
}

fn split(table: Table, bytes: &[u8]) -> Result<(&[[u8; 8]], &[u8])> {
    let short = || StoreError::corrupt(table, "a counter with too few bytes");
    let (count, rest) = bytes.split_first().ok_or_else(short)?;
    let numbers = rest.get(..usize::from(*count) * 8).ok_or_else(short)?;
    let identity = &rest[numbers.len()..];
    Ok((numbers.as_chunks().0, identity))
}

/// The value of a counter after `changes`, of which the first is for its first number.
///
/// # Errors
/// [`StoreError::Full`], [`StoreError::Corrupt`].
pub(crate) fn merge(table: Table, value: &[u8], changes: &[Change]) -> Result<Vec<u8>> {
    let empty = || StoreError::corrupt(table, "empty value");
    let (version, bytes) = value.split_first().ok_or_else(empty)?;
    let (numbers, identity) = split(table, bytes)?;
    let count = numbers.len().max(changes.len());
    let mut merged = Vec::with_capacity(value.len() + 8 * changes.len());
    merged.push(*version);
    merged.push(u8::try_from(count).expect("a counter has few numbers"));
    for at in 0..count {
        let number = numbers
            .get(at)
            .map_or(0, |number| u64::from_be_bytes(*number));
        let number = match changes.get(at) {
            Some(change) => change.apply(number)?,
            None => number,
        };
        merged.extend_from_slice(&number.to_be_bytes());
    }
    merged.extend_from_slice(identity);
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table::SpaceUsage;

    fn value(numbers: &[u64]) -> Vec<u8> {
        let mut value = vec![1];
        encode_counter(&mut value, numbers, &"name");
        value
    }

    fn read<const N: usize>(value: &[u8]) -> [u64; N] {
        let (numbers, name): (_, String) = decode_counter(TABLE, &value[1..]).unwrap();
        assert_eq!(name, "name");
        numbers
    }

    #[test]
    fn changes_go_to_their_numbers_and_stay_in_range() {
        let changes = [Change::Add(-3), Change::Raise(9), Change::Add(1)];
        let merged = merge(TABLE, &value(&[2, 7, u64::MAX, 5]), &changes).unwrap();
        assert_eq!(read(&merged), [0, 9, u64::MAX, 5]);
        let merged = merge(TABLE, &value(&[1]), &[Change::Raise(0), Change::Add(4)]).unwrap();
        assert_eq!(read(&merged), [1, 4]);
        assert_eq!(read(&merged), [1, 4, 0]);
    }

    #[test]
    fn a_number_is_bounded_at_its_edge() {
        let within = |by| {
            let most = 10;
            let what = "bytes";
            merge(TABLE, &value(&[8]), &[Change::AddWithin { by, most, what }])
        };
        assert_eq!(read(&within(2).unwrap()), [10]);
        let refused = within(3).unwrap_err();
        assert_eq!(refused.to_string(), "bytes would be 11, the most is 10");
        let over = value(&[20]);
        let less = Change::AddWithin {
            by: -1,
            most: 10,
            what: "bytes",
        };
        assert_eq!(read(&merge(TABLE, &over, &[less]).unwrap()), [19]);
    }

    #[test]
    fn damage_is_an_error() {
        for bytes in [&[][..], &[1], &[1, 1, 0], &[1, 2, 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert!(merge(TABLE, bytes, &[]).is_err(), "{bytes:?}");
        }
        assert!(decode_counter::<1, String>(TABLE, &[0]).is_err());
    }
}
