//! One life of a server: from its start on a disk to its end, whatever that is.

use std::sync::Arc;

use anyam::runtime::randomness::Randomness;
use anyam::runtime::{Runtime, RuntimeConfig};
use anyam_sandbox::{CompilerCommand, Config, Sandbox};
use anyam_store::{Batch, Database, Limits, ReadView, RedbStore, Refused, Store};
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
    pub limits: anyam::limits::Limits,
}

/// A store that can also be looked at from outside.
#[derive(Clone)]
pub struct Shared(pub Arc<RedbStore>);

impl Store for Shared {
    fn read(&self) -> anyam_store::Result<Box<dyn ReadView>> {
        self.0.read()
    }

    fn commit(&self, batches: &[Batch]) -> anyam_store::Result<Vec<Refused>> {
        self.0.commit(batches)
    }
}

/// Randomness that a seed decides.
struct Seeded(std::sync::Mutex<Random>);

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
    pub fn on(disk: &Disk, limits: Limits) -> anyam_store::Result<Self> {
        let store = Shared(Arc::new(RedbStore::with_backend(disk.clone(), CACHE)?));
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
        randomness: Arc::new(Seeded(std::sync::Mutex::new(random))),
        step_runner: Some(Arc::new(around.steps.clone())),
        shards: 2,
        ..RuntimeConfig::default()
    };
    Runtime::start(opened.database.clone(), sandbox(), config).await
}
