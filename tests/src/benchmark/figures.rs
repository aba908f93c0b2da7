//! What was measured of one system under one load.

use serde_json::{Value, json};

/// How long each of many things took.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    micros: Vec<u32>,
}

impl Latencies {
    /// Adds how long one took.
    pub fn add(&mut self, micros: u128) {
        self.micros.push(u32::try_from(micros).unwrap_or(u32::MAX));
    }

    /// Adds those of another round.
    pub fn append(&mut self, mut other: Self) {
        self.micros.append(&mut other.micros);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.micros.len() as u64
    }

    /// The time in milliseconds within which at least this share of them were done (nearest rank);
    /// none where there are none.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() as f64 * share / 100.0).ceil() as usize;
        let micros = sorted.get(rank.max(1) - 1)?;
        Some(f64::from(*micros) / 1e3)
    }
}

/// What was measured of one system under one load. What is not known is `None`, never zero.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The scenario's letter, or `baseline`.
    pub scenario: String,
    /// What was done, in a few words.
    pub title: String,
    /// What was measured, such as `Anyam`.
    pub system: String,
    /// Requests under way at once.
    pub connections: usize,
    /// What was completed: process instances, invocations, requests, messages, timers, uploads.
    pub completed: u64,
    /// In how many seconds.
    pub seconds: f64,
    /// Half of them took at most so long, in milliseconds.
    pub p50_ms: Option<f64>,
    /// 99 of 100 took at most so long, in milliseconds.
    pub p99_ms: Option<f64>,
    /// Processor time of the system's processes.
    pub cpu_seconds: Option<f64>,
    /// The most memory they held, in bytes.
    pub peak_rss: Option<u64>,
    /// Bytes they wrote to files.
    pub disk_bytes: Option<u64>,
    /// How often they synced a file.
    pub syncs: Option<u64>,
    /// Batches of rows given to these syncs.
    pub batches: Option<u64>,
    /// Rows in them.
    pub rows: Option<u64>,
    /// Bytes of their keys and values.
    pub row_bytes: Option<u64>,
    /// What a reader has to know beside the figures.
    pub note: String,
}

/// The columns of the report's table of figures.
pub const COLUMNS: [&str; 13] = [
    "scenario",
    "what",
    "system",
    "connections",
    "completed",
    "per second",
    "p50 ms",
    "p99 ms",
    "CPU ms each",
    "peak RSS MB",
    "disk kB each",
    "fsyncs each",
    "note",
];

impl Figures {
    /// Completed a second.
    pub fn rate(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.completed as f64 / self.seconds)
    }

    /// Processor time of one, in seconds.
    pub fn cpu_each(&self) -> Option<f64> {
        self.each(self.cpu_seconds)
    }

    /// Bytes written for one.
    pub fn disk_each(&self) -> Option<f64> {
        self.each(self.disk_bytes.map(|bytes| bytes as f64))
    }

    /// Syncs for one.
    pub fn syncs_each(&self) -> Option<f64> {
        self.each(self.syncs.map(|syncs| syncs as f64))
    }

    fn each(&self, of: Option<f64>) -> Option<f64> {
        (self.completed > 0)
            .then(|| Some(of? / self.completed as f64))
            .flatten()
    }

    /// Takes over the percentiles.
    pub fn set_latencies(&mut self, latencies: &Latencies) {
        self.p50_ms = latencies.percentile(50.0);
        self.p99_ms = latencies.percentile(99.0);
    }

    /// The figures as JSON, what is computed from them included.
    pub fn to_json(&self) -> Value {
        json!({
            "scenario": self.scenario,
            "title": self.title,
            "system": self.system,
            "connections": self.connections,
            "completed": self.completed,
            "seconds": self.seconds,
            "perSecond": self.rate(),
            "p50Ms": self.p50_ms,
            "p99Ms": self.p99_ms,
            "cpuSeconds": self.cpu_seconds,
            "cpuSecondsEach": self.cpu_each(),
            "peakRssBytes": self.peak_rss,
            "diskBytes": self.disk_bytes,
            "diskBytesEach": self.disk_each(),
            "syncs": self.syncs,
            "syncsEach": self.syncs_each(),
            "batches": self.batches,
            "rows": self.rows,
            "rowBytes": self.row_bytes,
            "note": self.note,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies(micros: impl IntoIterator<Item = u128>) -> Latencies {
        let mut latencies = Latencies::default();
        micros.into_iter().for_each(|micros| latencies.add(micros));
        latencies
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        // In falling order: it sorts.
        let hundred = latencies((1..=100).rev().map(|n| n * 1_000));
        assert_eq!(hundred.percentile(50.0), Some(50.0));
        assert_eq!(hundred.percentile(99.0), Some(99.0));
        assert_eq!(hundred.percentile(100.0), Some(100.0));
        assert_eq!(hundred.percentile(0.0), Some(1.0));
        let three = latencies([3_000, 1_000, 2_000]);
        assert_eq!(three.percentile(50.0), Some(2.0));
        assert_eq!(three.percentile(99.0), Some(3.0));
    }

    #[test]
    fn of_nothing_there_is_no_percentile() {
        assert_eq!(Latencies::default().percentile(50.0), None);
    }

    #[test]
    fn rounds_count_together() {
        let mut all = latencies([1_000]);
        all.append(latencies([9_000, 9_000]));
        assert_eq!((all.count(), all.percentile(50.0)), (3, Some(9.0)));
    }

    #[test]
    fn amounts_are_divided_by_what_was_completed() {
        let figures = Figures {
            completed: 200,
            seconds: 4.0,
            cpu_seconds: Some(1.0),
            disk_bytes: Some(1_000),
            syncs: Some(50),
            ..Figures::default()
        };
        assert_eq!(figures.rate(), Some(50.0));
        assert_eq!(figures.cpu_each(), Some(0.005));
        assert_eq!(figures.disk_each(), Some(5.0));
        assert_eq!(figures.syncs_each(), Some(0.25));
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let nothing = Figures::default();
        assert_eq!(nothing.rate(), None);
        assert_eq!(nothing.cpu_each(), None);
        let unknown = Figures {
            completed: 1,
            ..Figures::default()
        };
        assert_eq!(unknown.syncs_each(), None);
        assert!(unknown.to_json()["syncsEach"].is_null());
    }
}
