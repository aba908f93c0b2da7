//! `anyam step keygen`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyam_artifact::signature::PrivateKey;
use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::screen::Screen;

/// Make a key to sign steps with.
#[derive(Args, Debug)]
pub struct Keygen {
    /// The file for the private key (Ed25519, PKCS#8 in PEM), readable by its owner alone. The
    /// public key goes beside it, with `.pub` added to the name.
    file: PathBuf,
}

pub(super) fn run(arguments: &Keygen) -> Result<(), Failure> {
    let key = PrivateKey::generate().map_err(|error| Failure::failed(error.to_string()))?;
    let mut public = arguments.file.clone().into_os_string();
    public.push(".pub");
    let public = PathBuf::from(public);
    write(&arguments.file, &key.to_pem(), 0o600)?;
    write(&public, &key.public().to_pem(), 0o644)?;
    let id = key.public().id();
    let screen = Screen::new(false);
    Ok(screen.line(format!("key {id}; public key in {}", public.display()))?)
}

/// Writes a file that must be new: a key that is overwritten is lost.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}
