//! Which exports are steps, what they are called, and how they are described.

use std::collections::BTreeSet;

use anyam_sandbox::{Members, UploadErrorKind, ValueType};
use serde_json::{Value, json};

use super::ready::{Made, function, permanent};
use crate::support::guest::{TYPES, echo};
use crate::support::library::{Answer, Library};
use crate::support::{bench, context};

fn interface(name: &str, function: &str) -> String {
    format!(
        r#"(component $c{function} (import "f" (func $f)) (export "{function}" (func $f)))
           (instance $i{function} (instantiate $c{function} (with "f" (func $plain))))
           (export "{name}" (instance $i{function}))"#
    )
}

const PLAIN: &str = r#"(func $plain (canon lift (core func $main "nothing")))"#;

#[tokio::test]
async fn functions_at_the_root_and_in_interfaces_are_steps() {
    let library = Library::default()
        .with(PLAIN)
        .with(&interface("acme:tariffs/motor@1.2.0", "quote"))
        .lift("check-it", "(param \"n\" u32) (result u32)", "double");
    let inspection = library.inspect(&bench());
    let names: BTreeSet<_> = inspection.functions.iter().map(|f| &*f.name).collect();
    assert_eq!(names, BTreeSet::from(["check-it", "quote"]));
    let quote = function(&inspection.functions, "quote");
    assert_eq!(quote.interface.as_deref(), Some("acme:tariffs/motor@1.2.0"));
    let ready = library.step().await;
    assert_eq!(ready.call("quote", "{}").await.as_deref(), Ok("{}"));
    assert_eq!(
        ready.call("check-it", r#"{"n":21}"#).await.as_deref(),
        Ok(r#"{"result":42}"#)
    );
}

/// `wit-component` states the types of a world as imports of types.
#[tokio::test]
async fn types_of_the_world_itself_are_no_imports() {
    let library = Library::default()
        .with(
            r#"(type $fields (record (field "grams" u32)))
               (import "weight" (type $weight (eq $fields)))"#,
        )
        .lift("weigh", "(param \"of\" $weight) (result u32)", "double");
    assert_eq!(library.inspect(&bench()).imports, Vec::<String>::new());
    let ready = library.step().await;
    assert_eq!(
        ready
            .call("weigh", r#"{"of":{"grams":21}}"#)
            .await
            .as_deref(),
        Ok(r#"{"result":42}"#)
    );
}

#[tokio::test]
async fn names_that_are_not_unique_get_their_interface_in_front() {
    let twice = |second: &str| {
        Library::default()
            .with(PLAIN)
            .with(&interface("acme:tariffs/motor@1.2.0", "quote"))
            .with(&format!("(export \"{second}\" (instance $iquote))"))
    };
    let library = twice("acme:tariffs/home");
    let inspection = library.inspect(&bench());
    let names: Vec<_> = inspection.functions.iter().map(|f| &*f.name).collect();
    assert_eq!(names, ["motor.quote", "home.quote"]);
    let ready = library.step().await;
    for name in names {
        assert_eq!(ready.call(name, "{}").await.as_deref(), Ok("{}"), "{name}");
    }
    let refused = permanent(ready.call("quote", "{}").await);
    assert!(refused.contains("motor.quote, home.quote"), "{refused}");

    let error = bench()
        .sandbox
        .inspect(&twice("other:tariffs/motor").build(), &Default::default())
        .unwrap_err();
    assert_eq!(error.kind(), UploadErrorKind::Invalid);
    assert!(error.to_string().contains("motor.quote"), "{error}");
}

#[tokio::test]
async fn one_function_need_not_be_named_and_several_must() {
    let (context, limits) = (context(), Default::default());
    let one = Library::default().lift("only", "", "nothing").step().await;
    let answer = one.call_as(None, "{}", (&context, &limits)).await;
    assert_eq!(answer.as_deref(), Ok("{}"));
    let refused = permanent(one.call("other", "{}").await);
    assert!(refused.contains("no function other"), "{refused}");

    let several = Library::default()
        .lift("first", "", "nothing")
        .lift("second", "", "nothing");
    let several = several.step().await;
    let refused = permanent(several.call_as(None, "{}", (&context, &limits)).await);
    assert!(refused.contains("first, second"), "{refused}");
}

#[tokio::test]
async fn the_handler_is_called_where_there_is_one() {
    let mixed = echo().outer(
        r#"(core module $m (func (export "f"))) (core instance $m (instantiate $m))
           (func $typed (canon lift (core func $m "f"))) (export "typed" (func $typed))"#,
    );
    let bench = bench();
    let inspection = bench.sandbox.inspect(&mixed.build(), &Default::default());
    assert_eq!(inspection.unwrap().functions, []);
    let ready = super::ready::Ready::of(bench.step(mixed.build()).await);
    assert_eq!(
        ready.step.functions(),
        Vec::<&anyam_sandbox::Function>::new()
    );
    let refused = permanent(ready.call("typed", "{}").await);
    assert!(refused.contains("no function typed"), "{refused}");
}

#[test]
fn functions_with_handles_and_those_of_other_worlds_are_left_out() {
    let bench = bench();
    let handles = Library::default()
        .with(r#"(type $r' (resource (rep i32))) (export $r "thing" (type $r'))"#)
        .lift("plain", "", "nothing")
        .lift("make", "(result (own $r))", "zero");
    let names = |library: &Library| -> Vec<String> {
        let functions = library.inspect(&bench).functions;
        functions
            .into_iter()
            .map(|function| function.name)
            .collect()
    };
    assert_eq!(names(&handles), ["plain"]);

    let command = Library::default()
        .with(PLAIN)
        .with(&interface("wasi:cli/run@0.2.0", "run"));
    let error = bench
        .sandbox
        .inspect(&command.build(), &Default::default())
        .unwrap_err();
    assert!(error.to_string().contains("wasi:cli/run@0.2.0"), "{error}");
}

#[tokio::test]
async fn a_parameter_context_gets_that_of_the_call() {
    // Nine options and the context are more than sixteen words: the arguments lie in memory, the
    // context at 144, its idempotency key 56 bytes on.
    let mut library = Library::default().with(TYPES);
    for at in 0..9 {
        library = library.with(&format!("(type $o{at} (option u64))"));
    }
    let options: String = (0..9)
        .map(|at| format!("(param \"p{at}\" (option u64)) "))
        .collect();
    let library = library.lift(
        "who",
        &format!("{options} (param \"context\" $context) (param \"value\" string) (result string)"),
        "key",
    );
    let inspection = library.inspect(&bench());
    let who = function(&inspection.functions, "who");
    assert_eq!(who.context_at, Some(9));
    assert_eq!(who.params.position("context"), None);
    assert!(
        who.to_string()
            .contains("context: step-context, value: string"),
        "{who}"
    );
    let ready = library.step().await;
    let answer = ready.call("who", r#"{"value":"x"}"#).await;
    assert_eq!(answer.as_deref(), Ok(r#"{"result":"2251799813685250"}"#));

    // Of another type it is a parameter like any other.
    let other = Library::default().pass("f", &ValueType::U8, Answer::Pair);
    let other = other.lift("g", "(param \"context\" u32) (result u32)", "double");
    let functions = other.inspect(&bench()).functions;
    assert_eq!(function(&functions, "g").context_at, None);
}

/// A record, a variant and what else there is.
fn everything() -> Members<ValueType> {
    let boxed = |ty| Box::new(ty);
    let line = ValueType::Record(Members::new([
        ("unit-price", ValueType::F64),
        ("note", ValueType::Option(boxed(ValueType::String))),
    ]));
    let payment = ValueType::Variant(Members::new([
        ("cash", None),
        ("bank-transfer", Some(ValueType::String)),
    ]));
    Members::new([
        ("order-id", ValueType::U64),
        ("lines", ValueType::List(boxed(line))),
        ("paid-by", payment),
        (
            "colour",
            ValueType::Enum(Members::new([("red", ()), ("dark-blue", ())])),
        ),
        ("marks", ValueType::Flags(Members::new([("new", ())]))),
        ("photo", ValueType::List(boxed(ValueType::U8))),
        (
            "twice",
            ValueType::Option(boxed(ValueType::Option(boxed(ValueType::Bool)))),
        ),
    ])
}

#[tokio::test]
async fn schemas_and_error_codes_follow_from_the_types() {
    let error = ValueType::Variant(Members::new([
        ("too-poor", Some(ValueType::U32)),
        ("unknown", None),
    ]));
    let result = ValueType::Result(Box::new((
        Some(ValueType::Record(everything())),
        Some(error),
    )));
    let library = Library::default().pass("quote-it", &result, Answer::Value);
    let manifest = library.step().await.step.describe().await.unwrap().unwrap();
    let manifest: Value = serde_json::from_str(&manifest.to_json()).unwrap();
    let quote = &manifest["functions"][0];
    assert_eq!(quote["name"], "quote-it");
    assert!(
        quote["signature"].as_str().unwrap().ends_with(
            "photo: list<u8>, twice: option<option<bool>> }, variant { too-poor(u32), unknown }>"
        ),
        "{quote}"
    );
    assert_eq!(
        quote["errorCodes"],
        json!([{ "code": "too-poor", "docs": "u32" }, { "code": "unknown", "docs": "" }])
    );
    let output = &quote["outputSchema"];
    assert_eq!(
        output["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(
        output["required"],
        json!([
            "orderId", "lines", "paidBy", "colour", "marks", "photo", "twice"
        ])
    );
    let properties = json!({
        "orderId": { "type": "integer", "minimum": 0, "maximum": u64::MAX },
        "lines": { "type": "array", "items": {
            "type": "object",
            "properties": {
                "unitPrice": { "anyOf": [
                    { "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }
                ] },
                "note": { "anyOf": [{ "type": "string" }, { "type": "null" }] }
            },
            "required": ["unitPrice", "note"]
        } },
        "paidBy": { "oneOf": [
            { "const": "cash" },
            { "type": "object", "properties": { "bankTransfer": { "type": "string" } },
              "required": ["bankTransfer"], "additionalProperties": false }
        ] },
        "colour": { "type": "string", "enum": ["red", "dark-blue"] },
        "marks": { "type": "array", "items": { "type": "string", "enum": ["new"] },
                   "uniqueItems": true },
        "photo": { "type": "string", "contentEncoding": "base64" },
        "twice": { "anyOf": [
            { "type": "object",
              "properties": { "some": { "anyOf": [{ "type": "boolean" }, { "type": "null" }] } },
              "required": ["some"], "additionalProperties": false },
            { "type": "null" }
        ] }
    });
    assert_eq!(output["properties"], properties);
    let input = &quote["inputSchema"];
    assert_eq!(input["required"], json!(["value"]));
    assert_eq!(
        input["properties"]["p0"]["anyOf"][1],
        json!({ "type": "null" })
    );
    // What an input may leave out is not required of it.
    let ok = &input["properties"]["value"]["oneOf"][0]["properties"]["ok"];
    let line = &ok["properties"]["lines"]["items"];
    assert_eq!(line["required"], json!(["unitPrice"]));
    assert_eq!(
        ok["properties"]["photo"]["anyOf"][1]["items"]["maximum"],
        json!(255)
    );
}
