//! An outside in memory, whose time stands still and whose randomness repeats itself.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use anyam_sandbox::{Changes, Entry, Location, Outside, OutsideError, Quota, Space};
use sha2::{Digest, Sha256};

pub struct Memory {
    pub now: Mutex<Duration>,
    /// Added to with each byte.
    pub random: Mutex<u8>,
    pub values: Mutex<BTreeMap<Location, (Vec<u8>, u64)>>,
    pub config: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
    pub quota: Quota,
    /// Says why instead of giving data.
    pub broken: Option<String>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            now: Mutex::new(Duration::from_secs(1_700_000_000)),
            random: Mutex::new(0),
            values: Mutex::default(),
            config: BTreeMap::new(),
            secrets: BTreeMap::new(),
            quota: Quota {
                used_bytes: 0,
                max_bytes: 100 << 20,
                used_keys: 0,
                max_keys: 100_000,
                max_value_bytes: 16 << 20,
            },
            broken: None,
        }
    }
}

pub fn location(space: Space, bucket: &str, key: &str) -> Location {
    Location {
        space,
        bucket: bucket.to_owned(),
        key: key.to_owned(),
    }
}

impl Memory {
    /// Stores a value as another call would.
    pub fn put(&self, at: Location, value: &[u8]) {
        let created_at = self.now().as_millis() as u64;
        let mut values = self.values.lock().unwrap();
        values
            .entry(at)
            .and_modify(|(old, _)| *old = value.to_owned())
            .or_insert((value.to_owned(), created_at));
    }

    /// The value of a key of a key-value store.
    pub fn text(&self, store: &str, key: &str) -> Option<String> {
        let at = location(Space::KeyValue, store, key);
        let values = self.values.lock().unwrap();
        let (value, _) = values.get(&at)?;
        Some(String::from_utf8(value.clone()).unwrap())
    }

    /// Stores the changes of a call if all that it has seen still holds.
    pub fn apply(&self, changes: &Changes) -> bool {
        for (at, digest) in &changes.seen {
            let now = self.read(at).unwrap();
            if now.map(|value| <[u8; 32]>::from(Sha256::digest(&value))) != *digest {
                return false;
            }
        }
        for (at, value) in &changes.writes {
            match value {
                Some(value) => self.put(at.clone(), value),
                None => drop(self.values.lock().unwrap().remove(at)),
            }
        }
        true
    }

    fn working(&self) -> Result<(), OutsideError> {
        match &self.broken {
            Some(why) => Err(OutsideError(why.clone())),
            None => Ok(()),
        }
    }
}

impl Outside for Memory {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut next = self.random.lock().unwrap();
        for byte in bytes {
            *byte = *next;
            *next = next.wrapping_add(1);
        }
    }

    fn read(&self, at: &Location) -> Result<Option<Vec<u8>>, OutsideError> {
        self.working()?;
        let values = self.values.lock().unwrap();
        Ok(values.get(at).map(|(value, _)| value.clone()))
    }

    fn list(
        &self,
        space: Space,
        bucket: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry>, OutsideError> {
        self.working()?;
        let values = self.values.lock().unwrap();
        let entries = values
            .iter()
            .filter(|(at, _)| at.space == space && at.bucket == bucket)
            .filter(|(at, _)| after.is_none_or(|after| at.key.as_str() > after))
            .take(limit)
            .map(|(at, (value, created_at))| Entry {
                key: at.key.clone(),
                size: value.len() as u64,
                created_at: *created_at,
            });
        Ok(entries.collect())
    }

    fn quota(&self, _: Space) -> Result<Quota, OutsideError> {
        self.working()?;
        Ok(self.quota)
    }

    fn config(&self, key: &str) -> Option<String> {
        self.config.get(key).cloned()
    }

    fn configs(&self) -> Vec<(String, String)> {
        self.config.clone().into_iter().collect()
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name).cloned()
    }
}
