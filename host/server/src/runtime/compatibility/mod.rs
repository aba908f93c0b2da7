//! Whether a new version of a step still does what processes that are bound to an older one rely
//! on: their inputs are accepted, the outputs they read are there, and the errors they catch are
//! thrown.
//!
//! What a version accepts and gives is known from its manifest alone. A version that does not say
//! is taken as compatible.

mod deployed;
mod interface;
mod schema;

use anyam_store::TenantId;
use anyam_store::records::StepVersion;

use super::Inner;
use crate::error::{Error, Result};

pub(super) use deployed::latest;
pub use interface::{Interface, Reliance, breaks};

/// The most broken tasks that a refusal tells.
const TOLD: usize = 20;

/// Refuses a new step version that breaks deployed processes.
///
/// # Errors
/// [`Error::Conflict`] naming them; the store's.
pub(super) fn check(inner: &Inner, tenant: TenantId, new: &StepVersion) -> Result<()> {
    let mut broken = deployed::broken_by(inner, tenant, new)?;
    if broken.is_empty() {
        return Ok(());
    }
    let more = broken.len().saturating_sub(TOLD);
    broken.truncate(TOLD);
    if more > 0 {
        broken.push(format!("and {more} more"));
    }
    Err(Error::Conflict(format!(
        "step {} {} breaks what processes rely on, which would be bound to it: {}; give it another \
         major version, or push it with --force, which is force=true over HTTP",
        new.name,
        new.version,
        broken.join("; ")
    )))
}
