//! Durable, transactional storage with tenants first.
//!
//! The crate knows bytes and transactions, and the typed rows made of them:
//!
//! - [`Store`] is the byte-level boundary a backend implements; [`RedbStore`] is the embedded one.
//! - [`Database`] commits: one writer thread gathers [`Batch`]es into one commit with one disk sync.
//! - [`Reader`] is a consistent snapshot; [`Record`] and [`Index`] give rows and indexes their types.
//! - [`records`] are the rows of the platform.
//!
//! # Invariants
//! - A batch is there completely or not at all, and for good once its completion says `Ok`.
//! - Batches are committed in the order they were submitted: if a batch is there, every batch
//!   submitted before it is there, but for those that were told [`StoreError::Conflict`] or
//!   [`StoreError::Full`].
//! - A batch with expectations is there only if each row it names was, behind all batches before
//!   it, as it expects. Counters are exact: they are what the batches that are there add up to.
//! - Whoever was told `Ok` reads what was written, in every [`Reader`] taken from then on.
//! - Every tenant row's key starts with the tenant; no typed read or write reaches tenant rows
//!   without naming one.
//! - An index entry exists exactly while the record it was derived from does.
//! - A key from [`Database::next_block`] never comes twice, whatever happens between.
//! - Data of a newer format is refused and not changed; damaged data is an error, never a panic.
//! - On a full disk reads go on and batches wait; none is told anything before it is stored.
//!
//! # Adding a record
//! Add its table to [`Table`] with a name no table ever had, write the struct with its [`Record`]
//! implementation in its own file under `records/`, and an [`Index`] (with a table of its own) for
//! each way it is searched; name the entries in [`Record::indexes`], and both in `records/every.rs`,
//! which [`check_file`] goes by. To change the fields of a
//! released record, raise [`Record::VERSION`], keep the old struct, and convert it in
//! [`Record::decode`]; an index added to a released record needs its entries written for old rows.
//!
//! # Example
//! ```
//! use anyam_store::{Batch, Database, Direction, RedbStore, TenantId, records::Variable};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = RedbStore::with_backend(redb::backends::InMemoryBackend::new(), 16 << 20)?;
//! let database = Database::open(store, Default::default())?;
//!
//! let variable = Variable { key: 2, instance: 1, scope: 1, name: "total".into(), value: "42".into() };
//! let mut batch = Batch::new();
//! batch.tenant(TenantId(7)).put(&variable);
//! let (done, committed) = std::sync::mpsc::channel();
//! database.submit(batch, move |result| done.send(result).expect("the caller waits"))?;
//! committed.recv()??;
//!
//! let reader = database.read()?;
//! assert_eq!(reader.tenant(TenantId(7)).get::<Variable>(&(1, 2))?, Some(variable));
//! assert_eq!(reader.tenant(TenantId(8)).scan::<Variable>((), Direction::Forward).count(), 0);
//! # Ok(()) }
//! ```

mod backup;
mod batch;
mod blocks;
mod check;
mod conditions;
mod counter;
mod database;
mod disk;
mod error;
mod held_back;
mod key;
mod limits;
mod queue;
mod reader;
mod record;
pub mod records;
mod redb_store;
mod space;
mod stats;
mod store;

pub use backup::{BackupSummary, back_up_file, restore, verify};
pub use batch::{Batch, Operation, SystemWriter, TenantWriter};
pub use blocks::{BLOCK, FIRST_KEY};
pub use check::{Checked, Finding, check_file};
pub use conditions::{Refused, Resolved, Stamp, resolve};
pub use counter::{Change, Counter, decode_counter, encode_counter};
pub use database::{Database, FORMAT};
pub use disk::{Disk, FileDisk};
pub use error::{Result, StoreError};
pub use key::{KeyBytes, PrefixOf};
pub use limits::Limits;
pub use reader::{Reader, Scan, SystemReader, TenantReader};
pub use record::{Index, IndexSink, Owner, Record, SystemOwned, TenantId, TenantOwned};
pub use redb::StorageBackend;
pub use redb_store::RedbStore;
pub use stats::Stats;
pub use store::{Direction, ReadView, Rows, Store, Table};
