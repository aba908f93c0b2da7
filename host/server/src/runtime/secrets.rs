//! Secrets of tenants: sealed before they are stored, opened only for outgoing requests.
//!
//! A secret is sealed with ChaCha20-Poly1305 (RFC 8439) under a key that stands in a file of its
//! own, so that the store alone, or a copy of it, tells nothing. The tenant and the name are
//! authenticated with it: a sealed text that is moved to another name or tenant does not open.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use anyam_store::TenantId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::randomness::Randomness;
use crate::error::{Error, Result};

/// Bytes of the key.
const KEY_BYTES: usize = 32;

/// What seals and opens the secrets of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct SecretsKey(Arc<LessSafeKey>);

/// The key stays out of what is printed.
impl std::fmt::Debug for SecretsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretsKey")
    }
}

impl SecretsKey {
    /// A key that is nowhere kept: what it seals is lost with it.
    pub fn passing(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; KEY_BYTES];
        randomness.fill(&mut bytes);
        Self::of(&bytes)
    }

    /// The key in a file, which is made with a random one where it is absent.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it cannot be read or made, has another length, or may be read
    /// by others than its owner.
    pub fn in_file(path: &Path, randomness: &dyn Randomness) -> Result<Self> {
        let cannot = |what: &str, error: std::io::Error| {
            let path = path.display();
            Error::Unavailable(format!("cannot {what} the key of secrets {path}: {error}"))
        };
        match File::open(path) {
            Ok(file) => read(file, path).map_err(|error| cannot("read", error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut bytes = [0; KEY_BYTES];
                randomness.fill(&mut bytes);
                make(path, &bytes).map_err(|error| cannot("make", error))?;
                Ok(Self::of(&bytes))
            }
            Err(error) => Err(cannot("open", error)),
        }
    }

    fn of(bytes: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, bytes).expect("the key has its length");
        Self(Arc::new(LessSafeKey::new(key)))
    }

    /// Seals a secret as text.
    pub fn seal(
        &self,
        owner: (TenantId, &str),
        secret: &str,
        randomness: &dyn Randomness,
    ) -> String {
        // Random nonces of 96 bits: safe for far more secrets than any server is given.
        let mut nonce = [0; NONCE_LEN];
        randomness.fill(&mut nonce);
        let mut sealed = secret.as_bytes().to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(owner)),
                &mut sealed,
            )
            .expect("secrets are far shorter than what a nonce seals");
        let mut text = STANDARD.encode(nonce);
        STANDARD.encode_string(&sealed, &mut text);
        text
    }

    /// Opens a sealed secret; `None` where it was sealed with another key, for another owner, or
    /// was changed.
    pub fn open(&self, owner: (TenantId, &str), sealed: &str) -> Option<String> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut secret = sealed.to_vec();
        let opened = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(bound_to(owner)),
                &mut secret,
            )
            .ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

fn bound_to((tenant, name): (TenantId, &str)) -> Vec<u8> {
    let mut bytes = tenant.0.to_be_bytes().to_vec();
    bytes.extend_from_slice(name.as_bytes());
    bytes
}

fn read(file: File, path: &Path) -> std::io::Result<Result<SecretsKey>> {
    let meta = file.metadata()?;
    let refused = |why: String| {
        let path = path.display();
        Ok(Err(Error::Unavailable(format!(
            "the key of secrets {path} {why}"
        ))))
    };
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return refused(format!(
            "has the mode {mode:o}; only its owner may have access to it (chmod 600)"
        ));
    }
    let mut bytes = Vec::with_capacity(KEY_BYTES);
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    match <&[u8; KEY_BYTES]>::try_from(&*bytes) {
        Ok(bytes) => Ok(Ok(SecretsKey::of(bytes))),
        Err(_) => refused(format!("must have exactly {KEY_BYTES} bytes")),
    }
}

/// Makes the file appear whole, so that a crash leaves no half of a key.
fn make(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::randomness::SystemRandomness;
    use super::*;

    const OWNER: (TenantId, &str) = (TenantId(1), "API_KEY");

    #[test]
    fn a_secret_opens_for_its_owner_alone() {
        let key = SecretsKey::passing(&SystemRandomness);
        let sealed = key.seal(OWNER, "hunter2", &SystemRandomness);
        assert!(!sealed.contains("hunter2"));
        assert_eq!(key.open(OWNER, &sealed).as_deref(), Some("hunter2"));
        assert_eq!(key.open((TenantId(2), "API_KEY"), &sealed), None);
        assert_eq!(key.open((TenantId(1), "API_KEX"), &sealed), None);
        let other = SecretsKey::passing(&SystemRandomness);
        assert_eq!(other.open(OWNER, &sealed), None);
        for damaged in ["", "AAAA", "?", &sealed[4..]] {
            assert_eq!(key.open(OWNER, damaged), None, "{damaged}");
        }
        assert_ne!(key.seal(OWNER, "hunter2", &SystemRandomness), sealed);
        assert_eq!(format!("{key:?}"), "SecretsKey");
    }

    #[test]
    fn the_key_file_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        let first = SecretsKey::in_file(&path, &SystemRandomness).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let sealed = first.seal(OWNER, "x", &SystemRandomness);
        let again = SecretsKey::in_file(&path, &SystemRandomness).unwrap();
        assert_eq!(again.open(OWNER, &sealed).as_deref(), Some("x"));
    }

    #[test]
    fn a_key_file_that_is_open_or_odd_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        let refusal = || {
            SecretsKey::in_file(&path, &SystemRandomness)
                .unwrap_err()
                .to_string()
        };
        for (length, mode, says) in [
            (32, 0o644, "chmod 600"),
            (32, 0o620, "chmod 600"),
            (31, 0o600, "exactly 32 bytes"),
            (33, 0o600, "exactly 32 bytes"),
        ] {
            std::fs::write(&path, vec![7; length]).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refusal = refusal();
            assert!(refusal.contains(says), "{length} {mode:o}: {refusal}");
        }
    }
}
