//! Calls that were too late, in line for the data that others change all the time.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use anyam_sandbox::Location;
use anyam_store::TenantId;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// A queue for calls whose data others change all the time: who was too late calls again when
/// those before it are done.
pub(super) struct Contended([Arc<Mutex<()>>; 64]);

/// A place at the head of such a queue; given back when it is dropped.
pub(super) type Head = OwnedMutexGuard<()>;

impl Default for Contended {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Arc::default()))
    }
}

impl Contended {
    pub(super) async fn wait(&self, tenant: TenantId, at: &Location) -> Head {
        let mut hasher = DefaultHasher::new();
        (tenant, at).hash(&mut hasher);
        let queue = hasher.finish() % self.0.len() as u64;
        let queue = usize::try_from(queue).expect("less than the number of queues");
        self.0[queue].clone().lock_owned().await
    }
}
