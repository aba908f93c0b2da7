//! What lies outside of a tenant's steps: its committed data, its settings, and the server's clock
//! and randomness.

use std::sync::Arc;
use std::time::Duration;

use anyam_sandbox::{Access, Entry, Grants, Location, Outside, OutsideError, Quota, Space};
use anyam_store::records::{SpaceUsage, StoredContent, StoredValue};
use anyam_store::{Direction, TenantId, TenantReader};

use super::Inner;
use super::settings::{TenantSettings, names};
use crate::error::Result;

/// The number that stands for a space in keys of the store. It never changes.
pub(super) fn number(space: Space) -> u8 {
    match space {
        Space::KeyValue => 1,
        Space::Blob => 2,
    }
}

/// What a call of a tenant's step may reach, with the settings as they are now.
///
/// # Errors
/// The store's.
pub(super) fn access(
    inner: &Arc<Inner>,
    tenant: TenantId,
    step: Option<Arc<Grants>>,
) -> Result<Access> {
    let settings = inner.settings.of(tenant)?;
    Ok(Access {
        tenant: settings.grants(),
        step,
        outside: Arc::new(TenantOutside {
            inner: inner.clone(),
            tenant,
            settings,
        }),
    })
}

struct TenantOutside {
    inner: Arc<Inner>,
    tenant: TenantId,
    settings: Arc<TenantSettings>,
}

impl TenantOutside {
    fn reading<T>(
        &self,
        read: impl FnOnce(TenantReader<'_>) -> anyam_store::Result<T>,
    ) -> Result<T, OutsideError> {
        let reader = self.inner.database.read();
        let read = reader.and_then(|reader| read(reader.tenant(self.tenant)));
        read.map_err(|error| {
            tracing::error!(%error, "a step could not read its tenant's data");
            OutsideError("the data cannot be read now; try again".to_owned())
        })
    }
}

/// The content of a value, which is in its row or beside it.
///
/// # Errors
/// The store's.
pub(super) fn content(rows: TenantReader<'_>, value: StoredValue) -> anyam_store::Result<Vec<u8>> {
    if let Some(inline) = value.inline {
        return Ok(inline);
    }
    let key = (value.space, &*value.bucket, &*value.key);
    let content = rows.get::<StoredContent>(&key)?;
    Ok(content.map(|content| content.bytes).unwrap_or_default())
}

impl Outside for TenantOutside {
    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.inner.now().0).unwrap_or_default())
    }

    fn random(&self, bytes: &mut [u8]) {
        self.inner.randomness.fill(bytes);
    }

    fn read(&self, at: &Location) -> Result<Option<Vec<u8>>, OutsideError> {
        let key = (number(at.space), &*at.bucket, &*at.key);
        self.reading(|rows| {
            let value = rows.get::<StoredValue>(&key)?;
            value.map(|value| content(rows, value)).transpose()
        })
    }

    fn list(
        &self,
        space: Space,
        bucket: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry>, OutsideError> {
        let space = number(space);
        self.reading(|rows| {
            let mut values = rows.scan::<StoredValue>((space, bucket), Direction::Forward);
            if let Some(after) = after {
                values = values.after(&(space, bucket, after));
            }
            let entry = |value: StoredValue| Entry {
                size: value.size,
                created_at: u64::try_from(value.created_at).unwrap_or_default(),
                key: value.key,
            };
            values.take(limit).map(|value| value.map(entry)).collect()
        })
    }

    fn quota(&self, space: Space) -> Result<Quota, OutsideError> {
        let used = self.reading(|rows| rows.get::<SpaceUsage>(&number(space)))?;
        let limits = self.inner.limits_of(self.tenant);
        let limits = limits.data.space(space);
        Ok(Quota {
            used_bytes: used.as_ref().map_or(0, |used| used.bytes),
            max_bytes: limits.bytes,
            used_keys: used.as_ref().map_or(0, |used| used.keys),
            max_keys: limits.keys,
            max_value_bytes: limits.value_bytes,
        })
    }

    fn config(&self, key: &str) -> Option<String> {
        self.settings.text(&format!("{}{key}", names::CONFIG))
    }

    fn configs(&self) -> Vec<(String, String)> {
        let all = self.settings.under(names::CONFIG);
        all.filter_map(|(key, text)| Some((key.to_owned(), serde_json::from_str(text).ok()?)))
            .collect()
    }

    fn secret(&self, name: &str) -> Option<String> {
        let sealed = self.settings.text(&format!("{}{name}", names::SECRETS))?;
        let secret = self.inner.secrets.open((self.tenant, name), &sealed);
        if secret.is_none() {
            tracing::error!(
                tenant = %self.tenant, name,
                "a secret does not open with the key of this server; set it again"
            );
        }
        secret
    }
}
