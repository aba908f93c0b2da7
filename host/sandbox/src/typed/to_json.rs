//! The values that a function answers, to JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasmtime::component::Val;

use super::members::Members;
use super::value_type::ValueType;

/// Writes JSON within a size.
pub(super) struct ToJson {
    text: String,
    limit: usize,
}

/// Why an answer has no JSON, as the rest of a sentence that begins with "the output".
type Problem = String;
type Written = Result<(), Problem>;

impl ToJson {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn put(&mut self, text: &str) -> Written {
        if text.len() > self.limit.saturating_sub(self.text.len()) {
            return Err(format!(
                "has more than {} bytes as JSON (limit output_bytes)",
                self.limit
            ));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn string(&mut self, text: &str) -> Written {
        // Checked before it is copied; escapes only make it longer.
        if text.len() > self.limit {
            return self.put(text);
        }
        self.put(&serde_json::to_string(text).expect("strings always serialise"))
    }

    /// Writes an object with these members; those that `skip` names are left out.
    pub(super) fn members(
        &mut self,
        members: &Members<ValueType>,
        values: &[(String, Val)],
        skip: &[&str],
    ) -> Written {
        self.put("{")?;
        let mut first = true;
        for (member, (_, value)) in members.iter().zip(values) {
            if skip.contains(&&*member.name) {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.put(",")?;
            }
            self.string(&member.json_name)?;
            self.put(":")?;
            self.value(&member.ty, value)?;
        }
        self.put("}")
    }

    /// Writes an object with one member.
    pub(super) fn one(
        &mut self,
        name: &str,
        ty: Option<&ValueType>,
        value: Option<&Val>,
    ) -> Written {
        self.put("{")?;
        self.string(name)?;
        self.put(":")?;
        self.payload(ty, value)?;
        self.put("}")
    }

    fn payload(&mut self, ty: Option<&ValueType>, value: Option<&Val>) -> Written {
        match (ty, value) {
            (Some(ty), Some(value)) => self.value(ty, value),
            _ => self.put("null"),
        }
    }

    pub(super) fn value(&mut self, ty: &ValueType, value: &Val) -> Written {
        match (ty, value) {
            (_, Val::Bool(value)) => self.put(if *value { "true" } else { "false" }),
            (_, Val::S8(value)) => self.put(&value.to_string()),
            (_, Val::U8(value)) => self.put(&value.to_string()),
            (_, Val::S16(value)) => self.put(&value.to_string()),
            (_, Val::U16(value)) => self.put(&value.to_string()),
            (_, Val::S32(value)) => self.put(&value.to_string()),
            (_, Val::U32(value)) => self.put(&value.to_string()),
            (_, Val::S64(value)) => self.put(&value.to_string()),
            (_, Val::U64(value)) => self.put(&value.to_string()),
            (_, Val::Float32(value)) => {
                self.float(value.classify(), *value > 0.0, serde_json::to_string(value))
            }
            (_, Val::Float64(value)) => {
                self.float(value.classify(), *value > 0.0, serde_json::to_string(value))
            }
            (_, Val::Char(letter)) => self.string(letter.encode_utf8(&mut [0; 4])),
            (_, Val::String(text)) => self.string(text),
            (ValueType::List(element), Val::List(values)) if **element == ValueType::U8 => {
                let bytes = values.iter().map(|value| match value {
                    Val::U8(byte) => *byte,
                    _ => 0,
                });
                let bytes: Vec<u8> = bytes.collect();
                self.string(&BASE64.encode(bytes))
            }
            (ValueType::List(element), Val::List(values)) => {
                self.array(values.iter().map(|value| (&**element, value)))
            }
            (ValueType::Tuple(types), Val::Tuple(values)) => self.array(types.iter().zip(values)),
            (ValueType::Map(pair), Val::Map(pairs)) => self.map(pair, pairs),
            (ValueType::Record(fields), Val::Record(values)) => self.members(fields, values, &[]),
            (ValueType::Variant(cases), Val::Variant(name, payload)) => {
                let case = cases.get(name);
                match case.and_then(|case| Some((case, case.ty.as_ref()?))) {
                    Some((case, ty)) => self.one(&case.json_name, Some(ty), payload.as_deref()),
                    None => self.string(name),
                }
            }
            (_, Val::Enum(name)) => self.string(name),
            (_, Val::Flags(names)) => {
                self.put("[")?;
                for (at, name) in names.iter().enumerate() {
                    if at > 0 {
                        self.put(",")?;
                    }
                    self.string(name)?;
                }
                self.put("]")
            }
            (_, Val::Option(None)) => self.put("null"),
            (ValueType::Option(inner), Val::Option(Some(value))) => match **inner {
                ValueType::Option(_) => self.one("some", Some(inner), Some(value)),
                _ => self.value(inner, value),
            },
            (ValueType::Result(either), Val::Result(Ok(value))) => {
                self.one("ok", either.0.as_ref(), value.as_deref())
            }
            (ValueType::Result(either), Val::Result(Err(value))) => {
                self.one("err", either.1.as_ref(), value.as_deref())
            }
            (ty, _) => Err(format!("is not {ty}, as its function says")),
        }
    }

    fn array<'v>(&mut self, values: impl Iterator<Item = (&'v ValueType, &'v Val)>) -> Written {
        self.put("[")?;
        for (at, (ty, value)) in values.enumerate() {
            if at > 0 {
                self.put(",")?;
            }
            self.value(ty, value)?;
        }
        self.put("]")
    }

    /// A map with text as its keys is an object. Of two entries with one key the last holds.
    fn map(&mut self, (key, value): &(ValueType, ValueType), pairs: &[(Val, Val)]) -> Written {
        let text = *key == ValueType::String;
        let mut last = std::collections::HashMap::with_capacity(pairs.len());
        for (at, (key, _)) in pairs.iter().enumerate() {
            if let Val::String(key) = key {
                last.insert(key.as_str(), at);
            }
        }
        self.put(if text { "{" } else { "[" })?;
        let mut first = true;
        for (at, (found, held)) in pairs.iter().enumerate() {
            if let Val::String(found) = found
                && last.get(found.as_str()) != Some(&at)
            {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.put(",")?;
            }
            if text {
                self.value(key, found)?;
                self.put(":")?;
                self.value(value, held)?;
            } else {
                self.array([(key, found), (value, held)].into_iter())?;
            }
        }
        self.put(if text { "}" } else { "]" })
    }

    fn float(
        &mut self,
        class: std::num::FpCategory,
        positive: bool,
        finite: serde_json::Result<String>,
    ) -> Written {
        match class {
            std::num::FpCategory::Nan => self.put("\"NaN\""),
            std::num::FpCategory::Infinite if positive => self.put("\"Infinity\""),
            std::num::FpCategory::Infinite => self.put("\"-Infinity\""),
            _ => self.put(&finite.expect("finite numbers always serialise")),
        }
    }
}
