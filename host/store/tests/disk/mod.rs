//! Disks in memory for tests: one that records, one that may fail.

#![allow(dead_code, reason = "each test file uses a part")]

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

/// A small generator of repeatable numbers (xorshift64*).
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

/// A disk in memory. Clones are the same disk. While `broken` is set, writes and syncs fail.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    bytes: Arc<Mutex<Vec<u8>>>,
    broken: Arc<AtomicBool>,
}

impl MemoryDisk {
    pub fn new(bytes: Vec<u8>) -> Self {
        MemoryDisk {
            bytes: Arc::new(Mutex::new(bytes)),
            ..Default::default()
        }
    }

    pub fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    fn check(&self) -> io::Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is broken"));
        }
        Ok(())
    }
}

impl StorageBackend for MemoryDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes.lock().unwrap();
        let offset = offset as usize;
        let source = bytes
            .get(offset..offset + out.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(source);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.bytes.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        write_at(&mut self.bytes.lock().unwrap(), offset as usize, data);
        Ok(())
    }
}

#[derive(Clone, Debug)]
enum Event {
    Write(usize, Vec<u8>),
    SetLen(usize),
    Sync,
}

/// What the volatile write cache does at a power cut.
pub enum Cut {
    /// Nothing of it reaches the disk.
    LosesAll,
    /// All of it does, although the sync never reported so.
    LosesNothing,
    /// Some of it does, some writes only in part.
    Tears(Rng),
}

/// A disk in memory that records its writes and syncs. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct RecordingDisk {
    live: MemoryDisk,
    events: Arc<Mutex<Vec<Event>>>,
    base: Arc<Mutex<Base>>,
}

/// The disk after the sync before the cut, kept so that rising cuts need no replay from the start.
#[derive(Debug, Default)]
struct Base {
    bytes: Vec<u8>,
    /// Events in `bytes`, and syncs among them.
    events: usize,
    syncs: u64,
}

impl RecordingDisk {
    /// Syncs finished so far.
    pub fn syncs(&self) -> u64 {
        self.events
            .lock()
            .unwrap()
            .iter()
            .filter(|event| matches!(event, Event::Sync))
            .count() as u64
    }

    /// The disk if power is cut during sync number `sync`, counted from 1. Ask in rising order.
    pub fn image(&self, sync: u64, mut cut: Cut) -> Vec<u8> {
        let events = self.events.lock().unwrap();
        let mut base = self.base.lock().unwrap();
        assert!(base.syncs < sync, "asked for in rising order");
        while base.syncs + 1 < sync {
            let event = &events[base.events];
            base.syncs += u64::from(matches!(event, Event::Sync));
            apply(&mut base.bytes, event);
            base.events += 1;
        }
        let cached = events[base.events..]
            .iter()
            .take_while(|event| !matches!(event, Event::Sync));
        let mut image = base.bytes.clone();
        for event in cached {
            match &mut cut {
                Cut::LosesAll => {}
                Cut::LosesNothing => apply(&mut image, event),
                Cut::Tears(rng) => tear(&mut image, event, rng),
            }
        }
        image
    }

    fn record(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

impl StorageBackend for RecordingDisk {
    fn len(&self) -> io::Result<u64> {
        self.live.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.live.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.record(Event::SetLen(len as usize));
        self.live.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.record(Event::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.record(Event::Write(offset as usize, data.to_vec()));
        self.live.write(offset, data)
    }
}

fn apply(bytes: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Write(offset, data) => write_at(bytes, *offset, data),
        Event::SetLen(len) => bytes.resize(*len, 0),
        Event::Sync => {}
    }
}

/// Lets the event reach the disk wholly, not at all, or only some of its sectors.
fn tear(bytes: &mut Vec<u8>, event: &Event, rng: &mut Rng) {
    const SECTOR: usize = 512;
    match (rng.below(3), event) {
        (0, _) => {}
        (1, Event::Write(offset, data)) => {
            for (at, sector) in data.chunks(SECTOR).enumerate() {
                if rng.below(2) == 0 {
                    write_at(bytes, offset + at * SECTOR, sector);
                }
            }
        }
        _ => apply(bytes, event),
    }
}

fn write_at(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}
