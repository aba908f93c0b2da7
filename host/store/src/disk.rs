//! What a store's bytes lie on.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::StorageBackend;
use redb::backends::FileBackend;

/// Something that can be opened again after it failed, and that says how much room it has.
pub trait Disk: Send + Sync + 'static {
    /// Opens it. Whatever was opened of it before is closed by then.
    ///
    /// # Errors
    /// The system's.
    fn open(&self) -> io::Result<Box<dyn StorageBackend>>;

    /// Bytes that it has room for; `None` where that cannot be told.
    fn free(&self) -> Option<u64>;
}

/// A file.
#[derive(Clone, Debug)]
pub struct FileDisk {
    path: PathBuf,
}

impl FileDisk {
    /// The file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FileDisk { path: path.into() }
    }

    /// The folder that the file is in.
    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// Makes an empty store appear at the path in one step, so that a crash at the first start
    /// leaves nothing there that does not open.
    pub(crate) fn create(&self) -> Result<(), redb::Error> {
        let mut new = self.path.as_os_str().to_owned();
        new.push(".new");
        // Left by a crash in an earlier attempt; never held data.
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        redb::Database::create(&new)?.close()?;
        self.take(Path::new(&new))?;
        Ok(())
    }

    /// Gives a finished file this path, for good.
    pub(crate) fn take(&self, new: &Path) -> io::Result<()> {
        std::fs::rename(new, &self.path)?;
        // The rename is durable once the directory is.
        File::open(self.folder())?.sync_all()
    }

    pub(crate) fn exists(&self) -> io::Result<bool> {
        self.path.try_exists()
    }
}

impl Disk for FileDisk {
    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        let file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        if file.metadata()?.len() == 0 {
            return Err(io::Error::other("the file is empty"));
        }
        let backend = FileBackend::new(file).map_err(io::Error::other)?;
        Ok(Box::new(backend))
    }

    fn free(&self) -> Option<u64> {
        let about = rustix::fs::statvfs(self.folder()).ok()?;
        Some(about.f_bavail.saturating_mul(about.f_frsize))
    }
}
