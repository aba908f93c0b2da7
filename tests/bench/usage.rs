//! What a process has used so far, as Linux tells it.

use std::fs;
use std::ops::{Add, Sub};

/// The unit in which Linux tells processor time to programs, whatever its own is.
const TICKS_PER_SECOND: f64 = 100.0;

/// What processes have used.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// Processor time in seconds.
    pub cpu_seconds: f64,
    /// Bytes written to files.
    pub disk_bytes: u64,
}

impl Usage {
    /// What these processes have used so far, in all.
    pub fn of(processes: &[u32]) -> Self {
        processes
            .iter()
            .map(|process| Self::of_one(*process))
            .fold(Self::default(), Add::add)
    }

    fn of_one(process: u32) -> Self {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The name in brackets may hold anything; the fields behind it are numbers.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        let io = fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
        Self {
            cpu_seconds: ticks as f64 / TICKS_PER_SECOND,
            disk_bytes: number(&io, "write_bytes:"),
        }
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds + other.cpu_seconds,
            disk_bytes: self.disk_bytes + other.disk_bytes,
        }
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds - before.cpu_seconds,
            disk_bytes: self.disk_bytes.saturating_sub(before.disk_bytes),
        }
    }
}

/// The most memory that these processes have held so far, in bytes, in all.
pub fn peak_rss(processes: &[u32]) -> u64 {
    memory(processes, "VmHWM:")
}

/// The memory that these processes hold now, in bytes, in all.
pub fn rss(processes: &[u32]) -> u64 {
    memory(processes, "VmRSS:")
}

fn memory(processes: &[u32], name: &str) -> u64 {
    let of_one = |process: &u32| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        number(&status, name) << 10
    };
    processes.iter().map(of_one).sum()
}

/// The load average of the last minute.
pub fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// Bytes of memory of the machine.
pub fn machine_memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    number(&text, "MemTotal:") << 10
}

/// The number behind a name at the beginning of a line.
fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let digits = line.and_then(|line| line.split_whitespace().next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
