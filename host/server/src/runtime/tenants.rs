//! Tenants by name and by the number that their rows begin with.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyam_store::records::Tenant;
use anyam_store::{Batch, Database, StoreError, TenantId};
use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// The tenant that requests without a `tenantId` belong to.
pub const DEFAULT_TENANT: &str = "<default>";

/// Every tenant of this server.
pub struct Tenants {
    known: Arc<RwLock<Known>>,
    adding: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Known {
    ids: HashMap<Arc<str>, TenantId>,
    names: Vec<Arc<str>>,
}

impl Known {
    fn add(&mut self, name: &str) -> TenantId {
        let id =
            TenantId(u32::try_from(self.names.len()).expect("tenants are bounded by the limit"));
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.ids.insert(name, id);
        id
    }
}

impl Tenants {
    /// Reads every tenant from the store; the default tenant is always there.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(database: &Database) -> Result<Self> {
        let mut known = Known::default();
        let mut rows: Vec<Tenant> = Vec::new();
        for row in database
            .read()?
            .system()
            .scan::<Tenant>((), anyam_store::Direction::Forward)
        {
            rows.push(row?);
        }
        rows.sort_by_key(|row| row.id);
        for row in &rows {
            known.add(&row.name);
        }
        let tenants = Self {
            known: Arc::new(RwLock::new(known)),
            adding: Arc::default(),
        };
        tenants.ensure(database, DEFAULT_TENANT, usize::MAX).await?;
        Ok(tenants)
    }

    /// The tenant called `name`.
    pub fn id(&self, name: &str) -> Option<TenantId> {
        self.read().ids.get(name).copied()
    }

    /// As [`Tenants::id`], with the refusal a request gets for an unknown tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn known(&self, name: &str) -> Result<TenantId> {
        self.id(name).ok_or_else(|| {
            Error::NotFound(format!("tenant '{name}' has nothing deployed and no steps"))
        })
    }

    /// The name of a tenant.
    pub fn name(&self, id: TenantId) -> Arc<str> {
        let known = self.read();
        known
            .names
            .get(id.0 as usize)
            .cloned()
            .unwrap_or_else(|| "".into())
    }

    /// Every tenant, in the order they came.
    pub fn all(&self) -> Vec<TenantId> {
        (0..self.read().names.len())
            .map(|at| TenantId(at as u32))
            .collect()
    }

    /// The tenant called `name`, made and stored where it is new.
    ///
    /// # Errors
    /// [`Error::TooLarge`] past `max` tenants, or the store's.
    pub async fn ensure(&self, database: &Database, name: &str, max: usize) -> Result<TenantId> {
        if let Some(id) = self.id(name) {
            return Ok(id);
        }
        let one_at_a_time = self.adding.clone().lock_owned().await;
        if let Some(id) = self.id(name) {
            return Ok(id);
        }
        let count = self.read().names.len();
        if count >= max {
            return Err(Error::TooLarge(format!(
                "the server holds at most {max} tenants"
            )));
        }
        let id = u32::try_from(count).map_err(|_| Error::TooLarge("too many tenants".into()))?;
        let mut batch = Batch::new();
        batch.system().put(&Tenant {
            id,
            name: name.to_owned(),
        });
        let (done, wait) = oneshot::channel();
        let (known, name) = (self.known.clone(), name.to_owned());
        // Also where the caller stops waiting: what is stored and not in memory would be stored
        // again under another name.
        database.submit(batch, move |stored| {
            let added = stored.map(|()| {
                let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
                known.add(&name)
            });
            drop(one_at_a_time);
            // Nobody waits any more where the caller was dropped.
            let _ = done.send(added);
        })?;
        Ok(wait.await.unwrap_or(Err(StoreError::Closed))?)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}
