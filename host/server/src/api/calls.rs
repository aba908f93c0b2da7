//! Who called whom: the root of a chain of calls, and everything that an instance called.

use anyam_store::records::{InstancesByParent, ProcessInstance};
use anyam_store::{Direction, TenantReader};

use super::keys::Key;
use super::limits::RequestLimits;
use super::problem::Problem;

/// The instance that began the chain of calls an instance is in: itself where nobody called it.
pub fn root_of(instance: &ProcessInstance) -> Key {
    Key(instance.parent.map_or(instance.key, |parent| parent.root))
}

/// As [`root_of`], by the instance's key.
///
/// # Errors
/// The store's.
pub fn root(rows: TenantReader<'_>, instance: u64) -> Result<Key, Problem> {
    let found = rows.get::<ProcessInstance>(&instance)?;
    Ok(found.map_or(Key(instance), |found| root_of(&found)))
}

/// Counts the rows that a request reads: no more than one search may.
pub struct Reads {
    left: usize,
    most: usize,
}

impl Reads {
    /// None read yet.
    pub fn new(limits: &RequestLimits) -> Self {
        let most = limits.scanned_rows;
        Self { left: most, most }
    }

    /// One more.
    ///
    /// # Errors
    /// 400 past the limit.
    pub fn count(&mut self) -> Result<(), Problem> {
        let most = self.most;
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Problem::invalid(format!(
                "there are more than {most} rows to read, which is more than a request may read"
            ))
        })?;
        Ok(())
    }
}

/// Collects called instances.
pub struct Called<'r> {
    rows: TenantReader<'r>,
    /// What was read for it.
    pub reads: Reads,
}

impl<'r> Called<'r> {
    /// From a tenant's rows.
    pub fn new(rows: TenantReader<'r>, limits: &RequestLimits) -> Self {
        let reads = Reads::new(limits);
        Self { rows, reads }
    }

    /// What one activation of a call activity called.
    ///
    /// # Errors
    /// 400 past the limit; the store's.
    pub fn by_element(&mut self, instance: u64, element: u64) -> Result<Vec<u64>, Problem> {
        self.children((instance, element))
    }

    /// The instances, and what they called, and so on; sorted.
    ///
    /// # Errors
    /// 400 past the limit; the store's.
    pub fn with_all_called(&mut self, instances: Vec<u64>) -> Result<Vec<u64>, Problem> {
        let mut all = instances;
        let mut next = 0;
        while let Some(instance) = all.get(next).copied() {
            all.extend(self.children((instance,))?);
            next += 1;
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn children(
        &mut self,
        caller: impl anyam_store::PrefixOf<(u64, u64, u64)>,
    ) -> Result<Vec<u64>, Problem> {
        let mut keys = Vec::new();
        for child in self
            .rows
            .index::<InstancesByParent>(caller, Direction::Forward)
        {
            self.reads.count()?;
            keys.push(child?.key);
        }
        Ok(keys)
    }
}
