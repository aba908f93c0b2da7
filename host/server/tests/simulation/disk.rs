//! A disk that forgets: what was not synced is lost, kept or torn when the power goes.

use std::io;
use std::sync::{Arc, Mutex};

use anyam_store::StorageBackend;

use crate::random::{Random, mix};

const SECTOR: usize = 512;

/// What goes wrong with a disk, at which of its syncs from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The power goes during the sync: what it was to make durable is lost, kept or torn.
    CutBeforeSync(u64),
    /// The power goes right after the sync.
    CutAfterSync(u64),
    /// The sync fails; the disk goes on, and what was not synced may or may not be there.
    SyncError(u64),
    /// Writes after the sync fail for a while.
    WriteError(u64),
    /// There is no more room after the sync.
    Full(u64),
    /// The sync says that it was done and was not: no disk may do that. For tests of the checks.
    Lies(u64),
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    SetLen(usize),
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// As it is read.
    now: Vec<u8>,
    /// As it was at the last sync.
    synced: Vec<u8>,
    /// What came since.
    since: Vec<Change>,
    syncs: u64,
    fault: Option<Fault>,
    /// The power is off.
    off: bool,
    /// Something else went wrong.
    failed: bool,
}

impl Disk {
    /// A disk that holds these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State {
            now: bytes.clone(),
            synced: bytes,
            since: Vec::new(),
            syncs: 0,
            fault: None,
            off: false,
            failed: false,
        })))
    }

    /// Has something go wrong, counted from now.
    pub fn plan(&self, fault: Fault) {
        let mut state = self.0.lock().unwrap();
        let from = state.syncs;
        state.fault = Some(match fault {
            Fault::CutBeforeSync(at) => Fault::CutBeforeSync(from + at),
            Fault::CutAfterSync(at) => Fault::CutAfterSync(from + at),
            Fault::SyncError(at) => Fault::SyncError(from + at),
            Fault::WriteError(at) => Fault::WriteError(from + at),
            Fault::Full(at) => Fault::Full(from + at),
            Fault::Lies(at) => Fault::Lies(from + at),
        });
    }

    /// Turns the power off.
    pub fn cut(&self) {
        self.0.lock().unwrap().off = true;
    }

    /// Whether anything went wrong with it.
    pub fn has_failed(&self) -> bool {
        let state = self.0.lock().unwrap();
        state.off || state.failed
    }

    pub fn is_lying(&self) -> bool {
        matches!(self.0.lock().unwrap().fault, Some(Fault::Lies(_)))
    }

    pub fn syncs(&self) -> u64 {
        self.0.lock().unwrap().syncs
    }

    /// What is on it after the power went, or the process ended (then nothing that was written is
    /// lost).
    pub fn after_cut(&self, random: &mut Random) -> Vec<u8> {
        let state = self.0.lock().unwrap();
        let mut bytes = state.synced.clone();
        if matches!(state.fault, Some(Fault::Lies(_))) {
            return bytes;
        }
        let mode = random.below(4);
        let salt = random.next();
        for change in &state.since {
            match mode {
                0 => {}
                1 => apply(&mut bytes, change),
                _ => tear(&mut bytes, change, salt),
            }
        }
        bytes
    }

    /// What is on it where the process ends and the machine goes on.
    pub fn after_exit(&self) -> Vec<u8> {
        self.0.lock().unwrap().now.clone()
    }
}

impl State {
    fn fail_if_off(&self) -> io::Result<()> {
        match self.off {
            true => Err(io::Error::other("the power is off")),
            false => Ok(()),
        }
    }

    fn fail_write(&mut self) -> io::Result<()> {
        self.fail_if_off()?;
        let failed = match self.fault {
            Some(Fault::WriteError(at)) if self.syncs >= at && self.syncs < at + 2 => {
                Err(io::Error::other("the device reports an error"))
            }
            Some(Fault::Full(at)) if self.syncs >= at => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        };
        self.failed |= failed.is_err();
        failed
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.now, &change);
        self.since.push(change);
    }

    fn make_durable(&mut self) {
        for change in std::mem::take(&mut self.since) {
            apply(&mut self.synced, &change);
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        let state = self.0.lock().unwrap();
        state.fail_if_off()?;
        Ok(state.now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.lock().unwrap();
        state.fail_if_off()?;
        let offset = offset as usize;
        let source = state.now.get(offset..offset + out.len());
        out.copy_from_slice(source.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.fail_write()?;
        state.change(Change::SetLen(len as usize));
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.fail_write()?;
        state.change(Change::Write(offset as usize, data.to_vec()));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.fail_if_off()?;
        state.syncs += 1;
        let now = state.syncs;
        match state.fault {
            Some(Fault::CutBeforeSync(at)) if now == at => {
                state.off = true;
                state.fail_if_off()
            }
            Some(Fault::CutAfterSync(at)) if now == at => {
                state.make_durable();
                state.off = true;
                Ok(())
            }
            Some(Fault::SyncError(at)) if now == at => {
                state.failed = true;
                Err(io::Error::other("the device reports an error"))
            }
            Some(Fault::Lies(at)) if now >= at => Ok(()),
            _ => {
                state.make_durable();
                Ok(())
            }
        }
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(offset, data) => write_at(bytes, *offset, data),
        Change::SetLen(len) => bytes.resize(*len, 0),
    }
}

/// Lets a change reach the disk wholly, not at all, or only some of its sectors. Which of them does
/// not depend on the order of the changes.
fn tear(bytes: &mut Vec<u8>, change: &Change, salt: u64) {
    let fate = |at: usize| mix(salt ^ mix(at as u64));
    match change {
        Change::SetLen(len) => {
            if fate(*len).is_multiple_of(2) {
                apply(bytes, change);
            }
        }
        Change::Write(offset, data) => match fate(*offset) % 3 {
            0 => {}
            1 => {
                for (at, sector) in data.chunks(SECTOR).enumerate() {
                    let at = offset + at * SECTOR;
                    if fate(at + 1).is_multiple_of(2) {
                        write_at(bytes, at, sector);
                    }
                }
            }
            _ => apply(bytes, change),
        },
    }
}

fn write_at(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}
