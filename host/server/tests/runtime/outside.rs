//! What steps change outside: with their result, in one commit, exactly once.

use anyam::runtime::requests::ResourceFile;
use anyam::{Error, runtime::settings::names};
use anyam_store::Direction;
use anyam_store::records::{InstanceState, SpaceUsage, StoredValue};

use crate::platform::{Platform, TENANT, chain, create, definitions};
use crate::storing;

const ALL: &str = r#"{"keyValue": ["*"], "messaging": ["*"]}"#;

async fn platform(
    folder: &tempfile::TempDir,
    limits: anyam::limits::Limits,
    step: &str,
    component: Vec<u8>,
) -> Platform {
    let platform = Platform::start(folder.path(), limits).await;
    grant(&platform, ALL).await;
    let pushed = platform.runtime.push_step(TENANT, step, "1.0.0", component);
    let pushed = pushed.await.unwrap();
    assert_eq!(pushed.record.effect, "effectful");
    platform.deploy(TENANT, chain("p", &[step])).await;
    platform
}

async fn grant(platform: &Platform, grants: &str) {
    let set = platform
        .runtime
        .put_setting(TENANT, names::GRANTS, grants.to_owned());
    set.await.unwrap();
}

/// The values of the store `data`, by key.
fn values(platform: &Platform) -> Vec<StoredValue> {
    let reader = platform.runtime.read().unwrap();
    let rows = reader.tenant(platform.tenant());
    let values = rows.scan::<StoredValue>((1, "data"), Direction::Forward);
    values.map(Result::unwrap).collect()
}

fn count(platform: &Platform) -> String {
    let values = values(platform);
    let value = values.iter().find(|value| value.key == "count");
    let text = value.map(|value| value.inline.clone().unwrap());
    text.map_or_else(String::new, |text| String::from_utf8(text).unwrap())
}

/// That the counters of the quota are what a recount gives.
fn check_usage(platform: &Platform) {
    let values = values(platform);
    let bytes =
        |value: &StoredValue| value.size + value.key.len() as u64 + value.bucket.len() as u64;
    let reader = platform.runtime.read().unwrap();
    let used = reader.tenant(platform.tenant()).get::<SpaceUsage>(&1);
    let used = used.unwrap().map_or((0, 0), |used| (used.bytes, used.keys));
    let counted = (values.iter().map(bytes).sum(), values.len() as u64);
    assert_eq!(used, counted);
}

async fn run_at_once(platform: &Platform, instances: usize) -> Vec<u64> {
    let created = (0..instances).map(|_| {
        let runtime = platform.runtime.clone();
        tokio::spawn(async move { runtime.create(create("p", false)).await.unwrap().key })
    });
    let mut keys = Vec::new();
    for key in created.collect::<Vec<_>>() {
        keys.push(key.await.unwrap());
    }
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_4_concurrent_increments_of_one_key_are_each_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let platform = platform(&folder, Default::default(), "count", storing::counter()).await;
    for key in run_at_once(&platform, 100).await {
        assert_eq!(
            platform.await_end(key).await.state,
            InstanceState::Completed
        );
        // Each was stored with the first attempt at its job.
        assert_eq!(platform.jobs(key)[0].attempt, 1);
    }
    assert_eq!(count(&platform), "100");
    check_usage(&platform);
    // They did stand in each other's way.
    assert!(platform.runtime.store_stats().conflicts > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_that_write_different_keys_do_not_conflict_and_are_counted_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let platform = platform(&folder, Default::default(), "keep", storing::keeper()).await;
    for key in run_at_once(&platform, 50).await {
        platform.await_end(key).await;
    }
    assert_eq!(values(&platform).len(), 50);
    check_usage(&platform);
    assert_eq!(platform.runtime.store_stats().conflicts, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quota_holds_for_steps_that_store_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = anyam::limits::Limits::default();
    limits.data.key_value.keys = 5;
    let platform = platform(&folder, limits, "keep", storing::keeper()).await;
    let keys = run_at_once(&platform, 20).await;
    let mut completed = 0;
    for key in keys {
        let over = async {
            loop {
                let row = platform.instance(key).unwrap();
                if row.ended_at.is_some() || row.has_incident {
                    return row;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let row = tokio::time::timeout(crate::platform::PATIENCE, over);
        let row = row.await.expect("the instance ends or has an incident");
        completed += usize::from(row.state == InstanceState::Completed);
        if row.has_incident {
            // The last of its attempts was told the quota by the store that it opened, and trapped.
            let job = &platform.jobs(key)[0];
            let message = job.error_message.as_deref().unwrap();
            assert!(message.contains("unreachable"), "{message}");
        }
    }
    assert_eq!(completed, 5);
    assert_eq!(values(&platform).len(), 5);
    check_usage(&platform);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_failed_call_changed_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let component = storing::failing_counter();
    let platform = platform(&folder, Default::default(), "count", component).await;
    let created = platform.runtime.create(create("p", false)).await.unwrap();
    let failed = async {
        while !platform.instance(created.key).unwrap().has_incident {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::platform::PATIENCE, failed)
        .await
        .expect("the step fails");
    assert_eq!(platform.jobs(created.key)[0].attempt, 3);
    assert_eq!(values(&platform), []);
    check_usage(&platform);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_call_changed_is_stored_with_its_bpmn_error() {
    let folder = tempfile::tempdir().unwrap();
    let component = storing::throwing_counter();
    let platform = platform(&folder, Default::default(), "count", component).await;
    let model = definitions(
        r#"<error id="e" errorCode="count"/>
        <process id="p" isExecutable="true"><startEvent id="s"/>
          <serviceTask id="t"><extensionElements><zeebe:taskDefinition type="count"/>
            </extensionElements></serviceTask>
          <boundaryEvent id="caught" attachedToRef="t"><errorEventDefinition id="d" errorRef="e"/>
            </boundaryEvent>
          <endEvent id="end"/><endEvent id="other"/>
          <sequenceFlow id="a" sourceRef="s" targetRef="t"/>
          <sequenceFlow id="b" sourceRef="t" targetRef="end"/>
          <sequenceFlow id="c" sourceRef="caught" targetRef="other"/></process>"#,
    );
    platform.deploy(TENANT, model).await;
    for expected in ["1", "2"] {
        let created = platform.runtime.create(create("p", true)).await.unwrap();
        let state = platform.instance(created.key).unwrap().state;
        assert_eq!(state, InstanceState::Completed);
        assert_eq!(count(&platform), expected);
    }
    check_usage(&platform);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_that_are_gone_fail_the_call_for_good_and_say_what_to_grant() {
    let folder = tempfile::tempdir().unwrap();
    let platform = platform(&folder, Default::default(), "count", storing::counter()).await;
    let tenant = platform.tenant();
    assert!(
        platform
            .runtime
            .settings()
            .delete(tenant, names::GRANTS)
            .await
            .unwrap()
    );
    let created = platform.runtime.create(create("p", false)).await.unwrap();
    let failed = async {
        while !platform.instance(created.key).unwrap().has_incident {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::platform::PATIENCE, failed)
        .await
        .expect("the step fails");
    let job = &platform.jobs(created.key)[0];
    assert_eq!(job.attempt, 1);
    let message = job.error_message.as_deref().unwrap();
    assert!(message.contains(r#""keyValue": ["*"]"#), "{message}");
    assert_eq!(values(&platform), []);
}

fn narrowed(grants: &str) -> String {
    let grants = grants.replace('"', "&quot;");
    definitions(&format!(
        r#"<process id="n" isExecutable="true"><startEvent id="s"/>
          <serviceTask id="t"><extensionElements><zeebe:taskDefinition type="count"/>
            <zeebe:properties><zeebe:property name="anyam:grants" value="{grants}"/>
            </zeebe:properties></extensionElements></serviceTask>
          <endEvent id="end"/>
          <sequenceFlow id="a" sourceRef="s" targetRef="t"/>
          <sequenceFlow id="b" sourceRef="t" targetRef="end"/></process>"#
    ))
}

async fn deployment(platform: &Platform, model: String) -> Result<(), Error> {
    let file = ResourceFile {
        name: "n.bpmn".to_owned(),
        bytes: model.into_bytes(),
    };
    platform.runtime.deploy(TENANT, vec![file]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_narrows_the_grants_of_its_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let platform = platform(&folder, Default::default(), "count", storing::counter()).await;
    for (grants, says) in [
        ("{", "element 't': property anyam:grants: "),
        (r#"{"keyvalue": []}"#, "unknown field `keyvalue`"),
        (r#"{"keyValue": [""]}"#, "keyValue[0] is empty"),
        ("{}", "imports wasi:keyvalue/"),
        (r#"{"config": ["*"]}"#, r#"add "keyValue": ["*"] to it"#),
    ] {
        let refused = deployment(&platform, narrowed(grants)).await.unwrap_err();
        assert!(matches!(refused, Error::Refused { .. }), "{refused:?}");
        let text = refused.to_string();
        assert!(text.contains(says) && text.contains("n.bpmn:"), "{text}");
    }
    // The tenant grants all stores; the task leaves the one that the step wants, or another.
    let allowed = narrowed(r#"{"keyValue": ["da*"]}"#);
    deployment(&platform, allowed).await.unwrap();
    platform.runtime.create(create("n", true)).await.unwrap();
    assert_eq!(count(&platform), "1");
    let other = narrowed(r#"{"keyValue": ["other"]}"#);
    deployment(&platform, other).await.unwrap();
    let created = platform.runtime.create(create("n", false)).await.unwrap();
    let failed = async {
        while !platform.instance(created.key).unwrap().has_incident {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::platform::PATIENCE, failed)
        .await
        .expect("the step is denied the store");
    assert_eq!(count(&platform), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_granted_is_refused_at_upload_and_at_deployment() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    let push = |tenant: &'static str| {
        let component = storing::counter();
        platform
            .runtime
            .push_step(tenant, "count", "1.0.0", component)
    };
    let refused = push("new").await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    let text = refused.to_string();
    for part in [
        "imports wasi:keyvalue/store@0.2.0-draft",
        "tenant 'new'",
        r#"{"keyValue": ["*"]}"#,
        "anyam tenant grants set FILE --tenant 'new'",
        "/v2/tenants/new/grants",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // A refused upload makes no tenant.
    assert_eq!(platform.runtime.tenants().id("new"), None);
    assert!(
        push(TENANT)
            .await
            .unwrap_err()
            .to_string()
            .contains("/v2/tenants/%3Cdefault%3E/grants")
    );
    grant(&platform, r#"{"config": ["*"]}"#).await;
    push(TENANT).await.unwrap_err();
    grant(&platform, r#"{"keyValue": ["a"]}"#).await;
    push(TENANT).await.unwrap();
    let tenant = platform.tenant();
    platform
        .runtime
        .settings()
        .delete(tenant, names::GRANTS)
        .await
        .unwrap();
    let refused = deployment(&platform, chain("p", &["count"]))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    let text = refused.to_string();
    assert!(
        text.contains("element 'task0'") && text.contains(r#"{"keyValue": ["*"]}"#),
        "{text}"
    );
    grant(&platform, ALL).await;
    deployment(&platform, chain("p", &["count"])).await.unwrap();
}
