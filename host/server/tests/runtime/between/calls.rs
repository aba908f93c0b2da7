//! Call activities: what a called instance is to its caller.

use anyam_engine::Command;
use anyam_engine::key::IncidentKey;
use anyam_store::records::{ElementInstance, Incident, InstanceState};

use super::caller;
use crate::platform::{Platform, TENANT, chain, create};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_runs_another_process_and_takes_its_variables() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default())
        .await
        .with_steps(TENANT)
        .await;
    platform.deploy(TENANT, chain("child", &["echo"])).await;
    platform.deploy(TENANT, caller()).await;
    let created = platform
        .runtime
        .create(create("caller", true))
        .await
        .unwrap();
    assert_eq!(created.variables.unwrap()["n"].as_str(), "7");
    let child = platform.of("child").remove(0);
    let parent = child.parent.unwrap();
    assert_eq!((parent.instance, parent.root), (created.key, created.key));
    let elements = platform.all::<ElementInstance>();
    let call = elements.iter().find(|e| e.key == parent.element_instance);
    assert_eq!(call.unwrap().element_id, "c");
    platform.until("all is delivered", |p| p.sent() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_a_caller_cancels_what_it_called() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, chain("child", &["work"])).await;
    platform.deploy(TENANT, caller()).await;
    let created = platform.begin("caller").await;
    platform
        .runtime
        .command("process instance", created.key, Command::Cancel)
        .await
        .unwrap();
    // Whether the call was on its way or running, nothing of it is left.
    platform.until("all is delivered", |p| p.sent() == 0).await;
    let children = platform.of("child");
    assert!(
        children
            .iter()
            .all(|child| child.state == InstanceState::Terminated)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_an_unknown_process_waits_for_somebody_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, caller()).await;
    let created = platform.begin("caller").await;
    platform
        .until("an incident", |p| !p.all::<Incident>().is_empty())
        .await;
    let incident = platform.all::<Incident>().remove(0);
    assert_eq!(incident.kind, "CALLED_ELEMENT_ERROR");
    assert!(incident.message.contains("'child'"), "{}", incident.message);
    platform.deploy(TENANT, chain("child", &[])).await;
    let resolve = Command::ResolveIncident {
        incident: IncidentKey(incident.key),
    };
    platform
        .runtime
        .command("incident", incident.key, resolve)
        .await
        .unwrap();
    let ended = platform.await_end(created.key).await;
    assert_eq!(ended.state, InstanceState::Completed);
}
