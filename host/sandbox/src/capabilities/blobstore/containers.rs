//! `wasi:blobstore/blobstore`: containers as a whole, and objects from one to another.

use wasmtime::component::Resource;

use super::{Container, Fallible, all_objects, existing, marker, object, reachable, wit};
use crate::capabilities::answer::answer;
use crate::outside::{Location, Space};
use crate::state::State;
use wit::types::ObjectId;

fn open(state: &mut State, name: String) -> Fallible<Resource<Container>> {
    existing(state, &name)?;
    Ok(state.table.push(Container { name })?)
}

fn create(state: &mut State, name: String) -> Fallible<Resource<Container>> {
    reachable(state, &name)?;
    let at = marker(&name);
    let mut view = state.view();
    if view.read(&at)?.is_some() {
        return Err(format!("there is a container `{name}` already").into());
    }
    view.write(at, Some(Vec::new()))?;
    Ok(state.table.push(Container { name })?)
}

fn remove(state: &mut State, name: &str) -> Result<(), String> {
    existing(state, name)?;
    let objects = all_objects(state, name)?;
    state.view().room_for_writes(objects.len() + 1)?;
    for key in objects {
        let at = Location {
            space: Space::Blob,
            bucket: name.to_owned(),
            key,
        };
        state.view().write(at, None)?;
    }
    state.view().write(marker(name), None)
}

fn copy(state: &mut State, from: &ObjectId, to: &ObjectId) -> Result<Location, String> {
    existing(state, &from.container)?;
    existing(state, &to.container)?;
    let source = object(state, &from.container, &from.object)?;
    let target = object(state, &to.container, &to.object)?;
    let Some(value) = state.view().read(&source)? else {
        return Err(format!(
            "there is no object `{}` in container `{}`",
            from.object, from.container
        ));
    };
    if source != target {
        state.view().write(target, Some(value))?;
    }
    Ok(source)
}

fn rename(state: &mut State, from: &ObjectId, to: &ObjectId) -> Result<(), String> {
    state.view().room_for_writes(2)?;
    let source = copy(state, from, to)?;
    if (&from.container, &from.object) != (&to.container, &to.object) {
        state.view().write(source, None)?;
    }
    Ok(())
}

impl wit::blobstore::Host for State {
    fn create_container(
        &mut self,
        name: String,
    ) -> wasmtime::Result<Result<Resource<Container>, String>> {
        answer(create(self, name))
    }

    fn get_container(
        &mut self,
        name: String,
    ) -> wasmtime::Result<Result<Resource<Container>, String>> {
        answer(open(self, name))
    }

    fn delete_container(&mut self, name: String) -> wasmtime::Result<Result<(), String>> {
        Ok(remove(self, &name))
    }

    fn container_exists(&mut self, name: String) -> wasmtime::Result<Result<bool, String>> {
        let is_there = reachable(self, &name)
            .and_then(|()| self.view().read(&marker(&name)))
            .map(|marker| marker.is_some());
        Ok(is_there)
    }

    fn copy_object(
        &mut self,
        from: ObjectId,
        to: ObjectId,
    ) -> wasmtime::Result<Result<(), String>> {
        Ok(copy(self, &from, &to).map(drop))
    }

    fn move_object(
        &mut self,
        from: ObjectId,
        to: ObjectId,
    ) -> wasmtime::Result<Result<(), String>> {
        Ok(rename(self, &from, &to))
    }
}
