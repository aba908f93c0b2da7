//! Keys for one process instance, out of the blocks it owns.

use anyam_engine::key::KeySource;
use anyam_store::{BLOCK, Database};

/// Hands out an instance's keys: first the rest of the block its own key begins, then fresh blocks.
///
/// Every key of an instance stands in a block that the instance owns, so a key alone leads to its
/// instance and tenant.
#[derive(Debug)]
pub struct InstanceKeys {
    next: u64,
    end: u64,
    /// Blocks taken since the last save; their owner must be stored with the instance.
    pub taken: Vec<u64>,
}

impl InstanceKeys {
    /// Keys for a new instance whose own key begins the block.
    pub fn of_new(instance: u64) -> Self {
        Self {
            next: instance + 1,
            end: instance + BLOCK,
            taken: vec![instance],
        }
    }

    /// Goes on after a reload with the next unused key.
    pub fn resume(next: u64) -> Self {
        // `next` at a block's start means that the block before it is used up.
        let end = next.div_ceil(BLOCK) * BLOCK;
        Self {
            next,
            end,
            taken: Vec::new(),
        }
    }

    /// The next unused key, to be stored with the instance.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Pairs these keys with the database that fresh blocks come from.
    pub fn source<'a>(&'a mut self, database: &'a Database) -> impl KeySource + 'a {
        Source {
            keys: self,
            database,
        }
    }
}

struct Source<'a> {
    keys: &'a mut InstanceKeys,
    database: &'a Database,
}

impl KeySource for Source<'_> {
    fn next_key(&mut self) -> u64 {
        if self.keys.next == self.keys.end {
            let block = self.database.next_block();
            self.keys.taken.push(block);
            self.keys.next = block;
            self.keys.end = block + BLOCK;
        }
        let key = self.keys.next;
        self.keys.next += 1;
        key
    }
}
