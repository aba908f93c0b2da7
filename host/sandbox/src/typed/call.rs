//! The functions of a component, ready to be called.

use std::collections::HashMap;

use wasmtime::component::{Component, ComponentExportIndex, Instance, Val};
use wasmtime::{AsContextMut, error::Context as _};

use super::from_json::FromJson;
use super::function::Function;
use super::outcome;
use super::value_type::ValueType;
use crate::failure::Failure;
use crate::json;
use crate::limits::{Limits, clip};
use crate::step::{CallContext, CallRequest};

/// The functions of a component.
pub(crate) struct Library {
    functions: Vec<Exported>,
    by_name: HashMap<String, usize>,
}

struct Exported {
    function: Function,
    export: ComponentExportIndex,
    /// See [`Prepared::handover`].
    weight: usize,
}

/// A function and what it is to be called with.
pub(crate) struct Prepared<'a> {
    exported: &'a Exported,
    arguments: Vec<Val>,
}

impl Library {
    /// Finds the functions in a compiled component.
    pub(crate) fn new(component: &Component, functions: Vec<Function>) -> wasmtime::Result<Self> {
        let mut found = Vec::with_capacity(functions.len());
        let mut by_name = HashMap::new();
        for function in functions {
            let parent = function.interface.as_deref();
            let parent = parent.and_then(|name| component.get_export_index(None, name));
            let export = component
                .get_export_index(parent.as_ref(), function.plain_name())
                .with_context(|| format!("the function {} is absent", function.name))?;
            by_name.insert(function.name.clone(), found.len());
            let weight = function.result.as_ref().map_or(1, weight);
            found.push(Exported {
                function,
                export,
                weight,
            });
        }
        Ok(Self {
            functions: found,
            by_name,
        })
    }

    pub(crate) fn functions(&self) -> impl ExactSizeIterator<Item = &Function> {
        self.functions.iter().map(|exported| &exported.function)
    }

    /// The function that a request means, with its arguments.
    ///
    /// # Errors
    /// A permanent failure: no other attempt makes the input fit.
    pub(crate) fn prepare(&self, request: &CallRequest<'_>) -> Result<Prepared<'_>, Failure> {
        let refuse = |message: String| Failure::Permanent {
            message: clip(message, request.limits.error_text_bytes),
        };
        let exported = self.choose(request.function).map_err(refuse)?;
        let function = &exported.function;
        json::check_object(request.input, request.limits.json_depth)
            .map_err(|reason| refuse(format!("the input {reason}")))?;
        let mut arguments = FromJson::new(request.input, request.limits)
            .members(&function.params)
            .map_err(|misfit| {
                refuse(format!(
                    "the input does not fit the function {}: {misfit}",
                    function.name
                ))
            })?;
        if let Some(at) = function.context_at {
            arguments.insert(at.min(arguments.len()), context(request.context));
        }
        Ok(Prepared {
            exported,
            arguments,
        })
    }

    fn choose(&self, name: Option<&str>) -> Result<&Exported, String> {
        let names = || {
            let names: Vec<_> = self.functions().map(|function| &*function.name).collect();
            names.join(", ")
        };
        match (name, &*self.functions) {
            (None, [only]) => Ok(only),
            (None, _) => Err(format!(
                "the step has several functions; name one of {} in the task type, as in \
                 step/function",
                names()
            )),
            (Some(name), functions) => match self.by_name.get(name) {
                Some(at) => Ok(&functions[*at]),
                None => Err(format!(
                    "the step has no function {name}; it has {}",
                    names()
                )),
            },
        }
    }
}

impl Prepared<'_> {
    /// What a guest may hand over at one time so that an answer of `Limits::typed_values` values
    /// comes through. The engine counts the bytes of flags' names but not what it takes to hold
    /// them, so values with flags weigh more than it knows.
    pub(crate) fn handover(&self, limits: &Limits) -> usize {
        let values = limits.typed_values.saturating_mul(size_of::<Val>());
        limits
            .output_bytes
            .saturating_add(values / self.exported.weight)
    }

    /// Calls the function in a fresh instance of its component.
    pub(crate) async fn call(
        &self,
        mut store: impl AsContextMut<Data: Send>,
        instance: &Instance,
    ) -> wasmtime::Result<Option<Val>> {
        let function = instance
            .get_func(&mut store, self.exported.export)
            .context("the function is absent")?;
        let mut answer =
            vec![Val::Bool(false); usize::from(self.exported.function.result.is_some())];
        function
            .call_async(&mut store, &self.arguments, &mut answer)
            .await?;
        Ok(answer.pop())
    }

    /// What its answer means.
    pub(crate) fn outcome(&self, answer: Option<&Val>, limits: &Limits) -> Result<String, Failure> {
        outcome::outcome(&self.exported.function, answer, limits)
    }
}

/// How many times more memory a value of the type may take than the engine counts for it.
fn weight(ty: &ValueType) -> usize {
    /// A name in memory: its string and what the allocator adds.
    const NAME: usize = size_of::<String>() + 32;
    match ty {
        ValueType::Flags(flags) => {
            let counted: usize = flags.iter().map(|flag| flag.name.len()).sum();
            let value = size_of::<Val>();
            (value + counted + flags.len() * NAME).div_ceil(value + counted)
        }
        ValueType::List(inner) | ValueType::Option(inner) => weight(inner),
        ValueType::Map(pair) => weight(&pair.0).max(weight(&pair.1)),
        ValueType::Tuple(types) => most(types.iter()),
        ValueType::Record(fields) => most(fields.iter().map(|field| &field.ty)),
        ValueType::Variant(cases) => most(cases.iter().filter_map(|case| case.ty.as_ref())),
        ValueType::Result(either) => most(either.0.iter().chain(&either.1)),
        _ => 1,
    }
}

fn most<'t>(types: impl Iterator<Item = &'t ValueType>) -> usize {
    types.map(weight).max().unwrap_or(1)
}

/// `anyam:step/context.step-context`.
fn context(context: &CallContext) -> Val {
    let text = |text: &str| Val::String(text.to_owned());
    let headers = context.headers.iter().map(|(key, value)| {
        Val::Record(vec![
            ("key".to_owned(), text(key)),
            ("value".to_owned(), text(value)),
        ])
    });
    let fields = [
        ("tenant-id", text(&context.tenant_id)),
        ("process-id", text(&context.process_id)),
        ("process-version", Val::U32(context.process_version)),
        (
            "process-instance-key",
            Val::U64(context.process_instance_key),
        ),
        ("element-id", text(&context.element_id)),
        (
            "element-instance-key",
            Val::U64(context.element_instance_key),
        ),
        ("job-key", Val::U64(context.job_key)),
        ("idempotency-key", text(&context.idempotency_key)),
        ("attempt", Val::U32(context.attempt)),
        ("deadline-unix-ms", Val::U64(context.deadline_unix_ms)),
        ("headers", Val::List(headers.collect())),
    ];
    let named = fields.map(|(name, value)| (name.to_owned(), value));
    Val::Record(named.into())
}
