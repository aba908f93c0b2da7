//! The folder for compiled components that all commands of an author share: a component that
//! `anyam step test` has compiled is not compiled again by `anyam step run` or `anyam dev`.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::failure::Failure;
use crate::server::CompiledCode;

/// What the folder is kept below: some tens of components with an interpreter inside.
const MOST_BYTES: u64 = 2 << 30;
/// The permissions of a group and of others to write.
const OTHERS_WRITE: u32 = 0o022;

/// The folder, for as long as this lives.
#[derive(Debug)]
pub struct Compiled {
    code: CompiledCode,
    /// Where the user has no folder for caches.
    _temporary: Option<TempDir>,
}

impl Compiled {
    /// `anyam/compiled` in the folder for the user's caches, made where it is missing, or a
    /// temporary folder where the user has none.
    ///
    /// What lies in it is run as native code, so it is not in a project, which may come from
    /// anywhere, but in a folder that nobody but the user can write to.
    ///
    /// # Errors
    /// Others can write to the folder, or there is none to be had.
    pub fn of_user() -> Result<Self, Failure> {
        let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let cache = given("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
        let folder = cache.map(|cache| cache.join("anyam").join("compiled"));
        let (folder, temporary) = match folder {
            Some(folder) if make(&folder).is_ok() => {
                owned(&folder)?;
                (folder, None)
            }
            _ => {
                let temporary = tempfile::tempdir().map_err(|error| {
                    Failure::failed(format!("cannot make a temporary folder: {error}"))
                })?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let max_bytes = MOST_BYTES;
        Ok(Self {
            code: CompiledCode { folder, max_bytes },
            _temporary: temporary,
        })
    }

    /// Where it is and how large it may be.
    pub fn code(&self) -> &CompiledCode {
        &self.code
    }
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Whether the folder is the user's own and nobody else's to write.
fn owned(folder: &Path) -> Result<(), Failure> {
    let known = fs::metadata(folder)
        .map_err(|error| Failure::failed(format!("cannot use {}: {error}", folder.display())))?;
    let owner = rustix::process::geteuid().as_raw();
    if known.uid() == owner && known.mode() & OTHERS_WRITE == 0 {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "others than you can write to {}, and compiled steps in it would be run; delete it, and it \
         is made anew",
        folder.display()
    )))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_can_write_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a/compiled");
        make(&folder).unwrap();
        owned(&folder).unwrap();
        for mode in [0o720, 0o702, 0o777] {
            fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            let said = owned(&folder).unwrap_err().to_string();
            assert!(said.contains("delete it"), "{mode:o}: {said}");
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        owned(&folder).unwrap();
    }
}
