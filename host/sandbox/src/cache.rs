//! Compiled components on disk.
//!
//! One file each, named after the digest of the component and what the code was compiled for. A
//! file begins with a magic text and the SHA-256 of the rest. The sum finds damage, not malice: the
//! folder belongs to the host's user alone, and is created so. Several processes of that user may
//! share it: a file appears under its name when it is whole, and whoever finds one missing compiles.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::engine::hex;
use crate::error::SandboxError;

const MAGIC: &[u8; 8] = b"anyamA1\n";
const HEADER_BYTES: usize = MAGIC.len() + 32;
const SUFFIX: &str = "aot";
const UNFINISHED: &str = "tmp";
/// No file takes so long to be written: an older unfinished one was left over by a host that was
/// killed, a younger one may be another process's that writes it now.
const LEFT_OVER: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
    /// What code must be compiled for to be of use.
    compatibility: String,
    max_bytes: u64,
    /// Tells unfinished files of this process from those of earlier ones with its number.
    opened: u128,
    /// Tells unfinished files of this process apart.
    counter: AtomicU64,
}

impl Cache {
    pub(crate) fn open(
        dir: &Path,
        compatibility: String,
        max_bytes: u64,
    ) -> Result<Self, SandboxError> {
        let fail = |source| SandboxError::CacheDir {
            path: dir.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(fail)?;
        let cache = Self {
            dir: dir.to_owned(),
            compatibility,
            max_bytes,
            opened: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |time| time.as_nanos()),
            counter: AtomicU64::new(0),
        };
        for file in cache.files(UNFINISHED).map_err(fail)? {
            if file.used.elapsed().is_ok_and(|age| age > LEFT_OVER) {
                let _ = fs::remove_file(file.path);
            }
        }
        Ok(cache)
    }

    /// The code compiled from the component with this digest, as it was stored. What is damaged
    /// counts as absent.
    pub(crate) fn get(&self, digest: &[u8; 32], max_bytes: usize) -> Option<Vec<u8>> {
        let path = self.path(digest);
        match read(&path, max_bytes) {
            Ok(artifact) => {
                // The time of last use, for eviction.
                if let Ok(file) = File::options().append(true).open(&path) {
                    let _ = file.set_modified(SystemTime::now());
                }
                Some(artifact)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(
                    path = %path.display(), %error,
                    "a compiled step cannot be used; it is compiled again"
                );
                None
            }
        }
    }

    /// Stores compiled code. A failure costs a compilation later and nothing else.
    pub(crate) fn put(&self, digest: &[u8; 32], artifact: &[u8]) {
        let path = self.path(digest);
        if let Err(error) = self.write(&path, artifact) {
            tracing::warn!(path = %path.display(), %error, "a compiled step cannot be stored");
        }
        if let Err(error) = self.evict(&path) {
            tracing::warn!(path = %self.dir.display(), %error, "old compiled steps cannot be deleted");
        }
    }

    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        self.dir
            .join(format!("{}-{}.{SUFFIX}", hex(digest), self.compatibility))
    }

    fn write(&self, path: &Path, artifact: &[u8]) -> io::Result<()> {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.dir.join(format!(
            "{}-{}-{number}.{UNFINISHED}",
            std::process::id(),
            self.opened
        ));
        let written = (|| {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&unfinished)?;
            file.write_all(MAGIC)?;
            file.write_all(&Sha256::digest(artifact))?;
            file.write_all(artifact)?;
            fs::rename(&unfinished, path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    /// Deletes what was not used for longest until the folder is within its size; `keep` stays.
    fn evict(&self, keep: &Path) -> io::Result<()> {
        let mut files = self.files(SUFFIX)?;
        let mut total: u64 = files.iter().map(|file| file.bytes).sum();
        files.sort_by_key(|file| file.used);
        for file in files.iter().filter(|file| file.path != keep) {
            if total <= self.max_bytes {
                break;
            }
            match fs::remove_file(&file.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                // Gone already where another process did the same.
                _ => total -= file.bytes,
            }
        }
        Ok(())
    }

    fn files(&self, suffix: &str) -> io::Result<Vec<CacheFile>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let path = entry.path();
            if path.extension().is_none_or(|found| found != suffix) {
                continue;
            }
            // Gone again already, where another process shares the folder.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push(CacheFile {
                path,
                bytes: metadata.len(),
                used,
            });
        }
        Ok(files)
    }
}

struct CacheFile {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

fn read(path: &Path, max_bytes: usize) -> io::Result<Vec<u8>> {
    let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut file = File::open(path)?;
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    if size > max_bytes.saturating_add(HEADER_BYTES) {
        return Err(damaged("larger than compiled code may be"));
    }
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    let (magic, sum) = header.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(damaged("not a compiled step"));
    }
    let mut artifact = Vec::with_capacity(size - HEADER_BYTES);
    file.take(max_bytes as u64 + 1).read_to_end(&mut artifact)?;
    if Sha256::digest(&artifact)[..] != *sum {
        return Err(damaged("its checksum does not match"));
    }
    Ok(artifact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(dir: &Path, max_bytes: u64) -> Cache {
        Cache::open(dir, "v1".to_owned(), max_bytes).unwrap()
    }

    #[test]
    fn what_is_stored_comes_back_and_damage_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path(), 1 << 20);
        let digest = [1; 32];
        assert_eq!(cache.get(&digest, 100), None);
        cache.put(&digest, b"code");
        assert_eq!(cache.get(&digest, 4).as_deref(), Some(&b"code"[..]));
        assert_eq!(cache.get(&digest, 3), None, "larger than the limit");
        let path = cache.path(&digest);
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(cache.get(&digest, 100), None, "cut to {length} bytes");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(cache.get(&digest, 100), None, "damaged at {at}");
        }
        cache.put(&digest, b"code");
        assert_eq!(cache.get(&digest, 100).as_deref(), Some(&b"code"[..]));
    }

    #[test]
    fn the_folder_stays_within_its_size_and_keeps_the_newest() {
        let dir = tempfile::tempdir().unwrap();
        let one = (HEADER_BYTES + 100) as u64;
        let cache = cache(dir.path(), 2 * one);
        for number in 0..4u8 {
            cache.put(&[number; 32], &[number; 100]);
            // So that the order does not depend on the clock's resolution.
            let file = File::options()
                .append(true)
                .open(cache.path(&[number; 32]))
                .unwrap();
            let age = Duration::from_secs(100 - u64::from(number));
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        let held: Vec<_> = (0..4u8)
            .filter(|n| cache.path(&[*n; 32]).exists())
            .collect();
        assert_eq!(held, [2, 3]);
    }

    #[test]
    fn caches_that_share_a_folder_write_and_evict_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let one = (HEADER_BYTES + 1000) as u64;
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let cache = cache(dir.path(), 4 * one);
                    for number in 0..100u8 {
                        let digest = [number % 10; 32];
                        cache.put(&digest, &[number % 10; 1000]);
                        // Evicted it may be; another's or a torn one it must not be.
                        if let Some(found) = cache.get(&digest, 1000) {
                            assert_eq!(found, [number % 10; 1000]);
                        }
                    }
                });
            }
        });
        let cache = cache(dir.path(), 4 * one);
        cache.put(&[99; 32], &[99; 1000]);
        assert!(cache.files(SUFFIX).unwrap().len() <= 4);
        assert!(cache.files(UNFINISHED).unwrap().is_empty());
        assert!(cache.get(&[99; 32], 1000).is_some());
    }

    #[test]
    fn unfinished_files_are_removed_and_other_versions_are_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let (old, young) = (dir.path().join("1-0-0.tmp"), dir.path().join("2-0-0.tmp"));
        for path in [&old, &young] {
            fs::write(path, b"half").unwrap();
        }
        let file = File::options().append(true).open(&old).unwrap();
        file.set_modified(SystemTime::now() - LEFT_OVER - Duration::from_secs(1))
            .unwrap();
        cache(dir.path(), 1 << 20).put(&[7; 32], b"code");
        assert!(!old.exists());
        assert!(young.exists(), "another process may be writing it");
        let newer = Cache::open(dir.path(), "v2".to_owned(), 1 << 20).unwrap();
        assert_eq!(newer.get(&[7; 32], 100), None);
    }
}
