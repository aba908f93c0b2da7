//! Stores in terms of `wasi:keyvalue`.

use super::{Error, ErrorKind};

#[allow(missing_docs, unused_qualifications, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: "wit/keyvalue",
        world: "imports",
    });
}

use bindings::wasi::keyvalue::{atomics, store};

/// An open store.
#[derive(Debug)]
pub(super) struct Bucket {
    name: String,
    bucket: store::Bucket,
}

pub(super) fn open(name: &str) -> Result<Bucket, Error> {
    let bucket = store::open(name).map_err(|error| told(name, error))?;
    Ok(Bucket {
        name: name.to_owned(),
        bucket,
    })
}

fn told(name: &str, error: store::Error) -> Error {
    match error {
        store::Error::NoSuchStore => Error::new(
            ErrorKind::NoSuchStore,
            format!("there can be no key-value store `{name}`"),
        ),
        store::Error::AccessDenied => Error::new(
            ErrorKind::AccessDenied,
            format!("the key-value store `{name}` is not granted to the step"),
        ),
        store::Error::Other(message) => Error::new(
            ErrorKind::Other,
            format!("key-value store `{name}`: {message}"),
        ),
    }
}

impl Bucket {
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.bucket
            .get(key)
            .map_err(|error| told(&self.name, error))
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.bucket
            .set(key, value)
            .map_err(|error| told(&self.name, error))
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), Error> {
        self.bucket
            .delete(key)
            .map_err(|error| told(&self.name, error))
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool, Error> {
        self.bucket
            .exists(key)
            .map_err(|error| told(&self.name, error))
    }

    pub(super) fn increment(&self, key: &str, delta: i64) -> Result<i64, Error> {
        atomics::increment(&self.bucket, key, delta).map_err(|error| told(&self.name, error))
    }

    pub(super) fn list_keys(
        &self,
        cursor: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        let page = self.bucket.list_keys(cursor.as_deref());
        let page = page.map_err(|error| told(&self.name, error))?;
        Ok((page.keys, page.cursor))
    }
}
