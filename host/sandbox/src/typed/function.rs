//! A function that is a step.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use super::from_json::{FromJson, shown};
use super::members::{Member, Members};
use super::value_type::{ValueType, separated};
use crate::json;
use crate::limits::Limits;

/// An exported function that takes and answers values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// What a task calls it: `quote`, or `tariff.quote` where another interface of the component
    /// has a `quote` too.
    pub name: String,
    /// The interface that holds it, where one does: `acme:tariffs/tariff@1.0.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Its parameters, which are members of the input.
    pub params: Members<ValueType>,
    /// Where among the parameters `context` comes, of the type `anyam:step/context.step-context`.
    /// The host fills it in, and it is not one of `params`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_at: Option<usize>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ValueType>,
}

impl Function {
    /// Its name within its interface.
    pub fn plain_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// What it answers where all goes well: without the `result` around it.
    pub fn success(&self) -> Option<&ValueType> {
        match &self.result {
            Some(ValueType::Result(either)) => either.0.as_ref(),
            other => other.as_ref(),
        }
    }

    /// What it answers as an error, where it may.
    pub fn error(&self) -> Option<&ValueType> {
        match &self.result {
            Some(ValueType::Result(either)) => either.1.as_ref(),
            _ => None,
        }
    }

    /// The members of its output.
    pub fn output_members(&self) -> Vec<&str> {
        match self.success() {
            Some(ValueType::Record(fields)) => {
                fields.iter().map(|field| &*field.json_name).collect()
            }
            Some(_) => vec!["result"],
            None => Vec::new(),
        }
    }

    /// Whether an input without `param` is refused.
    pub fn requires(&self, param: &str) -> bool {
        let param = self.params.get(param);
        param.is_some_and(|param| !matches!(param.ty, ValueType::Option(_)))
    }

    /// Checks whether the value at `path`, of which the first part is a parameter, may be this
    /// JSON text.
    ///
    /// # Errors
    /// What must be there instead, as a sentence that names the field.
    pub fn check_constant(
        &self,
        path: &[&str],
        value: &str,
        limits: &Limits,
    ) -> Result<(), String> {
        json::check_value(value, limits.json_depth)?;
        let ty = self.type_at(path)?;
        let mut reader = FromJson::new(value, limits);
        let read = reader.value(ty).map(drop);
        let at = path.join(".");
        read.map_err(|misfit| match misfit.chars().next() {
            Some(' ') => format!("{at}{misfit}"),
            Some('[') => format!("{at}{misfit}"),
            _ => format!("{at}.{misfit}"),
        })
    }

    /// The type at a path that a mapping writes to.
    ///
    /// # Errors
    /// Which part of the path is nothing the function takes, as a sentence.
    pub fn type_at(&self, path: &[&str]) -> Result<&ValueType, String> {
        let (first, rest) = path
            .split_first()
            .ok_or_else(|| "the path is empty".to_owned())?;
        let param = self.params.get(first).ok_or_else(|| {
            let names: Vec<_> = self.params.iter().map(|param| &*param.json_name).collect();
            format!(
                "{first} is no parameter of {}, which has {}",
                self.name,
                if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                }
            )
        })?;
        let mut ty = &param.ty;
        for (at, part) in rest.iter().enumerate() {
            let parent = path[..=at].join(".");
            ty = step_into(ty, part)
                .ok_or_else(|| format!("{parent}.{part} cannot be: {parent} is {}", shown(ty)))?;
        }
        Ok(ty)
    }
}

/// The type of a member of a value, where values of the type have such a member.
fn step_into<'t>(ty: &'t ValueType, member: &str) -> Option<&'t ValueType> {
    match ty {
        ValueType::Record(fields) => fields.get(member).map(|field| &field.ty),
        ValueType::Variant(cases) => cases.get(member).and_then(|case| case.ty.as_ref()),
        ValueType::Map(pair) if pair.0 == ValueType::String => Some(&pair.1),
        ValueType::Option(inner) => match &**inner {
            ValueType::Option(_) => (member == "some").then_some(inner),
            inner => step_into(inner, member),
        },
        ValueType::Result(either) => match member {
            "ok" => either.0.as_ref(),
            "err" => either.1.as_ref(),
            _ => None,
        },
        _ => None,
    }
}

/// The function as WIT would declare it, with the types written out.
impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: func(", self.plain_name())?;
        let param = |param: &Member<ValueType>| format!("{}: {}", param.name, param.ty);
        let mut params: Vec<_> = self.params.iter().map(param).collect();
        if let Some(at) = self.context_at {
            params.insert(at.min(params.len()), "context: step-context".to_owned());
        }
        separated(f, params.iter(), |f, param| f.write_str(param))?;
        f.write_str(")")?;
        match &self.result {
            Some(result) => write!(f, " -> {result}"),
            None => Ok(()),
        }
    }
}
