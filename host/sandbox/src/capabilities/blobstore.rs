//! `wasi:blobstore`: containers of objects of the tenant.
//!
//! A container is there while it has an entry with an empty name, which is no name of an object.
//! What a call changes is stored with the result of the step; until then only the call itself
//! sees it.

mod containers;
mod objects;
mod values;

pub use objects::{Container, Listing};
pub use values::{IncomingValue, OutgoingValue};

use wasmtime::component::{HasSelf, Linker};

use super::answer::Failed;
use super::bindings::wasi::blobstore as wit;
use crate::grants::Capability;
use crate::outside::{Location, Space};
use crate::state::State;

type Fallible<T> = Result<T, Failed<String>>;

/// The entry that says that a container is there.
fn marker(container: &str) -> Location {
    Location {
        space: Space::Blob,
        bucket: container.to_owned(),
        key: String::new(),
    }
}

/// Checks that a step may reach a container, which need not be there.
fn reachable(state: &mut State, container: &str) -> Result<(), String> {
    let limit = state.limits.storage_name_bytes;
    if container.is_empty() || container.len() > limit {
        return Err(format!(
            "the name of a container has 1 to {limit} bytes (limit storage_name_bytes)"
        ));
    }
    let allowed = state.caller.access.allows(Capability::BlobStore, container);
    if let Err(sentence) = &allowed {
        state.deny(sentence);
    }
    allowed
}

/// Checks that a step may reach a container and that it is there.
fn existing(state: &mut State, container: &str) -> Result<(), String> {
    reachable(state, container)?;
    if state.view().read(&marker(container))?.is_none() {
        return Err(format!("there is no container `{container}`"));
    }
    Ok(())
}

fn object(state: &State, container: &str, name: &str) -> Result<Location, String> {
    let limit = state.limits.storage_key_bytes;
    if name.is_empty() || name.len() > limit {
        return Err(format!(
            "the name of an object has 1 to {limit} bytes (limit storage_key_bytes)"
        ));
    }
    Ok(Location {
        space: Space::Blob,
        bucket: container.to_owned(),
        key: name.to_owned(),
    })
}

/// The names of all objects of a container, where a call may remove that many.
fn all_objects(state: &mut State, container: &str) -> Result<Vec<String>, String> {
    let limit = state.limits.storage_writes.saturating_add(1);
    // The empty name comes before every other.
    let names = state.view().list(Space::Blob, container, Some(""), limit)?;
    state.view().room_for_writes(names.len())?;
    Ok(names)
}

pub(super) fn types(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wit::types::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}

pub(super) fn container(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wit::container::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}

pub(super) fn blobstore(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wit::blobstore::add_to_linker::<_, HasSelf<State>>(linker, State::called)
}
