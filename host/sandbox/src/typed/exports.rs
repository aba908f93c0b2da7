//! The functions among the exports of a component.

use std::collections::HashMap;

use wasmparser::PrimitiveValType as Primitive;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId, ComponentValType,
};
use wasmparser::types::{Types, TypesRef};

use super::function::Function;
use super::members::Members;
use super::value_type::ValueType;
use crate::error::UploadError;
use crate::limits::Limits;
use crate::signature;

/// Interfaces whose functions are called by others than tasks.
const NO_STEPS: [&str; 2] = ["wasi:", "anyam:"];
/// The parameter that the host fills in.
const CONTEXT: &str = "context";

/// The functions that take and answer values, at the root and in exported interfaces. Others,
/// such as those with handles, are left out.
pub(crate) fn functions(
    exports: &[String],
    types: &Types,
    limits: &Limits,
) -> Result<Vec<Function>, UploadError> {
    let types = types.as_ref();
    let mut reader = Reader {
        types,
        limits,
        left: limits.typed_nodes,
    };
    let mut found = Vec::new();
    for export in exports {
        if NO_STEPS.iter().any(|prefix| export.starts_with(prefix)) {
            continue;
        }
        match types.component_item_for_export(export).map(|item| item.ty) {
            Some(ComponentEntityType::Func(id)) => {
                reader.function(&mut found, export, None, id)?;
            }
            Some(ComponentEntityType::Instance(id)) => {
                for (name, item) in &types[id].exports {
                    if let ComponentEntityType::Func(id) = item.ty {
                        reader.function(&mut found, name, Some(export), id)?;
                    }
                }
            }
            _ => {}
        }
    }
    tell_apart(&mut found)?;
    Ok(found)
}

/// Puts the interface before names that are not unique.
fn tell_apart(functions: &mut [Function]) -> Result<(), UploadError> {
    let count = |functions: &[Function]| {
        let mut counts = HashMap::new();
        for function in functions {
            *counts.entry(function.name.clone()).or_insert(0usize) += 1;
        }
        counts
    };
    let counts = count(functions);
    for function in &mut *functions {
        if counts[&function.name] > 1
            && let Some(interface) = function.interface.as_deref()
        {
            let interface = interface.split('@').next().unwrap_or(interface);
            let interface = interface.rsplit('/').next().unwrap_or(interface);
            function.name = format!("{interface}.{}", function.name);
        }
    }
    match count(functions).into_iter().find(|(_, count)| *count > 1) {
        None => Ok(()),
        Some((name, count)) => Err(UploadError::Functions {
            message: format!(
                "{count} exported functions are called {name}; give their interfaces different \
                 names"
            ),
        }),
    }
}

struct Reader<'a> {
    types: TypesRef<'a>,
    limits: &'a Limits,
    /// Types that may still be read. Types refer to each other, so that written out they may be
    /// far larger than the component.
    left: usize,
}

/// Why a type is not read.
enum Stop {
    /// It is no type of values.
    NoValue,
    Refused(UploadError),
}

type Read<T> = Result<T, Stop>;

impl Reader<'_> {
    /// Adds a function where it takes and answers values.
    fn function(
        &mut self,
        found: &mut Vec<Function>,
        name: &str,
        interface: Option<&str>,
        id: ComponentFuncTypeId,
    ) -> Result<(), UploadError> {
        // Constructors and methods of resources have names such as `[method]x.y`.
        if name.starts_with('[') || self.types[id].async_ {
            return Ok(());
        }
        match self.signature(name, interface, id) {
            Ok(_) if found.len() >= self.limits.typed_functions => Err(UploadError::Functions {
                message: format!(
                    "there are more than {} exported functions (limit typed_functions)",
                    self.limits.typed_functions
                ),
            }),
            Ok(function) => {
                found.push(function);
                Ok(())
            }
            Err(Stop::NoValue) => Ok(()),
            Err(Stop::Refused(error)) => Err(error),
        }
    }

    fn signature(
        &mut self,
        name: &str,
        interface: Option<&str>,
        id: ComponentFuncTypeId,
    ) -> Read<Function> {
        // A copy, so that what is read from it does not hold on to `self`.
        let types = self.types;
        let ty = &types[id];
        let (mut params, mut context_at) = (Vec::new(), None);
        for (at, (param, ty)) in ty.params.iter().enumerate() {
            if param.as_str() == CONTEXT && signature::is_context(ty, self.types) {
                context_at = Some(at);
            } else {
                let ty = self.value(ty, name, 1)?;
                params.push((param.as_str(), ty));
            }
        }
        let result = ty.result.as_ref();
        let result = result.map(|ty| self.value(ty, name, 1)).transpose()?;
        Ok(Function {
            name: name.to_owned(),
            interface: interface.map(str::to_owned),
            params: Members::new(params),
            context_at,
            result,
        })
    }

    fn value(&mut self, ty: &ComponentValType, function: &str, depth: usize) -> Read<ValueType> {
        let refuse = |message: String| Err(Stop::Refused(UploadError::Functions { message }));
        if depth > self.limits.typed_depth {
            return refuse(format!(
                "the types of {function} are nested deeper than {} (limit typed_depth)",
                self.limits.typed_depth
            ));
        }
        let Some(left) = self.left.checked_sub(1) else {
            return refuse(format!(
                "the types of the exported functions, written out, are more than {} with \
                 {function} (limit typed_nodes)",
                self.limits.typed_nodes
            ));
        };
        self.left = left;
        let types = self.types;
        let defined = match ty {
            ComponentValType::Primitive(primitive) => return primitive_type(*primitive),
            ComponentValType::Type(id) => &types[*id],
        };
        let mut inner = |ty: &ComponentValType| self.value(ty, function, depth + 1);
        Ok(match defined {
            ComponentDefinedType::Primitive(primitive) => primitive_type(*primitive)?,
            ComponentDefinedType::Record(record) => {
                let fields = record.fields.iter();
                let fields = fields.map(|(name, ty)| Ok((name.as_str(), inner(ty)?)));
                ValueType::Record(Members::new(fields.collect::<Read<Vec<_>>>()?))
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.iter().map(|(name, case)| {
                    let ty = case.ty.as_ref().map(&mut inner).transpose()?;
                    Ok((name.as_str(), ty))
                });
                ValueType::Variant(Members::new(cases.collect::<Read<Vec<_>>>()?))
            }
            ComponentDefinedType::List { element, .. } => {
                ValueType::List(Box::new(inner(element)?))
            }
            ComponentDefinedType::Map { key, value, .. } => {
                ValueType::Map(Box::new((inner(key)?, inner(value)?)))
            }
            ComponentDefinedType::Tuple(tuple) => {
                ValueType::Tuple(tuple.types.iter().map(inner).collect::<Read<_>>()?)
            }
            ComponentDefinedType::Flags(names) => {
                ValueType::Flags(self.names(names.iter().map(|name| name.as_str()), function)?)
            }
            ComponentDefinedType::Enum(names) => {
                ValueType::Enum(self.names(names.iter().map(|name| name.as_str()), function)?)
            }
            ComponentDefinedType::Option { ty, .. } => ValueType::Option(Box::new(inner(ty)?)),
            ComponentDefinedType::Result { ok, err, .. } => {
                let ok = ok.as_ref().map(&mut inner).transpose()?;
                let err = err.as_ref().map(&mut inner).transpose()?;
                ValueType::Result(Box::new((ok, err)))
            }
            _ => return Err(Stop::NoValue),
        })
    }

    /// Names count as types do: an enum may have very many.
    fn names<'n>(
        &mut self,
        names: impl ExactSizeIterator<Item = &'n str>,
        function: &str,
    ) -> Read<Members<()>> {
        match self.left.checked_sub(names.len()) {
            Some(left) => {
                self.left = left;
                Ok(Members::new(names.map(|name| (name, ()))))
            }
            None => Err(Stop::Refused(UploadError::Functions {
                message: format!(
                    "the types of the exported functions, written out, are more than {} with \
                     {function} (limit typed_nodes)",
                    self.limits.typed_nodes
                ),
            })),
        }
    }
}

fn primitive_type(primitive: Primitive) -> Read<ValueType> {
    Ok(match primitive {
        Primitive::Bool => ValueType::Bool,
        Primitive::S8 => ValueType::S8,
        Primitive::U8 => ValueType::U8,
        Primitive::S16 => ValueType::S16,
        Primitive::U16 => ValueType::U16,
        Primitive::S32 => ValueType::S32,
        Primitive::U32 => ValueType::U32,
        Primitive::S64 => ValueType::S64,
        Primitive::U64 => ValueType::U64,
        Primitive::F32 => ValueType::F32,
        Primitive::F64 => ValueType::F64,
        Primitive::Char => ValueType::Char,
        Primitive::String => ValueType::String,
        Primitive::ErrorContext => return Err(Stop::NoValue),
    })
}
