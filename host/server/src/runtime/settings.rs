//! What is set for a tenant, read at every call: a view in memory that every write goes through.
//!
//! A setting is a row of the store, named and with JSON text as its value. To add a setting with a
//! type of its own, give it a name in [`names`], a field in [`TenantSettings`] that holds the value
//! as it was read, and a method that fills the field.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use anyam_sandbox::Grants;
use anyam_store::records::TenantSetting;
use anyam_store::{Batch, Database, Direction, StoreError, TenantId};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use super::data_limits::DataLimits;
use crate::error::{Error, Result};
use crate::limits::Limits;

/// The names of settings.
pub mod names {
    /// What the tenant lets its steps reach: [`anyam_sandbox::Grants`].
    pub const GRANTS: &str = "grants";
    /// The bounds that differ for the tenant; see [`super::super::tenant_limits`].
    pub const LIMITS: &str = "limits";
    /// What the names of configuration values begin with; their values are JSON strings.
    pub const CONFIG: &str = "config/";
    /// What the names of secrets begin with; their values are JSON strings, sealed.
    pub const SECRETS: &str = "secrets/";
    /// Which signatures step versions must have: [`anyam_artifact::signature::Policy`].
    pub const SIGNATURE_POLICY: &str = "signature-policy";
}

/// Tenants whose settings are kept in memory; past them all are read again.
const TENANTS_IN_MEMORY: usize = 10_000;

type Known = RwLock<HashMap<TenantId, Arc<TenantSettings>>>;

/// The settings of every tenant. Whoever was told that a write is done reads what was written.
pub struct Settings {
    database: Database,
    limits: DataLimits,
    known: Arc<Known>,
    /// One write at a time looks at what is there.
    changing: tokio::sync::Mutex<()>,
}

/// The settings of one tenant, as they were when they were asked for.
#[derive(Debug, Default)]
pub struct TenantSettings {
    texts: BTreeMap<String, Arc<str>>,
    grants: OnceLock<Arc<Grants>>,
    limits: OnceLock<Arc<Limits>>,
}

impl TenantSettings {
    /// The JSON text of a setting.
    pub fn get(&self, name: &str) -> Option<&Arc<str>> {
        self.texts.get(name)
    }

    /// The settings whose names begin with `prefix`, each without it, in order of names.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Arc<str>)> {
        self.texts
            .range(prefix.to_owned()..)
            .map_while(move |(name, value)| Some((name.strip_prefix(prefix)?, value)))
    }

    /// A setting as a value; `None` where it is not set.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is not what it was checked to be when it was set.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let broken = |error| Error::Internal(format!("the stored setting '{name}': {error}"));
        let text = self.texts.get(name);
        text.map(|text| serde_json::from_str(text).map_err(broken))
            .transpose()
    }

    /// A setting that is a JSON string.
    pub fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.texts.get(name)?).ok()
    }

    /// What the tenant lets its steps reach; nothing where nothing is granted.
    pub fn grants(&self) -> Arc<Grants> {
        let read = || match self.read(names::GRANTS) {
            Ok(grants) => Arc::new(grants.unwrap_or_default()),
            Err(error) => {
                // What cannot be understood grants nothing.
                tracing::error!(%error, "grants cannot be read");
                Arc::default()
            }
        };
        self.grants.get_or_init(read).clone()
    }
}

impl TenantSettings {
    /// The tenant's bounds, made of the stored ones at their first use.
    pub(super) fn limits(&self, read: impl FnOnce() -> Arc<Limits>) -> Arc<Limits> {
        self.limits.get_or_init(read).clone()
    }
}

impl Settings {
    /// The settings that are stored in `database`.
    pub fn new(database: Database, limits: DataLimits) -> Self {
        Self {
            database,
            limits,
            known: Arc::default(),
            changing: tokio::sync::Mutex::new(()),
        }
    }

    /// All settings of a tenant.
    ///
    /// # Errors
    /// The store's.
    pub fn of(&self, tenant: TenantId) -> Result<Arc<TenantSettings>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(settings) = known.get(&tenant) {
            return Ok(settings.clone());
        }
        drop(known);
        // Read under the lock: a write that is committed meanwhile waits for it and comes after.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let reader = self.database.read()?;
        let mut texts = BTreeMap::new();
        for row in reader
            .tenant(tenant)
            .scan::<TenantSetting>((), Direction::Forward)
        {
            let TenantSetting { name, value, .. } = row?;
            texts.insert(name, value.into());
        }
        let settings = Arc::new(TenantSettings {
            texts,
            ..TenantSettings::default()
        });
        if known.len() >= TENANTS_IN_MEMORY {
            known.clear();
        }
        known.insert(tenant, settings.clone());
        Ok(settings)
    }

    /// The JSON text of one setting.
    ///
    /// # Errors
    /// The store's.
    pub fn get(&self, tenant: TenantId, name: &str) -> Result<Option<Arc<str>>> {
        Ok(self.of(tenant)?.get(name).cloned())
    }

    /// Sets one setting to a JSON text that the caller has checked; it is in force for every call
    /// that starts from now on.
    ///
    /// # Errors
    /// [`Error::TooLarge`] past the size or number of settings; the store's.
    pub async fn put(&self, tenant: TenantId, name: &str, value: String, now: i64) -> Result<()> {
        if value.len() > self.limits.setting_bytes {
            return Err(Error::TooLarge(format!(
                "the setting '{name}' has {} bytes, allowed are {} (limit setting_bytes)",
                value.len(),
                self.limits.setting_bytes
            )));
        }
        let _one_at_a_time = self.changing.lock().await;
        let settings = self.of(tenant)?;
        if settings.get(name).is_none() && settings.texts.len() >= self.limits.settings {
            return Err(Error::TooLarge(format!(
                "the tenant has {} settings, which is as many as it may have (limit settings)",
                settings.texts.len()
            )));
        }
        let mut batch = Batch::new();
        batch.tenant(tenant).put(&TenantSetting {
            name: name.to_owned(),
            value: value.clone(),
            changed_at: now,
        });
        self.change(tenant, batch, (name.to_owned(), Some(value.into())))
            .await
    }

    /// Removes a setting; whether there was one.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete(&self, tenant: TenantId, name: &str) -> Result<bool> {
        let _one_at_a_time = self.changing.lock().await;
        let settings = self.of(tenant)?;
        if settings.get(name).is_none() {
            return Ok(false);
        }
        let mut batch = Batch::new();
        batch.tenant(tenant).delete(&TenantSetting {
            name: name.to_owned(),
            value: String::new(),
            changed_at: 0,
        });
        self.change(tenant, batch, (name.to_owned(), None)).await?;
        Ok(true)
    }

    /// Commits a change and brings it to memory, also where the caller stops waiting.
    async fn change(
        &self,
        tenant: TenantId,
        batch: Batch,
        (name, value): (String, Option<Arc<str>>),
    ) -> Result<()> {
        let (done, wait) = oneshot::channel();
        let known = self.known.clone();
        self.database.submit(batch, move |stored| {
            if stored.is_ok() {
                changed(&known, tenant, name, value);
            }
            // Nobody waits any more where the caller was dropped.
            let _ = done.send(stored);
        })?;
        Ok(wait.await.unwrap_or(Err(StoreError::Closed))?)
    }
}

/// Writes are told in the order of their commits, so that memory has them in that order.
fn changed(known: &Known, tenant: TenantId, name: String, value: Option<Arc<str>>) {
    let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
    // What is not in memory is read with the change in it.
    let Some(settings) = known.get_mut(&tenant) else {
        return;
    };
    let mut texts = settings.texts.clone();
    match value {
        Some(value) => texts.insert(name, value),
        None => texts.remove(&name),
    };
    *settings = Arc::new(TenantSettings {
        texts,
        ..TenantSettings::default()
    });
}
