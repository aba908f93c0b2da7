//! A layout as a tar archive.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{MOST_COMPONENT, MOST_MANIFESTS, OciError};
use crate::digest::Digest;

/// Most files of an archive: three blobs a manifest, and what belongs to all.
const MOST_FILES: usize = 3 * MOST_MANIFESTS + 16;

/// Writes the layout in `folder` as the archive `file`. The same layout gives the same bytes.
///
/// # Errors
/// [`OciError::File`].
pub fn pack(folder: &Path, file: &Path) -> Result<(), OciError> {
    let mut names = vec![PathBuf::from("oci-layout"), PathBuf::from("index.json")];
    let blobs = Path::new("blobs").join("sha256");
    let place = folder.join(&blobs);
    let mut found = Vec::new();
    for entry in fs::read_dir(&place).map_err(OciError::file(&place))? {
        found.push(entry.map_err(OciError::file(&place))?.file_name());
    }
    found.sort();
    names.extend(found.into_iter().map(|name| blobs.join(name)));
    let output = File::create(file).map_err(OciError::file(file))?;
    let mut archive = tar::Builder::new(output);
    archive.mode(tar::HeaderMode::Deterministic);
    for name in names {
        let path = folder.join(&name);
        archive
            .append_path_with_name(&path, &name)
            .map_err(OciError::file(&path))?;
    }
    let output = archive.into_inner().map_err(OciError::file(file))?;
    output.sync_all().map_err(OciError::file(file))
}

/// Writes the files of the archive `file` into `folder`. Only the files of a layout are taken,
/// whatever else the archive holds, so that none comes to lie elsewhere.
///
/// # Errors
/// [`OciError`].
pub fn unpack(file: &Path, folder: &Path) -> Result<(), OciError> {
    let input = File::open(file).map_err(OciError::file(file))?;
    let mut archive = tar::Archive::new(input);
    let blobs = folder.join("blobs").join("sha256");
    fs::create_dir_all(&blobs).map_err(OciError::file(&blobs))?;
    let (mut files, mut bytes) = (0, 0);
    for entry in archive.entries().map_err(OciError::file(file))? {
        let mut entry = entry.map_err(OciError::file(file))?;
        let name = entry.path().map_err(OciError::file(file))?.into_owned();
        let Some(path) = place(&name, folder).filter(|_| entry.header().entry_type().is_file())
        else {
            continue;
        };
        files += 1;
        bytes += entry.size();
        if files > MOST_FILES || bytes > MOST_COMPONENT {
            let message = format!(
                "it holds more than {MOST_FILES} files or {MOST_COMPONENT} bytes of a layout"
            );
            return Err(OciError::invalid(file, message));
        }
        let mut output = File::create(&path).map_err(OciError::file(&path))?;
        let size = entry.size();
        std::io::copy(&mut entry.by_ref().take(size), &mut output)
            .map_err(OciError::file(&path))?;
    }
    Ok(())
}

/// Where a file of a layout belongs; `None` for any other.
fn place(name: &Path, folder: &Path) -> Option<PathBuf> {
    let name = name.strip_prefix("./").unwrap_or(name);
    if name == Path::new("oci-layout") || name == Path::new("index.json") {
        return Some(folder.join(name));
    }
    let blob = name.strip_prefix("blobs/sha256").ok()?.to_str()?;
    blob.parse::<Digest>().ok()?;
    Some(folder.join("blobs").join("sha256").join(blob))
}
