//! A disk whose changes are held back in memory until somebody says that they may be written.
//!
//! Opening a redb file repairs and marks it. A file that turns out to be of a newer release, or one
//! that is only looked at, must stay as it is, byte for byte: so it is opened on a disk that holds
//! its changes back.

use std::collections::HashMap;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{BackendError, StorageBackend};

/// Changes are kept in pieces of this size, which is that of redb's pages.
const PIECE: u64 = 4096;

/// No read begins here.
const NOWHERE: u64 = u64::MAX;

/// A disk with its held changes. Clones are the same disk.
#[derive(Clone, Debug)]
pub(crate) struct HeldBack(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    disk: Box<dyn StorageBackend>,
    /// `None` once changes go to the disk.
    held: RwLock<Option<Held>>,
    let_go: AtomicBool,
    last_read: AtomicU64,
    watched: AtomicU64,
    seen: AtomicBool,
    was_full: AtomicBool,
}

#[derive(Debug)]
struct Held {
    len: u64,
    /// Where the disk's own bytes end.
    disk_len: u64,
    pieces: HashMap<u64, Box<[u8]>>,
    /// Everything in order, for the disk.
    changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write(u64, Box<[u8]>),
    SetLen(u64),
    Sync,
}

impl HeldBack {
    pub(crate) fn new(disk: Box<dyn StorageBackend>) -> Result<Self, io::Error> {
        let len = disk.len()?;
        Ok(HeldBack(Arc::new(Inner {
            disk,
            held: RwLock::new(Some(Held {
                len,
                disk_len: len,
                pieces: HashMap::new(),
                changes: Vec::new(),
            })),
            let_go: AtomicBool::new(false),
            last_read: AtomicU64::new(NOWHERE),
            watched: AtomicU64::new(NOWHERE),
            seen: AtomicBool::new(false),
            was_full: AtomicBool::new(false),
        })))
    }

    /// Writes everything that was held back, in its order, and holds nothing back from now on.
    /// Where that fails everything is held back as before, and it may be tried again.
    pub(crate) fn let_go(&self) -> Result<(), io::Error> {
        if self.0.let_go.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut slot = self.held_mut();
        let Some(held) = &*slot else { return Ok(()) };
        for change in &held.changes {
            self.noted(match change {
                Change::Write(offset, bytes) => self.0.disk.write(*offset, bytes),
                Change::SetLen(len) => self.0.disk.set_len(*len),
                Change::Sync => self.0.disk.sync_data(),
            })?;
        }
        *slot = None;
        self.0.let_go.store(true, Ordering::Release);
        Ok(())
    }

    /// Where the last read began.
    pub(crate) fn last_read(&self) -> u64 {
        self.0.last_read.load(Ordering::Relaxed)
    }

    /// From now on notes whether a read begins at `offset`.
    pub(crate) fn watch(&self, offset: u64) {
        self.0.watched.store(offset, Ordering::Relaxed);
        self.0.seen.store(false, Ordering::Relaxed);
    }

    /// Whether a read began at the watched offset.
    pub(crate) fn saw_it(&self) -> bool {
        self.0.seen.load(Ordering::Relaxed)
    }

    fn held(&self) -> RwLockReadGuard<'_, Option<Held>> {
        self.0.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_mut(&self) -> RwLockWriteGuard<'_, Option<Held>> {
        self.0.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a change back, or does it once nothing is held back any more.
    fn change(
        &self,
        hold: impl FnOnce(&mut Held) -> Result<(), io::Error>,
        act: impl FnOnce(&dyn StorageBackend) -> Result<(), io::Error>,
    ) -> Result<(), io::Error> {
        if !self.0.let_go.load(Ordering::Acquire)
            && let Some(held) = &mut *self.held_mut()
        {
            return hold(held);
        }
        self.noted(act(&*self.0.disk))
    }

    /// Whether a change ever failed for lack of space.
    pub(crate) fn was_full(&self) -> bool {
        self.0.was_full.load(Ordering::Acquire)
    }

    fn noted(&self, done: Result<(), io::Error>) -> Result<(), io::Error> {
        if done.as_ref().is_err_and(is_full) {
            self.0.was_full.store(true, Ordering::Release);
        }
        done
    }
}

/// Whether space is what lacked: on the disk, of a quota, or for the size of a file.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

impl Held {
    fn read(
        &self,
        disk: &dyn StorageBackend,
        offset: u64,
        out: &mut [u8],
    ) -> Result<(), io::Error> {
        let end = offset + out.len() as u64;
        if end > self.len {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let on_disk = self.disk_len.saturating_sub(offset).min(out.len() as u64);
        let (there, beyond) = out.split_at_mut(usize::try_from(on_disk).unwrap_or(usize::MAX));
        if !there.is_empty() {
            disk.read(offset, there)?;
        }
        beyond.fill(0);
        if self.pieces.is_empty() {
            return Ok(());
        }
        for (at, part) in parts(offset, out.len()) {
            if let Some(piece) = self.pieces.get(&at) {
                let from = piece_offset(offset, part.start);
                out[part.clone()].copy_from_slice(&piece[from..from + part.len()]);
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        disk: &dyn StorageBackend,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), io::Error> {
        for (at, part) in parts(offset, bytes.len()) {
            if !self.pieces.contains_key(&at) {
                let mut piece = vec![0; PIECE as usize].into_boxed_slice();
                let begin = at * PIECE;
                let there = self.disk_len.saturating_sub(begin).min(PIECE) as usize;
                if there > 0 {
                    disk.read(begin, &mut piece[..there])?;
                }
                self.pieces.insert(at, piece);
            }
            let piece = self.pieces.get_mut(&at).expect("put above");
            let from = piece_offset(offset, part.start);
            piece[from..from + part.len()].copy_from_slice(&bytes[part]);
        }
        self.changes.push(Change::Write(offset, bytes.into()));
        Ok(())
    }

    fn set_len(&mut self, len: u64) {
        if len < self.len {
            // What is cut off reads as zero where the disk grows again.
            self.disk_len = self.disk_len.min(len);
            self.pieces.retain(|at, piece| {
                let keep = len.saturating_sub(at * PIECE).min(PIECE) as usize;
                piece[keep..].fill(0);
                keep > 0
            });
        }
        self.len = len;
        self.changes.push(Change::SetLen(len));
    }
}

/// The pieces that a range of the disk touches, and which part of the range lies in each.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (u64, std::ops::Range<usize>)> {
    let end = offset + len as u64;
    (offset / PIECE..end.div_ceil(PIECE)).map(move |at| {
        let from = (at * PIECE).max(offset) - offset;
        let to = ((at + 1) * PIECE).min(end) - offset;
        (at, from as usize..to as usize)
    })
}

/// Where in its piece a part begins.
fn piece_offset(offset: u64, part: usize) -> usize {
    ((offset + part as u64) % PIECE) as usize
}

impl StorageBackend for HeldBack {
    fn len(&self) -> Result<u64, io::Error> {
        match &*self.held() {
            Some(held) => Ok(held.len),
            None => self.0.disk.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        if self.0.let_go.load(Ordering::Acquire) {
            return self.0.disk.read(offset, out);
        }
        self.0.last_read.store(offset, Ordering::Relaxed);
        if self.0.watched.load(Ordering::Relaxed) == offset {
            self.0.seen.store(true, Ordering::Relaxed);
        }
        match &*self.held() {
            Some(held) => held.read(&*self.0.disk, offset, out),
            None => self.0.disk.read(offset, out),
        }
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        let hold = |held: &mut Held| {
            held.set_len(len);
            Ok(())
        };
        self.change(hold, |disk| disk.set_len(len))
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let hold = |held: &mut Held| {
            held.changes.push(Change::Sync);
            Ok(())
        };
        self.change(hold, |disk| disk.sync_data())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let hold = |held: &mut Held| held.write(&*self.0.disk, offset, data);
        self.change(hold, |disk| disk.write(offset, data))
    }

    fn close(&self) -> Result<(), io::Error> {
        self.0.disk.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.disk.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.0.disk.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.disk.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.disk.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.disk.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.disk.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;

    use super::*;

    /// The same changes on a disk that holds them back and on one that does not.
    #[test]
    fn held_changes_read_as_if_they_were_done_and_are_done_when_let_go() {
        let (plain, below) = (InMemoryBackend::new(), Shared::default());
        for disk in [&plain as &dyn StorageBackend, &below] {
            disk.set_len(10_000).unwrap();
            disk.write(100, &[1; 9_000]).unwrap();
        }
        let before = below.bytes();
        let held = HeldBack::new(Box::new(below.clone())).unwrap();
        type Change<'a> = &'a dyn Fn(&dyn StorageBackend);
        let changes: [Change<'_>; 7] = [
            &|disk| disk.write(4_090, &[2; 20]).unwrap(),
            &|disk| disk.set_len(20_000).unwrap(),
            &|disk| disk.write(9_990, &[3; 8_200]).unwrap(),
            &|disk| disk.set_len(5_000).unwrap(),
            &|disk| disk.sync_data().unwrap(),
            &|disk| disk.set_len(15_000).unwrap(),
            &|disk| disk.write(14_999, &[4]).unwrap(),
        ];
        for change in changes {
            change(&plain);
            change(&held);
            assert_eq!(all(&held), all(&plain));
            assert_eq!(below.bytes(), before, "a change has reached the disk");
        }
        assert!(held.read(14_999, &mut [0; 2]).is_err());
        held.let_go().unwrap();
        assert_eq!(below.bytes(), all(&plain));
        held.write(0, &[5]).unwrap();
        assert_eq!(below.bytes()[0], 5);
    }

    #[test]
    fn what_fails_to_be_let_go_is_still_held_back() {
        let below = Shared::default();
        below.set_len(PIECE).unwrap();
        let held = HeldBack::new(Box::new(below.clone())).unwrap();
        held.write(7, &[1]).unwrap();
        below.fails(true);
        held.let_go().unwrap_err();
        assert_eq!(all(&held)[7], 1);
        below.fails(false);
        held.let_go().unwrap();
        assert_eq!(below.bytes()[7], 1);
    }

    fn all(disk: &dyn StorageBackend) -> Vec<u8> {
        let mut bytes = vec![0; disk.len().unwrap() as usize];
        disk.read(0, &mut bytes).unwrap();
        bytes
    }

    #[derive(Clone, Debug, Default)]
    struct Shared(Arc<InMemoryBackend>, Arc<AtomicBool>);

    impl Shared {
        fn bytes(&self) -> Vec<u8> {
            all(&*self.0)
        }

        fn fails(&self, fails: bool) {
            self.1.store(fails, Ordering::Relaxed);
        }
    }

    impl StorageBackend for Shared {
        fn len(&self) -> Result<u64, io::Error> {
            self.0.len()
        }
        fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
            self.0.read(offset, out)
        }
        fn set_len(&self, len: u64) -> Result<(), io::Error> {
            self.0.set_len(len)
        }
        fn sync_data(&self) -> Result<(), io::Error> {
            self.0.sync_data()
        }
        fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
            if self.1.load(Ordering::Relaxed) {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            self.0.write(offset, data)
        }
    }
}
