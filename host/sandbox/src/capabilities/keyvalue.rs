//! `wasi:keyvalue`: the key-value stores of the tenant, in both published drafts.
//!
//! A store comes to be with its first key, so every name that is granted can be opened. What a
//! call changes is stored with the result of the step; until then only the call itself sees it.

mod atomics;

pub use atomics::Cas;

use wasmtime::component::{HasSelf, Linker, Resource};

use super::answer::{Failed, answer};
use super::bindings::wasi::{keyvalue0_2_0_draft as draft, keyvalue0_2_0_draft2 as draft2};
use crate::grants::Capability;
use crate::outside::{Location, Space};
use crate::state::State;

/// An open store.
#[derive(Debug)]
pub struct Bucket {
    name: String,
    /// The last keys of the pages that were listed: what the numbers of the first draft's cursors
    /// stand for, counted from 1.
    pages: Vec<String>,
}

/// Why an operation failed, as every draft has it.
#[derive(Debug)]
enum Error {
    NoSuchStore,
    AccessDenied,
    Other(String),
}

type Fallible<T> = Result<T, Failed<Error>>;

impl From<Error> for Failed<Error> {
    fn from(error: Error) -> Self {
        Self::Said(error)
    }
}

impl From<String> for Failed<Error> {
    fn from(sentence: String) -> Self {
        Self::Said(Error::Other(sentence))
    }
}

/// What a page of a listing ends with.
trait Cursor: Sized {
    /// The key after which to go on.
    fn key(self, bucket: &Bucket) -> Result<String, Error>;

    /// The cursor of the page whose last key this is.
    fn after(key: &str, bucket: &mut Bucket, max_pages: usize) -> Result<Self, Error>;
}

impl Cursor for u64 {
    fn key(self, bucket: &Bucket) -> Result<String, Error> {
        let page = usize::try_from(self)
            .ok()
            .and_then(|page| page.checked_sub(1));
        let key = page.and_then(|page| bucket.pages.get(page));
        key.cloned()
            .ok_or_else(|| Error::Other(format!("{self} is no cursor of a page that was listed")))
    }

    fn after(key: &str, bucket: &mut Bucket, max_pages: usize) -> Result<Self, Error> {
        let known = bucket.pages.iter().position(|page| page == key);
        let page = known.unwrap_or(bucket.pages.len());
        if page >= max_pages {
            return Err(Error::Other(format!(
                "a call may read {max_pages} times from stores and containers (limit storage_reads)"
            )));
        }
        if page == bucket.pages.len() {
            bucket.pages.push(key.to_owned());
        }
        Ok(page as u64 + 1)
    }
}

impl Cursor for String {
    fn key(self, _: &Bucket) -> Result<String, Error> {
        Ok(self)
    }

    fn after(key: &str, _: &mut Bucket, _: usize) -> Result<Self, Error> {
        Ok(key.to_owned())
    }
}

fn open(state: &mut State, name: String) -> Fallible<Resource<Bucket>> {
    if name.is_empty() || name.len() > state.limits.storage_name_bytes {
        state.deny(format!(
            "the name of a key-value store has 1 to {} bytes (limit storage_name_bytes)",
            state.limits.storage_name_bytes
        ));
        return Err(Error::NoSuchStore.into());
    }
    if let Err(sentence) = state.caller.access.allows(Capability::KeyValue, &name) {
        state.deny(sentence);
        return Err(Error::AccessDenied.into());
    }
    let bucket = Bucket {
        name,
        pages: Vec::new(),
    };
    Ok(state.table.push(bucket)?)
}

fn location(state: &State, bucket: &Resource<Bucket>, key: String) -> Fallible<Location> {
    let bucket = state.table.get(bucket)?;
    let limit = state.limits.storage_key_bytes;
    if key.is_empty() || key.len() > limit {
        return Err(format!("a key has 1 to {limit} bytes (limit storage_key_bytes)").into());
    }
    Ok(Location {
        space: Space::KeyValue,
        bucket: bucket.name.clone(),
        key,
    })
}

fn get(state: &mut State, bucket: &Resource<Bucket>, key: String) -> Fallible<Option<Vec<u8>>> {
    let at = location(state, bucket, key)?;
    Ok(state.view().read(&at)?)
}

fn write(
    state: &mut State,
    bucket: &Resource<Bucket>,
    key: String,
    value: Option<Vec<u8>>,
) -> Fallible<()> {
    let at = location(state, bucket, key)?;
    Ok(state.view().write(at, value)?)
}

fn list<C: Cursor>(
    state: &mut State,
    bucket: &Resource<Bucket>,
    cursor: Option<C>,
) -> Fallible<(Vec<String>, Option<C>)> {
    let open = state.table.get(bucket)?;
    let name = open.name.clone();
    let after = cursor.map(|cursor| cursor.key(open)).transpose()?;
    let limit = state.limits.storage_listed_keys;
    let keys = state
        .view()
        .list(Space::KeyValue, &name, after.as_deref(), limit)?;
    let next = match keys.last() {
        Some(last) if keys.len() == limit => {
            let max_pages = state.limits.storage_reads;
            Some(C::after(last, state.table.get_mut(bucket)?, max_pages)?)
        }
        _ => None,
    };
    Ok((keys, next))
}

type Pair = (String, Vec<u8>);

fn get_many(
    state: &mut State,
    bucket: &Resource<Bucket>,
    keys: Vec<String>,
) -> Fallible<Vec<Option<Pair>>> {
    let pair = |key: String| {
        let value = get(state, bucket, key.clone())?;
        Ok(value.map(|value| (key, value)))
    };
    keys.into_iter().map(pair).collect()
}

/// What the drafts have in common, for one of them.
macro_rules! provide {
    ($draft:ident, $cursor:ty) => {
        impl From<Error> for $draft::store::Error {
            fn from(error: Error) -> Self {
                match error {
                    Error::NoSuchStore => Self::NoSuchStore,
                    Error::AccessDenied => Self::AccessDenied,
                    Error::Other(sentence) => Self::Other(sentence),
                }
            }
        }

        impl $draft::store::Host for State {
            fn open(
                &mut self,
                name: String,
            ) -> wasmtime::Result<Result<Resource<Bucket>, $draft::store::Error>> {
                answer(open(self, name))
            }
        }

        impl $draft::store::HostBucket for State {
            fn get(
                &mut self,
                bucket: Resource<Bucket>,
                key: String,
            ) -> wasmtime::Result<Result<Option<Vec<u8>>, $draft::store::Error>> {
                answer(get(self, &bucket, key))
            }

            fn set(
                &mut self,
                bucket: Resource<Bucket>,
                key: String,
                value: Vec<u8>,
            ) -> wasmtime::Result<Result<(), $draft::store::Error>> {
                answer(write(self, &bucket, key, Some(value)))
            }

            fn delete(
                &mut self,
                bucket: Resource<Bucket>,
                key: String,
            ) -> wasmtime::Result<Result<(), $draft::store::Error>> {
                answer(write(self, &bucket, key, None))
            }

            fn exists(
                &mut self,
                bucket: Resource<Bucket>,
                key: String,
            ) -> wasmtime::Result<Result<bool, $draft::store::Error>> {
                answer(get(self, &bucket, key).map(|value| value.is_some()))
            }

            fn list_keys(
                &mut self,
                bucket: Resource<Bucket>,
                cursor: Option<$cursor>,
            ) -> wasmtime::Result<Result<$draft::store::KeyResponse, $draft::store::Error>> {
                let page = list(self, &bucket, cursor);
                answer(page.map(|(keys, cursor)| $draft::store::KeyResponse { keys, cursor }))
            }

            fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
                self.table.delete(bucket)?;
                Ok(())
            }
        }

        impl $draft::batch::Host for State {
            fn get_many(
                &mut self,
                bucket: Resource<Bucket>,
                keys: Vec<String>,
            ) -> wasmtime::Result<Result<Vec<Option<Pair>>, $draft::store::Error>> {
                answer(get_many(self, &bucket, keys))
            }

            fn set_many(
                &mut self,
                bucket: Resource<Bucket>,
                pairs: Vec<Pair>,
            ) -> wasmtime::Result<Result<(), $draft::store::Error>> {
                let mut pairs = pairs.into_iter();
                answer(pairs.try_for_each(|(key, value)| write(self, &bucket, key, Some(value))))
            }

            fn delete_many(
                &mut self,
                bucket: Resource<Bucket>,
                keys: Vec<String>,
            ) -> wasmtime::Result<Result<(), $draft::store::Error>> {
                let mut keys = keys.into_iter();
                answer(keys.try_for_each(|key| write(self, &bucket, key, None)))
            }
        }
    };
}

provide!(draft, u64);
provide!(draft2, String);

pub(super) fn store(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    draft::store::add_to_linker::<_, HasSelf<State>>(linker, State::called)?;
    draft2::store::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}

pub(super) fn atomics(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    draft::atomics::add_to_linker::<_, HasSelf<State>>(linker, State::called)?;
    draft2::atomics::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}

pub(super) fn batch(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    draft::batch::add_to_linker::<_, HasSelf<State>>(linker, State::called)?;
    draft2::batch::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}
