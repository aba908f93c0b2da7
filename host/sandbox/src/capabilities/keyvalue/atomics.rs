//! `wasi:keyvalue/atomics`: changes that depend on the present value.
//!
//! They are reads and writes like any other. That makes them exact, because the host stores the
//! changes of a call only while every value that the call has read is still the committed one.

use wasmtime::component::Resource;

use super::{Bucket, Error, Fallible, draft, draft2, get, location, write};
use crate::capabilities::answer::{Failed, answer};
use crate::outside::Location;
use crate::overlay::digest;
use crate::state::State;

/// A value to be replaced if it is still the same.
#[derive(Debug)]
pub struct Cas {
    at: Location,
    /// SHA-256 of the value remembered.
    remembered: Option<[u8; 32]>,
}

/// Adds to the decimal number under a key.
fn increment(
    state: &mut State,
    bucket: &Resource<Bucket>,
    key: String,
    add: impl FnOnce(i128) -> Option<i128>,
) -> Fallible<i128> {
    let number = match get(state, bucket, key.clone())? {
        None => 0,
        Some(text) => std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| format!("the value of `{key}` is not a decimal number"))?,
    };
    let sum = add(number).ok_or_else(|| format!("the value of `{key}` would leave its range"))?;
    write(state, bucket, key, Some(sum.to_string().into_bytes()))?;
    Ok(sum)
}

fn new_cas(state: &mut State, bucket: &Resource<Bucket>, key: String) -> Fallible<Resource<Cas>> {
    let at = location(state, bucket, key)?;
    let remembered = state.view().read(&at)?.as_deref().map(digest);
    Ok(state.table.push(Cas { at, remembered })?)
}

fn current(state: &mut State, cas: &Resource<Cas>) -> Fallible<Option<Vec<u8>>> {
    let at = state.table.get(cas)?.at.clone();
    let value = state.view().read(&at)?;
    state.table.get_mut(cas)?.remembered = value.as_deref().map(digest);
    Ok(value)
}

/// `false` where the value has changed.
fn swap(state: &mut State, cas: &Cas, value: Vec<u8>) -> Fallible<bool> {
    let present = state.view().read(&cas.at)?;
    if present.as_deref().map(digest) != cas.remembered {
        return Ok(false);
    }
    state.view().write(cas.at.clone(), Some(value))?;
    Ok(true)
}

impl draft::atomics::Host for State {
    fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: u64,
    ) -> wasmtime::Result<Result<u64, draft::store::Error>> {
        let add = |number| {
            let sum = i128::from(delta).checked_add(number)?;
            u64::try_from(sum).ok().map(i128::from)
        };
        let sum = increment(self, &bucket, key, add);
        answer(sum.map(|sum| u64::try_from(sum).expect("checked when added")))
    }
}

impl draft2::atomics::Host for State {
    fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, draft2::store::Error>> {
        let add = |number| {
            let sum = i128::from(delta).checked_add(number)?;
            i64::try_from(sum).ok().map(i128::from)
        };
        let sum = increment(self, &bucket, key, add);
        answer(sum.map(|sum| i64::try_from(sum).expect("checked when added")))
    }

    fn swap(
        &mut self,
        cas: Resource<Cas>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), draft2::atomics::CasError>> {
        use draft2::atomics::CasError;
        let cas = self.table.delete(cas)?;
        match swap(self, &cas, value) {
            Ok(true) => Ok(Ok(())),
            Ok(false) => {
                let mut again = cas;
                match self.view().read(&again.at) {
                    Ok(value) => {
                        again.remembered = value.as_deref().map(digest);
                        Ok(Err(CasError::CasFailed(self.table.push(again)?)))
                    }
                    Err(sentence) => Ok(Err(CasError::StoreError(Error::Other(sentence).into()))),
                }
            }
            Err(Failed::Said(error)) => Ok(Err(CasError::StoreError(error.into()))),
            Err(Failed::Trap(error)) => Err(error),
        }
    }
}

impl draft2::atomics::HostCas for State {
    fn new(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Resource<Cas>, draft2::store::Error>> {
        answer(new_cas(self, &bucket, key))
    }

    fn current(
        &mut self,
        cas: Resource<Cas>,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, draft2::store::Error>> {
        answer(current(self, &cas))
    }

    fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}
