//! What is to be measured, and how much of it.

use std::path::PathBuf;
use std::time::Duration;

/// The scenarios, each a letter and what it is.
pub const SCENARIOS: [(&str, &str); 13] = [
    ("a", "start, 3 steps, end"),
    ("b", "start, 10 steps, end"),
    ("c", "three steps with effects"),
    ("d", "one job, done by a worker"),
    ("e", "split into 10 branches with a step each, join"),
    ("f", "message correlation storm"),
    ("g", "timers due over a minute"),
    ("h", "many tenants with a process each, in turn"),
    ("i", "many parked instances, then new work"),
    ("j", "payloads of 100 kB"),
    ("k", "start and recovery with many live instances"),
    ("l", "upload of many components"),
    ("m", "idle server, and models of 10 and 1,000 elements"),
];

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// What this is called, and what that means.
    pub mode: &'static str,
    /// Rounds in which systems take turns.
    pub rounds: u32,
    /// How long a turn is.
    pub slice: Duration,
    /// Messages of the storm.
    pub messages: u64,
    /// Timers, and over how many seconds they are due.
    pub timers: (u64, u64),
    /// Tenants, and the time after which no more are prepared.
    pub tenants: (usize, Duration),
    /// Parked instances, and the time after which no more are started.
    pub parked: (u64, Duration),
    /// Components that are uploaded, and the time after which no more are.
    pub uploads: (usize, Duration),
}

impl Sizes {
    fn full() -> Self {
        Self {
            mode: "full: the numbers of the scenarios, as far as their bounds of time let them",
            rounds: 4,
            slice: Duration::from_secs(2),
            messages: 20_000,
            timers: (1_000_000, 60),
            tenants: (9_999, Duration::from_secs(150)),
            parked: (5_000_000, Duration::from_secs(240)),
            uploads: (1_000, Duration::from_secs(90)),
        }
    }

    fn quick() -> Self {
        Self {
            mode: "quick: SMALLER NUMBERS than the scenarios name, in seconds and in counts; each \
                   line says how many",
            rounds: 2,
            slice: Duration::from_secs(1),
            messages: 2_000,
            timers: (20_000, 10),
            tenants: (200, Duration::from_secs(30)),
            parked: (50_000, Duration::from_secs(30)),
            uploads: (20, Duration::from_secs(20)),
        }
    }

    /// As little as shows that everything works.
    pub fn smallest() -> Self {
        Self {
            mode: "smallest: only shows that the benchmark works; its figures mean nothing",
            rounds: 1,
            slice: Duration::from_millis(200),
            messages: 20,
            timers: (20, 2),
            tenants: (3, Duration::from_secs(30)),
            parked: (20, Duration::from_secs(30)),
            uploads: (2, Duration::from_secs(20)),
        }
    }
}

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How much.
    pub sizes: Sizes,
    /// The letters of the scenarios; all where empty.
    only: Vec<String>,
    /// Where the report goes, without its ending.
    pub report: PathBuf,
    /// Whether to measure the peer.
    pub peer: bool,
}

impl Plan {
    /// Reads the command line.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.filter(|argument| argument != "--bench").collect();
        let quick = arguments.iter().any(|argument| argument == "--quick");
        let mut plan = Self {
            sizes: if quick { Sizes::quick() } else { Sizes::full() },
            only: Vec::new(),
            report: crate::target().join("bench/report"),
            peer: true,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match &*argument {
                "--quick" => {}
                "--no-peer" => plan.peer = false,
                "--seconds" => {
                    let seconds: u64 = number(&value()?)?;
                    plan.sizes.slice = Duration::from_secs(seconds) / plan.sizes.rounds;
                }
                "--parked" => plan.sizes.parked = (number(&value()?)?, Duration::MAX),
                "--timers" => plan.sizes.timers.0 = number(&value()?)?,
                "--report" => plan.report = value()?.into(),
                "--only" => {
                    let letters = value()?;
                    plan.only = letters.split(',').map(str::to_owned).collect();
                    for letter in &plan.only {
                        known(letter)?;
                    }
                }
                other => {
                    return Err(format!(
                        "'{other}' is unknown; there are --quick, --only LETTER,LETTER, \
                         --seconds N, --parked N, --timers N, --no-peer and --report FILE"
                    ));
                }
            }
        }
        Ok(plan)
    }

    /// The smallest run of some scenarios, which is what `cargo test` does.
    pub fn smallest(only: &[&str], report: PathBuf) -> Self {
        Self {
            sizes: Sizes::smallest(),
            only: only.iter().map(|letter| (*letter).to_owned()).collect(),
            report,
            peer: false,
        }
    }

    /// Whether a scenario is to be measured.
    pub fn has(&self, letter: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == letter)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("'{text}' is no whole number"))
}

fn known(letter: &str) -> Result<(), String> {
    let known = SCENARIOS.iter().any(|(name, _)| *name == letter);
    known.then_some(()).ok_or_else(|| {
        let all = SCENARIOS.map(|(name, what)| format!("{name}: {what}"));
        format!("there is no scenario '{letter}', but {}", all.join("; "))
    })
}
