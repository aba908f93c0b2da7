//! What the parts cost without the platform around them.

pub mod axum;
pub mod redb;
pub mod wasmtime;

use anyam_tests::benchmark::Figures;
use anyam_tests::benchmark::goals::BASELINE;
use rustix::time::{ClockId, clock_gettime};

/// Runs `work` in this process; what it counts, with the processor time of this process meanwhile.
/// Nothing else may run in it.
pub fn figures(title: &str, system: &str, work: impl FnOnce() -> Work) -> Figures {
    let before = processor_seconds();
    let work = work();
    Figures {
        scenario: BASELINE.to_owned(),
        title: title.to_owned(),
        system: system.to_owned(),
        completed: work.completed,
        seconds: work.seconds,
        cpu_seconds: Some(processor_seconds() - before),
        disk_bytes: work.disk_bytes,
        syncs: work.syncs,
        note: work.note,
        ..Figures::default()
    }
}

/// What a baseline has done.
pub struct Work {
    /// Instances' worth of it.
    pub completed: u64,
    /// In how many seconds.
    pub seconds: f64,
    /// Bytes written to files.
    pub disk_bytes: Option<u64>,
    /// Syncs of a file.
    pub syncs: Option<u64>,
    /// What a reader has to know.
    pub note: String,
}

/// Adds the figures of another round of the same baseline.
pub fn merge(into: &mut Option<Figures>, round: Figures) {
    let Some(all) = into else {
        *into = Some(round);
        return;
    };
    let sum = |one: Option<u64>, other: Option<u64>| Some(one? + other?);
    all.completed += round.completed;
    all.seconds += round.seconds;
    all.cpu_seconds = all
        .cpu_seconds
        .zip(round.cpu_seconds)
        .map(|(one, other)| one + other);
    all.disk_bytes = sum(all.disk_bytes, round.disk_bytes);
    all.syncs = sum(all.syncs, round.syncs);
}

fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
