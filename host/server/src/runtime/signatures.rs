//! Signatures of step versions, and the policy that asks for them.

use anyam_artifact::Digest;
use anyam_artifact::signature::{MOST_KEYS, Policy, Signature, Statement};
use anyam_store::records::{StepSignature, StepVersion};
use anyam_store::{Batch, Direction, TenantId, TenantReader};

use super::settings::TenantSettings;
use super::settings::names::SIGNATURE_POLICY;
use super::{Inner, Runtime, commit};
use crate::error::{Error, Result};

/// Refuses a step version that has not the signatures which the tenant asks for.
///
/// # Errors
/// [`Error::Forbidden`].
pub(super) fn check(
    settings: &TenantSettings,
    statement: &Statement<'_>,
    signatures: &[Signature],
) -> Result<()> {
    match settings.read::<Policy>(SIGNATURE_POLICY)? {
        Some(policy) => policy
            .allows(statement, signatures)
            .map_err(Error::Forbidden),
        None => Ok(()),
    }
}

/// As [`check`], for step versions that a deployment is to be bound to.
pub(super) fn check_bound<'a>(
    inner: &Inner,
    tenant: TenantId,
    steps: impl Iterator<Item = &'a StepVersion>,
) -> Result<()> {
    let settings = inner.settings.of(tenant)?;
    if settings.get(SIGNATURE_POLICY).is_none() {
        return Ok(());
    }
    let reader = inner.database.read()?;
    for step in steps {
        let signatures = stored(reader.tenant(tenant), &step.name, &step.version)?;
        check(&settings, &statement(step), &signatures)?;
    }
    Ok(())
}

/// What is signed of a stored version.
pub fn statement(step: &StepVersion) -> Statement<'_> {
    Statement {
        name: &step.name,
        version: &step.version,
        digest: Digest(step.digest),
    }
}

/// The signatures of a step version, in order of their keys.
///
/// # Errors
/// The store's.
pub fn stored(rows: TenantReader<'_>, name: &str, version: &str) -> Result<Vec<Signature>> {
    let mut signatures = Vec::new();
    for row in rows.scan::<StepSignature>((name, version), Direction::Forward) {
        let row = row?;
        let broken = |_| Error::Internal("a stored signature has not 64 bytes".to_owned());
        signatures.push(Signature {
            key_id: row.key_id,
            bytes: row.signature.try_into().map_err(broken)?,
        });
    }
    Ok(signatures)
}

/// The row of a signature.
pub(super) fn row((name, version): (&str, &str), signature: &Signature, now: i64) -> StepSignature {
    StepSignature {
        name: name.to_owned(),
        version: version.to_owned(),
        key_id: signature.key_id.clone(),
        signature: signature.bytes.to_vec(),
        added_at: now,
    }
}

impl Runtime {
    /// Adds a signature to a step version. The signature is stored as it is; a policy of the
    /// tenant says whether it counts.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown version, [`Error::TooLarge`] past the number of
    /// signatures.
    pub async fn sign_step(
        &self,
        tenant: TenantId,
        (name, version): (&str, &str),
        signature: &Signature,
    ) -> Result<()> {
        let inner = &self.inner;
        // Deletions of versions wait: no signature outlives its version.
        let _deploying = inner.deploying.lock().await;
        let reader = inner.database.read()?;
        let rows = reader.tenant(tenant);
        if rows.get::<StepVersion>(&(name, version))?.is_none() {
            return Err(Error::NotFound(format!(
                "the tenant has no step {name} {version}"
            )));
        }
        let others = stored(rows, name, version)?;
        let others = others
            .iter()
            .filter(|other| other.key_id != signature.key_id);
        if others.count() >= MOST_KEYS {
            return Err(Error::TooLarge(format!(
                "a step version has at most {MOST_KEYS} signatures"
            )));
        }
        let mut batch = Batch::new();
        let row = row((name, version), signature, self.now().0);
        batch.tenant(tenant).put(&row);
        commit(&inner.database, batch).await
    }
}
