//! One life of a server: from its start on a disk to its end, whatever that is.

use std::ops::Bound;
use std::sync::{Arc, Mutex};

use anyam::runtime::randomness::Randomness;
use anyam::runtime::{Runtime, RuntimeConfig};
use anyam_sandbox::{CompilerCommand, Config, Sandbox};
use anyam_store::{
    Batch, Database, Direction, Limits, ReadView, RedbStore, Refused, Rows, Store, Table,
};
use tokio::sync::Notify;

use crate::disk::Disk;
use crate::random::Random;
use crate::steps::Steps;
use crate::time::Time;

/// Pages of the store kept in memory.
const CACHE: usize = 4 << 20;

/// How long a commit takes beside the work on it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Most milliseconds a commit waits for others.
    pub most: u64,
    /// Of a hundred commits, those that take a second and more.
    pub stalls: u64,
}

/// What surrounds a server.
#[derive(Clone)]
pub struct Surroundings {
    pub time: Time,
    pub steps: Steps,
    pub pace: Pace,
    pub store: Limits,
    /// The table that the server overlooks.
    pub hidden: Option<Table>,
    pub limits: anyam::limits::Limits,
}

/// A store that can also be looked at from outside.
#[derive(Clone)]
pub struct Shared {
    store: Arc<RedbStore>,
    /// The table that the server does not see.
    hidden: Arc<Mutex<Option<Table>>>,
}

impl Shared {
    /// Looks at everything there is.
    pub fn seeing<T>(&self, look: impl FnOnce() -> T) -> T {
        let hidden = self.hidden.lock().unwrap().take();
        let seen = look();
        *self.hidden.lock().unwrap() = hidden;
        seen
    }
}

impl Store for Shared {
    fn read(&self) -> anyam_store::Result<Box<dyn ReadView>> {
        let view = self.store.read()?;
        let hidden = *self.hidden.lock().unwrap();
        Ok(match hidden {
            Some(hidden) => Box::new(Blind { view, hidden }),
            None => view,
        })
    }

    fn commit(&self, batches: &[Batch]) -> anyam_store::Result<Vec<Refused>> {
        self.store.commit(batches)
    }
}

/// A view without the rows of one table: a server that overlooks them. For tests of the checks.
struct Blind {
    view: Box<dyn ReadView>,
    hidden: Table,
}

struct NoRows;

impl Rows for NoRows {
    fn next(&mut self, _: &mut dyn FnMut(&[u8], &[u8])) -> anyam_store::Result<bool> {
        Ok(false)
    }
}

impl ReadView for Blind {
    fn get(
        &self,
        table: Table,
        key: &[u8],
        found: &mut dyn FnMut(&[u8]),
    ) -> anyam_store::Result<bool> {
        Ok(table != self.hidden && self.view.get(table, key, found)?)
    }

    fn scan<'a>(
        &'a self,
        table: Table,
        start: Bound<&[u8]>,
        end: Bound<&[u8]>,
        direction: Direction,
    ) -> anyam_store::Result<Box<dyn Rows + 'a>> {
        match table == self.hidden {
            true => Ok(Box::new(NoRows)),
            false => self.view.scan(table, start, end, direction),
        }
    }
}

/// Randomness that a seed decides.
struct Seeded(Mutex<Random>);

impl Randomness for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut random = self.0.lock().unwrap();
        for byte in bytes {
            *byte = random.next() as u8;
        }
    }
}

/// The sandbox that no step of a simulation is called in: one for all.
fn sandbox() -> Sandbox {
    static SANDBOX: std::sync::OnceLock<Sandbox> = std::sync::OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let compiler = CompilerCommand {
            program: env!("CARGO_BIN_EXE_anyam").into(),
            args: vec![anyam::cli::COMPILE_COMMAND.into()],
        };
        Sandbox::new(Config::new(folder.path(), compiler)).unwrap()
    };
    SANDBOX.get_or_init(make).clone()
}

/// An opened database that writes when `Opened::write` is polled.
pub struct Opened {
    pub database: Database,
    pub store: Shared,
    waiting: Arc<Notify>,
}

impl Opened {
    /// Opens what is on a disk, as a server does at its start.
    pub fn on(disk: &Disk, limits: Limits, hidden: Option<Table>) -> anyam_store::Result<Self> {
        let store = Shared {
            store: Arc::new(RedbStore::with_backend(disk.clone(), CACHE)?),
            hidden: Arc::new(Mutex::new(hidden)),
        };
        let waiting = Arc::new(Notify::new());
        let wake = waiting.clone();
        let database = Database::open_driven(store.clone(), limits, move || wake.notify_one())?;
        Ok(Self {
            database,
            store,
            waiting,
        })
    }

    /// Commits what is submitted, for as long as it is polled. The store's writer thread does the
    /// same.
    pub async fn write(&self, time: &Time, pace: Pace, mut random: Random) {
        loop {
            self.waiting.notified().await;
            loop {
                let wait = match random.chance(pace.stalls) {
                    true => random.among(1_000..4_000),
                    false => random.below(pace.most + 1),
                };
                if wait > 0 {
                    time.sleep_ms(wait).await;
                }
                if !self.database.write_waiting() {
                    break;
                }
            }
        }
    }
}

/// Runs something in one thread, under a clock that goes on where everything waits.
pub fn in_time<T>(time: &Time, work: impl Future<Output = T>) -> T {
    let clock = time.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .on_thread_park(move || clock.advance())
        .build()
        .unwrap();
    let done = runtime.block_on(work);
    drop(runtime);
    done
}

/// Starts a server on an opened database.
pub async fn start(
    opened: &Opened,
    around: &Surroundings,
    random: Random,
) -> anyam::Result<Runtime> {
    let config = RuntimeConfig {
        limits: around.limits.clone(),
        clock: Arc::new(around.time.clone()),
        randomness: Arc::new(Seeded(Mutex::new(random))),
        step_runner: Some(Arc::new(around.steps.clone())),
        shards: 2,
        ..RuntimeConfig::default()
    };
    Runtime::start(opened.database.clone(), sandbox(), config).await
}
