//! What is taken as an input, and how what is not is told.

use anyam_sandbox::{Failure, Members, ValueType};
use serde_json::{Value, json};

use super::ready::{Made, permanent};
use crate::support::library::{Answer, Library};

fn list(ty: ValueType) -> ValueType {
    ValueType::List(Box::new(ty))
}

fn option(ty: ValueType) -> ValueType {
    ValueType::Option(Box::new(ty))
}

fn library() -> Library {
    let record = ValueType::Record(Members::new([
        ("order-id", ValueType::U64),
        ("note", option(ValueType::String)),
    ]));
    let variant = ValueType::Variant(Members::new([
        ("none-of-it", None),
        ("old-age", Some(ValueType::U8)),
    ]));
    let pair = (Some(ValueType::U8), None);
    let types = [
        ("u8", ValueType::U8),
        ("s64", ValueType::S64),
        ("u64", ValueType::U64),
        ("f32", ValueType::F32),
        ("f64", ValueType::F64),
        ("char", ValueType::Char),
        ("bool", ValueType::Bool),
        ("text", ValueType::String),
        ("bytes", list(ValueType::U8)),
        ("numbers", list(ValueType::U32)),
        (
            "both",
            ValueType::Tuple(vec![ValueType::U8, ValueType::String]),
        ),
        ("rec", record.clone()),
        ("recs", list(record)),
        ("case", variant),
        ("colour", ValueType::Enum(Members::new([("dark-blue", ())]))),
        (
            "marks",
            ValueType::Flags(Members::new([("is-new", ()), ("is-hot", ())])),
        ),
        ("maybe", option(ValueType::U8)),
        ("twice", option(option(ValueType::U8))),
        ("either", ValueType::Result(Box::new(pair))),
        (
            "texts",
            ValueType::Map(Box::new((ValueType::String, ValueType::U8))),
        ),
        (
            "pairs",
            ValueType::Map(Box::new((ValueType::U8, ValueType::Bool))),
        ),
    ];
    types
        .iter()
        .fold(Library::default(), |library, (name, ty)| {
            library.pass(&format!("f-{name}"), ty, Answer::Pair)
        })
}

#[tokio::test]
async fn values_are_taken_in_every_way_they_may_be_written() {
    let ready = library().step().await;
    for (name, written, read) in [
        ("u8", "255.0", json!(255)),
        ("u8", "2.5e1", json!(25)),
        ("u64", "18446744073709551615", json!(u64::MAX)),
        ("s64", "-9223372036854775808.000", json!(i64::MIN)),
        ("f64", "0.1", json!(0.1)),
        ("f64", "1e308", json!(1e308)),
        ("f64", "\"NaN\"", json!("NaN")),
        ("f32", "\"-Infinity\"", json!("-Infinity")),
        ("char", "\"\\ud83d\\ude00\"", json!("😀")),
        ("bytes", "\"AAH/\"", json!("AAH/")),
        ("bytes", "[0, 1, 255]", json!("AAH/")),
        ("bytes", "\"\"", json!("")),
        (
            "rec",
            r#"{"orderId": 7}"#,
            json!({"orderId": 7, "note": null}),
        ),
        (
            "rec",
            r#"{"order-id": 7, "other": [{}]}"#,
            json!({"orderId": 7, "note": null}),
        ),
        (
            "rec",
            r#"{"orderId": 1, "orderId": 7}"#,
            json!({"orderId": 7, "note": null}),
        ),
        ("case", "\"none-of-it\"", json!("none-of-it")),
        ("case", "\"noneOfIt\"", json!("none-of-it")),
        ("case", r#"{"noneOfIt": null}"#, json!("none-of-it")),
        ("case", r#"{"old-age": 99}"#, json!({"oldAge": 99})),
        ("colour", "\"darkBlue\"", json!("dark-blue")),
        (
            "marks",
            r#"["isHot", "is-new", "is-hot"]"#,
            json!(["is-new", "is-hot"]),
        ),
        ("marks", "[]", json!([])),
        ("twice", "null", json!(null)),
        ("twice", r#"{"some": null}"#, json!({"some": null})),
        ("twice", r#"{"some": 3}"#, json!({"some": 3})),
        ("either", r#"{"ok": 3}"#, json!({"ok": 3})),
        ("either", r#"{"err": null}"#, json!({"err": null})),
        ("texts", r#"{"a b": 1, "": 2}"#, json!({"a b": 1, "": 2})),
        ("texts", r#"{"a": 1, "a": 2}"#, json!({"a": 2})),
        (
            "pairs",
            "[[1, true], [2, false]]",
            json!([[1, true], [2, false]]),
        ),
    ] {
        let back = ready.pass(&format!("f-{name}"), written).await;
        assert_eq!(back, Ok(read), "{name} {written}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_named_with_its_place_and_type() {
    let ready = library().step().await;
    for (name, written, told) in [
        (
            "u8",
            "256",
            "value must be u8 (a whole number from 0 to 255) and is 256",
        ),
        (
            "u8",
            "-1",
            "value must be u8 (a whole number from 0 to 255) and is -1",
        ),
        ("u8", "0.5", "and is 0.5"),
        ("u64", "18446744073709551616", "and is 18446744073709551616"),
        ("s64", "9223372036854775808", "and is 9223372036854775808"),
        ("u64", "\"5\"", "value must be u64 and is the string \"5\""),
        (
            "f32",
            "1e39",
            "value must be f32 and is 1e39, which is too large",
        ),
        ("f64", "\"inf\"", "value must be f64 and is \"inf\""),
        ("char", "\"ab\"", "value must be char and is \"ab\""),
        ("char", "\"\"", "value must be char and is \"\""),
        ("bool", "0", "value must be bool and is the number 0"),
        ("text", "null", "value must be string and is null"),
        ("bytes", "\"A\"", "is not base64"),
        ("bytes", "[256]", "value[0] must be u8"),
        (
            "numbers",
            "[1, 2, {}]",
            "value[2] must be u32 and is an object",
        ),
        (
            "numbers",
            "\"AAH/\"",
            "value must be list<u32> and is the string",
        ),
        (
            "both",
            "[1]",
            "value must be tuple<u8, string> and is an array of 1",
        ),
        ("both", "[1, \"a\", 2]", "and is an array of 3"),
        ("both", "[\"a\", 1]", "value[0] must be u8"),
        ("rec", "{}", "value.orderId is missing: it must be u64"),
        (
            "rec",
            "[]",
            "value must be record { order-id: u64, note: option<string> } and is an array",
        ),
        (
            "rec",
            r#"{"orderId": 1, "note": 5}"#,
            "value.note must be string and is the number 5",
        ),
        (
            "recs",
            r#"[{"orderId": 1}, {"order-id": "a"}]"#,
            "value[1].orderId must be u64",
        ),
        ("case", "\"oldAge\"", "must be an object {\"oldAge\": ...}"),
        ("case", "\"other\"", "and is \"other\""),
        ("case", r#"{"oldAge": 300}"#, "value.oldAge must be u8"),
        ("case", r#"{"noneOfIt": 1}"#, "value.noneOfIt must be null"),
        (
            "case",
            r#"{"oldAge": 3, "noneOfIt": null}"#,
            "exactly one member",
        ),
        ("case", "{}", "exactly one member"),
        (
            "colour",
            "\"blue\"",
            "value must be enum { dark-blue } and is \"blue\"",
        ),
        (
            "marks",
            r#"["is-old"]"#,
            "value must be flags { is-new, is-hot } and is \"is-old\"",
        ),
        ("marks", "\"is-new\"", "value must be flags"),
        ("maybe", "300", "value must be u8"),
        (
            "twice",
            "3",
            "value must be option<option<u8>> and is the number 3",
        ),
        ("twice", r#"{"some": 300}"#, "value.some must be u8"),
        (
            "either",
            r#"{"ok": null}"#,
            "value.ok must be u8 and is null",
        ),
        ("either", r#"{"okay": 1}"#, "and is \"okay\""),
        (
            "texts",
            "[]",
            "value must be map<string, u8> and is an array",
        ),
        (
            "pairs",
            "[[1]]",
            "value[0] must be [key, value] of map<u8, bool> and is an array of 1",
        ),
        ("pairs", "[[1, true, 2]]", "is an array of 3"),
        (
            "pairs",
            "[1]",
            "value[0] must be map<u8, bool> and is the number 1",
        ),
    ] {
        let message = ready.misfit(&format!("f-{name}"), written).await;
        assert!(message.contains(told), "{name} {written}: {message}");
        let prefix = format!("the input does not fit the function f-{name}: value");
        assert!(message.starts_with(&prefix), "{message}");
    }
}

#[tokio::test]
async fn a_parameter_may_be_absent_only_where_it_is_an_option() {
    let ready = library().step().await;
    let back = ready.call("f-maybe", r#"{"other": 1}"#).await.unwrap();
    let back: Value = serde_json::from_str(&back).unwrap();
    assert_eq!(back["result"][1], Value::Null);
    let told = permanent(ready.call("f-u8", r#"{"other": 1}"#).await);
    assert!(told.contains("value is missing: it must be u8"), "{told}");
}

#[tokio::test]
async fn what_is_no_object_is_refused_and_so_is_bad_json() {
    let ready = library().step().await;
    for (input, told) in [
        ("[]", "expected an object"),
        ("", "EOF"),
        (r#"{"value": 1"#, "EOF"),
        (r#"{"value": "\ud800"}"#, "surrogate"),
        (r#"{"value": 01}"#, "invalid number"),
    ] {
        let refused = permanent(ready.call("f-text", input).await);
        assert!(refused.contains(told), "{input}: {refused}");
    }
}

#[tokio::test]
async fn a_function_that_traps_may_be_tried_again() {
    let ready = Library::default().lift("f", "", "trap").step().await;
    let outcome = ready.call("f", "{}").await;
    assert!(
        matches!(&outcome, Err(Failure::Retryable { message, .. }) if message.contains("trapped")),
        "{outcome:?}"
    );
}
