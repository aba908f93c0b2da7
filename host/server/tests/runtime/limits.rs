//! The bounds of a tenant are in force for what it does, and for nobody else.

use anyam::Error;
use anyam::limits::Limits;
use anyam_sandbox::{Call, Failure};

use crate::guest;
use crate::platform::{Platform, TENANT, chain, create};

async fn call(platform: &Platform, tenant: &str) -> Call {
    let runtime = &platform.runtime;
    let tenant = runtime.tenants().id(tenant).unwrap();
    let input = r#"{"n":1234}"#.to_owned();
    runtime
        .invoke_step(tenant, "echo", "1.0.0", None, input, Vec::new())
        .await
        .unwrap()
}

fn message(call: Call) -> String {
    match call.outcome {
        Err(Failure::Retryable { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_of_a_tenant_have_its_bounds_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Limits::default()).await;
    let platform = platform.with_steps(TENANT).await.with_steps("other").await;
    let runtime = &platform.runtime;
    runtime
        .put_limits(TENANT, r#"{"step":{"outputBytes":9}}"#)
        .await
        .unwrap();
    assert!(message(call(&platform, TENANT).await).contains("limit output_bytes"));
    assert!(call(&platform, "other").await.outcome.is_ok());
    // The edge.
    runtime
        .put_limits(TENANT, r#"{"step":{"outputBytes":10}}"#)
        .await
        .unwrap();
    assert!(call(&platform, TENANT).await.outcome.is_ok());
    runtime
        .put_limits(TENANT, r#"{"step":{"inputBytes":9}}"#)
        .await
        .unwrap();
    runtime.stop().await;
    drop(platform);

    let platform = Platform::start(folder.path(), Limits::default()).await;
    assert!(message(call(&platform, TENANT).await).contains("the limit is 9 (limit input_bytes)"));
    let tenant = platform.tenant();
    platform.runtime.delete_limits(tenant).await.unwrap();
    assert!(call(&platform, TENANT).await.outcome.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_models_and_instances_have_the_bounds_of_their_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Limits::default()).await;
    let runtime = &platform.runtime;
    platform
        .deploy(TENANT, chain("waits", &["by-a-worker"]))
        .await;
    let limits = r#"{"step":{"componentBytes":100},"model":{"elements":3},
        "engine":{"maxVariableBytes":1}}"#;
    runtime.put_limits(TENANT, limits).await.unwrap();
    let pushed = runtime
        .push_step(TENANT, "echo", "1.0.0", guest::echo().build())
        .await;
    assert!(matches!(pushed, Err(Error::TooLarge(_))), "{pushed:?}");
    // The model that is deployed was taken in and runs on; a new instance has too many variables.
    let created = runtime.create(create("waits", false)).await;
    let Err(Error::Invalid(text)) = created else {
        panic!("{created:?}");
    };
    assert!(text.contains("variables"), "{text}");
    let file = anyam::runtime::requests::ResourceFile {
        name: "more.bpmn".to_owned(),
        bytes: chain("more", &["by-a-worker"]).into_bytes(),
    };
    let deployed = runtime.deploy(TENANT, vec![file.clone()]).await;
    let Err(Error::Refused { findings, .. }) = deployed else {
        panic!("{deployed:?}");
    };
    assert!(findings[0].rule == "limit-elements", "{findings:?}");
    runtime.deploy("other", vec![file]).await.unwrap();
}
