//! What the clients of a server were told, and so must find again whatever happens.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use anyam_store::records::{InstanceState, JobState, UserTaskState};

use crate::random::{Random, mix};

/// Something that must be so from now on.
#[derive(Clone, Debug)]
pub enum Fact {
    /// The instance is there.
    Instance { key: u64, process: String },
    /// The instance is over.
    Ended { key: u64, how: InstanceState },
    /// The job has ended this way.
    JobEnded { job: u64, how: JobState },
    /// The job was handed out for this attempt.
    JobTried { job: u64, attempt: u32 },
    /// The instance has a variable of this name and value.
    Variable {
        instance: u64,
        name: String,
        value: String,
    },
    /// The user task has this state.
    UserTask { task: u64, state: UserTaskState },
    /// The user task was assigned; nobody changes that.
    Assigned { task: u64, assignee: String },
    /// The incident is resolved.
    Resolved { incident: u64 },
    /// The message is kept until then.
    Message { key: u64, until: i64 },
    /// Nothing waits for the signal there any more.
    SignalTaken { subscription: u64 },
    /// Somebody has read this much of the instance's history.
    Seen { instance: u64, segments: u64 },
}

/// What became of a request to create an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nobody knows.
    Unknown,
    /// There is this instance.
    Made(u64),
    /// There is none.
    Refused,
}

/// A job that a client was given.
#[derive(Clone, Debug)]
pub struct Held {
    pub instance: u64,
    pub job: u64,
    pub retries: u32,
}

/// What is known outside of the server. Clones are the same world.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Known>>);

/// What is known outside of the server.
#[derive(Default)]
pub struct Known {
    pub facts: Vec<Fact>,
    /// Requests to create an instance, by the business id that they gave it.
    pub asked: BTreeMap<String, Asked>,
    pub instances: Vec<u64>,
    pub held: Vec<Held>,
    /// Until when the jobs that were handed out belong to whom they were given to.
    pub leases: BTreeMap<u64, i64>,
    /// Jobs that somebody has done something with, whoever they were given to: others may have got
    /// them since.
    pub touched: BTreeSet<u64>,
    /// Whether the wall clock was ever set back.
    pub set_back: bool,
    /// What was found wrong while a server ran.
    pub wrong: Vec<String>,
    numbers: u64,
    trace: Trace,
}

#[derive(Default)]
struct Trace {
    digest: u64,
    lines: VecDeque<String>,
    count: u64,
}

/// Lines of the trace that are kept to be shown.
const LINES: usize = 400;

impl World {
    pub fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap()
    }

    pub fn fact(&self, fact: Fact) {
        self.lock().facts.push(fact);
    }

    /// A number that nothing else has.
    pub fn number(&self) -> u64 {
        let mut known = self.lock();
        known.numbers += 1;
        known.numbers
    }

    /// Notes what happened, for the digest of the run and whoever looks for a fault.
    pub fn trace(&self, line: String) {
        let mut known = self.lock();
        let trace = &mut known.trace;
        for chunk in line.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            trace.digest = mix(trace.digest ^ u64::from_le_bytes(word)).wrapping_add(1);
        }
        trace.count += 1;
        if trace.lines.len() == LINES {
            trace.lines.pop_front();
        }
        trace.lines.push_back(line);
    }

    /// What two runs of one seed have in common.
    pub fn digest(&self) -> u64 {
        self.lock().trace.digest
    }

    /// How many things happened.
    pub fn events(&self) -> u64 {
        self.lock().trace.count
    }

    /// The last lines of the trace.
    pub fn story(&self) -> String {
        let known = self.lock();
        let lines: Vec<&str> = known.trace.lines.iter().map(|line| &**line).collect();
        lines.join("\n")
    }

    /// One of the instances that clients know, rather a late one.
    pub fn instance(&self, random: &mut Random) -> Option<u64> {
        let known = self.lock();
        let late = known.instances.len().saturating_sub(12);
        random.pick(&known.instances[late..]).copied()
    }

    /// Takes one of the jobs that clients hold.
    pub fn take_held(&self, random: &mut Random) -> Option<Held> {
        let mut known = self.lock();
        if known.held.is_empty() {
            return None;
        }
        let at = random.below(known.held.len() as u64);
        Some(known.held.swap_remove(usize::try_from(at).unwrap()))
    }
}
