//! Faults that the simulation has found, each made again in a few steps.

use std::time::Duration;

use anyam::Error;
use anyam::runtime::Runtime;
use anyam::runtime::requests::{CreateInstance, ProcessSelector, PublishMessage, ResourceFile};
use anyam_engine::value::Variables;
use anyam_store::records::{ActiveInstances, Message, ProcessInstance, UserTask};
use anyam_store::{Direction, Limits};

use crate::clients::all;
use crate::disk::{Disk, Fault};
use crate::life::{Opened, Pace, Surroundings, in_time, start};
use crate::models::models;
use crate::random::Random;
use crate::run::{beside, deployed};
use crate::steps::Steps;
use crate::time::Time;
use crate::{TENANT, TENANT_NAME};

/// A server on which nothing goes wrong unless its disk is told so.
struct Server {
    runtime: Runtime,
    disk: Disk,
    time: Time,
}

/// Does something with a server.
fn with_server<F: Future>(limits: Limits, work: impl FnOnce(Server) -> F) -> F::Output {
    let (disk, time) = (Disk::new(deployed()), Time::new());
    let steps = Steps::new(Random::new(0), time.clone());
    steps.calm();
    let around = Surroundings {
        steps,
        time: time.clone(),
        pace: Pace { most: 0, stalls: 0 },
        store: limits,
        hidden: None,
        limits: anyam::limits::Limits::default(),
    };
    in_time(&time, async {
        let opened = Opened::on(&disk, around.store, None).unwrap();
        let writing = opened.write(&time, around.pace, Random::new(0));
        let working = async {
            let runtime = start(&opened, &around, Random::new(0)).await.unwrap();
            let (disk, time) = (disk.clone(), time.clone());
            work(Server {
                runtime,
                disk,
                time,
            })
            .await
        };
        beside(writing, working).await
    })
}

impl Server {
    async fn create(&self, process: &str) -> u64 {
        let request = CreateInstance {
            tenant: TENANT_NAME.to_owned(),
            process: ProcessSelector::Latest(process.to_owned()),
            variables: Variables::from([(
                "k".into(),
                anyam_engine::value::Json::from_valid("\"k0\""),
            )]),
            start_at: Vec::new(),
            tags: Vec::new(),
            business_id: None,
            await_completion: None,
            until_incident: false,
        };
        self.runtime.create(request).await.unwrap().key
    }

    async fn publish(&self, name: &str, id: Option<&str>, ms: u64) -> Result<u64, Error> {
        let message = PublishMessage {
            tenant: TENANT_NAME.to_owned(),
            name: name.to_owned(),
            correlation_key: "k0".to_owned(),
            message_id: id.map(str::to_owned),
            time_to_live: Duration::from_millis(ms),
            variables: Variables::new(),
        };
        self.runtime.publish(message).await
    }

    fn active(&self) -> u64 {
        let reader = self.runtime.read().unwrap();
        let rows = reader.tenant(TENANT);
        let active = rows.index::<ActiveInstances>((), Direction::Forward);
        active.count_rows().unwrap()
    }
}

#[test]
fn the_end_of_an_expired_message_does_not_free_the_id_of_a_later_one() {
    with_server(Limits::default(), async |server| {
        server.publish("paid", Some("one"), 10_000).await.unwrap();
        // Its time is over, and it is not removed before the next look at what has expired.
        server.time.set(20_000);
        let later = server
            .publish("paid", Some("one"), 3_600_000)
            .await
            .unwrap();
        server.time.sleep_ms(120_000).await;
        let left = all::<Message>(&server.runtime.read().unwrap()).unwrap();
        let left: Vec<u64> = left.iter().map(|message| message.key).collect();
        assert_eq!(left, [later]);
        let again = server.publish("paid", Some("one"), 3_600_000).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    });
}

#[test]
fn a_broadcast_that_did_not_reach_everybody_is_not_answered_as_done() {
    with_server(Limits::default(), async |server| {
        server.create("alarmed").await;
        // The signal is stored, and what takes it is not.
        server.disk.plan(Fault::SyncError(2));
        let told = server
            .runtime
            .broadcast(TENANT_NAME, "alarm", &Variables::new())
            .await;
        assert!(told.is_err(), "{told:?}");
        assert_eq!(server.active(), 1);
    });
}

#[test]
fn a_message_whose_publisher_left_is_correlated() {
    with_server(Limits::default(), async |server| {
        let waits = server.create("message").await;
        let publishing = server.publish("paid", None, 3_600_000);
        tokio::select! {
            biased;
            published = publishing => panic!("answered before its commit: {published:?}"),
            // The commit is under way.
            () = futures_util::future::ready(()) => {}
        }
        server.time.sleep_ms(1_000).await;
        let reader = server.runtime.read().unwrap();
        let tasks = all::<UserTask>(&reader).unwrap();
        assert_eq!(tasks.len(), 1, "instance {waits} goes on");
    });
}

#[test]
fn a_version_whose_deployer_left_is_the_latest() {
    with_server(Limits::default(), async |server| {
        let before = server.create("chain").await;
        let xml = models().into_iter().find(|(id, _)| *id == "chain").unwrap();
        let file = ResourceFile {
            name: "chain.bpmn".to_owned(),
            bytes: format!("{}<!-- 2 -->", xml.1).into_bytes(),
        };
        let deploying = server.runtime.deploy(TENANT_NAME, vec![file]);
        tokio::select! {
            biased;
            deployed = deploying => panic!("answered before its commit: {deployed:?}"),
            () = futures_util::future::ready(()) => {}
        }
        server.time.sleep_ms(1_000).await;
        let after = server.create("chain").await;
        let reader = server.runtime.read().unwrap();
        let rows = reader.tenant(TENANT);
        let version = |key| {
            rows.get::<ProcessInstance>(&key)
                .unwrap()
                .unwrap()
                .process_version
        };
        assert_eq!((version(before), version(after)), (1, 2));
    });
}

#[test]
fn a_signal_whose_sender_left_is_delivered() {
    with_server(Limits::default(), async |server| {
        server.create("alarmed").await;
        let variables = Variables::new();
        let telling = server.runtime.broadcast(TENANT_NAME, "alarm", &variables);
        tokio::select! {
            biased;
            told = telling => panic!("answered before its commit: {told:?}"),
            () = futures_util::future::ready(()) => {}
        }
        server.time.sleep_ms(1_000).await;
        assert_eq!(server.active(), 0);
    });
}
