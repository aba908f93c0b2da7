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
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::component::{Instance, Lift, WasmList};
use wasmtime::{Store, format_err};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::error::{SnapshotError, UploadError};
use crate::failure::Failure;
use crate::grants::{Access, Grants};
use crate::limits::{Limits, clip};
use crate::outside::Outside;
use crate::sandbox::Sandbox;
use crate::state::State;
use crate::step::{CallContext, CallRequest};
use crate::warm::Guest;

/// A call that a component answers before its snapshot is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmUpCall {
    /// The function of a component with typed functions, as in [`CallRequest`].
    pub function: Option<String>,
    /// A JSON object.
    pub input: String,
    /// The task headers.
    pub headers: Arc<[(Box<str>, Box<str>)]>,
}

impl Sandbox {
    /// The component as it is after `calls`, made one after the other in one instance,
    /// [`Limits::warm_up_rounds`] times over. Each has to answer with an output or a BPMN error. Needs a sandbox that keeps instances
    /// (`Config::warm_instances`).
    ///
    /// Nothing is granted to the calls, time stands nearly still at the beginning of 1970 and
    /// randomness is always the same: so is the result.
    ///
    /// # Errors
    /// The component is not acceptable, or of a kind that cannot be rewritten; a call fails; or the
    /// instance holds on to something of its host (a stream, a clock) that a later one will not have.
    pub async fn snapshot(
        &self,
        bytes: Arc<[u8]>,
        calls: &[WarmUpCall],
        limits: &Limits,
    ) -> Result<Vec<u8>, SnapshotError> {
        if calls.len() > limits.warm_up_calls {
            return Err(SnapshotError::Calls {
                calls: calls.len(),
                limit: limits.warm_up_calls,
            });
        }
        let inspection = self.inspect(&bytes, limits)?;
        let unsuitable = |error: wasmtime::Error| SnapshotError::Unsuitable {
            message: clip(format!("{error:#}"), limits.error_text_bytes),
        };
        let wizer = Wizer::new();
        let (original, open) = wizer.instrument_component(&bytes).map_err(unsuitable)?;
        let step = self.variation(open.into(), inspection, limits).await?;
        let access = Access {
            tenant: Arc::new(Grants::default()),
            step: None,
            outside: Arc::new(Still::default()),
        };
        let mut context = context();
        for _ in 0..limits.warm_up_rounds {
            for (index, call) in calls.iter().enumerate() {
                context.headers = call.headers.clone();
                let call = step.call(CallRequest {
                    context: &context,
                    function: call.function.as_deref(),
                    input: &call.input,
                    access: &access,
                    limits,
                    reuse: u32::MAX,
                });
                match call.await.outcome {
                    Ok(_) | Err(Failure::BpmnError { .. }) => {}
                    Err(failure) => return Err(SnapshotError::Call { index, failure }),
                }
            }
        }
        let owner = step.owner(context.tenant_id.clone());
        let guest = self.inner().warm.take(&owner);
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

/// Where the calls of a warm-up happen.
fn context() -> CallContext {
    CallContext {
        tenant_id: "<default>".into(),
        process_id: "warm-up".into(),
        process_version: 1,
        process_instance_key: 1,
        element_id: "warm-up".into(),
        element_instance_key: 2,
        job_key: 3,
        idempotency_key: "3".into(),
        attempt: 1,
        deadline_unix_ms: 0,
        headers: Arc::new([]),
    }
}

/// An outside that is the same whenever it is looked at.
#[derive(Default)]
struct Still {
    /// Each look at the clock takes a microsecond, so that a guest that waits for time to pass ends.
    looks: AtomicU64,
    drawn: AtomicU64,
}

impl Outside for Still {
    fn now(&self) -> Duration {
        Duration::from_micros(self.looks.fetch_add(1, Ordering::Relaxed))
    }

    fn random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // The middle of a linear congruential step: fixed, and not all the same.
            let seed = self.drawn.fetch_add(1, Ordering::Relaxed);
            let mixed = seed.wrapping_add(1).wrapping_mul(6_364_136_223_846_793_005);
            *byte = mixed.to_le_bytes()[5];
        }
    }
}
