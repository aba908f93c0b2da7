//! What can go wrong in the store.

use std::sync::Arc;

use crate::store::Table;

/// An error of the store. Cheap to clone, so that one failed commit can be told to every batch in it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The commit queue is full. Nothing was queued; try again after some milliseconds.
    #[error("the commit queue is full ({batches} batches, {bytes} bytes wait); try again later")]
    Overloaded {
        /// Batches that wait.
        batches: usize,
        /// Bytes that wait.
        bytes: usize,
    },
    /// A batch exceeds a limit of [`Limits`](crate::Limits). Nothing was queued.
    #[error("{what} of {bytes} bytes exceeds the limit of {limit} bytes")]
    TooLarge {
        /// Which limit: `batch`, `key` or `value`.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A row was not as the batch expects it. Nothing of the batch was stored; build it anew from
    /// what is there now.
    #[error("a row of table {table} changed meanwhile; read it again")]
    Conflict {
        /// The table.
        table: Table,
    },
    /// A counter would leave its bounds. Nothing of the batch was stored.
    #[error("{what} would be {sum}, the most is {most}")]
    Full {
        /// What is counted.
        what: &'static str,
        /// What it would be.
        sum: u64,
        /// The most it may be.
        most: u64,
    },
    /// There is no space for a commit. What is stored can be read; what waits is committed once
    /// there is space again.
    #[error("the disk is full: {reason}; nothing is stored until there is space on it again")]
    DiskFull {
        /// How that was found.
        reason: Arc<str>,
    },
    /// The database was closed; it takes no more batches.
    #[error("the database is closed")]
    Closed,
    /// An earlier commit failed, so the state of the disk is not known and nothing more is written.
    /// The process should stop; opening the database again recovers everything acknowledged.
    #[error("the database stopped after a failed commit: {reason}")]
    Failed {
        /// What the backend said.
        reason: Arc<str>,
    },
    /// The backend failed to read, write or open.
    #[error("storage backend, {action}: {reason}")]
    Backend {
        /// What was tried.
        action: &'static str,
        /// What the backend said.
        reason: Arc<str>,
    },
    /// The data was written by a newer release. Nothing was changed.
    #[error(
        "the data has format version {found}, this release knows versions up to {known}; use a newer release"
    )]
    NewerFormat {
        /// The version found.
        found: u32,
        /// The newest version this release reads.
        known: u32,
    },
    /// A backup is not whole. Nothing was restored.
    #[error("the backup cannot be restored: {reason}")]
    BadBackup {
        /// What is wrong with it.
        reason: Arc<str>,
    },
    /// A row has a value version this release does not know.
    #[error("a row of table {table} has value version {version}, which this release does not know")]
    UnknownVersion {
        /// The table.
        table: Table,
        /// The version found.
        version: u8,
    },
    /// A row's bytes do not decode, or an index points to a row that does not exist.
    #[error("a row of table {table} is damaged: {reason}")]
    Corrupt {
        /// The table.
        table: Table,
        /// What did not fit.
        reason: Arc<str>,
    },
}

impl StoreError {
    pub(crate) fn disk_full(reason: impl std::fmt::Display) -> Self {
        StoreError::DiskFull {
            reason: reason.to_string().into(),
        }
    }

    pub(crate) fn backend(action: &'static str, error: impl std::fmt::Display) -> Self {
        StoreError::Backend {
            action,
            reason: error.to_string().into(),
        }
    }

    pub(crate) fn corrupt(table: Table, error: impl std::fmt::Display) -> Self {
        StoreError::Corrupt {
            table,
            reason: error.to_string().into(),
        }
    }
}

/// A result of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
