//! A whole store as a release wrote it: everything in it goes on.
//!
//! The file is compressed (zlib). With `ANYAM_WRITE` set a missing one is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyam::limits::Limits;
use anyam::runtime::clock::Clock;
use anyam::runtime::requests::PublishMessage;
use anyam_engine::Command;
use anyam_engine::key::{JobKey, UserTaskKey};
use anyam_engine::value::{Json, Timestamp, Variables};
use anyam_store::records::{InstanceState, StepUsage, UserTask};
use anyam_store::{Direction, check_file};
use miniz_oxide::{deflate, inflate};

use crate::platform::{PATIENCE, Platform, TENANT, chain, create, definitions};

/// When the file was written, as its clock says.
const BEGIN: i64 = 1_900_000_000_000;
/// The most that a decompressed file may have.
const BYTES: usize = 16 << 20;

struct At(AtomicI64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

async fn start(folder: &Path, at: i64) -> Platform {
    Platform::start_at(folder, Limits::default(), Arc::new(At(at.into()))).await
}

/// Everything that an instance can wait for, side by side, and then a step.
fn model() -> String {
    let waits = [
        r#"<serviceTask id="job"><extensionElements><zeebe:taskDefinition type="by-a-worker"/>
           </extensionElements></serviceTask>"#,
        r#"<intermediateCatchEvent id="timer"><timerEventDefinition><timeDuration>PT1H</timeDuration>
           </timerEventDefinition></intermediateCatchEvent>"#,
        r#"<intermediateCatchEvent id="message"><messageEventDefinition messageRef="m"/>
           </intermediateCatchEvent>"#,
        r#"<userTask id="task"><extensionElements><zeebe:userTask/></extensionElements></userTask>"#,
        r#"<callActivity id="called"><extensionElements><zeebe:calledElement processId="inner"/>
           </extensionElements></callActivity>"#,
    ];
    let mut text = String::new();
    for (id, wait) in ["job", "timer", "message", "task", "called"]
        .iter()
        .zip(waits)
    {
        text += wait;
        text += &format!(
            r#"<sequenceFlow id="to-{id}" sourceRef="fork" targetRef="{id}"/>
               <sequenceFlow id="of-{id}" sourceRef="{id}" targetRef="join"/>"#
        );
    }
    definitions(&format!(
        r#"<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=n"/>
             </extensionElements></message>
           <process id="all" isExecutable="true"><startEvent id="s"/>
             <parallelGateway id="fork"/><parallelGateway id="join"/>
             <serviceTask id="echo"><extensionElements><zeebe:taskDefinition type="echo"/>
             </extensionElements></serviceTask><endEvent id="e"/>{text}
             <sequenceFlow id="a" sourceRef="s" targetRef="fork"/>
             <sequenceFlow id="b" sourceRef="join" targetRef="echo"/>
             <sequenceFlow id="c" sourceRef="echo" targetRef="e"/></process>"#
    ))
}

/// Two instances, of which one is over, and a setting.
async fn write(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let platform = start(folder.path(), BEGIN).await.with_steps(TENANT).await;
    platform
        .deploy(TENANT, chain("inner", &["by-another"]))
        .await;
    platform.deploy(TENANT, chain("steps", &["echo"])).await;
    platform.deploy(TENANT, model()).await;
    let limits = r#"{"runtime":{"stepsPerTenant":3}}"#;
    platform.runtime.put_limits(TENANT, limits).await.unwrap();
    platform
        .runtime
        .create(create("steps", true))
        .await
        .unwrap();
    platform.runtime.create(create("all", false)).await.unwrap();
    let called = async {
        while platform.instances() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, called).await.unwrap();
    platform.runtime.stop().await;
    drop(platform);
    let bytes = std::fs::read(folder.path().join("store.redb")).unwrap();
    std::fs::write(path, deflate::compress_to_vec_zlib(&bytes, 9)).unwrap();
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/runtime/golden")
        .join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_the_first_format_goes_on() {
    let path = file("store-1.redb.zlib");
    if !path.exists() && std::env::var_os("ANYAM_WRITE").is_some() {
        write(&path).await;
    }
    let packed = std::fs::read(path).expect("the golden file is never written again");
    assert!(packed.len() < 200_000, "{} bytes", packed.len());
    let bytes = inflate::decompress_to_vec_zlib_with_limit(&packed, BYTES).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.redb");
    std::fs::write(&store, bytes).unwrap();
    assert_eq!(check_file(&store, 10).unwrap().findings, []);

    // An hour later, less a millisecond, and then the hour.
    let platform = start(folder.path(), BEGIN + 3_599_999).await;
    let reader = platform.runtime.read().unwrap();
    let all = reader
        .tenant(platform.tenant())
        .scan::<anyam_store::records::ProcessInstance>((), Direction::Forward);
    let instances: Vec<_> = all.map(Result::unwrap).collect();
    let of = |process: &str| {
        instances
            .iter()
            .find(|row| row.process_id == process)
            .unwrap()
    };
    assert_eq!(of("steps").state, InstanceState::Completed);
    let (outer, inner) = (of("all").key, of("inner").key);
    let task = reader
        .tenant(platform.tenant())
        .scan::<UserTask>((outer,), Direction::Forward)
        .next()
        .unwrap()
        .unwrap();
    drop(reader);
    let done = |job| Command::CompleteJob {
        job: JobKey(job),
        variables: Variables::from([("done".into(), Json::from_valid("true"))]),
        result: None,
    };
    for instance in [outer, inner] {
        let job = platform.jobs(instance)[0].key;
        platform
            .runtime
            .command("job", job, done(job))
            .await
            .unwrap();
    }
    let complete = Command::CompleteUserTask {
        task: UserTaskKey(task.key),
        variables: Variables::new(),
    };
    platform
        .runtime
        .command("user task", task.key, complete)
        .await
        .unwrap();
    let message = PublishMessage {
        tenant: TENANT.to_owned(),
        name: "paid".to_owned(),
        correlation_key: "7".to_owned(),
        message_id: None,
        time_to_live: Duration::ZERO,
        variables: Default::default(),
    };
    platform.runtime.publish(message).await.unwrap();
    platform.await_end(inner).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(
        platform.instance(outer).unwrap().ended_at,
        None,
        "its timer is not due"
    );
    platform.runtime.stop().await;
    drop(platform);

    let platform = start(folder.path(), BEGIN + 3_600_000).await;
    let ended = platform.await_end(outer).await;
    assert_eq!(ended.state, InstanceState::Completed);
    // The step of the file was called once then, and once now.
    let reader = platform.runtime.read().unwrap();
    let usage = reader
        .tenant(platform.tenant())
        .scan::<StepUsage>((), Direction::Forward)
        .map(|row| row.unwrap().calls)
        .sum::<u64>();
    assert_eq!(usage, 2);
    // And something new.
    platform
        .runtime
        .create(create("steps", true))
        .await
        .unwrap();
    platform.runtime.stop().await;
    drop((reader, platform));
    assert_eq!(check_file(&store, 10).unwrap().findings, []);
}
