//! Components on their way to the server: received in pieces, kept in files until they are bound
//! to a version of a step.
//!
//! An upload is named by the SHA-256 of its bytes, so whoever was cut off finds it again by asking
//! for the same component, and nothing that was received is sent twice. A file holds what arrived,
//! in order; its length is how far the upload is, also after a restart of the server. What is in
//! it counts only once its digest was checked.

mod session;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyam_store::records::Component;
use futures_util::Stream;
use sha2::{Digest, Sha256};

use super::requests::{PushTerms, PushedStep};
use super::{Inner, Runtime};
use crate::error::{Error, Result};
use session::Session;

/// Bounds on uploads that are under way.
#[derive(Clone, Debug)]
pub struct UploadLimits {
    /// Uploads of one tenant; one more is refused with 429.
    pub per_tenant: usize,
    /// Bytes of all uploads of one tenant when they are complete; more are refused with 429.
    pub bytes_per_tenant: u64,
    /// Uploads of all tenants; one more is refused with 503.
    pub all: usize,
    /// Bytes of all uploads when they are complete; more are refused with 503.
    pub bytes: u64,
    /// Bytes of one piece; a larger one is 413.
    pub piece_bytes: usize,
    /// How long an upload is kept after its last piece.
    pub age: Duration,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self {
            per_tenant: 16,
            bytes_per_tenant: 256 << 20,
            all: 1_000,
            bytes: 8 << 30,
            piece_bytes: 8 << 20,
            age: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// SHA-256 of a component.
pub type ComponentDigest = [u8; 32];

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that arrived.
    pub offset: u64,
    /// Bytes of the whole component.
    pub size: u64,
}

/// What became of the wish to upload a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A new upload.
    New(Progress),
    /// The upload was begun earlier and goes on.
    Known(Progress),
    /// The tenant has the component; nothing needs to be sent.
    Stored,
}

/// The uploads of every tenant.
pub struct Uploads {
    folder: PathBuf,
    limits: UploadLimits,
    sessions: Mutex<HashMap<Place, Arc<Session>>>,
}

/// Whose upload of what. Tenants go by a digest of their names, which is fit for a file name.
type Place = (ComponentDigest, ComponentDigest);

fn place(tenant: &str, digest: ComponentDigest) -> Place {
    (Sha256::digest(tenant.as_bytes()).into(), digest)
}

impl Uploads {
    /// Uploads in `folder`, which is made where it is absent; those that it holds go on.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(folder: PathBuf, limits: UploadLimits) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let mut sessions = HashMap::new();
        for tenant in std::fs::read_dir(&folder)? {
            let tenant = tenant?;
            let Some(owner) = tenant.file_name().to_str().and_then(digest_of) else {
                continue;
            };
            for file in std::fs::read_dir(tenant.path())? {
                let path = file?.path();
                match Session::found(&path) {
                    Some((digest, session)) => {
                        sessions.insert((owner, digest), Arc::new(session));
                    }
                    None => std::fs::remove_file(&path)?,
                }
            }
        }
        Ok(Self {
            folder,
            limits,
            sessions: Mutex::new(sessions),
        })
    }

    /// Begins an upload, or finds the one that was begun.
    fn begin(&self, tenant: &str, digest: ComponentDigest, size: u64, now: i64) -> Result<Begun> {
        let place = place(tenant, digest);
        let mut sessions = self.lock();
        forget_old(&mut sessions, now, self.limits.age);
        if let Some(known) = sessions.get(&place)
            && known.size() == size
        {
            return Ok(Begun::Known(known.progress()));
        }
        if let Some(other) = sessions.remove(&place) {
            other.discard();
        }
        self.check_room(&sessions, &place.0, size)?;
        let folder = self.folder.join(hex(&place.0));
        let session = Session::create(&folder, digest, size, now).map_err(unusable)?;
        let progress = session.progress();
        sessions.insert(place, Arc::new(session));
        Ok(Begun::New(progress))
    }

    fn check_room(
        &self,
        sessions: &HashMap<Place, Arc<Session>>,
        owner: &ComponentDigest,
        size: u64,
    ) -> Result<()> {
        let limits = &self.limits;
        let own = sessions.iter().filter(|((tenant, _), _)| tenant == owner);
        let (count, bytes) = own.fold((0, size), |(count, bytes), (_, session)| {
            (count + 1, bytes.saturating_add(session.size()))
        });
        if count >= limits.per_tenant || bytes > limits.bytes_per_tenant {
            return Err(Error::TenantBusy(format!(
                "the tenant has {count} uploads under way; there may be {} with {} bytes together \
                 (limits uploads.per_tenant, uploads.bytes_per_tenant); finish or delete one",
                limits.per_tenant, limits.bytes_per_tenant
            )));
        }
        let all = sessions.values().map(|session| session.size());
        let bytes = all.fold(size, u64::saturating_add);
        if sessions.len() >= limits.all || bytes > limits.bytes {
            return Err(Error::Unavailable(format!(
                "the server has {} uploads under way, which is all it takes (limits uploads.all, \
                 uploads.bytes); try again later",
                sessions.len()
            )));
        }
        Ok(())
    }

    fn find(&self, tenant: &str, digest: ComponentDigest, now: i64) -> Result<Arc<Session>> {
        let mut sessions = self.lock();
        forget_old(&mut sessions, now, self.limits.age);
        let found = sessions.get(&place(tenant, digest)).cloned();
        found.ok_or_else(|| {
            Error::NotFound(format!(
                "there is no upload of {}; begin one with POST /v2/component-uploads",
                hex(&digest)
            ))
        })
    }

    /// Ends an upload, where there is one.
    fn remove(&self, tenant: &str, digest: ComponentDigest) {
        if let Some(session) = self.lock().remove(&place(tenant, digest)) {
            session.discard();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what nobody continued.
fn forget_old(sessions: &mut HashMap<Place, Arc<Session>>, now: i64, age: Duration) {
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    sessions.retain(|_, session| {
        let kept = now.saturating_sub(session.touched()) <= age;
        if !kept {
            session.discard();
        }
        kept
    });
}

impl Runtime {
    /// Begins the upload of a component of `size` bytes, or finds it begun or done.
    ///
    /// # Errors
    /// [`Error::TooLarge`], and overload.
    pub fn begin_upload(&self, tenant: &str, digest: ComponentDigest, size: u64) -> Result<Begun> {
        let most = self.inner.limits.request.component_bytes;
        if size == 0 || size > most as u64 {
            return Err(Error::TooLarge(format!(
                "a component has 1 to {most} bytes, not {size} (limit component_bytes)"
            )));
        }
        if let Some(tenant) = self.inner.tenants.id(tenant)
            && let Some(component) = self.read()?.tenant(tenant).get::<Component>(&digest)?
            && component.bytes.len() as u64 == size
        {
            return Ok(Begun::Stored);
        }
        self.uploads()?.begin(tenant, digest, size, self.now().0)
    }

    /// How far an upload is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn upload(&self, tenant: &str, digest: ComponentDigest) -> Result<Progress> {
        let session = self.uploads()?.find(tenant, digest, self.now().0)?;
        Ok(session.progress())
    }

    /// Takes the piece of an upload that begins at `offset`. What arrived stays where the piece
    /// breaks off.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] at another offset, or while another piece arrives;
    /// [`Error::TooLarge`] past the end or the limit; [`Error::Invalid`] where the piece broke off,
    /// or where all bytes are there and are not those of the digest: the upload is gone then.
    pub async fn append_upload<E: std::fmt::Display>(
        &self,
        tenant: &str,
        digest: ComponentDigest,
        offset: u64,
        piece: impl Stream<Item = Result<bytes::Bytes, E>> + Unpin,
    ) -> Result<Progress> {
        let uploads = self.uploads()?;
        let session = uploads.find(tenant, digest, self.now().0)?;
        session.touch(self.now().0);
        let most = uploads.limits.piece_bytes;
        let progress = session.append(offset, piece, most).await?;
        session.touch(self.now().0);
        if progress.offset == progress.size && !session.verify(digest).await? {
            uploads.remove(tenant, digest);
            return Err(not_these_bytes(&digest));
        }
        Ok(session.progress())
    }

    /// Gives up an upload.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn cancel_upload(&self, tenant: &str, digest: ComponentDigest) -> Result<()> {
        let uploads = self.uploads()?;
        uploads.find(tenant, digest, self.now().0)?;
        uploads.remove(tenant, digest);
        Ok(())
    }

    /// Makes a component that is uploaded, or that the tenant has, a version of a step.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the tenant has no such bytes; else as [`Runtime::push_step`].
    pub async fn bind_upload(
        &self,
        tenant: &str,
        (name, version): (&str, &str),
        digest: ComponentDigest,
        terms: PushTerms,
    ) -> Result<PushedStep> {
        let (bytes, uploaded) = self.held(tenant, digest).await?;
        let pushed = self
            .push_step_on(tenant, (name, version), bytes, terms)
            .await;
        // What is no step never becomes one; what failed for another reason may be tried again.
        if uploaded && matches!(pushed, Ok(_) | Err(Error::Invalid(_))) {
            self.uploads()?.remove(tenant, digest);
        }
        pushed
    }

    /// The bytes of a component, and whether they come from an upload.
    async fn held(&self, tenant: &str, digest: ComponentDigest) -> Result<(Vec<u8>, bool)> {
        if let Some(tenant) = self.inner.tenants.id(tenant) {
            let stored = self.read()?.tenant(tenant).get::<Component>(&digest)?;
            if let Some(component) = stored {
                return Ok((component.bytes, false));
            }
        }
        let session = self.uploads()?.find(tenant, digest, self.now().0)?;
        let Progress { offset, size, .. } = session.progress();
        if offset < size {
            return Err(Error::Conflict(format!(
                "{offset} of {size} bytes of {} have arrived; send the rest first",
                hex(&digest)
            )));
        }
        let bytes = session.read().await?;
        // Pieces that arrived before a power cut may be lost though their file is as long as before.
        if <[u8; 32]>::from(Sha256::digest(&bytes)) != digest {
            self.uploads()?.remove(tenant, digest);
            return Err(not_these_bytes(&digest));
        }
        Ok((bytes, true))
    }

    fn uploads(&self) -> Result<&Uploads> {
        let uploads = self.inner.uploads.as_ref();
        uploads.ok_or_else(|| {
            Error::Unavailable("this server has no folder for uploads in pieces".to_owned())
        })
    }
}

/// Forgets uploads that nobody continues, for as long as the server runs.
pub(super) async fn expire(inner: Arc<Inner>) {
    let Some(uploads) = &inner.uploads else {
        return;
    };
    let pause = (uploads.limits.age / 10).clamp(Duration::from_secs(1), Duration::from_secs(600));
    loop {
        tokio::select! {
            biased;
            () = inner.stopping.cancelled() => return,
            () = inner.clock.sleep(pause) => {
                forget_old(&mut uploads.lock(), inner.now().0, uploads.limits.age);
            }
        }
    }
}

fn not_these_bytes(digest: &ComponentDigest) -> Error {
    Error::Invalid(format!(
        "what arrived does not have the SHA-256 {}; the upload is given up, begin it again",
        hex(digest)
    ))
}

fn unusable(error: std::io::Error) -> Error {
    Error::Unavailable(format!("the server cannot keep the upload: {error}"))
}

/// A digest in hexadecimal digits.
pub fn hex(digest: &ComponentDigest) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Reads the 64 hexadecimal digits of a digest.
pub fn digest_of(text: &str) -> Option<ComponentDigest> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(digest)
}

/// Opens the uploads of a runtime.
pub(super) fn open(folder: Option<&Path>, limits: &UploadLimits) -> Result<Option<Uploads>> {
    folder
        .map(|folder| Uploads::open(folder.to_owned(), limits.clone()))
        .transpose()
        .map_err(unusable)
}

#[cfg(test)]
mod tests;
