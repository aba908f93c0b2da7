//! The group committer: many batches, one disk sync.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::blocks::Blocks;
use crate::queue::{Done, Queue};
use crate::space::Space;
use crate::stats::{Counters, Stats};
use crate::store::{ReadView, Store};
use crate::{Batch, Limits, Reader, Refused, Result, StoreError, Table};

/// The newest format of the data as a whole that this release reads, and the one it writes.
pub const FORMAT: u32 = 1;

/// From so many batches in a commit on, the next one lets more come.
const MANY: usize = 4;

const FORMAT_ROW: &[u8] = b"format";
const HIGH_WATER_ROW: &[u8] = b"high-water";

/// A store with its writer. Clones are handles to the same database; when the last one is dropped,
/// what waits is committed first.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
    writer: Arc<Writer>,
}

struct Shared {
    store: Box<dyn Store>,
    queue: Queue,
    blocks: Blocks,
    counters: Counters,
    space: Space,
    /// Told when a commit fails.
    on_failed: OnceLock<Told>,
    /// Told where there is something to write and no thread waits for it.
    wake: Option<Wake>,
}

type Wake = Box<dyn Fn() + Send + Sync>;
type Told = Box<dyn Fn(&StoreError) + Send + Sync>;

impl Database {
    /// Opens a database in `store`, empty or of this or an older format, and starts its writer
    /// thread.
    ///
    /// # Errors
    /// [`StoreError::NewerFormat`], with nothing changed; what the backend says.
    pub fn open(store: impl Store, limits: Limits) -> Result<Database> {
        let shared = Self::prepare(store, limits, None)?;
        let writer = Writer::start(Arc::clone(&shared))?;
        Ok(Database {
            shared,
            writer: Arc::new(writer),
        })
    }

    /// As [`open`](Self::open), without a writer thread: what waits is written where the caller
    /// calls [`write_waiting`](Self::write_waiting). `wake` is told each time there is something to
    /// write; it must be short. For whoever decides himself when commits happen.
    ///
    /// [`close`](Self::close) and the drop of the last handle write what waits where they are called.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_driven(
        store: impl Store,
        limits: Limits,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Database> {
        let shared = Self::prepare(store, limits, Some(Box::new(wake)))?;
        let writer = Writer {
            shared: Arc::clone(&shared),
            thread: Mutex::new(None),
        };
        Ok(Database {
            shared,
            writer: Arc::new(writer),
        })
    }

    fn prepare(store: impl Store, limits: Limits, wake: Option<Wake>) -> Result<Arc<Shared>> {
        let view = store.read()?;
        check_format(&*view)?;
        let blocks = Blocks::new(number(&*view, HIGH_WATER_ROW)?.unwrap_or(0));
        drop(view);
        let high_water = blocks.wanted();
        let mut first = high_water_batch(high_water);
        first.put_with(Table::Meta, FORMAT_ROW, |value| {
            value.extend_from_slice(&u64::from(FORMAT).to_be_bytes());
        });
        store.commit(&[first])?;
        blocks.grant(high_water);
        Ok(Arc::new(Shared {
            store: Box::new(store),
            queue: Queue::new(limits),
            blocks,
            counters: Counters::default(),
            space: Space::default(),
            on_failed: OnceLock::new(),
            wake,
        }))
    }

    /// Makes one commit of what waits, and completes it, on this thread; whether more waits. Only
    /// for a database that [`open_driven`](Self::open_driven) opened, and one call at a time.
    pub fn write_waiting(&self) -> bool {
        let shared = &self.shared;
        if shared.has_work() {
            shared.write_once(None);
        }
        shared.has_work()
    }

    /// Queues a batch. Never blocks.
    ///
    /// `done` is called once with the outcome, on the writer thread, in the order of submission:
    /// it must be short, and hand longer work to another thread. With `Ok` the batch is durable and
    /// every [`Reader`] taken from then on sees it. With [`StoreError::Conflict`] and
    /// [`StoreError::Full`] nothing of it is there, and other batches are not affected. With [`StoreError::Failed`] it may or may not
    /// be there after the next open. A panic in `done` is contained.
    ///
    /// # Errors
    /// `done` is dropped uncalled and nothing is queued: [`StoreError::Overloaded`],
    /// [`StoreError::TooLarge`], [`StoreError::Failed`], [`StoreError::Closed`].
    pub fn submit(
        &self,
        batch: Batch,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) -> Result<()> {
        let result = self.shared.queue.push(batch, Box::new(done));
        if matches!(result, Err(StoreError::Overloaded { .. })) {
            self.shared.counters.update(|stats| stats.refused += 1);
        }
        if result.is_ok() {
            self.shared.wake();
        }
        result
    }

    /// The first key of a fresh block of [`BLOCK`](crate::BLOCK) keys, greater than every key
    /// before, also before a restart. An atomic increment; it waits for the disk only if tens of
    /// thousands of blocks were taken during one commit.
    pub fn next_block(&self) -> u64 {
        self.shared.blocks.next(|| {
            self.shared.queue.wake();
            self.shared.wake();
        })
    }

    /// A consistent snapshot of everything committed.
    ///
    /// # Errors
    /// What the backend says.
    pub fn read(&self) -> Result<Reader> {
        Ok(Reader::new(self.shared.store.read()?))
    }

    /// Whether there is room to commit anything. While there is not, batches wait in the queue and
    /// are committed once there is; reads go on.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`].
    pub fn room(&self) -> Result<()> {
        self.shared.space.check()?;
        self.shared.store.room(0)
    }

    /// Has `told` called, on the writer thread, whenever the writer begins or ceases to wait for
    /// space on the disk. Only the first to ask is told.
    pub fn on_full(&self, told: impl Fn(bool) + Send + Sync + 'static) {
        self.shared.space.tell(Box::new(told));
    }

    /// Has `told` called, on the writer thread, when a commit fails, whoever asked for it: nothing is
    /// taken any more from then on. Only the first to ask is told.
    pub fn on_failed(&self, told: impl Fn(&StoreError) + Send + Sync + 'static) {
        // Who asks second is not told.
        let _ = self.shared.on_failed.set(Box::new(told));
    }

    /// What the writer has done so far.
    pub fn stats(&self) -> Stats {
        self.shared.counters.get()
    }

    /// Takes no more batches, commits those that wait and ends the writer. Reads still work.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if a commit failed, now or before.
    pub fn close(&self) -> Result<()> {
        self.writer.stop();
        match self.shared.queue.ended() {
            Some(StoreError::Closed) | None => Ok(()),
            Some(error) => Err(error),
        }
    }
}

impl Shared {
    fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake();
        }
    }

    fn has_work(&self) -> bool {
        !self.blocks.has_ended() && (self.blocks.asked() || self.queue.is_ready())
    }

    fn write(&self) {
        let mut gather_until = None;
        while let Some((began, batches)) = self.write_once(gather_until) {
            let next = began + self.queue.commit_interval();
            gather_until = (batches >= MANY).then_some(next);
        }
    }

    /// Makes one commit; when it began and how many batches it had, or `None` where there will be
    /// no more.
    fn write_once(&self, gather_until: Option<Instant>) -> Option<(Instant, usize)> {
        let urgent = || self.blocks.asked();
        let Some((mut batches, dones)) = self.queue.take(urgent, gather_until) else {
            self.blocks.end();
            return None;
        };
        let (began, count) = (Instant::now(), batches.len());
        let reserve = self.blocks.asked().then(|| self.blocks.wanted());
        batches.extend(reserve.map(high_water_batch));
        let refused = match self.commit(&batches) {
            Ok(refused) => refused,
            Err(error) => {
                self.fail(error, dones);
                self.blocks.end();
                return None;
            }
        };
        if let Some(high_water) = reserve {
            self.blocks.grant(high_water);
        }
        let mut refused = refused.into_iter().peekable();
        for (at, done) in dones.into_iter().enumerate() {
            let error = refused.next_if(|refused| refused.batch == at);
            complete(done, error.map_or(Ok(()), |refused| Err(refused.error)));
        }
        Some((began, count))
    }

    fn commit(&self, batches: &[Batch]) -> Result<Vec<Refused>> {
        let operations: usize = batches.iter().map(Batch::len).sum();
        let bytes = batches.iter().map(Batch::bytes).sum::<usize>() as u64;
        let mut refused = Vec::new();
        if operations > 0 || batches.iter().any(Batch::has_expectations) {
            // A backend that panics leaves its state unknown just as one that fails.
            let commit = || {
                catch_unwind(AssertUnwindSafe(|| self.store.commit(batches)))
                    .unwrap_or_else(|_| Err(StoreError::backend("commit", "panicked")))
            };
            // Whoever drives the writer is not made to wait.
            let queue = self.wake.is_none().then_some(&self.queue);
            refused = self.space.wait_for(&*self.store, queue, bytes, commit)?;
        }
        self.counters.update(|stats| {
            stats.commits += u64::from(operations > 0);
            stats.batches += batches.len() as u64;
            stats.operations += operations as u64;
            stats.bytes += bytes;
            stats.conflicts += refused.len() as u64;
        });
        Ok(refused)
    }

    fn fail(&self, error: StoreError, dones: Vec<Done>) {
        let failed = StoreError::Failed {
            reason: error.to_string().into(),
        };
        let waiting = self.queue.fail(failed.clone());
        if let Some(told) = self.on_failed.get() {
            told(&failed);
        }
        for done in dones.into_iter().chain(waiting) {
            complete(done, Err(failed.clone()));
        }
    }
}

/// A completion belongs to a caller; its panic must not end the writer for all others. The panic
/// hook has reported it.
fn complete(done: Done, result: Result<()>) {
    let _ = catch_unwind(AssertUnwindSafe(|| done(result)));
}

fn high_water_batch(high_water: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put_with(Table::Meta, HIGH_WATER_ROW, |value| {
        value.extend_from_slice(&high_water.to_be_bytes());
    });
    batch
}

/// The format of the data.
pub(crate) fn format_of(view: &dyn ReadView) -> Result<u32> {
    let format = number(view, FORMAT_ROW)?.unwrap_or(u64::from(FORMAT));
    Ok(u32::try_from(format).unwrap_or(u32::MAX))
}

/// Refuses data of a newer release.
pub(crate) fn check_format(view: &dyn ReadView) -> Result<()> {
    let found = format_of(view)?;
    if found > FORMAT {
        return Err(StoreError::NewerFormat {
            found,
            known: FORMAT,
        });
    }
    Ok(())
}

/// A number of the meta table.
fn number(view: &dyn ReadView, row: &[u8]) -> Result<Option<u64>> {
    let mut number = None;
    view.get(Table::Meta, row, &mut |value| {
        number = Some(
            value
                .try_into()
                .map(u64::from_be_bytes)
                .map_err(|error| StoreError::corrupt(Table::Meta, error)),
        );
    })?;
    number.transpose()
}

/// The writer thread, or none where somebody else drives the database.
struct Writer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    fn start(shared: Arc<Shared>) -> Result<Writer> {
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.write()
            })
            .map_err(|error| StoreError::backend("start of the writer thread", error))?;
        Ok(Writer {
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    fn stop(&self) {
        self.shared.queue.end(StoreError::Closed);
        if self.shared.wake.is_some() {
            if !self.shared.blocks.has_ended() {
                self.shared.write();
            }
            return;
        }
        let mut thread = self.thread.lock().expect("no code panics under this lock");
        let Some(handle) = thread.take() else { return };
        // A completion may drop the last handle: the writer cannot wait for itself.
        if handle.thread().id() != std::thread::current().id() {
            let _ = handle.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}
