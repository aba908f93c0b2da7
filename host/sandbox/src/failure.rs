//! How a call ends without an output.

use wasmtime::component::ResourceTableError;
use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::FieldMapError;

use crate::contract::exports::anyam::step::handler as wit;
use crate::json;
use crate::limits::{Limits, clip};
use crate::state::{Meter, Refused};

/// Why a call has no output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A business outcome that the process handles.
    BpmnError {
        /// What a catching event is matched by.
        code: String,
        /// A sentence for people.
        message: String,
        /// A JSON object; its members become variables.
        variables: String,
    },
    /// A technical fault that another attempt may cure. Everything the host cuts off is one.
    Retryable {
        /// A sentence for people.
        message: String,
        /// The delay the step asks for, within `Limits::retry_after`.
        retry_after_ms: Option<u64>,
    },
    /// A fault that no other attempt cures.
    Permanent {
        /// What an operator must mend.
        message: String,
    },
}

/// The most functions named in the text of a trap.
const FRAMES: usize = 6;
/// The most bytes of a function's name in the text of a trap.
const FRAME_BYTES: usize = 120;

impl Failure {
    /// What to tell people.
    pub fn message(&self) -> &str {
        match self {
            Self::BpmnError { message, .. }
            | Self::Retryable { message, .. }
            | Self::Permanent { message } => message,
        }
    }

    pub(crate) fn retryable(message: impl Into<String>) -> Self {
        Self::Retryable {
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// The failure that a step answered. What it was denied before may well be the cause, so it is
    /// told to people; it is no part of a BPMN error, which the process handles.
    pub(crate) fn answered(failure: wit::Failure, denied: Option<&str>, limits: &Limits) -> Self {
        let clip = |text| clip(text, limits.error_text_bytes);
        match failure {
            wit::Failure::BpmnError(error) => {
                if error.code.len() > limits.error_code_bytes {
                    return Self::retryable(format!(
                        "the step answered a BPMN error whose code has {} bytes; the limit is {} \
                         (limit error_code_bytes)",
                        error.code.len(),
                        limits.error_code_bytes
                    ));
                }
                if let Err(reason) = check_json(&error.variables, limits) {
                    return Self::retryable(clip(format!(
                        "the step answered the BPMN error '{}', but its `variables` {reason}",
                        error.code
                    )));
                }
                Self::BpmnError {
                    code: error.code,
                    message: clip(error.message),
                    variables: error.variables,
                }
            }
            wit::Failure::Retryable(fault) => {
                let most = u64::try_from(limits.retry_after.as_millis()).unwrap_or(u64::MAX);
                Self::Retryable {
                    message: clip(with_denied(fault.message, denied)),
                    retry_after_ms: fault.retry_after_ms.map(|delay| delay.min(most)),
                }
            }
            wit::Failure::Permanent(message) => Self::Permanent {
                message: clip(with_denied(message, denied)),
            },
        }
    }

    /// The failure of a call that did not come back, or not in one piece.
    pub(crate) fn broken(
        error: &wasmtime::Error,
        meter: &Meter,
        limits: &Limits,
        stack_bytes: usize,
    ) -> Self {
        let text = describe(error, meter, limits, stack_bytes);
        let text = with_denied(text, meter.denied.as_deref());
        Self::retryable(clip(text, limits.error_text_bytes))
    }
}

fn with_denied(text: String, denied: Option<&str>) -> String {
    match denied {
        Some(denied) => format!("{text}; before, it was denied something: {denied}"),
        None => text,
    }
}

/// Checks an output of a step, or the variables of its BPMN error.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence.
pub(crate) fn check_json(text: &str, limits: &Limits) -> Result<(), String> {
    if text.len() > limits.output_bytes {
        return Err(format!(
            "has {} bytes; the limit is {} (limit output_bytes)",
            text.len(),
            limits.output_bytes
        ));
    }
    json::check_object(text, limits.json_depth)
}

fn describe(error: &wasmtime::Error, meter: &Meter, limits: &Limits, stack_bytes: usize) -> String {
    match meter.refused {
        Some(Refused::Time) => return timed_out(limits),
        Some(Refused::Cpu) => {
            return format!(
                "the step computed longer than {:?} and was stopped (limit cpu_time)",
                limits.cpu_time
            );
        }
        Some(Refused::HostCalls) => return too_many_host_calls(limits),
        Some(Refused::Memory { .. } | Refused::Table { .. }) | None => {}
    }
    if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
        return format!(
            "the step ended itself with exit code {code}; a step answers by returning from \
             `handle`"
        );
    }
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::StackOverflow) {
        return format!(
            "the step's calls are nested too deep: its stack of {stack_bytes} bytes is used up \
             (setting stack_bytes){}",
            frames(error)
        );
    }
    match meter.refused {
        Some(Refused::Memory { wanted }) => {
            return format!(
                "the step needs more memory than it may have: {wanted} bytes, and the limit is {} \
                 (limit memory_bytes)",
                limits.memory_bytes
            );
        }
        Some(Refused::Table { wanted }) => {
            return format!(
                "the step needs larger tables than it may have: {wanted} elements, and the limit \
                 is {} (limit table_elements)",
                limits.table_elements
            );
        }
        Some(Refused::Time | Refused::Cpu | Refused::HostCalls) | None => {}
    }
    let cause = error.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls") {
        return format!(
            "the step handed over more than the host takes at one time; an output may have {} \
             bytes (limit output_bytes), that of a typed function {} values (limit typed_values)",
            limits.output_bytes, limits.typed_values
        );
    }
    if let Some((_, name, limit)) = [
        ("instance count too high", "instances", limits.instances),
        ("memory count too high", "memories", limits.memories),
        ("table count too high", "tables", limits.tables),
    ]
    .into_iter()
    .find(|(sign, ..)| cause.contains(sign))
    {
        return format!(
            "the step consists of more {name} than it may have: the limit is {limit} (limit {name})"
        );
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return format!(
            "the step holds more handles to host resources than it may have at one time: the \
             limit is {} (limit handles), and {} once it uses HTTP (limit http.handles)",
            limits.handles, limits.http.handles
        );
    }
    if let Some(FieldMapError::TotalSizeTooBig | FieldMapError::TooManyFields) =
        error.downcast_ref()
    {
        return format!(
            "the step put more into the header of a request than it may have: {} fields with {} \
             bytes (limits http.headers, http.header_bytes)",
            limits.http.headers, limits.http.header_bytes
        );
    }
    match trap {
        Some(_) => {
            let cause = cause.trim_start_matches("wasm trap: ");
            format!("the step trapped: {cause}{}", frames(error))
        }
        None => format!(
            "the step broke its contract with the host: {cause}{}",
            frames(error)
        ),
    }
}

/// The failure of a call that ran into its time limit.
pub(crate) fn timed_out(limits: &Limits) -> String {
    format!(
        "the step ran longer than {:?} and was stopped (limit call_time)",
        limits.call_time
    )
}

/// The failure of a call that asked the host too often.
pub(crate) fn too_many_host_calls(limits: &Limits) -> String {
    format!(
        "the step called host functions more often than {} times (limit host_calls)",
        limits.host_calls
    )
}

/// The innermost named functions of the trap, if the component carries names.
fn frames(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return String::new();
    };
    let names: Vec<_> = trace
        .frames()
        .iter()
        .filter_map(|frame| frame.func_name())
        .take(FRAMES)
        .map(|name| clip(name.to_owned(), FRAME_BYTES))
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" (in {})", names.join(", called by "))
    }
}
