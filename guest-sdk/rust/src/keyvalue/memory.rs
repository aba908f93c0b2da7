//! Stores in memory, for the tests of a step: each thread has its own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Error, ErrorKind};

thread_local! {
    static VALUES: RefCell<BTreeMap<(String, String), Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

/// An open store.
#[derive(Debug)]
pub(super) struct Bucket(String);

pub(super) fn open(name: &str) -> Result<Bucket, Error> {
    if name.is_empty() {
        return Err(Error::new(
            ErrorKind::NoSuchStore,
            "a key-value store needs a name",
        ));
    }
    Ok(Bucket(name.to_owned()))
}

impl Bucket {
    fn at(&self, key: &str) -> (String, String) {
        (self.0.clone(), key.to_owned())
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(VALUES.with_borrow(|values| values.get(&self.at(key)).cloned()))
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        if key.is_empty() {
            return Err(Error::new(ErrorKind::Other, "a key has at least one byte"));
        }
        VALUES.with_borrow_mut(|values| values.insert(self.at(key), value.to_owned()));
        Ok(())
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), Error> {
        VALUES.with_borrow_mut(|values| values.remove(&self.at(key)));
        Ok(())
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool, Error> {
        Ok(self.get(key)?.is_some())
    }

    pub(super) fn increment(&self, key: &str, delta: i64) -> Result<i64, Error> {
        let number = match self.get(key)? {
            None => 0,
            Some(text) => String::from_utf8_lossy(&text).parse::<i64>().map_err(|_| {
                let message = format!("the value of `{key}` is not a decimal number");
                Error::new(ErrorKind::Other, message)
            })?,
        };
        let sum = number.checked_add(delta).ok_or_else(|| {
            let message = format!("the value of `{key}` would leave its range");
            Error::new(ErrorKind::Other, message)
        })?;
        self.set(key, sum.to_string().as_bytes())?;
        Ok(sum)
    }

    pub(super) fn list_keys(
        &self,
        _: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        let keys = VALUES.with_borrow(|values| {
            let own = values.keys().filter(|(name, _)| *name == self.0);
            own.map(|(_, key)| key.clone()).collect()
        });
        Ok((keys, None))
    }
}
