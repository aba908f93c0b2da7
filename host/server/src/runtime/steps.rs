//! Uploaded step versions: checked, compiled, stored, resolved.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyam_artifact::Digest;
use anyam_artifact::signature::{MOST_KEYS, Signature, Statement};
use anyam_sandbox::{EffectClass, Sandbox, Step, UploadErrorKind};
use anyam_store::records::{Component, StepSignature, StepVersion};
use anyam_store::{Batch, Database, Direction, Reader, TenantId};
use semver::Version;

use super::commit;
use super::requests::PushedStep;
use super::step_names::{MAX_NAME, MAX_VERSION, StepRequest, is_name};
use crate::error::{Error, Result};
use crate::limits::Limits;

/// How a pure step's effect class is stored.
pub const PURE: &str = "pure";
/// How the effect class of a step with effects is stored.
pub const EFFECTFUL: &str = "effectful";

/// The step versions of every tenant.
pub struct Steps {
    sandbox: Sandbox,
    database: Database,
    prepared: Mutex<HashMap<[u8; 32], Step>>,
    max_prepared: usize,
    /// One at a time stores or deletes, so that a version cannot be taken twice.
    changing: tokio::sync::Mutex<()>,
}

/// A component that was found to be a step, under the name and version it is to have.
pub struct Upload {
    name: String,
    version: String,
    bytes: Arc<[u8]>,
    inspection: anyam_sandbox::Inspection,
    signatures: Vec<Signature>,
}

impl Upload {
    /// The upload with signatures.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for too many.
    pub fn signed(self, signatures: Vec<Signature>) -> Result<Self> {
        if signatures.len() > MOST_KEYS {
            return Err(Error::TooLarge(format!(
                "a step version has at most {MOST_KEYS} signatures"
            )));
        }
        Ok(Self { signatures, ..self })
    }

    /// What its signatures must sign.
    pub fn statement(&self) -> Statement<'_> {
        Statement {
            name: &self.name,
            version: &self.version,
            digest: Digest(self.inspection.digest),
        }
    }

    /// Its signatures; not verified.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }
}

impl Upload {
    /// The interfaces that the component imports.
    pub fn imports(&self) -> &[String] {
        &self.inspection.imports
    }
}

impl Steps {
    /// Steps that are held in `database` and run in `sandbox`; about `max_prepared` of them are
    /// kept ready to call.
    pub fn new(sandbox: Sandbox, database: Database, max_prepared: usize) -> Self {
        Self {
            sandbox,
            database,
            prepared: Mutex::default(),
            max_prepared,
            changing: tokio::sync::Mutex::new(()),
        }
    }

    /// Where they run.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Looks at an upload without compiling it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bad name, version or component, [`Error::TooLarge`].
    pub fn check(
        &self,
        name: &str,
        version: &str,
        bytes: Vec<u8>,
        limits: &Limits,
    ) -> Result<Upload> {
        if !is_name(name) {
            return Err(Error::Invalid(format!(
                "step name '{name}' must be 1 to {MAX_NAME} letters, digits, '.', '_' or '-', \
                 beginning with a letter or digit"
            )));
        }
        if version.len() > MAX_VERSION || Version::parse(version).is_err() {
            return Err(Error::Invalid(format!(
                "step version '{version}' must be a semantic version such as 1.2.3, at most \
                 {MAX_VERSION} bytes"
            )));
        }
        let inspection = self.sandbox.inspect(&bytes, &limits.step).map_err(upload)?;
        let (name, version) = (name.to_owned(), version.to_owned());
        Ok(Upload {
            name,
            version,
            bytes: bytes.into(),
            inspection,
            signatures: Vec::new(),
        })
    }

    /// Compiles and stores a checked component as one version of a step.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it does not compile or describe itself, [`Error::Conflict`] where
    /// the version holds other bytes, and what `accepted` says of it. Nothing is stored then.
    pub async fn push(
        &self,
        tenant: TenantId,
        uploaded: Upload,
        (limits, now): (&Limits, i64),
        accepted: &(dyn Fn(&StepVersion) -> Result<()> + Sync),
    ) -> Result<PushedStep> {
        let Upload {
            name,
            version,
            bytes,
            inspection,
            signatures,
        } = uploaded;
        if let Some(record) = self.known(tenant, &name, &version, inspection.digest)? {
            return Ok(PushedStep {
                record,
                created: false,
            });
        }
        let step = self
            .sandbox
            .prepare(bytes.clone(), &limits.step)
            .await
            .map_err(upload)?;
        let manifest = step.describe().await.map_err(upload)?;
        let record = StepVersion {
            digest: inspection.digest,
            size: bytes.len() as u64,
            effect: match inspection.effect {
                EffectClass::Pure => PURE.to_owned(),
                EffectClass::Effectful => EFFECTFUL.to_owned(),
            },
            imports: inspection.imports,
            manifest: manifest.map(|manifest| manifest.to_json()),
            uploaded_at: now,
            retired_at: None,
            name,
            version,
        };
        let _one_at_a_time = self.changing.lock().await;
        if let Some(record) = self.known(tenant, &record.name, &record.version, record.digest)? {
            return Ok(PushedStep {
                record,
                created: false,
            });
        }
        accepted(&record)?;
        let mut batch = Batch::new();
        let mut rows = batch.tenant(tenant);
        rows.put(&record);
        for signature in &signatures {
            let of = (&*record.name, &*record.version);
            rows.put(&super::signatures::row(of, signature, now));
        }
        rows.put(&Component {
            digest: record.digest,
            bytes: bytes.to_vec(),
        });
        commit(&self.database, batch).await?;
        self.remember(record.digest, step);
        Ok(PushedStep {
            record,
            created: true,
        })
    }

    fn known(
        &self,
        tenant: TenantId,
        name: &str,
        version: &str,
        digest: [u8; 32],
    ) -> Result<Option<StepVersion>> {
        let reader = self.database.read()?;
        match reader.tenant(tenant).get::<StepVersion>(&(name, version))? {
            Some(record) if record.digest == digest => Ok(Some(record)),
            Some(_) => Err(Error::Conflict(format!(
                "step {name} {version} exists with other bytes; a version never changes, push the \
                 new component under a new version"
            ))),
            None => Ok(None),
        }
    }

    /// Removes a step version, which the caller knows to be out of use.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the store's.
    pub(super) async fn delete(&self, tenant: TenantId, name: &str, version: &str) -> Result<()> {
        let _one_at_a_time = self.changing.lock().await;
        let reader = self.database.read()?;
        let rows = reader.tenant(tenant);
        let record = rows
            .get::<StepVersion>(&(name, version))?
            .ok_or_else(|| not_found(name, version))?;
        let mut shared = false;
        for other in rows.scan::<StepVersion>((), Direction::Forward) {
            let other = other?;
            shared |= other.digest == record.digest
                && (&other.name, &other.version) != (&record.name, &record.version);
        }
        let mut batch = Batch::new();
        let mut writes = batch.tenant(tenant);
        writes.delete(&record);
        for signature in rows.scan::<StepSignature>((name, version), Direction::Forward) {
            writes.delete(&signature?);
        }
        if !shared {
            writes.delete(&Component {
                digest: record.digest,
                bytes: Vec::new(),
            });
        }
        commit(&self.database, batch).await
    }

    /// One version of a step, ready to call.
    ///
    /// # Errors
    /// [`Error::NotFound`], or that it could not be made ready.
    pub async fn version(
        &self,
        tenant: TenantId,
        name: &str,
        version: &str,
        limits: &Limits,
    ) -> Result<Step> {
        let record = self
            .database
            .read()?
            .tenant(tenant)
            .get::<StepVersion>(&(name, version))?;
        let record = record.ok_or_else(|| not_found(name, version))?;
        self.component(tenant, record.digest, limits).await
    }

    /// The step with this component, ready to call.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the tenant holds no such component.
    pub async fn component(
        &self,
        tenant: TenantId,
        digest: [u8; 32],
        limits: &Limits,
    ) -> Result<Step> {
        if let Some(step) = self.ready(&digest) {
            return Ok(step);
        }
        let component = self
            .database
            .read()?
            .tenant(tenant)
            .get::<Component>(&digest)?;
        let component = component
            .ok_or_else(|| Error::NotFound("the step's component is not stored".to_owned()))?;
        let step = self
            .sandbox
            .prepare(component.bytes.into(), &limits.step)
            .await;
        let step = step.map_err(upload)?;
        self.remember(digest, step.clone());
        Ok(step)
    }

    fn ready(&self, digest: &[u8; 32]) -> Option<Step> {
        self.prepared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(digest)
            .cloned()
    }

    fn remember(&self, digest: [u8; 32], step: Step) {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if prepared.len() >= self.max_prepared {
            // Any will do: one that is needed again comes back from the cache on disk.
            let other = prepared.keys().next().copied();
            other.map(|other| prepared.remove(&other));
        }
        prepared.insert(digest, step);
    }
}

/// The stored version that a task type asks for.
///
/// # Errors
/// [`Error::Conflict`] where only retired versions fit; the store's.
pub fn resolve(
    reader: &Reader,
    tenant: TenantId,
    request: &StepRequest<'_>,
) -> Result<Option<StepVersion>> {
    let rows = reader.tenant(tenant);
    let mut stored = HashMap::new();
    for record in rows.scan::<StepVersion>((request.name,), Direction::Forward) {
        let record = record?;
        if let Ok(version) = Version::parse(&record.version) {
            stored.insert(version, record);
        }
    }
    let current = stored
        .iter()
        .filter(|(_, record)| record.retired_at.is_none());
    let chosen = request.choose(current.map(|(version, _)| version.clone()));
    if chosen.is_none()
        && let Some(retired) = request.choose(stored.keys().cloned())
    {
        return Err(Error::Conflict(format!(
            "every version of step {} that fits is retired, {retired} the newest of them; push \
             another one",
            request.name
        )));
    }
    Ok(chosen.and_then(|version| stored.remove(&version)))
}

fn not_found(name: &str, version: &str) -> Error {
    Error::NotFound(format!("the tenant has no step {name} {version}"))
}

fn upload(error: anyam_sandbox::UploadError) -> Error {
    let text = error.to_string();
    match error.kind() {
        UploadErrorKind::Invalid => Error::Invalid(text),
        UploadErrorKind::TooLarge => Error::TooLarge(text),
        UploadErrorKind::Busy => Error::Unavailable(text),
        UploadErrorKind::Host => Error::Internal(text),
    }
}
