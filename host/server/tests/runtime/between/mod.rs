//! What instances send to each other: after its commit, once, also over a stop, and to nobody else.

mod calls;
mod delivery;
mod partial_starts;
mod starts;

use std::time::Duration;

use anyam::runtime::requests::{CreatedInstance, PublishMessage};
use anyam_engine::Command;
use anyam_engine::key::JobKey;
use anyam_engine::value::Variables;
use anyam_store::records::{Outgoing, ProcessInstance};
use anyam_store::{Direction, Record, TenantOwned};

use crate::platform::{PATIENCE, Platform, TENANT, create, definitions};

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

const BY_ALARM: &str = r#"<signalEventDefinition signalRef="S"/>"#;
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

    async fn begin(&self, process: &str) -> CreatedInstance {
        self.runtime.create(create(process, false)).await.unwrap()
    }

    async fn publish(&self, message: PublishMessage) {
        self.runtime.publish(message).await.unwrap();
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
