//! The self-description of a step.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use anyam_sandbox::{Limits, Manifest, UploadError};
use support::bench;
use support::guest::echo;

const TYPES: &str = r#"
    (type $code0 (record (field "code" string) (field "docs" string)))
    (export $code "error-code" (type $code0))
    (type $description0 (record (field "name" string) (field "version" string)
        (field "docs" string) (field "input-schema" (option string))
        (field "output-schema" (option string)) (field "error-codes" (list $code))))
    (export $description "description" (type $description0))"#;

/// A step that describes itself with this input schema; `body` runs before it answers.
fn described(schema: &str, body: &str) -> Vec<u8> {
    manifest_component(TYPES, schema, body)
}

fn manifest_component(types: &str, schema: &str, body: &str) -> Vec<u8> {
    let escaped: String = schema.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let manifest = format!(
        r#"(component $described
            {types}
            (core module $m
                (memory (export "memory") 1)
                (func (export "describe") (result i32)
                    {body}
                    (i32.store (i32.const 0) (i32.const 1000))
                    (i32.store (i32.const 4) (i32.const 5))
                    (i32.store (i32.const 8) (i32.const 1005))
                    (i32.store (i32.const 12) (i32.const 5))
                    (i32.store (i32.const 16) (i32.const 1010))
                    (i32.store (i32.const 20) (i32.const 4))
                    (i32.store8 (i32.const 24) (i32.const 1))
                    (i32.store (i32.const 28) (i32.const 2000))
                    (i32.store (i32.const 32) (i32.const {length}))
                    (i32.store (i32.const 48) (i32.const 100))
                    (i32.store (i32.const 52) (i32.const 1))
                    (i32.store (i32.const 100) (i32.const 1014))
                    (i32.store (i32.const 104) (i32.const 4))
                    (i32.store (i32.const 108) (i32.const 1010))
                    (i32.store (i32.const 112) (i32.const 4))
                    (i32.const 0))
                (data (i32.const 1000) "price1.2.3Docscode")
                (data (i32.const 2000) "{escaped}"))
            (core instance $i (instantiate $m))
            (func $describe (result $description)
                (canon lift (core func $i "describe") (memory (core memory $i "memory"))))
            (export "describe" (func $describe)))
        (instance $described (instantiate $described))
        (export "anyam:step/manifest@0.1.0" (instance $described))"#,
        length = schema.len(),
    );
    echo().outer(&manifest).build()
}

async fn describe(component: Vec<u8>, limits: &Limits) -> Result<Option<Manifest>, UploadError> {
    bench()
        .sandbox
        .prepare(component.into(), limits)
        .await?
        .describe()
        .await
}

#[tokio::test]
async fn a_description_is_taken_over() {
    let schema = r#"{"type":"object"}"#;
    let manifest = describe(described(schema, ""), &Limits::default())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        manifest,
        Manifest {
            name: "price".into(),
            version: "1.2.3".into(),
            docs: "Docs".into(),
            input_schema: Some(schema.into()),
            output_schema: None,
            error_codes: vec![("code".into(), "Docs".into())],
            functions: Vec::new(),
        }
    );
    assert_eq!(
        manifest.to_json(),
        r#"{"name":"price","version":"1.2.3","docs":"Docs","inputSchema":{"type":"object"},"errorCodes":[{"code":"code","docs":"Docs"}]}"#
    );
}

#[tokio::test]
async fn a_step_need_not_describe_itself() {
    assert_eq!(
        describe(echo().build(), &Limits::default()).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_description_is_limited_at_its_edge() {
    // 5 + 5 + 4 of name, version and docs, 8 of the error code, 2 of the schema.
    let limits = |manifest_bytes| Limits {
        manifest_bytes,
        ..Limits::default()
    };
    assert!(describe(described("{}", ""), &limits(24)).await.is_ok());
    let error = describe(described("{}", ""), &limits(23))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("has 24 bytes and the limit is 23"),
        "{error}"
    );
    let limits = |manifest_error_codes| Limits {
        manifest_error_codes,
        ..Limits::default()
    };
    assert!(describe(described("{}", ""), &limits(1)).await.is_ok());
    let error = describe(described("{}", ""), &limits(0)).await.unwrap_err();
    assert!(
        error.to_string().contains("manifest_error_codes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_bad_description_is_refused() {
    let limits = Limits {
        call_time: std::time::Duration::from_millis(50),
        ..Limits::default()
    };
    for (schema, body, reason) in [
        ("{", "", "its input-schema is not JSON"),
        ("{}", "unreachable", "trapped"),
        ("{}", "(loop $l (br $l))", "call_time"),
    ] {
        let error = describe(described(schema, body), &limits)
            .await
            .unwrap_err();
        assert!(matches!(error, UploadError::Manifest { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let types = TYPES.replace(
        r#"(field "docs" string) (field "input"#,
        r#"(field "text" string) (field "input"#,
    );
    let error = describe(manifest_component(&types, "{}", ""), &limits)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("anyam:step/manifest@0.1.0") && text.contains("text where docs"),
        "{text}"
    );
}
