//! The people and programs around the server, and a ledger of everything it answered them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use anyam_tests::Client;
use anyam_tests::chance::Chance;
use anyam_tests::client::{Key, key, text};
use serde_json::json;

use crate::processes::PROCESSES;

/// An order: which process it runs, and what was said about it.
#[derive(Clone, Debug, Default)]
pub struct Order {
    pub process: &'static str,
    /// Its instance, once that was acknowledged.
    pub instance: Option<Key>,
    /// Whether its message was acknowledged.
    pub paid: bool,
}

/// Everything that was asked for and answered.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By order id, which is the instance's business id; ids of refused attempts are kept.
    pub orders: BTreeMap<String, Order>,
    /// Results that were offered for a job or user task, by its key.
    pub offered: HashMap<Key, BTreeSet<String>>,
    /// Results that were acknowledged.
    pub accepted: HashMap<Key, String>,
}

impl Ledger {
    pub fn acknowledged(&self) -> usize {
        self.orders
            .values()
            .filter(|order| order.instance.is_some())
            .count()
    }
}

/// The people and programs around the server.
pub struct World {
    pub ledger: Mutex<Ledger>,
    pub chance: Chance,
    /// Instances that are acknowledged in all.
    pub instances: usize,
    /// Numbers that make order ids and results unique.
    pub numbers: AtomicU64,
    /// Longest pause between two requests of one of them, in milliseconds.
    pub pause: AtomicU64,
}

/// Whether the server answered at all; without an answer nothing is known.
pub type Answered<T> = Result<T, ureq::Error>;

impl World {
    pub fn new(chance: Chance, instances: usize) -> Self {
        Self {
            ledger: Mutex::default(),
            chance,
            instances,
            numbers: AtomicU64::new(0),
            pause: AtomicU64::new(25),
        }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics with the ledger")
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets everyone work on the server for a time and then does `end` to it. Who finds the server
    /// gone goes home until the next round.
    pub fn round(&self, client: &Client, time: Duration, end: impl FnOnce()) {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let people: [fn(&Self, &Client) -> Answered<()>; 5] =
                [Self::order, Self::order, Self::pack, Self::pay, Self::look];
            for act in people {
                let over = &over;
                scope.spawn(move || {
                    while !over.load(Ordering::Acquire) && act(self, client).is_ok() {
                        let pause = self.pause.load(Ordering::Relaxed);
                        thread::sleep(self.chance.millis(0, pause));
                    }
                });
            }
            thread::sleep(time);
            end();
            over.store(true, Ordering::Release);
        });
    }

    /// Starts one more instance.
    fn order(&self, client: &Client) -> Answered<()> {
        if self.ledger().acknowledged() >= self.instances {
            return Ok(());
        }
        let number = self.number();
        let id = format!("o-{number}");
        // Few are straight: they are over before a kill finds them.
        let process = PROCESSES[[0, 1, 0, 1, 2][(number % 5) as usize]].0;
        self.ledger().orders.insert(
            id.clone(),
            Order {
                process,
                ..Order::default()
            },
        );
        let body = json!({
            "processDefinitionId": process,
            "businessId": id,
            "awaitCompletion": process == "straight",
            "variables": {
                "order": id,
                "n": 0,
                "pause": format!("PT{}S", self.chance.below(4)),
                "customer": { "id": "C-1", "creditLimit": 1000, "openBalance": 0 },
                "amount": 100,
                "items": [{ "sku": "chair-oak", "quantity": 1 }],
            },
        });
        let answer = client.try_post("/v2/process-instances", body)?;
        if accepted(&answer, &[503]) {
            let instance = key(&answer.body["processInstanceKey"]);
            self.ledger()
                .orders
                .get_mut(&id)
                .expect("put above")
                .instance = Some(instance);
        }
        Ok(())
    }

    /// Takes a few jobs and completes them, each with a result of its own.
    fn pack(&self, client: &Client) -> Answered<()> {
        let body = json!({
            "type": "pack", "worker": "packer", "timeout": 1_500, "maxJobsToActivate": 4,
            "requestTimeout": 500,
        });
        let answer = client.try_post("/v2/jobs/activation", body)?;
        if !accepted(&answer, &[503]) {
            return Ok(());
        }
        for job in answer.body["jobs"]
            .as_array()
            .expect("an activation has jobs")
        {
            let job = key(&job["jobKey"]);
            let done = self.ledger().accepted.contains_key(&job);
            assert!(!done, "job {job} was completed and is handed out again");
            // A worker that forgets a job: it is handed out again.
            if self.chance.below(10) == 0 {
                continue;
            }
            self.complete(
                client,
                &job,
                &format!("/v2/jobs/{job}/completion"),
                "packed",
            )?;
        }
        Ok(())
    }

    /// Completes one user task that is to be done.
    fn look(&self, client: &Client) -> Answered<()> {
        let body = json!({ "filter": { "state": "CREATED" }, "page": { "limit": 3 } });
        let answer = client.try_post("/v2/user-tasks/search", body)?;
        if !accepted(&answer, &[503]) {
            return Ok(());
        }
        for task in answer.body["items"].as_array().expect("a page has items") {
            let task = key(&task["userTaskKey"]);
            let done = self.ledger().accepted.contains_key(&task);
            assert!(
                !done,
                "user task {task} was completed and is to be done again"
            );
            self.complete(
                client,
                &task,
                &format!("/v2/user-tasks/{task}/completion"),
                "seen",
            )?;
        }
        Ok(())
    }

    fn complete(&self, client: &Client, key: &str, path: &str, name: &str) -> Answered<()> {
        let result = format!("{name}-{}", self.number());
        self.ledger()
            .offered
            .entry(key.to_owned())
            .or_default()
            .insert(result.clone());
        let body = json!({ "variables": { name: result } }).to_string();
        let answer = client.try_send("POST", path, "application/json", &body)?;
        // An earlier completion may have been stored and its answer lost: then it is over (404).
        if accepted(&answer, &[404, 409, 503]) {
            let before = self.ledger().accepted.insert(key.to_owned(), result);
            assert_eq!(before, None, "{key} was completed twice");
        }
        Ok(())
    }

    /// Publishes the message of an order that is not yet paid.
    fn pay(&self, client: &Client) -> Answered<()> {
        let unpaid = {
            let ledger = self.ledger();
            let mut unpaid = ledger.orders.iter().filter(|(_, order)| !order.paid);
            let count = unpaid.clone().count();
            unpaid
                .nth(self.chance.below(count as u64) as usize)
                .map(|(id, _)| id.clone())
        };
        let Some(id) = unpaid else { return Ok(()) };
        let body = json!({
            "name": "paid",
            "correlationKey": id,
            "messageId": "payment",
            "timeToLive": 3_600_000,
            "variables": { "paid": format!("by-{id}") },
        });
        let answer = client.try_post("/v2/messages/publication", body)?;
        // A conflict says that it is there: its first answer was lost.
        if accepted(&answer, &[409, 503]) || answer.status == 409 {
            self.ledger().orders.get_mut(&id).expect("orders stay").paid = true;
        }
        Ok(())
    }

    /// Whether everything that was acknowledged is there, as far as one look at all instances
    /// shows it.
    pub fn check_acknowledged(&self, client: &Client) {
        let found = client.search("process-instances", json!({}));
        let ids: BTreeMap<Key, String> = found
            .iter()
            .map(|item| (key(&item["processInstanceKey"]), text(&item["businessId"])))
            .collect();
        for (id, order) in &self.ledger().orders {
            if let Some(instance) = &order.instance {
                assert_eq!(ids.get(instance), Some(id), "instance {instance} is lost");
            }
        }
    }
}

/// Whether a request was carried out; if not, its status must be one that may come.
#[track_caller]
fn accepted(answer: &anyam_tests::Answer, may_come: &[u16]) -> bool {
    let carried_out = (200..300).contains(&answer.status);
    assert!(
        carried_out || may_come.contains(&answer.status),
        "{answer:#?}"
    );
    carried_out
}
