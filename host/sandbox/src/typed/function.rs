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
        let ty = self.input_type(path)?;
        let place = path.join(".");
        json::check_value(value, limits.json_depth).map_err(|why| format!("{place} {why}"))?;
        FromJson::at(&place, value, limits).value(ty).map(drop)
    }

    /// The type at a path that an input mapping writes to.
    ///
    /// # Errors
    /// Which part of the path is nothing that the function takes, as a sentence.
    pub fn input_type(&self, path: &[&str]) -> Result<&ValueType, String> {
        let first = path.first().copied().unwrap_or_default();
        let param = self.params.get(first).ok_or_else(|| {
            let names = self.params.iter().map(|param| &*param.json_name);
            format!(
                "{first} is no parameter of {}, which has {}",
                self.name,
                listed(names)
            )
        })?;
        walk(&param.ty, path, |ty, member| member_type(ty, member))
    }

    /// Checks that a path that an output mapping reads can be there, where it begins with a member of
    /// the output. Any other path may name a variable of the process, which a mapping sees as well.
    ///
    /// # Errors
    /// Which part of it cannot be, as a sentence.
    pub fn check_output(&self, path: &[&str]) -> Result<(), String> {
        let first = path.first().copied().unwrap_or_default();
        let Some(ValueType::Record(fields)) = self.success() else {
            return Ok(());
        };
        let Some(field) = fields.get(first) else {
            return Ok(());
        };
        walk(&field.ty, path, |ty, member| match ty {
            // FEEL reads a member of each element.
            ValueType::List(element) => member_type(element, member),
            ty => member_type(ty, member),
        })
        .map(drop)
    }

    /// The required fields that are never set where the input is made of these paths alone, each
    /// with its type.
    pub fn missing(&self, paths: &[Vec<&str>]) -> Vec<(String, &ValueType)> {
        let mut missing = Vec::new();
        for param in self.params.iter() {
            let below: Vec<&[&str]> = paths
                .iter()
                .filter(|path| path.first().is_some_and(|name| is(param, name)))
                .map(|path| &path[1..])
                .collect();
            find_missing(&param.json_name, &param.ty, &below, &mut missing);
        }
        missing
    }
}

/// What an output that is no record is called.
pub(super) const RESULT: &str = "result";

fn is<T>(member: &Member<T>, name: &str) -> bool {
    *member.name == *name || *member.json_name == *name
}

fn find_missing<'t>(
    place: &str,
    ty: &'t ValueType,
    paths: &[&[&str]],
    missing: &mut Vec<(String, &'t ValueType)>,
) {
    if paths.is_empty() {
        if !matches!(ty, ValueType::Option(_)) {
            missing.push((place.to_owned(), ty));
        }
        return;
    }
    let inner = match ty {
        ValueType::Option(inner) => inner,
        ty => ty,
    };
    // Set as a whole, or not made of fields.
    let ValueType::Record(fields) = inner else {
        return;
    };
    if paths.iter().any(|path| path.is_empty()) {
        return;
    }
    for field in fields.iter() {
        let below: Vec<&[&str]> = paths
            .iter()
            .filter(|path| is(field, path[0]))
            .map(|path| &path[1..])
            .collect();
        let place = format!("{place}.{}", field.json_name);
        find_missing(&place, &field.ty, &below, missing);
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Goes from the type of the first part of a path to that of its last.
fn walk<'t>(
    mut ty: &'t ValueType,
    path: &[&str],
    step: impl Fn(&'t ValueType, &str) -> Option<&'t ValueType>,
) -> Result<&'t ValueType, String> {
    for (at, part) in path.iter().enumerate().skip(1) {
        ty = step(ty, part).ok_or_else(|| {
            let parent = path[..at].join(".");
            format!("{parent}.{part} cannot be: {parent} is {}", shown(ty))
        })?;
    }
    Ok(ty)
}

/// The type of a member of a value, where values of the type have such a member.
fn member_type<'t>(ty: &'t ValueType, member: &str) -> Option<&'t ValueType> {
    match ty {
        ValueType::Record(fields) => fields.get(member).map(|field| &field.ty),
        ValueType::Variant(cases) => cases.get(member).and_then(|case| case.ty.as_ref()),
        ValueType::Map(pair) if pair.0 == ValueType::String => Some(&pair.1),
        ValueType::Option(inner) => match &**inner {
            ValueType::Option(_) => (member == "some").then_some(inner),
            inner => member_type(inner, member),
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
