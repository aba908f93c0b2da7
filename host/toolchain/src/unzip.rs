//! Zip files, as far as wheels use them: stored and deflated entries, without zip64.
//!
//! Checksums are not looked at: whoever unpacks knows the digest of the whole file.

use std::fs;
use std::io;
use std::path::{Component, Path};

use crate::folder;

/// The end of the central directory: its signature and its length without the comment.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
/// An entry of the central directory: its signature and its length without names.
const ENTRY: (&[u8], usize) = (b"PK\x01\x02", 46);
/// What stands before the bytes of an entry: its signature and its length without names.
const LOCAL: (&[u8], usize) = (b"PK\x03\x04", 30);
/// The longest comment at the end of a file.
const LONGEST_COMMENT: usize = u16::MAX as usize;

/// Unpacks a zip file; what may be executed in it may be so in `folder`.
pub fn unpack(zip: &[u8], folder: &Path) -> io::Result<()> {
    let broken = |what: &str| io::Error::other(format!("the zip file is broken: {what}"));
    let end = end(zip).ok_or_else(|| broken("it has no directory"))?;
    let mut at = end.directory;
    for _ in 0..end.entries {
        let (entry, next) = Entry::read(zip, at).ok_or_else(|| broken("its directory"))?;
        at = next;
        let path = Path::new(entry.name);
        if !path
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(broken(&format!("`{}` lies outside of it", entry.name)));
        }
        let path = folder.join(path);
        if entry.name.ends_with('/') {
            fs::create_dir_all(&path)?;
            continue;
        }
        let bytes = entry.bytes(zip).ok_or_else(|| broken(entry.name))?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, bytes)?;
        if entry.mode & 0o111 != 0 {
            folder::make_executable(&path).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// Where the central directory is.
struct End {
    entries: usize,
    directory: usize,
}

/// Finds the end of the central directory, behind which only a comment stands.
fn end(zip: &[u8]) -> Option<End> {
    let last = zip.len().checked_sub(END.1)?;
    let first = last.saturating_sub(LONGEST_COMMENT);
    let at = (first..=last)
        .rev()
        .find(|at| zip[*at..].starts_with(END.0))?;
    Some(End {
        entries: short(zip, at + 10)?,
        directory: long(zip, at + 16)?,
    })
}

/// One file or folder.
struct Entry<'z> {
    name: &'z str,
    method: usize,
    packed: usize,
    size: usize,
    /// Who may do what, as Unix has it.
    mode: usize,
    local: usize,
}

impl<'z> Entry<'z> {
    /// The entry at a place of the central directory, and the place of the next.
    fn read(zip: &'z [u8], at: usize) -> Option<(Self, usize)> {
        zip.get(at..)?.starts_with(ENTRY.0).then_some(())?;
        let names = at + ENTRY.1;
        let length = short(zip, at + 28)?;
        let entry = Self {
            name: std::str::from_utf8(zip.get(names..names + length)?).ok()?,
            method: short(zip, at + 10)?,
            packed: long(zip, at + 20)?,
            size: long(zip, at + 24)?,
            mode: short(zip, at + 40)?,
            local: long(zip, at + 42)?,
        };
        let next = names + length + short(zip, at + 30)? + short(zip, at + 32)?;
        Some((entry, next))
    }

    /// What is in the file.
    fn bytes(&self, zip: &[u8]) -> Option<Vec<u8>> {
        zip.get(self.local..)?.starts_with(LOCAL.0).then_some(())?;
        let names = short(zip, self.local + 26)? + short(zip, self.local + 28)?;
        let begin = self.local + LOCAL.1 + names;
        let packed = zip.get(begin..begin + self.packed)?;
        let bytes = match self.method {
            0 => packed.to_vec(),
            8 => miniz_oxide::inflate::decompress_to_vec_with_limit(packed, self.size).ok()?,
            _ => return None,
        };
        (bytes.len() == self.size).then_some(bytes)
    }
}

/// The number of two bytes at a place.
fn short(zip: &[u8], at: usize) -> Option<usize> {
    let bytes = zip.get(at..at + 2)?;
    Some(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))
}

/// The number of four bytes at a place.
fn long(zip: &[u8], at: usize) -> Option<usize> {
    let bytes = zip.get(at..at + 4)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A zip file with files: name, mode and text.
    pub fn zip(files: &[(&str, u16, &[u8])]) -> Vec<u8> {
        let (mut zip, mut directory) = (Vec::new(), Vec::new());
        for (at, (name, mode, text)) in files.iter().enumerate() {
            // Both methods occur.
            let (method, packed) = match at % 2 {
                0 => (8u16, miniz_oxide::deflate::compress_to_vec(text, 6)),
                _ => (0, text.to_vec()),
            };
            let local = zip.len() as u32;
            let mut about = Vec::new();
            about.extend(20u16.to_le_bytes());
            about.extend(0u16.to_le_bytes());
            about.extend(method.to_le_bytes());
            about.extend([0; 8]);
            about.extend((packed.len() as u32).to_le_bytes());
            about.extend((text.len() as u32).to_le_bytes());
            about.extend((name.len() as u16).to_le_bytes());
            about.extend(0u16.to_le_bytes());
            zip.extend(LOCAL.0);
            zip.extend(&about);
            zip.extend(name.as_bytes());
            zip.extend(packed);
            directory.extend(ENTRY.0);
            directory.extend(0x0314u16.to_le_bytes());
            directory.extend(about);
            directory.extend([0; 8]);
            directory.extend(mode.to_le_bytes());
            directory.extend(local.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let place = zip.len() as u32;
        zip.extend(&directory);
        zip.extend(END.0);
        zip.extend([0; 4]);
        for _ in 0..2 {
            zip.extend((files.len() as u16).to_le_bytes());
        }
        zip.extend((directory.len() as u32).to_le_bytes());
        zip.extend(place.to_le_bytes());
        zip.extend(7u16.to_le_bytes());
        zip.extend(b"comment");
        zip
    }

    #[test]
    fn files_are_unpacked_with_their_folders_and_rights() {
        let text =
            b"a text that is long enough that deflating it makes it shorter, shorter, shorter";
        let files: [(&str, u16, &[u8]); 3] = [
            ("a/run", 0o100755, text),
            ("a/b/text", 0o100644, b"stored"),
            ("c/", 0o40755, b""),
        ];
        let folder = tempfile::tempdir().unwrap();
        unpack(&zip(&files), folder.path()).unwrap();
        assert_eq!(fs::read(folder.path().join("a/run")).unwrap(), text);
        assert_eq!(fs::read(folder.path().join("a/b/text")).unwrap(), b"stored");
        assert!(folder.path().join("c").is_dir());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |name| {
                let file = fs::metadata(folder.path().join(name)).unwrap();
                file.permissions().mode() & 0o111
            };
            assert_eq!((mode("a/run"), mode("a/b/text")), (0o111, 0));
        }
    }

    #[test]
    fn a_file_cut_off_anywhere_or_with_any_byte_changed_is_no_panic() {
        let whole = zip(&[("a", 0o100644, b"aaaaaaaaaaaa"), ("b", 0o100644, b"b")]);
        let folder = tempfile::tempdir().unwrap();
        for length in 0..whole.len() - "comment".len() {
            assert!(unpack(&whole[..length], folder.path()).is_err(), "{length}");
        }
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                // Names may have changed: any outcome is right but a panic.
                let _ = unpack(&changed, folder.path());
            }
        }
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        for name in ["../outside", "/outside", "a/../../outside"] {
            let error = unpack(&zip(&[(name, 0o100644, b"x")]), &inner).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
