//! One run: a seed decides everything that happens to a server and its clients over several lives.

use std::sync::OnceLock;
use std::time::Duration;

use anyam::runtime::clock::Clock;
use anyam::runtime::requests::ResourceFile;
use anyam_store::{Limits, Table};
use futures_util::future::{Either, join_all, select};

use crate::clients::Clients;
use crate::disk::{Disk, Fault};
use crate::life::{Opened, Pace, Surroundings, in_time, start};
use crate::models::models;
use crate::random::Random;
use crate::steps::{Steps, versions};
use crate::time::Time;
use crate::world::World;
use crate::{TENANT_NAME, check, drain, panics};

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What two runs of one seed have in common.
    pub digest: u64,
    /// Power cuts, kills and failed disks that the server came back from.
    pub crashes: u64,
    /// Things that clients did.
    pub events: u64,
    /// What was found wrong; the run ends there.
    pub wrong: Vec<String>,
    /// The last things that happened.
    pub story: String,
}

/// How a life ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// By what goes wrong with the disk, or a power cut at the end of its time.
    Power,
    /// The process is killed; what it wrote is there.
    Killed,
    /// It is told to stop.
    Stopped,
}

/// What a life leaves behind.
struct Left {
    bytes: Vec<u8>,
    crashed: bool,
}

/// One run of a server.
struct Run {
    around: Surroundings,
    world: World,
    random: Random,
    crashes: u64,
    sets_back: bool,
}

/// What is wrong on purpose, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The disk loses what it said to be durable.
    Lie,
    /// The server overlooks the rows of a table.
    Blind(Table),
}

/// Runs what a seed decides.
pub fn run(seed: u64, mutant: Option<Mutant>) -> Outcome {
    let mut random = Random::new(seed);
    let time = Time::new();
    let steps = Steps::new(random.fork(), time.clone());
    let mut store = Limits::default();
    if random.chance(15) {
        // So few that some are refused as overload.
        store.queue_batches = usize::try_from(random.among(2..6)).unwrap();
    }
    let mut limits = anyam::limits::Limits::default();
    if random.chance(30) {
        // Instances are read from the store again.
        limits.runtime.parked_bytes = 0;
    }
    let pace = Pace {
        most: [0, 2, 20][usize::try_from(random.below(3)).unwrap()],
        stalls: random.below(2) * random.below(8),
    };
    let mut run = Run {
        around: Surroundings {
            time,
            steps,
            pace,
            store,
            hidden: match mutant {
                Some(Mutant::Blind(table)) => Some(table),
                _ => None,
            },
            limits,
        },
        world: World::default(),
        sets_back: random.chance(25),
        random,
        crashes: 0,
    };
    let mut wrong = run.all_lives(mutant == Some(Mutant::Lie));
    wrong.extend(panics::take());
    Outcome {
        digest: run.world.digest(),
        crashes: run.crashes,
        events: run.world.events(),
        wrong,
        story: run.world.story(),
    }
}

/// A store with everything deployed, where every run begins.
pub fn deployed() -> Vec<u8> {
    static DEPLOYED: OnceLock<Vec<u8>> = OnceLock::new();
    DEPLOYED.get_or_init(deploy).clone()
}

fn deploy() -> Vec<u8> {
    let disk = Disk::new(Vec::new());
    let time = Time::new();
    let around = Surroundings {
        steps: Steps::new(Random::new(0), time.clone()),
        time: time.clone(),
        pace: Pace { most: 0, stalls: 0 },
        store: Limits::default(),
        hidden: None,
        limits: anyam::limits::Limits::default(),
    };
    in_time(&time, async {
        let opened = Opened::on(&disk, around.store, None).unwrap();
        let writing = opened.write(&time, around.pace, Random::new(0));
        let deploying = async {
            let runtime = start(&opened, &around, Random::new(0)).await.unwrap();
            opened
                .database
                .submit(versions(), |done| done.unwrap())
                .unwrap();
            time.sleep_ms(1).await;
            let files = models().into_iter().map(|(id, xml)| ResourceFile {
                name: format!("{id}.bpmn"),
                bytes: xml.into_bytes(),
            });
            runtime.deploy(TENANT_NAME, files.collect()).await.unwrap();
            runtime.stop().await;
        };
        beside(writing, deploying).await;
    });
    disk.after_exit()
}

/// Does something while something else goes on.
pub async fn beside<T>(endless: impl Future<Output = ()>, work: impl Future<Output = T>) -> T {
    let (endless, work) = (std::pin::pin!(endless), std::pin::pin!(work));
    match select(work, endless).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => unreachable!("it goes on for ever"),
    }
}

impl Run {
    fn all_lives(&mut self, lie: bool) -> Vec<String> {
        let mut bytes = deployed();
        for life in 0..self.random.among(2..7) {
            let disk = Disk::new(bytes);
            let lie = lie && life == 0;
            let (fault, end) = self.fate(lie);
            if let Some(fault) = fault {
                disk.plan(fault);
            }
            self.world.trace(format!("life {life}: {fault:?} {end:?}"));
            let begun = self.around.time.passed();
            match self.live(&disk, end) {
                Ok(left) => {
                    bytes = left.bytes;
                    self.crashes += u64::from(left.crashed);
                }
                Err(wrong) => return wrong,
            }
            let lived = self.around.time.passed() - begun;
            self.world
                .trace(format!("{} syncs in {lived:?}", disk.syncs()));
        }
        self.last_life(&Disk::new(bytes))
    }

    fn fate(&mut self, lie: bool) -> (Option<Fault>, End) {
        let random = &mut self.random;
        let at = match random.below(4) {
            0 => random.among(1..8),
            1 => random.among(1..30),
            _ => random.among(1..150),
        };
        if lie {
            return (Some(Fault::Lies(1 + at % 8)), End::Power);
        }
        match random.below(20) {
            0..9 => (Some(Fault::CutBeforeSync(at)), End::Power),
            9..12 => (Some(Fault::CutAfterSync(at)), End::Power),
            12 => (Some(Fault::SyncError(at)), End::Power),
            13 => (Some(Fault::SyncError(at)), End::Killed),
            14 => (Some(Fault::WriteError(at)), End::Killed),
            15 => (Some(Fault::Full(at)), End::Killed),
            16 => (None, End::Power),
            17..19 => (None, End::Killed),
            _ => (None, End::Stopped),
        }
    }

    /// One life. Gives back what it leaves on the disk.
    fn live(&mut self, disk: &Disk, end: End) -> Result<Left, Vec<String>> {
        let lifetime = match self.random.below(3) {
            0 if disk.is_lying() => 20_000,
            0 => self.random.among(10..2_000),
            1 => self.random.among(2_000..60_000),
            _ => self.random.among(60_000..600_000),
        };
        let (mut random, mut fate) = (self.random.fork(), self.random.fork());
        let (around, world) = (self.around.clone(), self.world.clone());
        let time = around.time.clone();
        let sets_back = self.sets_back;
        let life = async {
            let opened = match Opened::on(disk, around.store, around.hidden) {
                Ok(opened) => opened,
                // It failed while it was opened.
                Err(_) if disk.has_failed() => return Ok(()),
                Err(error) => return Err(vec![format!("the store does not open: {error}")]),
            };
            check(&opened, &around, &world, disk)?;
            around.steps.serve(Some(opened.database.clone()));
            let writing = opened.write(&time, around.pace, random.fork());
            let serving = async {
                let Ok(runtime) = start(&opened, &around, random.fork()).await else {
                    return Ok(());
                };
                let clients = Clients {
                    runtime: runtime.clone(),
                    world: world.clone(),
                    time: time.clone(),
                };
                let count = random.among(1..6);
                let all = (0..count).map(|_| clients.clone().run(random.fork()));
                let all = join_all(all.collect::<Vec<_>>());
                let weather = weather(&time, &world, random.fork(), sets_back);
                tokio::select! {
                    biased;
                    () = runtime.failed() => {}
                    () = time.sleep_ms(lifetime) => {}
                    _ = all => {}
                    () = weather => {}
                }
                let checked = check(&opened, &around, &world, disk);
                if checked.is_ok() && random.chance(40) {
                    left_alone(&opened, &around, disk).await?;
                }
                if matches!(end, End::Stopped) {
                    runtime.stop().await;
                }
                checked
            };
            beside(writing, serving).await
        };
        let left = in_time(&time.clone(), async {
            let lived = life.await;
            let crashed = !matches!(end, End::Stopped) || disk.has_failed();
            let bytes = match end {
                End::Power => disk.after_cut(&mut fate),
                End::Killed | End::Stopped => disk.after_exit(),
            };
            // What is still there of the server writes nothing more.
            disk.cut();
            lived.map(|()| Left { bytes, crashed })
        });
        self.around.steps.serve(None);
        left
    }

    /// The end of the run: nothing goes wrong any more and everything comes to its end.
    fn last_life(&mut self, disk: &Disk) -> Vec<String> {
        let mut random = self.random.fork();
        let (around, world) = (self.around.clone(), self.world.clone());
        let time = around.time.clone();
        around.steps.calm();
        let calm = Pace { most: 1, stalls: 0 };
        let wrong = in_time(&time.clone(), async move {
            let opened = match Opened::on(disk, around.store, around.hidden) {
                Ok(opened) => opened,
                Err(error) => return Err(vec![format!("the store does not open: {error}")]),
            };
            check(&opened, &around, &world, disk)?;
            around.steps.serve(Some(opened.database.clone()));
            let writing = opened.write(&time, calm, random.fork());
            let draining = async {
                let runtime = start(&opened, &around, random.fork()).await;
                let runtime =
                    runtime.map_err(|error| vec![format!("it does not start: {error}")])?;
                let drained = drain::drain(&runtime, &world, &time).await;
                check(&opened, &around, &world, disk)?;
                drained?;
                runtime.stop().await;
                check(&opened, &around, &world, disk)?;
                let left = opened.store.seeing(|| check::left_over(&opened));
                let left = left.map_err(|error| vec![error.to_string()])?;
                if left.is_empty() { Ok(()) } else { Err(left) }
            };
            beside(writing, draining).await
        });
        self.around.steps.serve(None);
        wrong.err().unwrap_or_default()
    }
}

/// Sets the clock now and then.
async fn weather(time: &Time, world: &World, mut random: Random, sets_back: bool) {
    loop {
        time.sleep_ms(random.among(1_000..120_000)).await;
        let by = match random.below(3) {
            0 => random.among(1..2_000),
            1 => random.among(1_000..100_000),
            _ => random.among(60_000..7_200_000),
        };
        let by = i64::try_from(by).unwrap();
        if sets_back && random.chance(40) {
            world.lock().set_back = true;
            time.set(-by / 4);
        } else {
            time.set(by);
        }
        world.trace(format!("{} the clock is set", time.passed().as_micros()));
    }
}

/// Leaves a server alone for some time and looks for what it has not done then.
async fn left_alone(
    opened: &Opened,
    around: &Surroundings,
    disk: &Disk,
) -> Result<(), Vec<String>> {
    let Ok(before) = opened.store.seeing(|| check::rows(opened)) else {
        return Ok(());
    };
    let before = check::settled::sent(&before);
    around.time.sleep_ms(75_000).await;
    let (now, passed) = (around.time.now().0, around.time.passed());
    let calls = around.steps.calls();
    let look = || {
        let reader = opened.database.read()?;
        let rows = check::Rows::read(&reader)?;
        check::settled::check((&rows, &reader), &before, &calls, (now, passed))
    };
    match opened.store.seeing(look) {
        // Whoever waits for a disk that has failed waits in vain.
        _ if disk.has_failed() => Ok(()),
        Ok(undone) if undone.is_empty() => Ok(()),
        Ok(undone) => Err(undone),
        Err(error) => Err(vec![error.to_string()]),
    }
}

/// What is wrong with what is committed now. A store that cannot be read because its disk has
/// failed says nothing.
fn check(
    opened: &Opened,
    around: &Surroundings,
    world: &World,
    disk: &Disk,
) -> Result<(), Vec<String>> {
    let now = around.time.now().0;
    let calls = around.steps.calls();
    let look = || check::everything(opened, world, &calls, now);
    let mut wrong = match opened.store.seeing(look) {
        Ok(wrong) => wrong,
        Err(_) if disk.has_failed() => return Ok(()),
        Err(error) => vec![format!("the store is not readable: {error}")],
    };
    wrong.extend(around.steps.wrong());
    if wrong.is_empty() {
        return Ok(());
    }
    Err(wrong)
}

/// Longer than anything takes that comes to an end.
pub const PATIENCE: Duration = Duration::from_secs(15 * 60);
