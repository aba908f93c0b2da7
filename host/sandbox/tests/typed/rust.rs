//! A component in Rust that knows its own WIT and nothing of Anyam.

use std::path::Path;
use std::process::Command;

use anyam_sandbox::{Failure, Limits, Step};

use super::ready::Ready;
use crate::support::{bench, context};

/// Builds `tests/guests/tariff` from source.
async fn tariff() -> Step {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = package.join("../../target/steps/rust");
    let built = Command::new("cargo")
        .args(["build", "--release", "--locked"])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target)
        .current_dir(package.join("tests/guests/tariff"))
        // Flags of the host's own build do not fit wasm.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .unwrap();
    assert!(built.success(), "the guest does not build");
    let component = std::fs::read(target.join("wasm32-wasip2/release/tariff.wasm")).unwrap();
    bench().step(component).await
}

#[tokio::test]
async fn an_ordinary_component_is_a_library_of_steps() {
    let ready = Ready::of(tariff().await);
    let names: Vec<_> = ready
        .step
        .functions()
        .iter()
        .map(|f| f.to_string())
        .collect();
    let line = "record { article: string, cents: u64, count: u32 }";
    assert!(
        names.contains(&format!(
            "quote: func(order-lines: list<{line}>, level: enum {{ bronze, pure-gold }}, \
             limit-cents: option<u64>) -> result<record {{ total-cents: u64, lines: \
             list<{line}>, rebate: option<f64> }}, variant {{ too-much(u64), no-lines }}>"
        )),
        "{names:?}"
    );
    let lines = r#"[{"article":"ü-1","cents":9007199254740993,"count":2}]"#;
    let call = async |more: &str| {
        ready
            .call("quote", &format!("{{\"orderLines\":{lines},{more}}}"))
            .await
    };
    assert_eq!(
        call(r#""level":"pure-gold","unrelated":[{}]"#)
            .await
            .as_deref(),
        Ok(
            format!("{{\"totalCents\":18014398509481986,\"lines\":{lines},\"rebate\":0.125}}")
                .as_str()
        )
    );
    assert_eq!(
        call(r#""level":"bronze","limitCents":18014398509481985"#).await,
        Err(Failure::BpmnError {
            code: "too-much".into(),
            message: "quote answered too-much".into(),
            variables: r#"{"error":18014398509481986}"#.into(),
        })
    );
    let none = ready
        .call("quote", r#"{"orderLines":[],"level":"bronze"}"#)
        .await;
    assert!(
        matches!(&none, Err(Failure::BpmnError { code, .. }) if code == "no-lines"),
        "{none:?}"
    );
    let (context, limits) = (context(), Limits::default());
    let initials = ready.call_as(
        Some("initials"),
        r#"{"name":"Ada Øre 😀x"}"#,
        (&context, &limits),
    );
    assert_eq!(
        initials.await.as_deref(),
        Ok(r#"{"result":["A","Ø","😀"]}"#)
    );
}
