//! What is refused at upload, and in which words.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use anyam_sandbox::{EffectClass, Limits, UploadError, UploadErrorKind};
use support::bench;
use support::guest::{EXIT, LOG, echo, guest};

fn refusal(bytes: &[u8]) -> UploadError {
    bench()
        .sandbox
        .inspect(bytes, &Limits::default())
        .unwrap_err()
}

#[track_caller]
fn check(bytes: &[u8], parts: &[&str]) {
    let text = refusal(bytes).to_string();
    for part in parts {
        assert!(text.contains(part), "'{part}' is not in: {text}");
    }
}

#[test]
fn a_step_is_described() {
    let component = guest("unreachable").import(EXIT).build();
    let inspection = bench()
        .sandbox
        .inspect(&component, &Limits::default())
        .unwrap();
    assert_eq!(inspection.size, component.len());
    assert_eq!(inspection.imports, ["wasi:cli/exit@0.2.0"]);
    assert_eq!(inspection.exports, ["anyam:step/handler@0.1.0"]);
    assert_eq!(inspection.effect, EffectClass::Pure);
    assert!(!inspection.has_manifest);
    let other = bench()
        .sandbox
        .inspect(&echo().build(), &Limits::default())
        .unwrap();
    assert_ne!(inspection.digest, other.digest);
}

#[test]
fn what_is_no_component_is_named() {
    check(b"", &["empty", "upload the .wasm file"]);
    check(b"#!/bin/sh\necho", &["a text file"]);
    check(b"(component)", &["text format", "wasm-tools parse"]);
    check(b"PK\x03\x04\0\0", &["a ZIP archive"]);
    check(b"\x7fELF\x02\x01", &["a native program"]);
    check(&[0xff; 40], &["some other binary file"]);
    check(
        &wat::parse_str("(module)").unwrap(),
        &["core WebAssembly module", "wasm32-wasip2"],
    );
    check(b"\0asm\x63\0\x01\0", &["not valid"]);
    check(b"\0asm\x63\0\x07\0", &["unknown binary version"]);
}

#[test]
fn a_component_cut_anywhere_is_refused() {
    let component = guest("unreachable").import(LOG).build();
    let sandbox = bench().sandbox;
    let whole = sandbox.inspect(&component, &Limits::default()).unwrap();
    let (mut cut, mut accepted) = (0, 0);
    for length in 0..component.len() {
        match sandbox.inspect(&component[..length], &Limits::default()) {
            Err(error) => {
                cut += usize::from(matches!(error, UploadError::Truncated { .. }));
                assert_eq!(error.kind(), UploadErrorKind::Invalid);
            }
            // Only the section of debug names at the end is gone.
            Ok(inspection) => {
                accepted += 1;
                assert_eq!(inspection.exports, whole.exports);
            }
        }
    }
    assert!(accepted <= 1, "{accepted} cuts are accepted");
    assert!(
        cut * 10 > component.len() * 9,
        "{cut} of {} are told to be cut",
        component.len()
    );
}

#[test]
fn a_component_with_a_flipped_bit_never_panics() {
    let component = guest("unreachable").import(LOG).build();
    let sandbox = bench().sandbox;
    let mut refused = 0;
    for at in 0..component.len() {
        for bit in [1, 16, 128] {
            let mut damaged = component.clone();
            damaged[at] ^= bit;
            refused += usize::from(sandbox.inspect(&damaged, &Limits::default()).is_err());
        }
    }
    assert!(refused > component.len());
}

#[test]
fn the_size_is_limited_at_its_edge() {
    let component = echo().build();
    let sandbox = bench().sandbox;
    let limits = |component_bytes| Limits {
        component_bytes,
        ..Limits::default()
    };
    assert!(
        sandbox
            .inspect(&component, &limits(component.len()))
            .is_ok()
    );
    let error = sandbox
        .inspect(&component, &limits(component.len() - 1))
        .unwrap_err();
    assert_eq!(error.kind(), UploadErrorKind::TooLarge);
    assert!(error.to_string().contains("component_bytes"), "{error}");
}

#[test]
fn the_handler_must_be_exported_in_a_compatible_version() {
    let sandbox = bench().sandbox;
    for name in ["anyam:step/handler@0.1.0", "anyam:step/handler@0.1.7"] {
        assert!(
            sandbox
                .inspect(&echo().named(name).build(), &Limits::default())
                .is_ok(),
            "{name}"
        );
    }
    for name in [
        "anyam:step/handler@0.2.0",
        "anyam:step/handler@1.1.0",
        "anyam:step/handler",
        "anyam:step/manifest@0.2.0",
        "wasi:step/handler@0.1.0",
    ] {
        check(
            &echo().named(name).build(),
            &[
                "exports neither anyam:step/handler@0.1.x nor a function",
                name,
            ],
        );
    }
    check(
        &wat::parse_str("(component)").unwrap(),
        &["it exports nothing"],
    );
}

#[test]
fn a_handler_of_another_type_is_named() {
    for (from, to, parts) in [
        (
            r#"(field "attempt" u32)"#,
            r#"(field "attempt" u64)"#,
            ["handle: context.attempt is u64 and must be u32"].as_slice(),
        ),
        (
            r#"(field "attempt" u32)"#,
            r#"(field "attempts" u32)"#,
            &["has a member attempts where attempt must be"],
        ),
        (
            r#"(field "attempt" u32)"#,
            "",
            &["context has 10 members and must have 11"],
        ),
        (
            r#"(field "value" string)"#,
            r#"(field "value" (list u8))"#,
            &["context.headers[].value is a list and must be string"],
        ),
        (
            r#"(field "retry-after-ms" (option u64))"#,
            r#"(field "retry-after-ms" (option u32))"#,
            &["result.err.retryable.retry-after-ms.some is u32"],
        ),
        (
            r#"(case "permanent" string)"#,
            r#"(case "permanent")"#,
            &["permanent is absent"],
        ),
        (
            r#"(param "input" string)"#,
            r#"(param "json" string)"#,
            &["is called json and must be input"],
        ),
        (
            r#"(result (result string (error $failure)))"#,
            r#"(result (result (error $failure)))"#,
            &["result.ok is absent and must be string"],
        ),
    ] {
        check(&echo().with_type(from, to).build(), parts);
        check(
            &echo().with_type(from, to).build(),
            &["anyam:step/handler@0.1.0", "wrong type"],
        );
    }
    let no_function =
        r#"(component (instance $i) (export "anyam:step/handler@0.1.0" (instance $i)))"#;
    check(
        &wat::parse_str(no_function).unwrap(),
        &["the function handle is missing"],
    );
    let no_interface = r#"(component
        (component $c) (export "anyam:step/handler@0.1.0" (component $c)))"#;
    check(
        &wat::parse_str(no_interface).unwrap(),
        &["must be an interface"],
    );
}

#[test]
fn only_what_is_granted_may_be_imported() {
    for import in [
        "wasi:sockets/tcp@0.3.0",
        "wasi:http/incoming-handler@0.2.0",
        "wasi:cli/run@0.2.0",
        "wasi:cli/stdout@0.3.0",
        "wasi:keyvalue/store@0.2.0",
    ] {
        let step = echo().outer(&format!(r#"(import "{import}" (instance))"#));
        let error = refusal(&step.build());
        assert!(matches!(error, UploadError::Import { .. }), "{error}");
        assert!(error.to_string().contains(import) && error.to_string().contains("granted"));
    }
    check(
        &echo()
            .outer(r#"(import "secrets" (func (result string)))"#)
            .build(),
        &["imports secrets, which is not granted"],
    );
}

#[tokio::test]
async fn a_granted_import_of_another_type_is_refused() {
    let bench = bench();
    let step = echo().outer(
        r#"(import "wasi:cli/exit@0.2.0" (instance (export "exit" (func (param "status" u32)))))"#,
    );
    let error = bench
        .sandbox
        .prepare(step.build().into(), &Limits::default())
        .await
        .unwrap_err();
    assert!(matches!(error, UploadError::Link { .. }), "{error}");
    assert!(error.to_string().contains("wasi:cli/exit"), "{error}");
    let calls_types = echo()
        .outer(r#"(import "anyam:step/types@0.1.0" (instance (export "f" (func))))"#)
        .build();
    let error = bench
        .sandbox
        .prepare(calls_types.into(), &Limits::default())
        .await
        .unwrap_err();
    assert!(matches!(error, UploadError::Link { .. }), "{error}");
}

#[tokio::test]
async fn a_step_of_a_later_patch_version_can_be_called() {
    let bench = bench();
    let step = echo().named("anyam:step/handler@0.1.9").build();
    let call = bench.call(step, "{}", &Limits::default()).await;
    assert_eq!(call.outcome.as_deref(), Ok("{}"));
}
