//! Source folders: their digest, and a copy to build in.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::ToolchainError;

/// Most files of one source folder.
const MOST_FILES: usize = 10_000;

/// Names that tools leave behind: no sources.
const LEFT_BEHIND: [&str; 8] = [
    ".anyam-dev",
    "__pycache__",
    ".venv",
    "venv",
    "target",
    "node_modules",
    ".anyam",
    ".git",
];

/// Whether tools leave such a folder behind.
pub fn is_left_behind(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    LEFT_BEHIND.iter().any(|left| name == *left)
}

/// Every source file below `folder`, as sorted paths relative to it.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, ToolchainError> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let failed = || ToolchainError::file(&next);
        for entry in fs::read_dir(&next).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            if is_left_behind(&entry.path()) {
                continue;
            }
            let path = entry.path();
            if entry.file_type().map_err(failed())?.is_dir() {
                open.push(path);
            } else {
                let path = path.strip_prefix(folder).expect("it lies below").to_owned();
                found.push(path);
            }
            if found.len() + open.len() > MOST_FILES {
                let many = format!("it has more than {MOST_FILES} files");
                return Err(ToolchainError::file(folder)(std::io::Error::other(many)));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A digest of the names and bytes of every file below `folders`, and of `more`.
pub fn digest(folders: &[&Path], more: &str) -> Result<String, ToolchainError> {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(more.as_bytes());
    for folder in folders {
        for file in files(folder)? {
            let path = folder.join(&file);
            add(file.as_os_str().as_encoded_bytes());
            add(&fs::read(&path).map_err(ToolchainError::file(&path))?);
        }
    }
    Ok(hex(&hash.finalize()[..12]))
}

/// A short digest of some bytes.
pub fn hex_digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..12])
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Copies every source file below `from` to `to`, which is emptied first.
pub fn copy(from: &Path, to: &Path) -> Result<(), ToolchainError> {
    remove(to)?;
    make(to)?;
    for file in files(from)? {
        let target = to.join(&file);
        make(target.parent().unwrap_or(to))?;
        fs::copy(from.join(&file), &target).map_err(ToolchainError::file(&target))?;
    }
    Ok(())
}

/// Makes a folder and those above it.
pub fn make(folder: &Path) -> Result<(), ToolchainError> {
    fs::create_dir_all(folder).map_err(ToolchainError::file(folder))
}

/// Lets everyone execute a file, where the system asks for leave.
pub fn make_executable(file: &Path) -> Result<(), ToolchainError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let everyone = fs::Permissions::from_mode(0o755);
        fs::set_permissions(file, everyone).map_err(ToolchainError::file(file))?;
    }
    let _ = file;
    Ok(())
}

/// Removes a folder with all that is in it, if it is there.
pub fn remove(folder: &Path) -> Result<(), ToolchainError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ToolchainError::file(folder)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/__pycache__")).unwrap();
        fs::write(folder.path().join("a/x.py"), "1").unwrap();
        fs::write(folder.path().join("y.txt"), "2").unwrap();
        fs::write(folder.path().join("a/__pycache__/x.pyc"), "3").unwrap();
        folder
    }

    #[test]
    fn sources_are_found_and_leavings_are_not() {
        let folder = sample();
        assert_eq!(
            files(folder.path()).unwrap(),
            [PathBuf::from("a/x.py"), "y.txt".into()]
        );
    }

    #[test]
    fn the_digest_depends_on_names_bytes_and_more() {
        let folder = sample();
        let path = folder.path();
        let first = digest(&[path], "").unwrap();
        assert_eq!(digest(&[path], "").unwrap(), first);
        assert_ne!(digest(&[path], "3.11").unwrap(), first);
        fs::write(path.join("a/x.py"), "2").unwrap();
        let second = digest(&[path], "").unwrap();
        assert_ne!(second, first);
        fs::rename(path.join("y.txt"), path.join("z.txt")).unwrap();
        assert_ne!(digest(&[path], "").unwrap(), second);
    }

    #[test]
    fn a_copy_replaces_what_was_there() {
        let folder = sample();
        let target = tempfile::tempdir().unwrap();
        let target = target.path().join("copy");
        fs::create_dir_all(&target).unwrap();
        fs::write(target.join("old"), "").unwrap();
        copy(folder.path(), &target).unwrap();
        assert_eq!(files(&target).unwrap(), files(folder.path()).unwrap());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = files(Path::new("/does/not/exist")).unwrap_err();
        assert!(error.to_string().contains("/does/not/exist"), "{error}");
    }
}
