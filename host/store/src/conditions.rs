//! Which batches of a commit hold, and what counters come to.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::counter;
use crate::store::ReadView;
use crate::{Batch, Result, StoreError, Table};

/// Stands for the value of a row as it is stored: two values have the same one only if they are
/// the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([u8; 32]);

impl Stamp {
    pub(crate) fn of(value: &[u8]) -> Self {
        Stamp(Sha256::digest(value).into())
    }
}

/// A batch that was left out of a commit.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Its place among the batches of the commit.
    pub batch: usize,
    /// Why: [`StoreError::Conflict`] or [`StoreError::Full`].
    pub error: StoreError,
}

/// The batches of a commit, checked one after the other, each against what those before it leave.
#[derive(Debug, Default)]
pub struct Resolved {
    /// Those to leave out, in order.
    pub refused: Vec<Refused>,
    /// Rows whose final values follow from several batches: to be written last, over whatever the
    /// batches themselves write there.
    pub settled: Vec<(Table, Vec<u8>, Option<Vec<u8>>)>,
}

type Row<'b> = (Table, &'b [u8]);

/// Checks the expectations of batches and adds up their counters, over the rows in `view`.
///
/// # Errors
/// What the view says, or a damaged counter; no batch can be committed then.
pub fn resolve(batches: &[Batch], view: &dyn ReadView) -> Result<Resolved> {
    let mut rows = Rows::watching(batches, view);
    let mut resolved = Resolved::default();
    if rows.values.is_empty() {
        return Ok(resolved);
    }
    for (at, batch) in batches.iter().enumerate() {
        match rows.take(batch) {
            Ok(()) => {}
            Err(error @ (StoreError::Conflict { .. } | StoreError::Full { .. })) => {
                resolved.refused.push(Refused { batch: at, error });
            }
            Err(error) => return Err(error),
        }
    }
    let counted = rows.values.into_iter();
    resolved.settled = counted
        .filter(|(_, row)| row.counted)
        .map(|((table, key), row)| (table, key.to_vec(), row.value.flatten()))
        .collect();
    Ok(resolved)
}

/// The rows that expectations and counters are about, as the batches taken so far leave them.
struct Rows<'b> {
    view: &'b dyn ReadView,
    values: HashMap<Row<'b>, Watched>,
}

#[derive(Default)]
struct Watched {
    /// `None` until it is looked at; then `Some(None)` for a row that is not there.
    value: Option<Option<Vec<u8>>>,
    /// Whether a batch that was taken counts in it.
    counted: bool,
}

impl<'b> Rows<'b> {
    fn watching(batches: &'b [Batch], view: &'b dyn ReadView) -> Self {
        let mut values = HashMap::new();
        for batch in batches {
            for row in batch.expectations().map(|(row, _)| row) {
                values.entry(row).or_insert_with(Watched::default);
            }
            for count in batch.counts() {
                values.entry(count.row).or_insert_with(Watched::default);
            }
        }
        Rows { view, values }
    }

    /// Takes a batch in, or refuses it and stays as it was.
    fn take(&mut self, batch: &'b Batch) -> Result<()> {
        for ((table, key), stamp) in batch.expectations() {
            let found = self.value((table, key))?.as_deref().map(Stamp::of);
            if found != stamp {
                return Err(StoreError::Conflict { table });
            }
        }
        let mut changed: HashMap<Row<'b>, Option<Vec<u8>>> = HashMap::new();
        for operation in batch.operations() {
            let row = (operation.table, operation.key);
            if self.values.contains_key(&row) {
                changed.insert(row, operation.value.map(<[u8]>::to_vec));
            }
        }
        for count in batch.counts() {
            let before = match changed.get(&count.row) {
                Some(value) => value,
                None => self.value(count.row)?,
            };
            let before = before.as_deref().unwrap_or(count.start);
            let after = counter::merge(count.row.0, before, count.changes)?;
            changed.insert(count.row, Some(after));
        }
        for count in batch.counts() {
            self.values.entry(count.row).or_default().counted = true;
        }
        for (row, value) in changed {
            self.values.entry(row).or_default().value = Some(value);
        }
        Ok(())
    }

    fn value(&mut self, row: Row<'b>) -> Result<&Option<Vec<u8>>> {
        let watched = self.values.entry(row).or_default();
        if watched.value.is_none() {
            let mut value = None;
            self.view
                .get(row.0, row.1, &mut |found| value = Some(found.to_vec()))?;
            watched.value = Some(value);
        }
        Ok(watched.value.get_or_insert_default())
    }
}
