//! One upload: a file that grows.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::sync::Mutex;

use super::{ComponentDigest, Progress, digest_of, hex, unusable};
use crate::error::{Error, Result};

/// An upload under way.
pub struct Session {
    path: PathBuf,
    size: u64,
    received: AtomicU64,
    /// When it was last continued, in milliseconds since 1970.
    touched: AtomicI64,
    /// Held while a piece arrives.
    appending: Mutex<()>,
}

impl Session {
    /// A new upload of `size` bytes in `folder`.
    pub fn create(
        folder: &Path,
        digest: ComponentDigest,
        size: u64,
        now: i64,
    ) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}.{size}", hex(&digest)));
        std::fs::File::create(&path)?;
        Ok(Self::new(path, size, 0, now))
    }

    /// The upload that an earlier run of the server left in a file.
    pub fn found(path: &Path) -> Option<(ComponentDigest, Self)> {
        let (digest, size) = path.file_name()?.to_str()?.split_once('.')?;
        let (digest, size) = (digest_of(digest)?, size.parse::<u64>().ok()?);
        let known = std::fs::metadata(path).ok()?;
        if !known.is_file() || known.len() > size {
            return None;
        }
        let age = known.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let touched = i64::try_from(age.as_millis()).ok()?;
        Some((
            digest,
            Self::new(path.to_owned(), size, known.len(), touched),
        ))
    }

    fn new(path: PathBuf, size: u64, received: u64, now: i64) -> Self {
        Self {
            path,
            size,
            received: received.into(),
            touched: now.into(),
            appending: Mutex::new(()),
        }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn progress(&self) -> Progress {
        Progress {
            offset: self.received.load(Ordering::Acquire),
            size: self.size,
        }
    }

    pub fn touched(&self) -> i64 {
        self.touched.load(Ordering::Relaxed)
    }

    pub fn touch(&self, now: i64) {
        self.touched.store(now, Ordering::Relaxed);
    }

    /// Takes a piece of at most `most` bytes.
    pub async fn append<E: std::fmt::Display>(
        &self,
        offset: u64,
        mut piece: impl Stream<Item = Result<Bytes, E>> + Unpin,
        most: usize,
    ) -> Result<Progress> {
        let Ok(_alone) = self.appending.try_lock() else {
            return Err(Error::Conflict(
                "another piece of this upload is arriving; ask for the offset and go on from there"
                    .to_owned(),
            ));
        };
        let mut received = self.received.load(Ordering::Acquire);
        if offset != received {
            return Err(Error::Conflict(format!(
                "the upload goes on at byte {received}, not at {offset}"
            )));
        }
        let mut file = self.open(received).await.map_err(unusable)?;
        let mut taken = 0usize;
        while let Some(bytes) = piece.next().await {
            let bytes =
                bytes.map_err(|error| Error::Invalid(format!("the piece broke off: {error}")))?;
            taken = taken.saturating_add(bytes.len());
            if taken > most {
                return Err(Error::TooLarge(format!(
                    "one piece has at most {most} bytes (limit uploads.piece_bytes)"
                )));
            }
            if received + bytes.len() as u64 > self.size {
                return Err(Error::TooLarge(format!(
                    "the piece goes past the {} bytes of the upload",
                    self.size
                )));
            }
            file.write_all(&bytes).await.map_err(unusable)?;
            file.flush().await.map_err(unusable)?;
            received += bytes.len() as u64;
            // At once: the request may be dropped at any point, and what arrived counts.
            self.received.store(received, Ordering::Release);
        }
        Ok(self.progress())
    }

    /// The file, to be written from `received` on.
    async fn open(&self, received: u64) -> std::io::Result<File> {
        let mut file = File::options().write(true).open(&self.path).await?;
        // What a dropped request wrote and did not count is written again.
        file.set_len(received).await?;
        file.seek(SeekFrom::Start(received)).await?;
        Ok(file)
    }

    /// Whether the complete file has this digest.
    pub async fn verify(&self, digest: ComponentDigest) -> Result<bool> {
        let bytes = self.read().await?;
        let same =
            tokio::task::spawn_blocking(move || <[u8; 32]>::from(Sha256::digest(&bytes)) == digest);
        same.await
            .map_err(|error| Error::Internal(error.to_string()))
    }

    /// The bytes that arrived.
    pub async fn read(&self) -> Result<Vec<u8>> {
        tokio::fs::read(&self.path).await.map_err(unusable)
    }

    /// Removes the file. The upload must not be used any more.
    pub fn discard(&self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "an upload was not removed");
        }
    }
}
