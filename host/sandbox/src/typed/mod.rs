//! Steps that export ordinary typed WIT functions.
//!
//! A component that does not export `anyam:step/handler` is a library of steps: each exported
//! function whose parameters and result are values is one. The members of the input are its
//! parameters by name; what becomes of its result is in `outcome`.
//!
//! # How values look in JSON
//!
//! | WIT | JSON |
//! |---|---|
//! | `bool`, `string` | the same |
//! | `u8` to `s64` | a number, exact to the last digit |
//! | `f32`, `f64` | a number, or `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | `char` | a string of one character |
//! | `list<T>`, `tuple<...>` | an array |
//! | `list<u8>` | a string in base64; an array of numbers is taken as well |
//! | `map<string, V>` | an object; `map<K, V>` an array of `[key, value]` |
//! | `record` | an object |
//! | `variant` | `{"case": payload}`, or `"case"` where the case has no payload |
//! | `enum` | a string |
//! | `flags` | an array of the names that are set |
//! | `option<T>` | `null` or the value; absent as a member is `null`. `option<option<T>>` wraps: `{"some": value}` |
//! | `result<T, E>` | `{"ok": value}` or `{"err": value}`, `null` where there is none |
//!
//! FEEL reads a minus as subtraction, so a name that is a member of an object is written without
//! it: `order-id` is `orderId`. A name that is a value (an enum, a flag, a case without payload,
//! an error code) stays as it is. What is read may be written in both ways.

mod call;
mod exports;
mod from_json;
mod function;
mod members;
mod number;
mod outcome;
mod reader;
mod schema;
mod to_json;
mod value_type;

pub use function::Function;
pub use members::{Member, Members};
pub use value_type::ValueType;

pub(crate) use call::{Library, Prepared};
pub(crate) use exports::functions;
