//! The types that a step's exports must have, compared with those of a component.

use wasmparser::PrimitiveValType as Primitive;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId,
    ComponentValType,
};
use wasmparser::types::TypesRef;

/// A type of the contract. Component types are compared by structure; the names of the types
/// themselves do not count.
enum Type {
    Plain(Primitive),
    List(&'static Type),
    Option(&'static Type),
    Result(&'static Type, &'static Type),
    Record(&'static [(&'static str, Type)]),
    Variant(&'static [(&'static str, Type)]),
}

/// A function of the contract.
struct Function {
    name: &'static str,
    params: &'static [(&'static str, Type)],
    result: Type,
}

/// An interface of the contract.
pub(crate) struct Interface {
    /// Its name without a version.
    pub(crate) name: &'static str,
    function: Function,
}

use Type::{List, Option as Maybe, Plain, Record, Result as Either, Variant};

const STRING: Type = Plain(Primitive::String);
const U32: Type = Plain(Primitive::U32);
const U64: Type = Plain(Primitive::U64);

const HEADER: Type = Record(&[("key", STRING), ("value", STRING)]);
const CONTEXT: Type = Record(&[
    ("tenant-id", STRING),
    ("process-id", STRING),
    ("process-version", U32),
    ("process-instance-key", U64),
    ("element-id", STRING),
    ("element-instance-key", U64),
    ("job-key", U64),
    ("idempotency-key", STRING),
    ("attempt", U32),
    ("deadline-unix-ms", U64),
    ("headers", List(&HEADER)),
]);
const FAILURE: Type = Variant(&[
    (
        "bpmn-error",
        Record(&[("code", STRING), ("message", STRING), ("variables", STRING)]),
    ),
    (
        "retryable",
        Record(&[("message", STRING), ("retry-after-ms", Maybe(&U64))]),
    ),
    ("permanent", STRING),
]);
const ERROR_CODE: Type = Record(&[("code", STRING), ("docs", STRING)]);
const DESCRIPTION: Type = Record(&[
    ("name", STRING),
    ("version", STRING),
    ("docs", STRING),
    ("input-schema", Maybe(&STRING)),
    ("output-schema", Maybe(&STRING)),
    ("error-codes", List(&ERROR_CODE)),
]);

/// `anyam:step/handler`.
pub(crate) const HANDLER: Interface = Interface {
    name: "anyam:step/handler",
    function: Function {
        name: "handle",
        params: &[("context", CONTEXT), ("input", STRING)],
        result: Either(&STRING, &FAILURE),
    },
};

/// `anyam:step/manifest`.
pub(crate) const MANIFEST: Interface = Interface {
    name: "anyam:step/manifest",
    function: Function {
        name: "describe",
        params: &[],
        result: DESCRIPTION,
    },
};

/// Whether `found` is `anyam:step/context.step-context`.
pub(crate) fn is_context(found: &ComponentValType, types: TypesRef<'_>) -> bool {
    CONTEXT.check(Some(found), types, "").is_ok()
}

impl Interface {
    /// Compares an export of a component with this interface.
    ///
    /// # Errors
    /// Where they differ and how.
    pub(crate) fn check(
        &self,
        export: &ComponentEntityType,
        types: TypesRef<'_>,
    ) -> Result<(), String> {
        let ComponentEntityType::Instance(instance) = export else {
            return Err("it must be an interface (an instance)".to_owned());
        };
        let Function {
            name,
            params,
            result,
        } = &self.function;
        let id = function(*instance, name, types)?;
        let found = &types[id];
        if found.async_ {
            return Err(format!("{name} must not be async"));
        }
        if found.params.len() != params.len() {
            return Err(format!(
                "{name} takes {} parameters and must take {}",
                found.params.len(),
                params.len()
            ));
        }
        for ((found_name, found), (expected_name, expected)) in found.params.iter().zip(*params) {
            if found_name.as_str() != *expected_name {
                return Err(format!(
                    "a parameter of {name} is called {found_name} and must be {expected_name}"
                ));
            }
            expected.check(Some(found), types, &format!("{name}: {expected_name}"))?;
        }
        result.check(found.result.as_ref(), types, &format!("{name}: result"))
    }
}

fn function(
    instance: ComponentInstanceTypeId,
    name: &str,
    types: TypesRef<'_>,
) -> Result<ComponentFuncTypeId, String> {
    match types[instance].exports.get(name).map(|item| item.ty) {
        Some(ComponentEntityType::Func(id)) => Ok(id),
        Some(_) => Err(format!("{name} must be a function")),
        None => Err(format!("the function {name} is missing")),
    }
}

impl Type {
    /// `at` says where in the contract this type stands.
    fn check(
        &self,
        found: Option<&ComponentValType>,
        types: TypesRef<'_>,
        at: &str,
    ) -> Result<(), String> {
        let wrong = |found: &str| Err(format!("{at} is {found} and must be {}", self.name()));
        let defined = match found {
            None => return wrong("absent"),
            Some(ComponentValType::Primitive(found)) => {
                return self.check_primitive(*found, at);
            }
            Some(ComponentValType::Type(id)) => &types[*id],
        };
        match (self, defined) {
            (_, ComponentDefinedType::Primitive(found)) => self.check_primitive(*found, at),
            (List(inner), ComponentDefinedType::List { element, .. }) => {
                inner.check(Some(element), types, &format!("{at}[]"))
            }
            (Maybe(inner), ComponentDefinedType::Option { ty, .. }) => {
                inner.check(Some(ty), types, &format!("{at}.some"))
            }
            (Either(ok, error), ComponentDefinedType::Result { ok: a, err: b, .. }) => {
                ok.check(a.as_ref(), types, &format!("{at}.ok"))?;
                error.check(b.as_ref(), types, &format!("{at}.err"))
            }
            (Record(expected), ComponentDefinedType::Record(found)) => {
                let found = found
                    .fields
                    .iter()
                    .map(|(name, ty)| (name.as_str(), Some(ty)));
                members(expected, found, types, at)
            }
            (Variant(expected), ComponentDefinedType::Variant(found)) => {
                let found = found
                    .cases
                    .iter()
                    .map(|(name, case)| (name.as_str(), case.ty.as_ref()));
                members(expected, found, types, at)
            }
            (_, found) => wrong(defined_name(found)),
        }
    }

    fn check_primitive(&self, found: Primitive, at: &str) -> Result<(), String> {
        match self {
            Plain(expected) if *expected == found => Ok(()),
            _ => Err(format!("{at} is {found} and must be {}", self.name())),
        }
    }

    fn name(&self) -> String {
        match self {
            Plain(primitive) => primitive.to_string(),
            List(_) => "a list".to_owned(),
            Maybe(_) => "an option".to_owned(),
            Either(..) => "a result".to_owned(),
            Record(_) => "a record".to_owned(),
            Variant(_) => "a variant".to_owned(),
        }
    }
}

/// Compares the fields of a record or the cases of a variant; their order counts.
fn members<'a>(
    expected: &[(&str, Type)],
    found: impl ExactSizeIterator<Item = (&'a str, Option<&'a ComponentValType>)>,
    types: TypesRef<'_>,
    at: &str,
) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!(
            "{at} has {} members and must have {}",
            found.len(),
            expected.len()
        ));
    }
    for ((found_name, found), (name, expected)) in found.zip(expected) {
        if found_name != *name {
            return Err(format!(
                "{at} has a member {found_name} where {name} must be"
            ));
        }
        expected.check(found, types, &format!("{at}.{name}"))?;
    }
    Ok(())
}

fn defined_name(found: &ComponentDefinedType) -> &'static str {
    match found {
        ComponentDefinedType::Record(_) => "a record",
        ComponentDefinedType::Variant(_) => "a variant",
        ComponentDefinedType::List { .. } => "a list",
        ComponentDefinedType::Tuple(_) => "a tuple",
        ComponentDefinedType::Flags(_) => "flags",
        ComponentDefinedType::Enum(_) => "an enum",
        ComponentDefinedType::Option { .. } => "an option",
        ComponentDefinedType::Result { .. } => "a result",
        ComponentDefinedType::Own(_) | ComponentDefinedType::Borrow(_) => "a resource",
        _ => "another type",
    }
}
