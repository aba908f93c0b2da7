//! What the answers of functions mean.

use anyam_sandbox::{Failure, Limits, Members, ValueType};

use super::ready::Made;
use crate::support::context;
use crate::support::library::{Answer, Library};

fn error(code: &str, message: &str, variables: &str) -> Result<String, Failure> {
    Err(Failure::BpmnError {
        code: code.into(),
        message: message.into(),
        variables: variables.into(),
    })
}

fn record<const N: usize>(fields: [(&str, ValueType); N]) -> ValueType {
    ValueType::Record(Members::new(fields))
}

fn result(ok: Option<ValueType>, err: Option<ValueType>) -> ValueType {
    ValueType::Result(Box::new((ok, err)))
}

fn text() -> ValueType {
    ValueType::String
}

#[tokio::test]
async fn a_record_is_the_output_and_anything_else_its_member_result() {
    let pair = record([("unit-price", ValueType::U32), ("note", text())]);
    let ready = Library::default()
        .pass("plain", &pair, Answer::Value)
        .pass(
            "of-result",
            &result(Some(pair), Some(text())),
            Answer::Value,
        )
        .pass("single", &result(Some(ValueType::U64), None), Answer::Value)
        .pass("text", &text(), Answer::Value)
        .pass("nothing-of-it", &result(None, Some(text())), Answer::Value)
        .lift("nothing", "", "nothing")
        .lift("long", "(param \"n\" u64) (result u64)", "long")
        .lift("ok", "(result (result))", "zero")
        .step()
        .await;
    let max = u64::MAX;
    for (function, input, output) in [
        (
            "plain",
            r#"{"value":{"note":"ü","unitPrice":5}}"#.to_owned(),
            r#"{"unitPrice":5,"note":"ü"}"#.to_owned(),
        ),
        (
            "of-result",
            r#"{"value":{"ok":{"note":"","unitPrice":5}}}"#.to_owned(),
            r#"{"unitPrice":5,"note":""}"#.to_owned(),
        ),
        (
            "single",
            format!(r#"{{"value":{{"ok":{max}}}}}"#),
            format!(r#"{{"result":{max}}}"#),
        ),
        (
            "text",
            r#"{"value":"a\"b"}"#.to_owned(),
            r#"{"result":"a\"b"}"#.to_owned(),
        ),
        (
            "nothing-of-it",
            r#"{"value":{"ok":null}}"#.to_owned(),
            "{}".to_owned(),
        ),
        ("nothing", "{}".to_owned(), "{}".to_owned()),
        (
            "long",
            format!(r#"{{"n":{max}}}"#),
            format!(r#"{{"result":{max}}}"#),
        ),
        ("ok", "{}".to_owned(), "{}".to_owned()),
    ] {
        assert_eq!(ready.call(function, &input).await, Ok(output), "{function}");
    }
}

#[tokio::test]
async fn errors_are_bpmn_errors_by_their_case() {
    let refusal = ValueType::Variant(Members::new([
        (
            "too-poor",
            Some(record([
                ("lacking-cents", ValueType::U64),
                ("message", text()),
            ])),
        ),
        ("blocked-until", Some(text())),
        ("scored", Some(ValueType::U8)),
        ("unknown", None),
    ]));
    let coded = record([
        ("code", text()),
        ("message", text()),
        ("try-again", ValueType::Bool),
    ]);
    let bare = record([("code", text())]);
    let uncoded = record([("detail-id", ValueType::U8), ("message", text())]);
    let reasons = ValueType::Enum(Members::new([("closed", ()), ("at-lunch", ())]));
    let ready = Library::default()
        .pass("by-variant", &result(None, Some(refusal)), Answer::Value)
        .pass("by-enum", &result(None, Some(reasons)), Answer::Value)
        .pass("by-text", &result(None, Some(text())), Answer::Value)
        .pass("by-code", &result(None, Some(coded)), Answer::Value)
        .pass("bare-code", &result(None, Some(bare)), Answer::Value)
        .pass("uncoded", &result(None, Some(uncoded)), Answer::Value)
        .pass(
            "by-number",
            &result(None, Some(ValueType::U32)),
            Answer::Value,
        )
        .lift("by-nothing", "(result (result))", "one")
        .step()
        .await;
    for (function, err, expected) in [
        (
            "by-variant",
            r#"{"tooPoor":{"lackingCents":5,"message":"No money."}}"#,
            error(
                "too-poor",
                "No money.",
                r#"{"lackingCents":5,"message":"No money."}"#,
            ),
        ),
        (
            "by-variant",
            r#"{"blockedUntil":"May"}"#,
            error("blocked-until", "May", r#"{"error":"May"}"#),
        ),
        (
            "by-variant",
            r#"{"scored":7}"#,
            error("scored", "by-variant answered scored", r#"{"error":7}"#),
        ),
        (
            "by-variant",
            "\"unknown\"",
            error("unknown", "by-variant answered unknown", "{}"),
        ),
        (
            "by-enum",
            "\"at-lunch\"",
            error("at-lunch", "by-enum answered at-lunch", "{}"),
        ),
        ("by-text", "\"No luck.\"", error("error", "No luck.", "{}")),
        (
            "by-code",
            r#"{"code":"E-1","message":"Bad.","tryAgain":true}"#,
            error("E-1", "Bad.", r#"{"tryAgain":true}"#),
        ),
        (
            "bare-code",
            r#"{"code":"E-2"}"#,
            error("E-2", "bare-code answered E-2", "{}"),
        ),
        (
            "uncoded",
            r#"{"detailId":1,"message":"Odd."}"#,
            error("error", "Odd.", r#"{"detailId":1,"message":"Odd."}"#),
        ),
        (
            "by-number",
            "404",
            error("error", "by-number answered error", r#"{"error":404}"#),
        ),
    ] {
        let outcome = ready
            .call(function, &format!("{{\"value\":{{\"err\":{err}}}}}"))
            .await;
        assert_eq!(outcome, expected, "{function} {err}");
    }
    let outcome = ready.call("by-nothing", "{}").await;
    assert_eq!(outcome, error("error", "by-nothing answered error", "{}"));
}

#[tokio::test]
async fn codes_and_messages_are_bounded_as_those_of_the_handler() {
    let coded = record([("code", text()), ("message", text())]);
    let ready = Library::default()
        .pass("f", &result(None, Some(coded)), Answer::Value)
        .step()
        .await;
    let limits = Limits {
        error_code_bytes: 4,
        error_text_bytes: 60,
        ..Limits::default()
    };
    let call = async |code: &str, message: &str| {
        let input = format!(r#"{{"value":{{"err":{{"code":"{code}","message":"{message}"}}}}}}"#);
        ready.call_as(None, &input, (&context(), &limits)).await
    };
    assert_eq!(call("1234", "m").await, error("1234", "m", "{}"));
    let Err(Failure::Retryable { message, .. }) = call("12345", "m").await else {
        panic!("the code is too long")
    };
    assert!(message.contains("error_code_bytes"), "{message}");
    let Err(Failure::BpmnError { message, .. }) = call("1", &"m".repeat(61)).await else {
        panic!("it is a BPMN error")
    };
    assert_eq!(message.len(), 60);
    assert!(message.ends_with("[cut]"));
}
