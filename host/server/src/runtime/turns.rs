//! Turns of tenants at something scarce.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyam_store::TenantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets each tenant do a bounded number of things at once, so that what is slow of one leaves room
/// for the others.
pub(super) struct Turns {
    per_tenant: usize,
    tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

/// One of a tenant's turns; over when it is dropped.
pub(super) struct Turn(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl Turns {
    pub(super) fn new(per_tenant: usize) -> Self {
        Self {
            per_tenant,
            tenants: Mutex::default(),
        }
    }

    /// Waits until one of the tenant's turns is free.
    pub(super) async fn wait(&self, tenant: TenantId) -> Turn {
        let turns = self.of(tenant);
        Turn(
            turns
                .acquire_owned()
                .await
                .expect("the semaphore is never closed"),
        )
    }

    /// Gives a tenant another number of turns. Those that it has out go on beside the new ones.
    pub(super) fn set(&self, tenant: TenantId, turns: usize) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.insert(tenant, Arc::new(Semaphore::new(turns)));
    }

    fn of(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants
            .entry(tenant)
            .or_insert_with(|| Arc::new(Semaphore::new(self.per_tenant)))
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tenant_may_have_another_number_of_turns() {
        let turns = Turns::new(1);
        let tenant = TenantId(1);
        let _first = turns.wait(tenant).await;
        assert!(futures_util::poll!(std::pin::pin!(turns.wait(tenant))).is_pending());
        turns.set(tenant, 2);
        let _second = turns.wait(tenant).await;
        let _third = turns.wait(tenant).await;
        assert!(futures_util::poll!(std::pin::pin!(turns.wait(tenant))).is_pending());
    }
}
