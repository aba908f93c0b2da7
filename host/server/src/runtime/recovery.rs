//! The start: what was under way when the process stopped goes on.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyam_store::records::PendingStep;
use anyam_store::{Direction, TenantId};

use super::requests::Address;
use super::shard::{self, Request};
use super::{Inner, correlation, outbox};
use crate::error::Result;

/// Instances resumed side by side.
const AT_ONCE: usize = 256;

/// Starts the step calls that a stop cut off, and correlates buffered messages whose correlation
/// was not committed, and delivers what instances have sent each other. Timers are read from the store by their own task.
///
/// # Errors
/// The store's.
pub(super) fn resume(inner: &Arc<Inner>) -> Result<()> {
    let mut instances = BTreeSet::new();
    for step in inner
        .database
        .read()?
        .system()
        .scan::<PendingStep>((), Direction::Forward)
    {
        let step = step?;
        instances.insert((step.tenant, step.instance));
    }
    if !instances.is_empty() {
        tracing::info!(instances = instances.len(), "resuming process instances");
    }
    let task = inner.clone();
    inner.tasks.spawn(async move {
        let turns = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
        for (tenant, instance) in instances {
            let turn = turns.clone().acquire_owned().await;
            let address = Address {
                tenant: TenantId(tenant),
                instance,
            };
            let inner = task.clone();
            task.tasks.spawn(async move {
                let _turn = turn;
                if let Err(error) = shard::ask_internal(&inner, address, Request::Resume).await {
                    tracing::error!(instance, %error, "a process instance could not be resumed");
                }
            });
        }
    });
    inner.tasks.spawn(correlation::resume(inner.clone()));
    outbox::resume(inner)?;
    Ok(())
}
