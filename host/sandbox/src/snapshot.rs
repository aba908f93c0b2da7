//! Components that have been used before they are used.
//!
//! An interpreter or a runtime with a collector of garbage does much at its first call that it need
//! not do again: it fills caches, compiles functions, sets up its heap. [`Sandbox::snapshot`] lets a
//! component answer some calls and writes a component whose memories and globals begin as they were
//! then. Every call still gets a fresh instance; it only begins further on.
//!
//! What the calls left behind is in the snapshot for good: values the step remembers, clocks it has
//! read, random seeds it has drawn. So it is for the author to ask for it.

use std::sync::Arc;

use wasmtime::component::{Instance, Lift, WasmList};
use wasmtime::{Store, format_err};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::error::{SnapshotError, UploadError};
use crate::limits::{Limits, clip};
use crate::sandbox::Sandbox;
use crate::state::State;
use crate::step::CallRequest;
use crate::warm::Guest;

impl Sandbox {
    /// The component as it is after `calls`, made one after the other in one instance. Each has to
    /// answer with an output or a BPMN error. Needs a sandbox that keeps instances
    /// (`Config::warm_instances`).
    ///
    /// What the calls want to change outside is dropped. With the same `Outside` of fixed time and
    /// randomness the result is the same.
    ///
    /// # Errors
    /// The component is not acceptable, or of a kind that cannot be rewritten; a call fails; or the
    /// instance holds on to something of its host (a stream, a clock) that a later one will not have.
    pub async fn snapshot(
        &self,
        bytes: Arc<[u8]>,
        calls: &[CallRequest<'_>],
        limits: &Limits,
    ) -> Result<Vec<u8>, SnapshotError> {
        let inspection = self.inspect(&bytes, limits)?;
        let unsuitable = |error: wasmtime::Error| SnapshotError::Unsuitable {
            message: clip(format!("{error:#}"), limits.error_text_bytes),
        };
        let wizer = Wizer::new();
        let (original, open) = wizer.instrument_component(&bytes).map_err(unsuitable)?;
        let step = self.variation(open.into(), inspection, limits).await?;
        let mut owner = None;
        for (index, request) in calls.iter().enumerate() {
            let call = step.call(CallRequest {
                reuse: u32::MAX,
                ..*request
            });
            match call.await.outcome {
                Ok(_) | Err(crate::Failure::BpmnError { .. }) => {}
                Err(failure) => return Err(SnapshotError::Call { index, failure }),
            }
            owner = Some(step.owner(request.context.tenant_id.clone()));
        }
        let guest = owner.and_then(|owner| self.inner().warm.take(&owner));
        let Guest {
            mut store,
            instance,
            ..
        } = guest.ok_or(SnapshotError::NoInstance)?;
        if !store.data().table.is_empty() {
            return Err(SnapshotError::Handles);
        }
        store.set_hostcall_fuel(usize::MAX);
        let mut open = Open {
            store: &mut store,
            instance,
            failed: None,
        };
        let snapshot = wizer.snapshot_component(&original, &mut open).await;
        match open.failed {
            Some(error) => Err(unsuitable(error)),
            None => snapshot.map_err(unsuitable),
        }
    }
}

impl From<UploadError> for SnapshotError {
    fn from(error: UploadError) -> Self {
        Self::Component(Box::new(error))
    }
}

/// An instance whose memories and globals can be read.
struct Open<'a> {
    store: &'a mut Store<State>,
    instance: Instance,
    /// Why one of them could not.
    failed: Option<wasmtime::Error>,
}

impl Open<'_> {
    async fn read<R: Lift + Send + Sync + 'static>(
        &mut self,
        interface: &str,
        function: &str,
    ) -> wasmtime::Result<R> {
        let missing = || format_err!("{interface}#{function} is missing");
        let (instance, store) = (self.instance, &mut *self.store);
        let (_, interface) = instance
            .get_export(&mut *store, None, interface)
            .ok_or_else(missing)?;
        let (_, function) = instance
            .get_export(&mut *store, Some(&interface), function)
            .ok_or_else(missing)?;
        let function = instance.get_typed_func::<(), (R,)>(&mut *store, function)?;
        Ok(function.call_async(store, ()).await?.0)
    }

    async fn value<R: Lift + Default + Send + Sync + 'static>(
        &mut self,
        interface: &str,
        function: &str,
    ) -> R {
        match self.read(interface, function).await {
            Ok(value) => value,
            Err(error) => {
                self.failed = Some(error);
                R::default()
            }
        }
    }
}

impl ComponentInstanceState for Open<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.read::<WasmList<u8>>(instance, func).await {
            Ok(list) => contents(list.as_le_slice(&*self.store)),
            Err(error) => {
                self.failed = Some(error);
                contents(&[]);
            }
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.value(instance, func).await
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.value(instance, func).await
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.value::<f32>(instance, func).await.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.value::<f64>(instance, func).await.to_bits()
    }
}
