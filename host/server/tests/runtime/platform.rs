//! A runtime over a store whose commits the test can hold and break.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use anyam::limits::Limits;
use anyam::runtime::clock::{Clock, SystemClock};
use anyam::runtime::requests::{CreateInstance, ProcessSelector, ResourceFile};
use anyam::runtime::{Runtime, RuntimeConfig};
use anyam_engine::value::{Json, Variables};
use anyam_sandbox::{CompilerCommand, Config, Sandbox};
use anyam_store::records::{Job, ProcessInstance};
use anyam_store::{Batch, Database, Direction, ReadView, RedbStore, Store, StoreError, TenantId};

use crate::guest::{self, SLEEP};

/// Longer than anything here takes on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const TENANT: &str = "<default>";

/// What commits may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Commits {
    Go,
    Wait,
    Fail,
    /// So many go, and then all fail.
    GoFor(u64),
}

/// The test's hand on the commits of a store.
#[derive(Clone)]
pub struct Hand(Arc<(Mutex<(Commits, u64)>, Condvar)>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new((Mutex::new((Commits::Go, 0)), Condvar::new())))
    }

    pub fn set(&self, commits: Commits) {
        self.0.0.lock().unwrap().0 = commits;
        self.0.1.notify_all();
    }

    /// Waits until a commit is held.
    pub fn await_held(&self) {
        let mut state = self.0.0.lock().unwrap();
        while state.1 == 0 {
            state = self.0.1.wait(state).unwrap();
        }
    }
}

struct Held {
    store: RedbStore,
    hand: Hand,
}

impl Store for Held {
    fn read(&self) -> anyam_store::Result<Box<dyn ReadView>> {
        self.store.read()
    }

    fn commit(&self, batches: &[Batch]) -> anyam_store::Result<Vec<anyam_store::Refused>> {
        let (state, changed) = &*self.hand.0;
        let mut state = state.lock().unwrap();
        state.1 += 1;
        changed.notify_all();
        while state.0 == Commits::Wait {
            state = changed.wait(state).unwrap();
        }
        state.1 -= 1;
        if let Commits::GoFor(left) = state.0 {
            state.0 = match left.checked_sub(1) {
                Some(left) => Commits::GoFor(left),
                None => Commits::Fail,
            };
        }
        if state.0 == Commits::Fail {
            let reason = "the test says so".into();
            return Err(StoreError::Backend {
                action: "commit",
                reason,
            });
        }
        drop(state);
        self.store.commit(batches)
    }
}

/// A running platform and the hand on its commits.
pub struct Platform {
    pub runtime: Runtime,
    pub database: Database,
    pub hand: Hand,
}

impl Platform {
    pub async fn start(folder: &Path, limits: Limits) -> Self {
        Self::start_at(folder, limits, Arc::new(SystemClock)).await
    }

    /// As [`Platform::start`], with a clock of the test's.
    pub async fn start_at(folder: &Path, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let hand = Hand::new();
        let store = RedbStore::open(folder.join("store.redb"), 16 << 20).unwrap();
        let held = Held {
            store,
            hand: hand.clone(),
        };
        let database = Database::open(held, anyam_store::Limits::default()).unwrap();
        let compiler = CompilerCommand {
            program: env!("CARGO_BIN_EXE_anyam").into(),
            args: vec![anyam::cli::COMPILE_COMMAND.into()],
        };
        let sandbox = Sandbox::new(Config::new(folder.join("components"), compiler)).unwrap();
        let config = RuntimeConfig {
            limits,
            shards: 1,
            clock,
            ..RuntimeConfig::default()
        };
        let runtime = Runtime::start(database.clone(), sandbox, config)
            .await
            .unwrap();
        Self {
            runtime,
            database,
            hand,
        }
    }

    /// Has two steps: `echo` answers at once, `slow` after some 300 ms.
    pub async fn with_steps(self, tenant: &str) -> Self {
        let echo = guest::echo().build();
        self.runtime
            .push_step(tenant, "echo", "1.0.0", echo)
            .await
            .unwrap();
        let slow = guest::guest(
            "(call $block (call $after (i64.const 300000000)))
             (i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
             (i32.const 1024)",
        );
        let slow = slow.import(SLEEP).build();
        self.runtime
            .push_step(tenant, "slow", "1.0.0", slow)
            .await
            .unwrap();
        self
    }

    pub async fn deploy(&self, tenant: &str, model: String) {
        let file = ResourceFile {
            name: "model.bpmn".to_owned(),
            bytes: model.into_bytes(),
        };
        self.runtime.deploy(tenant, vec![file]).await.unwrap();
    }

    /// Every job of an instance, by key.
    pub fn jobs(&self, instance: u64) -> Vec<Job> {
        let reader = self.runtime.read().unwrap();
        let jobs = reader
            .tenant(self.tenant())
            .scan::<Job>((instance,), Direction::Forward);
        jobs.map(Result::unwrap).collect()
    }

    pub fn instance(&self, key: u64) -> Option<ProcessInstance> {
        self.runtime
            .read()
            .unwrap()
            .tenant(self.tenant())
            .get::<ProcessInstance>(&key)
            .unwrap()
    }

    pub fn instances(&self) -> u64 {
        let reader = self.runtime.read().unwrap();
        let all = reader
            .tenant(self.tenant())
            .scan::<ProcessInstance>((), Direction::Forward);
        all.count_rows().unwrap()
    }

    pub fn tenant(&self) -> TenantId {
        self.runtime.tenants().id(TENANT).unwrap()
    }

    /// Waits until an instance has ended.
    pub async fn await_end(&self, key: u64) -> ProcessInstance {
        let ended = async {
            loop {
                match self.instance(key) {
                    Some(row) if row.ended_at.is_some() => return row,
                    _ => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended)
            .await
            .expect("the instance ends")
    }
}

/// A process of service tasks, one behind the other, with an id of its own.
pub fn chain(id: &str, types: &[&str]) -> String {
    let mut elements = String::from(r#"<startEvent id="start"/>"#);
    let mut before = "start".to_owned();
    for (at, job_type) in types.iter().enumerate() {
        elements += &format!(
            r#"<serviceTask id="task{at}"><extensionElements>
                <zeebe:taskDefinition type="{job_type}"/></extensionElements></serviceTask>
               <sequenceFlow id="to{at}" sourceRef="{before}" targetRef="task{at}"/>"#
        );
        before = format!("task{at}");
    }
    elements += &format!(
        r#"<endEvent id="end"/><sequenceFlow id="last" sourceRef="{before}" targetRef="end"/>"#
    );
    definitions(&format!(
        r#"<process id="{id}" isExecutable="true">{elements}</process>"#
    ))
}

pub fn definitions(content: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{content}</definitions>"#
    )
}

/// A request for an instance, which waits for its end or not.
pub fn create(process: &str, wait: bool) -> CreateInstance {
    CreateInstance {
        tenant: TENANT.to_owned(),
        process: ProcessSelector::Latest(process.to_owned()),
        variables: Variables::from([("n".into(), Json::from_valid("7"))]),
        start_at: Vec::new(),
        tags: Vec::new(),
        business_id: None,
        await_completion: wait.then_some(PATIENCE),
        until_incident: false,
    }
}
