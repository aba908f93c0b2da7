//! The types of values, as WIT has them.

use std::fmt::{self, Display, Formatter, Write as _};

use serde::{Deserialize, Serialize};

use super::members::{Members, names};

/// A type of values. Handles, streams and futures are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "they are called as in WIT")]
pub enum ValueType {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List(Box<ValueType>),
    /// Key and value.
    Map(Box<(ValueType, ValueType)>),
    Tuple(Vec<ValueType>),
    Record(Members<ValueType>),
    Variant(Members<Option<ValueType>>),
    #[serde(with = "names")]
    Enum(Members<()>),
    #[serde(with = "names")]
    Flags(Members<()>),
    Option(Box<ValueType>),
    /// What it is with success and with an error.
    Result(Box<(Option<ValueType>, Option<ValueType>)>),
}

impl ValueType {
    /// The lowest and the highest value of an integer type.
    pub(super) fn integers(&self) -> Option<(i128, i128)> {
        Some(match self {
            Self::S8 => (i8::MIN.into(), i8::MAX.into()),
            Self::U8 => (0, u8::MAX.into()),
            Self::S16 => (i16::MIN.into(), i16::MAX.into()),
            Self::U16 => (0, u16::MAX.into()),
            Self::S32 => (i32::MIN.into(), i32::MAX.into()),
            Self::U32 => (0, u32::MAX.into()),
            Self::S64 => (i64::MIN.into(), i64::MAX.into()),
            Self::U64 => (0, u64::MAX.into()),
            _ => return None,
        })
    }
}

/// The type in WIT. What has a name there is written out: `record { id: u64 }`.
impl Display for ValueType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::S8 => f.write_str("s8"),
            Self::U8 => f.write_str("u8"),
            Self::S16 => f.write_str("s16"),
            Self::U16 => f.write_str("u16"),
            Self::S32 => f.write_str("s32"),
            Self::U32 => f.write_str("u32"),
            Self::S64 => f.write_str("s64"),
            Self::U64 => f.write_str("u64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::Char => f.write_str("char"),
            Self::String => f.write_str("string"),
            Self::List(element) => write!(f, "list<{element}>"),
            Self::Map(pair) => write!(f, "map<{}, {}>", pair.0, pair.1),
            Self::Tuple(types) => {
                f.write_str("tuple<")?;
                separated(f, types.iter(), |f, ty| ty.fmt(f))?;
                f.write_char('>')
            }
            Self::Record(fields) => {
                f.write_str("record { ")?;
                separated(f, fields.iter(), |f, field| {
                    write!(f, "{}: {}", field.name, field.ty)
                })?;
                f.write_str(" }")
            }
            Self::Variant(cases) => {
                f.write_str("variant { ")?;
                separated(f, cases.iter(), |f, case| match &case.ty {
                    Some(ty) => write!(f, "{}({ty})", case.name),
                    None => f.write_str(&case.name),
                })?;
                f.write_str(" }")
            }
            Self::Enum(cases) => named(f, "enum", cases),
            Self::Flags(flags) => named(f, "flags", flags),
            Self::Option(ty) => write!(f, "option<{ty}>"),
            Self::Result(either) => match &**either {
                (None, None) => f.write_str("result"),
                (Some(ok), None) => write!(f, "result<{ok}>"),
                (None, Some(error)) => write!(f, "result<_, {error}>"),
                (Some(ok), Some(error)) => write!(f, "result<{ok}, {error}>"),
            },
        }
    }
}

fn named(f: &mut Formatter<'_>, kind: &str, names: &Members<()>) -> fmt::Result {
    write!(f, "{kind} {{ ")?;
    separated(f, names.iter(), |f, name| f.write_str(&name.name))?;
    f.write_str(" }")
}

/// Writes items with commas between them.
pub(super) fn separated<T>(
    f: &mut Formatter<'_>,
    items: impl Iterator<Item = T>,
    each: impl Fn(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        each(f, item)?;
    }
    Ok(())
}
