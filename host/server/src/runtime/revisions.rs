//! Revisions of the bindings of a definition: found by what they bind, made where there is none,
//! followed where another has replaced them.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use anyam_store::records::{BindingRevision, StepBinding};
use anyam_store::{Batch, Direction, TenantId};

use super::{Inner, commit};
use crate::error::{Error, Result};

/// Revisions in memory by what they bind; past them all are looked up again.
const KNOWN: usize = 10_000;
/// The longest row of revisions that replaced one another.
const REPLACED: usize = 1_000;

/// The revisions that instances were bound to, by definition and what they bind.
#[derive(Default)]
pub(super) struct Revisions {
    known: RwLock<HashMap<(u64, String), u32>>,
}

impl Revisions {
    /// The revision of a definition with these bindings, where it was asked for before.
    pub(super) fn known(&self, definition: u64, bindings: &[StepBinding]) -> Option<u32> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(definition, signature(bindings))).copied()
    }

    /// Has all of them looked up again, as some were replaced.
    pub(super) fn forget_all(&self) {
        let known = self.known.write();
        known.unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The revision of a definition with these bindings, made where it is new. One at a time
    /// calls this.
    ///
    /// # Errors
    /// [`Error::Conflict`] past the revisions that a definition may have; the store's.
    pub(super) async fn of(
        &self,
        inner: &Inner,
        (tenant, definition): (TenantId, u64),
        bindings: Vec<StepBinding>,
    ) -> Result<u32> {
        let key = (definition, signature(&bindings));
        let (mut found, mut last) = (None, 0);
        {
            let reader = inner.database.read()?;
            let stored = reader
                .tenant(tenant)
                .scan::<BindingRevision>((definition,), Direction::Forward);
            for revision in stored {
                let revision = revision?;
                last = revision.revision;
                if revision.replaced_by.is_none() && revision.bindings == bindings {
                    found = Some(revision.revision);
                }
            }
        }
        let revision = match found {
            Some(revision) => revision,
            None => {
                let most = inner.limits.runtime.binding_revisions;
                if last as usize >= most {
                    return Err(Error::Conflict(format!(
                        "process definition {definition} has had {most} different bindings (limit \
                         binding_revisions); deploy the process again"
                    )));
                }
                let mut batch = Batch::new();
                batch.tenant(tenant).put(&BindingRevision {
                    definition,
                    revision: last + 1,
                    bindings,
                    replaced_by: None,
                    created_at: inner.now().0,
                });
                commit(&inner.database, batch).await?;
                last + 1
            }
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(key, revision);
        Ok(revision)
    }
}

impl Inner {
    /// The bindings that a revision of a definition stands for now, and which one that is.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is absent; the store's.
    pub(super) fn current_revision(
        &self,
        tenant: TenantId,
        definition: u64,
        revision: u32,
    ) -> Result<(u32, Option<Vec<StepBinding>>)> {
        let reader = self.database.read()?;
        let rows = reader.tenant(tenant);
        let mut revision = revision;
        for _ in 0..REPLACED {
            if revision == 0 {
                return Ok((0, None));
            }
            let row = rows.get::<BindingRevision>(&(definition, revision))?;
            let row = row.ok_or_else(|| {
                Error::Internal(format!(
                    "revision {revision} of definition {definition} is absent"
                ))
            })?;
            match row.replaced_by {
                Some(next) => revision = next,
                None => return Ok((revision, Some(row.bindings))),
            }
        }
        Err(Error::Internal(format!(
            "the revisions of definition {definition} replace one another without an end"
        )))
    }
}

/// What tells bindings of one definition from others.
fn signature(bindings: &[StepBinding]) -> String {
    let mut text = String::new();
    for binding in bindings {
        text.push_str(&binding.step_version);
        text.push('\n');
    }
    text
}
