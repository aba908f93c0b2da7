//! JSON to the values that a function is called with.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasmtime::component::Val;

use super::members::Members;
use super::number;
use super::reader::{Kind, Reader};
use super::value_type::ValueType;
use crate::limits::{Limits, clip};

/// The longest text of a type or value in an error.
const SHOWN: usize = 120;

/// Reads values out of one JSON text.
pub(super) struct FromJson<'a, 't> {
    reader: Reader<'a>,
    /// Where in a larger text this one is.
    base: &'t str,
    path: Vec<Segment<'t>>,
    /// Values that may still be made.
    left: usize,
    limit: usize,
}

/// A part of the way to a value.
enum Segment<'t> {
    Member(&'t str),
    Index(usize),
}

/// Where a value does not fit and why, as a sentence.
type Misfit = String;

impl<'a, 't> FromJson<'a, 't> {
    /// Reads from `text`, which must be checked JSON.
    pub(super) fn new(text: &'a str, limits: &Limits) -> Self {
        Self::at("", text, limits)
    }

    /// The same for a text that is to stand at `base`.
    pub(super) fn at(base: &'t str, text: &'a str, limits: &Limits) -> Self {
        Self {
            reader: Reader::new(text),
            base,
            path: Vec::new(),
            left: limits.typed_values,
            limit: limits.typed_values,
        }
    }

    /// Reads an object whose members are these, into values in their order. Other members are
    /// passed over; of two with one name the last counts.
    pub(super) fn members(&mut self, members: &'t Members<ValueType>) -> Result<Vec<Val>, Misfit> {
        let mut values: Vec<Option<Val>> = std::iter::repeat_with(|| None)
            .take(members.len())
            .collect();
        self.reader.enter();
        while let Some(name) = self.reader.next_member() {
            let Some(at) = members.position(&name) else {
                self.reader.skip();
                continue;
            };
            let member = &members[at];
            self.path.push(Segment::Member(&member.json_name));
            values[at] = Some(self.value(&member.ty)?);
            self.path.pop();
        }
        let filled = values.into_iter().zip(members.iter());
        filled
            .map(|(value, member)| match (value, &member.ty) {
                (Some(value), _) => Ok(value),
                (None, ValueType::Option(_)) => {
                    self.count(1)?;
                    Ok(Val::Option(None))
                }
                (None, ty) => {
                    self.path.push(Segment::Member(&member.json_name));
                    Err(format!(
                        "{} is missing: it must be {}",
                        self.place(),
                        shown(ty)
                    ))
                }
            })
            .collect()
    }

    /// Reads the value that comes next.
    pub(super) fn value(&mut self, ty: &'t ValueType) -> Result<Val, Misfit> {
        self.count(1)?;
        let kind = self.reader.kind();
        if let Some((lowest, highest)) = ty.integers() {
            return self.integer(ty, lowest, highest);
        }
        match (ty, kind) {
            (ValueType::Bool, Kind::Bool) => Ok(Val::Bool(self.reader.word() == "true")),
            (ValueType::F32 | ValueType::F64, _) => self.float(ty, kind),
            (ValueType::Char, Kind::String) => {
                let text = self.reader.string();
                let mut letters = text.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => Ok(Val::Char(letter)),
                    _ => Err(self.other_text(ty, &text)),
                }
            }
            (ValueType::String, Kind::String) => Ok(Val::String(self.reader.string().into())),
            (ValueType::List(element), Kind::String) if **element == ValueType::U8 => {
                self.bytes(ty)
            }
            (ValueType::List(element), Kind::Array) => Ok(Val::List(self.list(element)?)),
            (ValueType::Map(pair), _) => self.map(ty, pair, kind),
            (ValueType::Tuple(types), Kind::Array) => self.tuple(ty, types),
            (ValueType::Record(fields), Kind::Object) => {
                let values = self.members(fields)?;
                let names = fields.iter().map(|field| field.name.to_string());
                Ok(Val::Record(names.zip(values).collect()))
            }
            (ValueType::Variant(cases), _) => self.variant(ty, cases, kind),
            (ValueType::Enum(cases), Kind::String) => {
                let text = self.reader.string();
                match cases.get(&text) {
                    Some(case) => Ok(Val::Enum(case.name.to_string())),
                    None => Err(self.other_text(ty, &text)),
                }
            }
            (ValueType::Flags(flags), Kind::Array) => self.flags(ty, flags),
            (ValueType::Option(_), Kind::Null) => {
                self.reader.word();
                Ok(Val::Option(None))
            }
            (ValueType::Option(inner), _) => self.some(ty, inner, kind),
            (ValueType::Result(either), Kind::Object) => self.result(ty, either),
            _ => Err(self.other(ty)),
        }
    }

    fn integer(&mut self, ty: &ValueType, lowest: i128, highest: i128) -> Result<Val, Misfit> {
        if self.reader.kind() != Kind::Number {
            return Err(self.other(ty));
        }
        let text = self.reader.word();
        let value = number::integer(text).filter(|value| (lowest..=highest).contains(value));
        let Some(value) = value else {
            return Err(format!(
                "{} must be {ty} (a whole number from {lowest} to {highest}) and is {}",
                self.place(),
                clip(text.to_owned(), SHOWN)
            ));
        };
        macro_rules! exact {
            ($($variant:ident)*) => {
                match ty {
                    $(ValueType::$variant => value.try_into().ok().map(Val::$variant),)*
                    _ => None,
                }
            };
        }
        let exact = exact!(S8 U8 S16 U16 S32 U32 S64 U64);
        Ok(exact.expect("the range of the type was checked"))
    }

    fn float(&mut self, ty: &ValueType, kind: Kind) -> Result<Val, Misfit> {
        let text = match kind {
            Kind::Number => self.reader.word(),
            Kind::String => match &*self.reader.string() {
                "NaN" => "NaN",
                "Infinity" => "inf",
                "-Infinity" => "-inf",
                other => return Err(self.other_text(ty, other)),
            },
            _ => return Err(self.other(ty)),
        };
        let endless = kind == Kind::String;
        let value = if *ty == ValueType::F32 {
            let value = text.parse::<f32>().ok();
            value
                .filter(|value| endless || value.is_finite())
                .map(Val::Float32)
        } else {
            let value = text.parse::<f64>().ok();
            value
                .filter(|value| endless || value.is_finite())
                .map(Val::Float64)
        };
        value.ok_or_else(|| {
            format!(
                "{} must be {ty} and is {}, which is too large for it",
                self.place(),
                clip(text.to_owned(), SHOWN)
            )
        })
    }

    fn bytes(&mut self, ty: &ValueType) -> Result<Val, Misfit> {
        let text = self.reader.string();
        self.count(text.len() / 4 * 3)?;
        match BASE64.decode(&*text) {
            Ok(bytes) => Ok(Val::List(bytes.into_iter().map(Val::U8).collect())),
            Err(error) => Err(format!(
                "{} must be {ty} (bytes in base64, or an array of numbers) and is not base64: \
                 {error}",
                self.place()
            )),
        }
    }

    fn list(&mut self, element: &'t ValueType) -> Result<Vec<Val>, Misfit> {
        let mut values = Vec::new();
        self.reader.enter();
        while self.reader.next_element() {
            self.path.push(Segment::Index(values.len()));
            values.push(self.value(element)?);
            self.path.pop();
        }
        Ok(values)
    }

    fn tuple(&mut self, ty: &ValueType, types: &'t [ValueType]) -> Result<Val, Misfit> {
        let mut values = Vec::with_capacity(types.len());
        let mut count = 0usize;
        self.reader.enter();
        while self.reader.next_element() {
            match types.get(count) {
                Some(element) => {
                    self.path.push(Segment::Index(count));
                    values.push(self.value(element)?);
                    self.path.pop();
                }
                None => {
                    self.reader.skip();
                }
            }
            count += 1;
        }
        if count == types.len() {
            return Ok(Val::Tuple(values));
        }
        Err(format!(
            "{} must be {} and is an array of {count}",
            self.place(),
            shown(ty)
        ))
    }

    fn map(
        &mut self,
        ty: &ValueType,
        pair: &'t (ValueType, ValueType),
        kind: Kind,
    ) -> Result<Val, Misfit> {
        let (key, value) = pair;
        let mut pairs = Vec::new();
        match (key, kind) {
            (ValueType::String, Kind::Object) => {
                self.reader.enter();
                while let Some(name) = self.reader.next_member() {
                    self.count(1)?;
                    self.path.push(Segment::Index(pairs.len()));
                    pairs.push((Val::String(name.into()), self.value(value)?));
                    self.path.pop();
                }
            }
            (ValueType::String, _) => return Err(self.other(ty)),
            (_, Kind::Array) => {
                self.reader.enter();
                while self.reader.next_element() {
                    self.path.push(Segment::Index(pairs.len()));
                    if self.reader.kind() != Kind::Array {
                        return Err(self.other(ty));
                    }
                    pairs.push(self.pair(ty, key, value)?);
                    self.path.pop();
                }
            }
            _ => return Err(self.other(ty)),
        }
        Ok(Val::Map(pairs))
    }

    /// A key and its value as an array of two.
    fn pair(
        &mut self,
        ty: &ValueType,
        key: &'t ValueType,
        value: &'t ValueType,
    ) -> Result<(Val, Val), Misfit> {
        let mut parts = Vec::with_capacity(2);
        let mut count = 0usize;
        self.reader.enter();
        while self.reader.next_element() {
            let part = match count {
                0 => Some(key),
                1 => Some(value),
                _ => None,
            };
            if let Some(part) = part {
                self.path.push(Segment::Index(count));
                parts.push(self.value(part)?);
                self.path.pop();
            } else {
                self.reader.skip();
            }
            count += 1;
        }
        match <[Val; 2]>::try_from(parts) {
            Ok([key, value]) if count == 2 => Ok((key, value)),
            _ => Err(format!(
                "{} must be [key, value] of {} and is an array of {count}",
                self.place(),
                shown(ty)
            )),
        }
    }

    fn variant(
        &mut self,
        ty: &ValueType,
        cases: &'t Members<Option<ValueType>>,
        kind: Kind,
    ) -> Result<Val, Misfit> {
        match kind {
            Kind::String => {
                let text = self.reader.string();
                match cases.get(&text) {
                    Some(case) if case.ty.is_none() => {
                        Ok(Val::Variant(case.name.to_string(), None))
                    }
                    Some(case) => Err(format!(
                        "{} must be an object {{\"{}\": ...}}, as the case {} of {} has a payload",
                        self.place(),
                        case.json_name,
                        case.name,
                        shown(ty)
                    )),
                    None => Err(self.other_text(ty, &text)),
                }
            }
            Kind::Object => {
                let name = self.only_member(ty)?;
                let Some(case) = cases.get(&name) else {
                    return Err(self.other_text(ty, &name));
                };
                self.path.push(Segment::Member(&case.json_name));
                let payload = self.payload(case.ty.as_ref())?;
                self.path.pop();
                self.end_of_only_member(ty)?;
                Ok(Val::Variant(case.name.to_string(), payload))
            }
            _ => Err(self.other(ty)),
        }
    }

    fn result(
        &mut self,
        ty: &ValueType,
        either: &'t (Option<ValueType>, Option<ValueType>),
    ) -> Result<Val, Misfit> {
        let name = self.only_member(ty)?;
        let (name, payload) = match &*name {
            "ok" => ("ok", &either.0),
            "err" => ("err", &either.1),
            other => return Err(self.other_text(ty, other)),
        };
        self.path.push(Segment::Member(name));
        let payload = self.payload(payload.as_ref())?;
        self.path.pop();
        self.end_of_only_member(ty)?;
        Ok(Val::Result(match name {
            "ok" => Ok(payload),
            _ => Err(payload),
        }))
    }

    /// What a case holds. Where it holds nothing, `null` says so.
    fn payload(&mut self, ty: Option<&'t ValueType>) -> Result<Option<Box<Val>>, Misfit> {
        match ty {
            Some(ty) => Ok(Some(Box::new(self.value(ty)?))),
            None if self.reader.kind() == Kind::Null => {
                self.reader.word();
                Ok(None)
            }
            None => Err(format!(
                "{} must be null, as this case has no payload",
                self.place()
            )),
        }
    }

    fn some(&mut self, ty: &ValueType, inner: &'t ValueType, kind: Kind) -> Result<Val, Misfit> {
        if !matches!(inner, ValueType::Option(_)) {
            return Ok(Val::Option(Some(Box::new(self.value(inner)?))));
        }
        if kind != Kind::Object {
            return Err(self.other(ty));
        }
        let name = self.only_member(ty)?;
        if &*name != "some" {
            return Err(self.other_text(ty, &name));
        }
        self.path.push(Segment::Member("some"));
        let value = self.value(inner)?;
        self.path.pop();
        self.end_of_only_member(ty)?;
        Ok(Val::Option(Some(Box::new(value))))
    }

    fn flags(&mut self, ty: &ValueType, flags: &'t Members<()>) -> Result<Val, Misfit> {
        let mut set = vec![false; flags.len()];
        self.reader.enter();
        while self.reader.next_element() {
            if self.reader.kind() != Kind::String {
                return Err(self.other(ty));
            }
            let text = self.reader.string();
            match flags.position(&text) {
                Some(at) => set[at] = true,
                None => return Err(self.other_text(ty, &text)),
            }
        }
        let names = flags.iter().zip(set).filter(|(_, set)| *set);
        Ok(Val::Flags(
            names.map(|(flag, _)| flag.name.to_string()).collect(),
        ))
    }

    /// The name of the one member of the object that comes next, which is entered.
    fn only_member(&mut self, ty: &ValueType) -> Result<std::borrow::Cow<'a, str>, Misfit> {
        self.reader.enter();
        self.reader.next_member().ok_or_else(|| self.not_one(ty))
    }

    fn end_of_only_member(&mut self, ty: &ValueType) -> Result<(), Misfit> {
        match self.reader.next_member() {
            None => Ok(()),
            Some(_) => Err(self.not_one(ty)),
        }
    }

    fn not_one(&self, ty: &ValueType) -> Misfit {
        format!(
            "{} must be {}: an object with exactly one member, named after the case",
            self.place(),
            shown(ty)
        )
    }

    /// What comes next is something else than `ty`.
    fn other(&mut self, ty: &ValueType) -> Misfit {
        let found = match self.reader.kind() {
            Kind::Null => "null".to_owned(),
            Kind::Bool => self.reader.word().to_owned(),
            Kind::Number => format!("the number {}", self.reader.word()),
            Kind::String => format!("the string \"{}\"", self.reader.string()),
            Kind::Array => "an array".to_owned(),
            Kind::Object => "an object".to_owned(),
        };
        self.is_not(ty, &clip(found, SHOWN))
    }

    fn other_text(&self, ty: &ValueType, text: &str) -> Misfit {
        self.is_not(ty, &clip(format!("\"{text}\""), SHOWN))
    }

    fn is_not(&self, ty: &ValueType, found: &str) -> Misfit {
        format!("{} must be {} and is {found}", self.place(), shown(ty))
    }

    /// Takes `values` off what may still be made.
    fn count(&mut self, values: usize) -> Result<(), Misfit> {
        match self.left.checked_sub(values) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(format!(
                "the input has more than {} values, elements and bytes counted each (limit \
                 typed_values)",
                self.limit
            )),
        }
    }

    /// Where in the text the reader is: `order.items[3].price`.
    fn place(&self) -> String {
        let mut text = self.base.to_owned();
        for segment in &self.path {
            // Writing to a string cannot fail.
            let _ = match segment {
                Segment::Member(name) if text.is_empty() => write!(text, "{name}"),
                Segment::Member(name) => write!(text, ".{name}"),
                Segment::Index(at) => write!(text, "[{at}]"),
            };
        }
        text
    }
}

/// A type in an error.
pub(super) fn shown(ty: &ValueType) -> String {
    clip(ty.to_string(), SHOWN)
}
