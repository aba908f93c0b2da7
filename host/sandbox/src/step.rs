//! A component that is ready to be called, and its calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use wasmtime::component::InstancePre;

use crate::capabilities::EffectClass;
use crate::contract::anyam::step::context::StepContext;
use crate::contract::anyam::step::types::Header;
use crate::contract::exports::anyam::step::{handler, manifest};
use crate::error::UploadError;
use crate::failure::{Failure, check_json};
use crate::grants::{Access, Capability};
use crate::inspect::Inspection;
use crate::limits::{Limits, clip};
use crate::logs::LogLine;
use crate::manifest::Manifest;
use crate::outside::Changes;
use crate::run::{Ran, Run};
use crate::sandbox::Inner;
use crate::state::{Caller, State};
use crate::typed::{self, Function, Library};
use crate::warm::{Lasting, Owner};

/// A component, compiled and linked. Cheap to clone.
#[derive(Clone)]
pub struct Step(Arc<Ready>);

struct Ready {
    sandbox: Arc<Inner>,
    /// Tells it from every other step of the sandbox.
    number: u64,
    /// What the making of an instance took last.
    making: Lasting,
    /// What clearing one away took last.
    clearing: Lasting,
    digest: [u8; 32],
    effect: EffectClass,
    /// What has to be granted to it.
    capabilities: BTreeSet<Capability>,
    /// Those it was prepared with.
    limits: Limits,
    component: InstancePre<State>,
    entry: Entry,
    manifest: Option<manifest::GuestIndices>,
}

/// What is called.
enum Entry {
    Handler(handler::GuestIndices),
    Functions(Library),
}

/// Where in which process a call happens; handed to the step. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallContext {
    /// The tenant the process instance belongs to.
    pub tenant_id: Arc<str>,
    /// The `id` of the BPMN process.
    pub process_id: Arc<str>,
    /// The deployed version of the process, counted from 1.
    pub process_version: u32,
    /// The key of the process instance.
    pub process_instance_key: u64,
    /// The `id` of the BPMN element.
    pub element_id: Arc<str>,
    /// The key of this activation of it.
    pub element_instance_key: u64,
    /// The key of the job.
    pub job_key: u64,
    /// The same for every attempt at one job.
    pub idempotency_key: Arc<str>,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// When the call will be cut off, in milliseconds since 1970. Information for the step: what
    /// cuts it off is `Limits::call_time`.
    pub deadline_unix_ms: u64,
    /// The task headers.
    pub headers: Arc<[(Box<str>, Box<str>)]>,
}

/// A call to be made.
#[derive(Clone, Copy, Debug)]
pub struct CallRequest<'a> {
    /// Where in which process it happens.
    pub context: &'a CallContext,
    /// The function of a component with typed functions. May be absent where there is but one, or
    /// where the component exports `anyam:step/handler`.
    pub function: Option<&'a str>,
    /// A JSON object.
    pub input: &'a str,
    /// What it may reach.
    pub access: &'a Access,
    /// What it may take.
    pub limits: &'a Limits,
    /// How many calls of the same tenant one instance may serve, one after the other; 0 and 1 mean
    /// a fresh instance for each. An instance that is used again has the memory that the call
    /// before left behind.
    pub reuse: u32,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The output, a JSON object, or why there is none.
    pub outcome: Result<String, Failure>,
    /// What the step wrote to stdout and stderr.
    pub log: Vec<LogLine>,
    /// What the call wants to change outside. It holds with an output or a BPMN error, and is empty
    /// where the call failed otherwise.
    pub changes: Changes,
    /// What the call took.
    pub usage: Usage,
}

/// What a call took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Time spent waiting for a free place in the sandbox.
    pub queue_time: Duration,
    /// Time from the beginning of the instantiation to the answer.
    pub wall_time: Duration,
    /// The part of it that instantiation took.
    pub instantiation_time: Duration,
    /// The largest size of all linear memories together, in bytes.
    pub memory_peak_bytes: usize,
    /// Processor time, instantiation included. Of a call shorter than 2 ms it is the time that
    /// passed while a thread worked on it.
    pub cpu_time: Duration,
    /// How often the guest was found running by a clock of 2 ms.
    pub epoch_ticks: u64,
    /// Where a guest that computes was cut off: the ticks of that clock since it was last found to
    /// be within its limits, so the most that it ran past them.
    pub ticks_to_cut: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// HTTP requests that were let out.
    pub http_requests: u64,
    /// Bytes that these sent, with their headers and before encryption.
    pub bytes_out: u64,
    /// Bytes that came back, with headers and after decryption.
    pub bytes_in: u64,
}

/// The unit of a memory's size.
const PAGE_BYTES: usize = 64 << 10;

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step")
            .field("digest", &crate::engine::hex(&self.0.digest))
            .finish()
    }
}

impl Step {
    /// Links a compiled component.
    pub(crate) fn link(
        sandbox: Arc<Inner>,
        component: &wasmtime::component::Component,
        inspection: &Inspection,
        limits: &Limits,
    ) -> Result<Self, UploadError> {
        let error = |error: wasmtime::Error| UploadError::Link {
            message: clip(format!("{error:#}"), limits.error_text_bytes),
        };
        if let Some(needs) = component.resources_required() {
            check_needs(&needs, limits)?;
        }
        let component = sandbox.linker.instantiate_pre(component).map_err(error)?;
        let entry = if inspection.functions.is_empty() {
            Entry::Handler(handler::GuestIndices::new(&component).map_err(error)?)
        } else {
            let functions = inspection.functions.clone();
            Entry::Functions(Library::new(component.component(), functions).map_err(error)?)
        };
        let manifest = inspection
            .has_manifest
            .then(|| manifest::GuestIndices::new(&component).map_err(error))
            .transpose()?;
        let limits = limits.clone();
        let number = sandbox.steps.fetch_add(1, Ordering::Relaxed);
        Ok(Self(Arc::new(Ready {
            sandbox,
            number,
            making: Lasting::default(),
            clearing: Lasting::default(),
            digest: inspection.digest,
            effect: inspection.effect,
            capabilities: inspection.capabilities.clone(),
            limits,
            component,
            entry,
            manifest,
        })))
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> [u8; 32] {
        self.0.digest
    }

    /// Whether it can affect anything outside of it.
    pub fn effect(&self) -> EffectClass {
        self.0.effect
    }

    /// What has to be granted to it by the tenant, and left to it by the process.
    pub fn capabilities(&self) -> &BTreeSet<Capability> {
        &self.0.capabilities
    }

    /// Its typed functions; none where it exports `anyam:step/handler`.
    pub fn functions(&self) -> Vec<&Function> {
        match &self.0.entry {
            Entry::Handler(_) => Vec::new(),
            Entry::Functions(library) => library.functions().collect(),
        }
    }

    /// Asks the step to describe itself, within the limits it was prepared with, and describes its
    /// typed functions. `None` where there is neither.
    ///
    /// # Errors
    /// [`UploadError::Manifest`] where the description fails or is not acceptable.
    pub async fn describe(&self) -> Result<Option<Manifest>, UploadError> {
        let functions: Vec<Function> = self.functions().into_iter().cloned().collect();
        let described = self.describe_itself().await?;
        if functions.is_empty() {
            return Ok(described);
        }
        let manifest = described.unwrap_or_default();
        manifest.with(functions, &self.0.limits).map(Some)
    }

    async fn describe_itself(&self) -> Result<Option<Manifest>, UploadError> {
        let Some(indices) = &self.0.manifest else {
            return Ok(None);
        };
        let limits = &self.0.limits;
        let mut usage = Usage::default();
        let run = Run {
            limits,
            handover: limits.manifest_bytes,
            caller: Caller::nobody(),
            tenant: None,
            reuse: 1,
        };
        let answer = self.run(run, &mut usage, async |store, instance| {
            indices
                .load(&mut *store, instance)?
                .call_describe(&mut *store)
                .await
        });
        match answer.await.answer {
            Ok(description) => Manifest::check(description, limits).map(Some),
            Err(Failure::Retryable { message, .. } | Failure::Permanent { message }) => {
                Err(UploadError::Manifest { message })
            }
            Err(Failure::BpmnError { message, .. }) => Err(UploadError::Manifest { message }),
        }
    }

    /// Calls the step once, in a fresh instance unless the request allows one to be used again.
    /// Never fails as such: whatever goes wrong is a
    /// [`Failure`] in the answer.
    ///
    /// Must run within a Tokio runtime that has its time driver enabled. While the step computes
    /// it lets other tasks of its thread run every 2 ms. Dropping the future ends the call.
    pub async fn call(&self, request: CallRequest<'_>) -> Call {
        let CallRequest {
            context,
            input,
            access,
            limits,
            ..
        } = request;
        let mut usage = Usage::default();
        let refused = |failure| Call {
            outcome: Err(failure),
            log: Vec::new(),
            changes: Changes::default(),
            usage: Usage::default(),
        };
        if input.len() > limits.input_bytes {
            return refused(Failure::retryable(format!(
                "the input has {} bytes; the limit is {} (limit input_bytes)",
                input.len(),
                limits.input_bytes
            )));
        }
        if let Some(message) = access.lacks(&self.0.capabilities) {
            return refused(Failure::Permanent { message });
        }
        let caller = Caller::of(access, &context.idempotency_key);
        let ran = match &self.0.entry {
            Entry::Handler(handler) => self.handle(handler, &request, caller, &mut usage).await,
            Entry::Functions(library) => match library.prepare(&request) {
                Ok(prepared) => self.typed(&prepared, &request, caller, &mut usage).await,
                Err(failure) => return refused(failure),
            },
        };
        let Ran {
            answer: outcome,
            log,
            changes,
            ..
        } = ran;
        let holds = matches!(outcome, Ok(_) | Err(Failure::BpmnError { .. }));
        Call {
            outcome,
            log,
            changes: if holds { changes } else { Changes::default() },
            usage,
        }
    }

    /// Calls `anyam:step/handler`.
    async fn handle(
        &self,
        handler: &handler::GuestIndices,
        request: &CallRequest<'_>,
        caller: Caller,
        usage: &mut Usage,
    ) -> Ran<String> {
        let CallRequest {
            context,
            input,
            limits,
            ..
        } = *request;
        if let Some(function) = request.function {
            return Ran::refused(Failure::Permanent {
                message: format!(
                    "the step has no function {}: it exports anyam:step/handler and no typed \
                     functions; name the step alone in the task type",
                    clip(function.to_owned(), limits.error_text_bytes / 2)
                ),
            });
        }
        let headers: Vec<_> = context
            .headers
            .iter()
            .map(|(key, value)| Header { key, value })
            .collect();
        let context = StepContext {
            tenant_id: &context.tenant_id,
            process_id: &context.process_id,
            process_version: context.process_version,
            process_instance_key: context.process_instance_key,
            element_id: &context.element_id,
            element_instance_key: context.element_instance_key,
            job_key: context.job_key,
            idempotency_key: &context.idempotency_key,
            attempt: context.attempt,
            deadline_unix_ms: context.deadline_unix_ms,
            headers: &headers,
        };
        let run = Run::of(request, limits.output_bytes, caller);
        let ran = self.run(run, usage, async |store, instance| {
            handler
                .load(&mut *store, instance)?
                .call_handle(&mut *store, context, input)
                .await
        });
        let mut ran = ran.await;
        let denied = ran.denied.take();
        ran.and_then(|answer| match answer {
            Ok(output) => match check_json(&output, limits) {
                Ok(()) => Ok(output),
                Err(reason) => Err(Failure::retryable(format!(
                    "the output of the step {reason}"
                ))),
            },
            Err(failure) => Err(Failure::answered(failure, denied.as_deref(), limits)),
        })
    }

    /// Calls a typed function.
    async fn typed(
        &self,
        prepared: &typed::Prepared<'_>,
        request: &CallRequest<'_>,
        caller: Caller,
        usage: &mut Usage,
    ) -> Ran<String> {
        let limits = request.limits;
        let run = Run::of(request, prepared.handover(limits), caller);
        let ran = self.run(run, usage, async |store, instance| {
            prepared.call(store, instance).await
        });
        ran.await
            .and_then(|answer| prepared.outcome(answer.as_ref(), limits))
    }

    /// For whom instances of this step are kept.
    pub(crate) fn owner(&self, tenant: Arc<str>) -> Owner {
        Owner {
            step: self.0.number,
            tenant,
        }
    }

    /// Whether instances are made before they are called: where making one reaches nothing but
    /// the clock and randomness.
    pub(crate) fn is_prewarmed(&self) -> bool {
        self.0.effect == EffectClass::Pure && self.0.capabilities.is_empty()
    }

    pub(crate) fn making(&self) -> &Lasting {
        &self.0.making
    }

    pub(crate) fn clearing(&self) -> &Lasting {
        &self.0.clearing
    }

    pub(crate) fn sandbox(&self) -> &Arc<Inner> {
        &self.0.sandbox
    }

    pub(crate) fn instance_pre(&self) -> &InstancePre<State> {
        &self.0.component
    }
}

/// Refuses at upload what every call would be refused.
pub(crate) fn check_needs(
    needs: &wasmtime::ResourcesRequired,
    limits: &Limits,
) -> Result<(), UploadError> {
    let pages = usize::try_from(needs.max_initial_memory_size.unwrap_or(0)).unwrap_or(usize::MAX);
    let memory = pages.saturating_mul(PAGE_BYTES);
    let table = usize::try_from(needs.max_initial_table_size.unwrap_or(0)).unwrap_or(usize::MAX);
    for (what, needed, limit, name) in [
        (
            "bytes in one memory",
            memory,
            limits.memory_bytes,
            "memory_bytes",
        ),
        (
            "elements in one table",
            table,
            limits.table_elements,
            "table_elements",
        ),
        (
            "memories",
            needs.num_memories as usize,
            limits.memories,
            "memories",
        ),
        ("tables", needs.num_tables as usize, limits.tables, "tables"),
    ] {
        if needed > limit {
            return Err(UploadError::Resources {
                message: format!("{needed} {what}; a call may have {limit} (limit {name})"),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sendable<T: Send>(value: T) -> T {
        value
    }

    /// Never run: that it compiles is what counts, since the host moves calls between threads.
    #[expect(dead_code, reason = "only has to compile")]
    async fn futures_can_move_between_threads(step: Step, context: CallContext, limits: Limits) {
        let access = Access::nothing();
        let request = CallRequest {
            context: &context,
            function: None,
            input: "{}",
            access: &access,
            limits: &limits,
            reuse: 1,
        };
        sendable(step.call(request)).await;
        sendable(step.describe())
            .await
            .map(drop)
            .unwrap_or_default();
    }
}
