//! `wasi:blobstore/container`: the objects of one container.

use wasmtime::component::Resource;

use super::{Fallible, IncomingValue, OutgoingValue, all_objects, existing, marker, object, wit};
use crate::capabilities::answer::answer;
use crate::outside::{Entry, Location, Space};
use crate::state::State;
use wit::types::{ContainerMetadata, ObjectMetadata};

/// An open container.
#[derive(Debug)]
pub struct Container {
    pub(super) name: String,
}

/// A listing of the objects of a container.
#[derive(Debug)]
pub struct Listing {
    container: String,
    /// The last name handed out.
    after: String,
}

/// The name of an open container that is still there.
fn name(state: &mut State, container: &Resource<Container>) -> Fallible<String> {
    let name = state.table.get(container)?.name.clone();
    existing(state, &name)?;
    Ok(name)
}

fn locate(
    state: &mut State,
    container: &Resource<Container>,
    object_name: &str,
) -> Fallible<Location> {
    let container = name(state, container)?;
    Ok(object(state, &container, object_name)?)
}

fn missing(at: &Location) -> String {
    format!(
        "there is no object `{}` in container `{}`",
        at.key, at.bucket
    )
}

fn info(state: &mut State, at: &Location) -> Result<Entry, String> {
    let entry = state.view().info(at)?;
    entry.ok_or_else(|| missing(at))
}

fn read(
    state: &mut State,
    container: &Resource<Container>,
    object_name: &str,
    (start, end): (u64, u64),
) -> Fallible<Resource<IncomingValue>> {
    if start > end {
        return Err(format!("the range begins at {start} and ends before that, at {end}").into());
    }
    let at = locate(state, container, object_name)?;
    let value = state.view().read(&at)?.ok_or_else(|| missing(&at))?;
    let value = IncomingValue::part(value, start, end);
    Ok(state.table.push(value)?)
}

fn write(
    state: &mut State,
    container: &Resource<Container>,
    object_name: &str,
    value: &Resource<OutgoingValue>,
) -> Fallible<()> {
    let at = locate(state, container, object_name)?;
    let most = state.limits.storage_writes;
    let value = state.table.get_mut(value)?;
    Ok(value.write_to(at, most)?)
}

fn remove(
    state: &mut State,
    container: &Resource<Container>,
    names: impl IntoIterator<Item = String>,
) -> Fallible<()> {
    for name in names {
        let at = locate(state, container, &name)?;
        state.view().write(at, None)?;
    }
    Ok(())
}

fn clear(state: &mut State, container: &Resource<Container>) -> Fallible<()> {
    let name = name(state, container)?;
    let objects = all_objects(state, &name)?;
    remove(state, container, objects)
}

/// The next names of a listing, and whether those were the last.
fn next(
    state: &mut State,
    listing: &Resource<Listing>,
    most: u64,
) -> Fallible<(Vec<String>, bool)> {
    let limit = state.limits.storage_listed_keys;
    let limit = usize::try_from(most).unwrap_or(limit).min(limit);
    let Listing { container, after } = state.table.get(listing)?;
    let (container, after) = (container.clone(), after.clone());
    // One more than is handed out, to know whether there are more.
    let mut names = state
        .view()
        .list(Space::Blob, &container, Some(&after), limit + 1)?;
    let ends = names.len() <= limit;
    names.truncate(limit);
    if let Some(last) = names.last() {
        state.table.get_mut(listing)?.after = last.clone();
    }
    Ok((names, ends))
}

impl wit::container::Host for State {}

impl wit::container::HostContainer for State {
    fn name(&mut self, container: Resource<Container>) -> wasmtime::Result<Result<String, String>> {
        Ok(Ok(self.table.get(&container)?.name.clone()))
    }

    fn info(
        &mut self,
        container: Resource<Container>,
    ) -> wasmtime::Result<Result<ContainerMetadata, String>> {
        let metadata = name(self, &container).and_then(|name| {
            let entry = info(self, &marker(&name))?;
            Ok(ContainerMetadata {
                name,
                created_at: entry.created_at / 1_000,
            })
        });
        answer(metadata)
    }

    fn get_data(
        &mut self,
        container: Resource<Container>,
        name: String,
        start: u64,
        end: u64,
    ) -> wasmtime::Result<Result<Resource<IncomingValue>, String>> {
        answer(read(self, &container, &name, (start, end)))
    }

    fn write_data(
        &mut self,
        container: Resource<Container>,
        name: String,
        value: Resource<OutgoingValue>,
    ) -> wasmtime::Result<Result<(), String>> {
        answer(write(self, &container, &name, &value))
    }

    fn list_objects(
        &mut self,
        container: Resource<Container>,
    ) -> wasmtime::Result<Result<Resource<Listing>, String>> {
        let listing = name(self, &container).and_then(|container| {
            let after = String::new();
            Ok(self.table.push(Listing { container, after })?)
        });
        answer(listing)
    }

    fn delete_object(
        &mut self,
        container: Resource<Container>,
        name: String,
    ) -> wasmtime::Result<Result<(), String>> {
        answer(remove(self, &container, [name]))
    }

    fn delete_objects(
        &mut self,
        container: Resource<Container>,
        names: Vec<String>,
    ) -> wasmtime::Result<Result<(), String>> {
        answer(remove(self, &container, names))
    }

    fn has_object(
        &mut self,
        container: Resource<Container>,
        name: String,
    ) -> wasmtime::Result<Result<bool, String>> {
        let is_there =
            locate(self, &container, &name).and_then(|at| Ok(self.view().read(&at)?.is_some()));
        answer(is_there)
    }

    fn object_info(
        &mut self,
        container: Resource<Container>,
        name: String,
    ) -> wasmtime::Result<Result<ObjectMetadata, String>> {
        let metadata = locate(self, &container, &name).and_then(|at| {
            let entry = info(self, &at)?;
            Ok(ObjectMetadata {
                name: entry.key,
                container: at.bucket,
                created_at: entry.created_at / 1_000,
                size: entry.size,
            })
        });
        answer(metadata)
    }

    fn clear(&mut self, container: Resource<Container>) -> wasmtime::Result<Result<(), String>> {
        answer(clear(self, &container))
    }

    fn drop(&mut self, container: Resource<Container>) -> wasmtime::Result<()> {
        self.table.delete(container)?;
        Ok(())
    }
}

impl wit::container::HostStreamObjectNames for State {
    fn read_stream_object_names(
        &mut self,
        listing: Resource<Listing>,
        most: u64,
    ) -> wasmtime::Result<Result<(Vec<String>, bool), String>> {
        answer(next(self, &listing, most))
    }

    fn skip_stream_object_names(
        &mut self,
        listing: Resource<Listing>,
        most: u64,
    ) -> wasmtime::Result<Result<(u64, bool), String>> {
        let skipped = next(self, &listing, most);
        answer(skipped.map(|(names, ends)| (names.len() as u64, ends)))
    }

    fn drop(&mut self, listing: Resource<Listing>) -> wasmtime::Result<()> {
        self.table.delete(listing)?;
        Ok(())
    }
}
