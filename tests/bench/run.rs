//! One run: the scenarios of a plan, one after the other, and their report.

use std::path::Path;
use std::time::Instant;

use anyam_tests::benchmark::{Machine, Report};
use anyam_tests::report::say;
use tempfile::TempDir;

use super::plan::Plan;
use super::scenarios;
use super::server::BenchedServer;
use super::usage;

/// A run under way.
pub struct Run {
    /// What is to be measured.
    pub plan: Plan,
    /// What was found so far.
    pub report: Report,
    begin: Instant,
    compiled: TempDir,
}

impl Run {
    /// Begins a run.
    pub fn new(plan: Plan) -> Self {
        let compiled = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let mut report = Report {
            mode: plan.sizes.mode.to_owned(),
            machine: Machine {
                processors,
                memory: usage::machine_memory(),
                load: (usage::load_average(), 0.0),
            },
            ..Report::default()
        };
        report.notes = NOTES.iter().map(|note| (*note).to_owned()).collect();
        Self {
            plan,
            report,
            begin: Instant::now(),
            compiled,
        }
    }

    /// Runs every scenario of the plan.
    pub fn everything(mut self) -> Report {
        for (letters, scenario) in scenarios::ALL {
            let chosen = letters.iter().any(|letter| self.plan.has(letter));
            if chosen {
                self.say(&format!("scenarios {}", letters.join(", ")));
                scenario(&mut self);
            }
        }
        self.report.machine.load.1 = usage::load_average();
        self.report.seconds = self.begin.elapsed().as_secs_f64();
        self.report
    }

    /// A server on an empty store.
    pub fn server(&self) -> BenchedServer {
        BenchedServer::start(self.compiled.path())
    }

    /// Says what is going on.
    pub fn say(&self, what: &str) {
        let seconds = self.begin.elapsed().as_secs_f64();
        say(&format!("[{seconds:>6.1} s] {what}"));
    }
}

/// Writes a report as Markdown and JSON.
///
/// # Errors
/// Where the files cannot be written.
pub fn write(report: &Report, file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file.with_extension("md"), report.to_markdown())?;
    let json = serde_json::to_string_pretty(&report.to_json())?;
    std::fs::write(file.with_extension("json"), json)
}

const NOTES: [&str; 8] = [
    "Every server is a process of its own with the default limits, on a store of its own that syncs \
     each commit. The load generator asks all systems in the same way, from one thread of another \
     process on the same machine.",
    "Systems of one table take turns in short rounds, after a round that does not count; their \
     percentiles are over all rounds together.",
    "CPU is user and system time of the system's own processes: for Restate its server and the \
     Node.js service that does the steps; for Anyam the one process that does both. Peak RSS is \
     over the life of the processes, in all.",
    "Disk bytes are `write_bytes` of /proc/PID/io: what a process hands to the disk, journal and \
     redb's copies on write included. Fsyncs are the store's commits, which sync once each; what \
     Restate syncs is not known.",
    "`bare redb` commits as many rows and bytes in one transaction as the server did at 256 \
     connections. `bare wasmtime` makes the three calls of (a) with the sandbox's engine settings, \
     on all processors. `axum` reads the body of (a) as JSON and answers what Anyam answers.",
    "The sum of the baselines is axum + bare wasmtime + bare redb, an instance's worth of each.",
    "Restate's (a) is an invocation with three durable steps in JavaScript; each is one entry of its \
     log. Anyam's steps in (a) and (b) have no effects, so one commit holds an instance; in (c) each \
     step starts from a committed state.",
    "A figure that is not known is a dash, never a zero.",
];
