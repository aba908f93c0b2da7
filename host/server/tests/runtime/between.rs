//! What instances send to each other: after its commit, once, also over a stop, and to nobody else.

use std::time::Duration;

use anyam::runtime::requests::{CreateInstance, ProcessSelector, PublishMessage};
use anyam_engine::Command;
use anyam_engine::key::{IncidentKey, JobKey};
use anyam_engine::value::{Json, Variables};
use anyam_store::records::{
    ElementInstance, Incident, InstanceState, Message, Outgoing, ProcessInstance,
    SignalSubscription, StartLock, StartSubscription, StartTimer,
};
use anyam_store::{Direction, Record, TenantOwned};

use crate::platform::{Commits, PATIENCE, Platform, TENANT, chain, create, definitions};

fn process(id: &str, head: &str, body: &str) -> String {
    definitions(&format!(
        r#"{head}<process id="{id}" isExecutable="true">{body}</process>"#
    ))
}

/// A process that calls `child` and is then done.
fn caller() -> String {
    process(
        "caller",
        "",
        r#"<startEvent id="s"/>
           <callActivity id="c"><extensionElements>
             <zeebe:calledElement processId="child"/></extensionElements></callActivity>
           <endEvent id="e"/>
           <sequenceFlow id="a" sourceRef="s" targetRef="c"/>
           <sequenceFlow id="b" sourceRef="c" targetRef="e"/>"#,
    )
}

const ALARM: &str = r#"<signal id="S" name="alarm"/>"#;

/// Waits for the signal `alarm`.
fn waits_for_alarm(id: &str) -> String {
    process(
        id,
        ALARM,
        r#"<startEvent id="s"/>
           <intermediateCatchEvent id="w"><signalEventDefinition signalRef="S"/></intermediateCatchEvent>
           <endEvent id="e"/>
           <sequenceFlow id="a" sourceRef="s" targetRef="w"/>
           <sequenceFlow id="b" sourceRef="w" targetRef="e"/>"#,
    )
}

/// Begins with what `event` says and waits for a worker.
fn begins_with(id: &str, head: &str, event: &str) -> String {
    process(
        id,
        head,
        &format!(
            r#"<startEvent id="s">{event}</startEvent>
               <serviceTask id="t"><extensionElements><zeebe:taskDefinition type="work"/>
                 </extensionElements></serviceTask>
               <endEvent id="e"/>
               <sequenceFlow id="a" sourceRef="s" targetRef="t"/>
               <sequenceFlow id="b" sourceRef="t" targetRef="e"/>"#
        ),
    )
}

const ORDER: &str = r#"<message id="M" name="order"/>"#;
const BY_ORDER: &str = r#"<messageEventDefinition messageRef="M"/>"#;

fn order(key: &str, time_to_live: Duration) -> PublishMessage {
    PublishMessage {
        tenant: TENANT.to_owned(),
        name: "order".to_owned(),
        correlation_key: key.to_owned(),
        message_id: None,
        time_to_live,
        variables: Variables::new(),
    }
}

impl Platform {
    fn all<R: Record<Owner = TenantOwned>>(&self) -> Vec<R> {
        let reader = self.runtime.read().unwrap();
        let rows = reader.tenant(self.tenant());
        let all = rows.scan::<R>((), Direction::Forward);
        all.map(Result::unwrap).collect()
    }

    fn of(&self, process: &str) -> Vec<ProcessInstance> {
        let mut all = self.all::<ProcessInstance>();
        all.retain(|instance| instance.process_id == process);
        all
    }

    fn sent(&self) -> u64 {
        let reader = self.runtime.read().unwrap();
        let rows = reader.system();
        rows.scan::<Outgoing>((), Direction::Forward)
            .count_rows()
            .unwrap()
    }

    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let held = async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let held = tokio::time::timeout(PATIENCE, held).await;
        assert!(held.is_ok(), "{what}");
    }

    async fn finish_work(&self, instance: u64) {
        let job = self.jobs(instance).pop().unwrap();
        let complete = Command::CompleteJob {
            job: JobKey(job.key),
            variables: Variables::new(),
            result: None,
        };
        self.runtime
            .command("job", job.key, complete)
            .await
            .unwrap();
    }
}

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
    let created = platform
        .runtime
        .create(create("caller", false))
        .await
        .unwrap();
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
    let created = platform
        .runtime
        .create(create("caller", false))
        .await
        .unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_before_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, chain("child", &["work"])).await;
    platform.deploy(TENANT, caller()).await;
    platform.hand.set(Commits::Wait);
    let runtime = platform.runtime.clone();
    let creating = tokio::spawn(async move { runtime.create(create("caller", false)).await });
    platform.hand.await_held();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(platform.instances(), 0);
    assert_eq!(platform.sent(), 0);
    platform.hand.set(Commits::Fail);
    creating.await.unwrap().unwrap_err();
    platform.runtime.stop().await;
    drop(platform);
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.until("all is delivered", |p| p.sent() == 0).await;
    assert_eq!(
        platform.instances(),
        0,
        "no call of an instance that is not"
    );
}

/// Calls `child`, whose escalation is counted at `x`; throws a message and a signal.
fn sends_everything() -> String {
    process(
        "sender",
        &format!(
            r#"{ALARM}<message id="M" name="order"><extensionElements>
               <zeebe:subscription correlationKey="=n"/></extensionElements></message>
               <escalation id="X" escalationCode="x"/>"#
        ),
        r#"<startEvent id="s"/>
           <callActivity id="c"><extensionElements>
             <zeebe:calledElement processId="child"/></extensionElements></callActivity>
           <boundaryEvent id="b" attachedToRef="c" cancelActivity="false">
             <escalationEventDefinition escalationRef="X"/></boundaryEvent>
           <endEvent id="x"/>
           <intermediateThrowEvent id="m"><messageEventDefinition messageRef="M"/></intermediateThrowEvent>
           <endEvent id="e"><signalEventDefinition signalRef="S"/></endEvent>
           <sequenceFlow id="f1" sourceRef="s" targetRef="c"/>
           <sequenceFlow id="f2" sourceRef="b" targetRef="x"/>
           <sequenceFlow id="f3" sourceRef="c" targetRef="m"/>
           <sequenceFlow id="f4" sourceRef="m" targetRef="e"/>"#,
    )
}

fn escalates() -> String {
    process(
        "child",
        r#"<escalation id="X" escalationCode="x"/>"#,
        r#"<startEvent id="s"/>
           <intermediateThrowEvent id="t"><escalationEventDefinition escalationRef="X"/></intermediateThrowEvent>
           <endEvent id="e"/>
           <sequenceFlow id="f1" sourceRef="s" targetRef="t"/>
           <sequenceFlow id="f2" sourceRef="t" targetRef="e"/>"#,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_wherever_a_stop_cuts_in() {
    for commits in 0..14 {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::start(folder.path(), Default::default()).await;
        platform.deploy(TENANT, escalates()).await;
        platform.deploy(TENANT, waits_for_alarm("waiter")).await;
        platform
            .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
            .await;
        platform
            .deploy(
                TENANT,
                begins_with(
                    "alarmed",
                    ALARM,
                    r#"<signalEventDefinition signalRef="S"/>"#,
                ),
            )
            .await;
        platform.deploy(TENANT, sends_everything()).await;
        let waiter = platform
            .runtime
            .create(create("waiter", false))
            .await
            .unwrap();
        platform.hand.set(Commits::GoFor(commits));
        let created = platform.runtime.create(create("sender", false)).await;
        if created.is_ok() {
            let all_done = platform.until("all is delivered", |p| {
                p.sent() == 0 && p.of("started").len() == 1
            });
            tokio::select! {
                () = all_done => {}
                () = platform.runtime.failed() => {}
            }
        }
        platform.runtime.stop().await;
        drop(platform);

        let platform = Platform::start(folder.path(), Default::default()).await;
        if created.is_err() {
            assert!(platform.of("sender").is_empty(), "cut after {commits}");
            continue;
        }
        let sender = created.unwrap().key;
        platform.await_end(sender).await;
        platform.await_end(waiter.key).await;
        platform
            .until("all is delivered", |p| {
                p.sent() == 0 && !p.of("started").is_empty()
            })
            .await;
        let counted = platform.all::<ElementInstance>();
        let counted = counted.iter().filter(|e| e.element_id == "x").count();
        assert_eq!(counted, 1, "one escalation, cut after {commits}");
        for started in ["child", "started", "alarmed"] {
            assert_eq!(
                platform.of(started).len(),
                1,
                "{started}, cut after {commits}"
            );
        }
        assert!(platform.all::<Incident>().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_reaches_everybody_in_its_tenant_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    for tenant in [TENANT, "other"] {
        platform.deploy(tenant, waits_for_alarm("waiter")).await;
        platform
            .deploy(
                tenant,
                begins_with(
                    "alarmed",
                    ALARM,
                    r#"<signalEventDefinition signalRef="S"/>"#,
                ),
            )
            .await;
    }
    let mut waiters = Vec::new();
    for _ in 0..300 {
        let created = platform
            .runtime
            .create(create("waiter", false))
            .await
            .unwrap();
        waiters.push(created.key);
    }
    let elsewhere = CreateInstance {
        tenant: "other".to_owned(),
        ..create("waiter", false)
    };
    let elsewhere = platform.runtime.create(elsewhere).await.unwrap();
    platform
        .runtime
        .broadcast(TENANT, "alarm", &Variables::new())
        .await
        .unwrap();
    for key in waiters {
        assert_eq!(
            platform.instance(key).unwrap().state,
            InstanceState::Completed
        );
    }
    assert_eq!(platform.of("alarmed").len(), 1);
    assert!(platform.all::<SignalSubscription>().is_empty());
    let reader = platform.runtime.read().unwrap();
    let other = reader.tenant(platform.runtime.tenants().id("other").unwrap());
    let row = other
        .get::<ProcessInstance>(&elsewhere.key)
        .unwrap()
        .unwrap();
    assert_eq!(row.state, InstanceState::Active);
    let there = other.scan::<ProcessInstance>((), Direction::Forward);
    assert_eq!(there.count_rows().unwrap(), 1, "nothing was started there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_correlation_key_one_started_instance_is_active_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    platform
        .runtime
        .publish(order("a", Duration::ZERO))
        .await
        .unwrap();
    platform
        .runtime
        .publish(order("a", PATIENCE))
        .await
        .unwrap();
    platform
        .runtime
        .publish(order("b", PATIENCE))
        .await
        .unwrap();
    assert_eq!(platform.of("started").len(), 2);
    let first = platform.of("started")[0].key;
    platform.runtime.stop().await;
    drop(platform);

    let platform = Platform::start(folder.path(), Default::default()).await;
    // Another message finds the key taken.
    platform
        .runtime
        .publish(order("a", Duration::ZERO))
        .await
        .unwrap();
    assert_eq!(platform.of("started").len(), 2);
    platform.finish_work(first).await;
    platform
        .until("the next one starts", |p| p.of("started").len() == 3)
        .await;
    for instance in platform.of("started") {
        if instance.state == InstanceState::Active {
            platform.finish_work(instance.key).await;
        }
    }
    assert!(platform.all::<StartLock>().is_empty());
    assert_eq!(platform.of("started").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_message_starts_what_is_deployed_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, chain("anything", &[])).await;
    platform
        .runtime
        .publish(order("a", PATIENCE))
        .await
        .unwrap();
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    platform
        .until("it starts", |p| p.of("started").len() == 1)
        .await;
    assert_eq!(
        platform.all::<Message>().len(),
        1,
        "others may still take it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_latest_version_is_started_by_events() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    let other = r#"<message id="M" name="offer"/>"#;
    platform
        .deploy(TENANT, begins_with("started", other, BY_ORDER))
        .await;
    let starts = platform.all::<StartSubscription>();
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0].name, "offer");
    platform
        .runtime
        .publish(order("a", Duration::ZERO))
        .await
        .unwrap();
    assert!(platform.of("started").is_empty());
    platform
        .runtime
        .correlate(order("a", Duration::ZERO))
        .await
        .unwrap_err();
    let offer = PublishMessage {
        name: "offer".to_owned(),
        ..order("a", Duration::ZERO)
    };
    let (_, instance) = platform.runtime.correlate(offer).await.unwrap();
    assert_eq!(platform.instance(instance).unwrap().process_version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_starts_instances_in_its_cycle_and_catches_up_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    let every = r#"<timerEventDefinition><timeCycle>R3/PT0.2S</timeCycle></timerEventDefinition>"#;
    platform
        .deploy(TENANT, begins_with("timed", "", every))
        .await;
    platform
        .until("the first one starts", |p| !p.of("timed").is_empty())
        .await;
    platform.runtime.stop().await;
    drop(platform);
    tokio::time::sleep(Duration::from_millis(500)).await;

    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .until("the others start", |p| p.of("timed").len() == 3)
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(platform.of("timed").len(), 3, "and no more");
    let reader = platform.runtime.read().unwrap();
    let left = reader.system().scan::<StartTimer>((), Direction::Forward);
    assert_eq!(left.count_rows().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_only_events_start_is_not_created_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    let request = CreateInstance {
        process: ProcessSelector::Latest("started".to_owned()),
        ..create("started", false)
    };
    let refused = platform.runtime.create(request).await.unwrap_err();
    assert!(
        refused.to_string().contains("none start event"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_that_holds_starts_an_instance() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    let condition = "<conditionalEventDefinition><condition>=n &gt; 6</condition>\
                     </conditionalEventDefinition>";
    platform
        .deploy(TENANT, begins_with("large", "", condition))
        .await;
    let given = |n: &str| Variables::from([("n".into(), Json::from_valid(n))]);
    let (six, seven, text) = (given("6"), given("7"), given("\"x\""));
    let evaluate = |n| platform.runtime.evaluate_conditionals(TENANT, None, n);
    let (_, started) = evaluate(&six).await.unwrap();
    assert!(started.is_empty());
    let (_, started) = evaluate(&seven).await.unwrap();
    let instance = platform.instance(started[0].1).unwrap();
    assert_eq!(instance.definition_key, started[0].0);
    assert_eq!(platform.of("large"), [instance]);
    evaluate(&text).await.unwrap();
    assert_eq!(
        platform.of("large").len(),
        1,
        "no number is not more than 6"
    );
}
