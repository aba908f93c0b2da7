//! What people read of a request that the host refused.

use anyam_sandbox::Failure;
use serde_json::json;

use crate::bench::{bench, local};

#[tokio::test]
async fn a_refusal_is_told_however_the_step_fails() {
    let bench = bench(json!([local(1)])).await;
    let denied = "before, it was denied something: the request GET https://api.example.com/v1 is \
                  not allowed by any `http` rule in the grants of the tenant";
    let input = |how| json!({"requests": [{"url": "https://api.example.com/v1?key=private"}], "onError": how});
    let call = bench.call(&input("fail")).await;
    let Err(Failure::Permanent { message }) = call.outcome else {
        panic!("a refused request is permanent");
    };
    assert!(message.ends_with(denied), "{message}");
    let Err(Failure::Retryable { message, .. }) = bench.call(&input("panic")).await.outcome else {
        panic!("a panic is retryable");
    };
    assert!(message.ends_with(denied), "{message}");
    // A business outcome is the step's own word.
    let Err(Failure::BpmnError { code, message, .. }) = bench.call(&input("bpmn")).await.outcome
    else {
        panic!("a BPMN error was answered");
    };
    assert_eq!(code, "NO_RESPONSE");
    assert!(!message.contains("denied something"), "{message}");
}

#[tokio::test]
async fn a_step_that_may_send_nothing_is_not_even_started() {
    let mut bench = bench(json!([local(1)])).await;
    bench.step = Some(json!({"config": ["*"]}));
    let call = bench.call(&json!({"requests": []})).await;
    let Err(Failure::Permanent { message }) = call.outcome else {
        panic!("it has no grant");
    };
    assert!(message.contains(r#""http": [{"host""#), "{message}");
}
