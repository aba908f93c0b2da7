//! Systems under load that take turns.

use std::time::Duration;

use anyam_tests::benchmark::Figures;

use super::load::{self, Ask, Load};
use super::server::{BenchedServer, StoreStats};
use super::usage::{self, Usage};

/// One system under one load.
pub struct Lane<'s> {
    /// The scenario's letter.
    pub scenario: String,
    /// What is done.
    pub title: String,
    /// What is measured.
    pub system: &'static str,
    /// What it is asked.
    pub ask: Ask,
    /// Its processes.
    pub processes: Vec<u32>,
    /// The server whose store is looked into, where it is Anyam.
    pub server: Option<&'s BenchedServer>,
    /// What a reader has to know.
    pub note: String,
}

/// What a lane has done in all its rounds.
#[derive(Default)]
struct Done {
    load: Load,
    used: Usage,
    stored: StoreStats,
}

/// Lanes that take turns.
pub struct Turns<'l> {
    lanes: &'l [Lane<'l>],
    done: Vec<Done>,
}

impl<'l> Turns<'l> {
    /// Begins with one short round that does not count.
    pub fn new(lanes: &'l [Lane<'l>], slice: Duration) -> Self {
        for lane in lanes {
            load::run(&lane.ask, slice / 4);
        }
        Self {
            lanes,
            done: lanes.iter().map(|_| Done::default()).collect(),
        }
    }

    /// Gives each lane a turn.
    pub fn round(&mut self, slice: Duration) {
        for (lane, done) in self.lanes.iter().zip(&mut self.done) {
            lane.turn(slice, done);
        }
    }

    /// What the store of a lane's server has done in its turns.
    pub fn stored(&self, lane: usize) -> StoreStats {
        self.done[lane].stored.clone()
    }

    /// What was measured of each.
    pub fn figures(self) -> Vec<Figures> {
        let both = self.lanes.iter().zip(self.done);
        both.map(|(lane, done)| lane.figures(done)).collect()
    }
}

impl Lane<'_> {
    fn turn(&self, slice: Duration, done: &mut Done) {
        let stored = self.server.map(BenchedServer::store_stats);
        let used = Usage::of(&self.processes);
        let load = load::run(&self.ask, slice);
        done.used = done.used + (Usage::of(&self.processes) - used);
        if let (Some(server), Some(stored)) = (self.server, stored) {
            done.stored.add(&server.store_stats().since(&stored));
        }
        done.load.time += load.time;
        done.load.latencies.append(load.latencies);
    }

    fn figures(&self, done: Done) -> Figures {
        let mut figures = Figures {
            scenario: self.scenario.clone(),
            title: self.title.clone(),
            system: self.system.to_owned(),
            connections: self.ask.connections,
            completed: done.load.latencies.count(),
            seconds: done.load.time.as_secs_f64(),
            cpu_seconds: Some(done.used.cpu_seconds),
            peak_rss: Some(usage::peak_rss(&self.processes)),
            disk_bytes: Some(done.used.disk_bytes),
            note: self.note.clone(),
            ..Figures::default()
        };
        figures.set_latencies(&done.load.latencies);
        if self.server.is_some() {
            done.stored.tell(&mut figures);
        }
        figures
    }
}
