//! `kill -9` at random moments: nothing that was acknowledged is lost, and nothing runs twice.
//!
//! Instances of three processes run while workers complete jobs, clerks complete user tasks and a
//! bank publishes messages. The server is killed again and again and started on the same folder.
//! Every answer that came is written down, and in the end the server is held to all of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use anyam_tests::chance::Chance;
use anyam_tests::client::{Key, key, text};
use anyam_tests::model::{
    Model, header, mapping, message_catch, script, service_task_with_retries, timer, user_task,
};
use anyam_tests::{Client, Served, awaiting, report, steps};
use serde_json::{Value, json};

/// Instances that are acknowledged in all.
const INSTANCES: usize = 300;
/// How often the server is killed.
const KILLS: u32 = 12;

/// Processes, and the elements that each instance must have gone through exactly once.
const PROCESSES: [(&str, &[&str]); 3] = [
    (
        "in-turn",
        &[
            "start",
            "check",
            "count",
            "pack",
            "wait",
            "pay",
            "look",
            "reserve",
            "count-again",
            "end",
        ],
    ),
    (
        "side-by-side",
        &[
            "start",
            "check",
            "work-fork",
            "pack",
            "count",
            "wait",
            "pay",
            "look",
            "reserve",
            "work-join",
            "count-again",
            "end",
        ],
    ),
    (
        "straight",
        &["start", "check", "count", "reserve", "count-again", "end"],
    ),
];

fn models() -> [String; 3] {
    let mapped = |inputs: &[(&str, &str)], output: (&str, &str)| mapping(inputs, &[output]);
    let check = || {
        let inputs = [("customer", "customer"), ("amount", "amount")];
        service_task_with_retries(
            "check",
            "credit-check",
            3,
            &mapped(&inputs, ("approved", "approved")),
        )
    };
    let reserve = || {
        let mapping = mapped(&[("items", "items")], ("reservationId", "reservation"));
        let extensions = format!("{}{mapping}", header("warehouse", "north"));
        service_task_with_retries("reserve", "reserve-stock", 3, &extensions)
    };
    let count = |id: &str| script(id, "n + 1", "n");
    let pack = || service_task_with_retries("pack", "pack", 3, &mapped(&[], ("packed", "packed")));
    let pay = || message_catch("pay", "paid");
    let look = || user_task("look", &mapped(&[], ("seen", "seen")));
    let wait = || timer("wait", "=pause");
    let in_turn = Model::new("in-turn")
        .message("paid", "order")
        .then(check())
        .then(count("count"))
        .then(pack())
        .then(wait())
        .then(pay())
        .then(look())
        .then(reserve())
        .then(count("count-again"))
        .end();
    let side_by_side = Model::new("side-by-side")
        .message("paid", "order")
        .then(check())
        .side_by_side(
            "work",
            [
                vec![pack(), count("count")],
                vec![wait()],
                vec![pay()],
                vec![look(), reserve()],
            ],
        )
        .then(count("count-again"))
        .end();
    let straight = Model::new("straight")
        .then(check())
        .then(count("count"))
        .then(reserve())
        .then(count("count-again"))
        .end();
    [in_turn, side_by_side, straight]
}

/// An order: which process it runs, and what was said about it.
#[derive(Clone, Debug, Default)]
struct Order {
    process: &'static str,
    /// Its instance, once that was acknowledged.
    instance: Option<Key>,
    /// Whether its message was acknowledged.
    paid: bool,
}

/// Everything that was asked for and answered.
#[derive(Debug, Default)]
struct Ledger {
    /// By order id, which is the instance's business id; ids of refused attempts are kept.
    orders: BTreeMap<String, Order>,
    /// Results that were offered for a job or user task, by its key.
    offered: HashMap<Key, BTreeSet<String>>,
    /// Results that were acknowledged.
    accepted: HashMap<Key, String>,
}

impl Ledger {
    fn acknowledged(&self) -> usize {
        self.orders
            .values()
            .filter(|order| order.instance.is_some())
            .count()
    }
}

/// The people and programs around the server.
struct World {
    ledger: Mutex<Ledger>,
    chance: Chance,
    /// Numbers that make order ids and results unique.
    numbers: AtomicU64,
    /// Longest pause between two requests of one of them, in milliseconds.
    pause: AtomicU64,
}

/// Whether the server answered at all; without an answer nothing is known.
type Answered<T> = Result<T, ureq::Error>;

impl World {
    fn new(chance: Chance) -> Self {
        Self {
            ledger: Mutex::default(),
            chance,
            numbers: AtomicU64::new(0),
            pause: AtomicU64::new(25),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics with the ledger")
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets everyone work on the server for a time and then does `end` to it. Who finds the server
    /// gone goes home until the next round.
    fn round(&self, client: &Client, time: Duration, end: impl FnOnce()) {
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
        if self.ledger().acknowledged() >= INSTANCES {
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
    fn check_acknowledged(&self, client: &Client) {
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

/// A server with steps and processes on it.
fn stocked() -> Served {
    let served = Served::start();
    let client = served.client();
    for (name, component) in steps::order_fulfilment() {
        client.push_step(name, "1.0.0", component).ok();
    }
    for model in models() {
        client.deployed(&model);
    }
    served
}

/// Works until every instance is over.
fn finish(world: &World, client: &Client) {
    world.pause.store(2, Ordering::Relaxed);
    awaiting::until_or("every instance ends", awaiting::PATIENCE * 3, || {
        world.round(client, Duration::from_millis(500), || ());
        let active = client.search("process-instances", json!({ "state": "ACTIVE" }));
        let all = world.ledger().acknowledged() >= INSTANCES;
        (all && active.is_empty()).then_some(())
    });
}

/// Holds the server to everything it answered, and to what must hold for every instance.
fn check(world: &World, client: &Client) {
    world.check_acknowledged(client);
    assert_eq!(client.search("incidents", json!({})), [] as [Value; 0]);
    assert_eq!(client.search("steps", json!({})).len(), 2);
    assert_eq!(
        client.search("process-definitions", json!({})).len(),
        PROCESSES.len()
    );
    let ledger = world.ledger();
    let instances = client.search("process-instances", json!({}));
    let acknowledged: Vec<_> = ledger
        .orders
        .values()
        .filter_map(|order| order.instance.as_deref())
        .collect();
    assert!(acknowledged.len() >= INSTANCES);
    let mut seen = BTreeSet::new();
    for instance in &instances {
        let id = text(&instance["businessId"]);
        assert!(ledger.orders.contains_key(&id), "nobody asked for {id}");
        assert!(
            seen.insert(id),
            "two instances for one request: {instance:#}"
        );
        assert_eq!(instance["state"], "COMPLETED", "{instance:#}");
        check_instance(&ledger, client, instance);
    }
    report::say(&format!(
        "{} instances acknowledged, {} more whose answer a kill cut off; {} completions \
         acknowledged, {} more cut off",
        acknowledged.len(),
        instances.len() - acknowledged.len(),
        ledger.accepted.len(),
        ledger.offered.len() - ledger.accepted.len(),
    ));
}

/// Every element was gone through once, and its result is what was acknowledged.
fn check_instance(ledger: &Ledger, client: &Client, instance: &Value) {
    let (id, order) = (
        text(&instance["businessId"]),
        key(&instance["processInstanceKey"]),
    );
    let process = ledger.orders[&id].process;
    assert_eq!(instance["processDefinitionId"], process);
    let wanted = PROCESSES
        .iter()
        .find(|(name, _)| *name == process)
        .expect("a known process")
        .1;
    let (mut path, mut wanted) = (client.elements(&order), wanted.to_vec());
    path.sort();
    wanted.sort_unstable();
    let once: Vec<_> = wanted
        .into_iter()
        .map(|id| (id.to_owned(), "COMPLETED".to_owned()))
        .collect();
    assert_eq!(path, once, "{process} {order}");

    let variables = client.variables(&order);
    assert_eq!(variables["n"], 2, "{order}: a script ran twice or never");
    assert_eq!(variables["approved"], true);
    let jobs = client.search("jobs", json!({ "processInstanceKey": order }));
    let job = |element: &str| {
        let jobs: Vec<_> = jobs
            .iter()
            .filter(|job| job["elementId"] == element)
            .collect();
        assert_eq!(jobs.len(), 1, "{order}: {jobs:#?}");
        assert_eq!(jobs[0]["state"], "COMPLETED");
        key(&jobs[0]["jobKey"])
    };
    // The step's answer holds the key of its job.
    let reservation = format!("north-{}", job("reserve"));
    assert_eq!(variables["reservation"], reservation);
    check_history(client, &order, &[&job("check"), &job("reserve")]);
    if process == "straight" {
        return;
    }
    assert_eq!(variables["paid"], format!("by-{id}"));
    check_result(ledger, &job("pack"), &variables["packed"]);
    let tasks = client.search("user-tasks", json!({ "processInstanceKey": order }));
    assert_eq!(tasks.len(), 1, "{tasks:#?}");
    check_result(ledger, &key(&tasks[0]["userTaskKey"]), &variables["seen"]);
}

/// A result is the one that was acknowledged, or one of those whose answers were lost.
fn check_result(ledger: &Ledger, key: &str, result: &Value) {
    let result = text(result);
    match ledger.accepted.get(key) {
        Some(accepted) => assert_eq!(result, *accepted, "of {key}"),
        None => assert!(
            ledger.offered[key].contains(&result),
            "{key}: nobody sent {result}"
        ),
    }
}

/// Of each step's calls exactly one ended with a result that was used.
fn check_history(client: &Client, instance: &str, jobs: &[&str]) {
    let events = client
        .get(&format!("/v2/process-instances/{instance}/events"))
        .ok();
    let events = events["items"].as_array().expect("a history has items");
    for job in jobs {
        let used = events
            .iter()
            .filter(|event| event["jobKey"] == **job && event["outcome"] == "COMPLETED")
            .count();
        assert_eq!(used, 1, "job {job} of {instance}: {events:#?}");
    }
}

#[test]
fn killed_at_random_moments_it_loses_nothing_and_repeats_nothing() {
    let world = World::new(Chance::seeded("crash"));
    let mut served = stocked();
    for _ in 0..KILLS {
        let time = world.chance.millis(100, 1_400);
        let client = served.client();
        world.round(&client, time, || served.kill());
        served.restart();
        world.check_acknowledged(&served.client());
    }
    let client = served.client();
    finish(&world, &client);
    check(&world, &client);
    // What is over stays as it is.
    let before = client.everything();
    served.kill();
    served.restart();
    assert_eq!(served.client().everything(), before);
}

#[test]
fn told_to_stop_under_load_it_ends_cleanly_and_loses_nothing() {
    let world = World::new(Chance::seeded("stop"));
    world.pause.store(20, Ordering::Relaxed);
    let mut served = stocked();
    for _ in 0..4 {
        let client = served.client();
        let time = world.chance.millis(200, 1_500);
        world.round(&client, time, || {
            served.tell_to_stop();
            assert!(served.ended().success(), "it did not end cleanly");
        });
        served.restart();
        world.check_acknowledged(&served.client());
    }
    let client = served.client();
    finish(&world, &client);
    check(&world, &client);
}

#[test]
fn killed_while_it_stores_steps_and_deployments_it_has_what_it_answered() {
    let chance = Chance::seeded("deployments");
    let mut served = Served::start();
    let components = steps::order_fulfilment();
    // The component is compiled once: the kills are to meet what is stored, not the compiler.
    served
        .client()
        .push_step("credit-check", "1.0.0", &components["credit-check"])
        .ok();
    let (mut versions, mut processes) = (BTreeSet::new(), BTreeSet::new());
    let number = AtomicU64::new(1);
    for _ in 0..8 {
        let client = served.client();
        let (stored, deployed) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            scope.spawn(|| {
                loop {
                    let version = format!("1.0.{}", number.fetch_add(1, Ordering::Relaxed));
                    let path = format!("/v2/steps/credit-check/versions/{version}");
                    let component = &components["credit-check"][..];
                    let sent = client.try_send("PUT", &path, "application/wasm", component);
                    let Ok(answer) = sent else { return };
                    assert_eq!(answer.status, 201, "{answer:#?}");
                    stored.lock().expect("no panic").push(version);
                }
            });
            scope.spawn(|| {
                loop {
                    let id = format!("p-{}", number.fetch_add(1, Ordering::Relaxed));
                    let model = Model::new(&id).then(script("a", "1", "a")).end();
                    let Ok(answer) = client.try_deploy(&[("p.bpmn", &model)]) else {
                        return;
                    };
                    answer.ok();
                    deployed.lock().expect("no panic").push(id);
                }
            });
            thread::sleep(chance.millis(20, 500));
            served.kill();
        });
        versions.extend(stored.into_inner().expect("no panic"));
        processes.extend(deployed.into_inner().expect("no panic"));
        served.restart();
        let client = served.client();
        let found = |what: &str, member: &str| -> BTreeSet<String> {
            client
                .search(what, json!({}))
                .iter()
                .map(|item| text(&item[member]))
                .collect()
        };
        let (steps, definitions) = (
            found("steps", "version"),
            found("process-definitions", "processDefinitionId"),
        );
        assert!(versions.is_subset(&steps), "{versions:?} {steps:?}");
        assert!(
            processes.is_subset(&definitions),
            "{processes:?} {definitions:?}"
        );
    }
    // Each is whole: the component can be read back, the process runs.
    let client = served.client();
    for version in &versions {
        let path = format!("/v2/steps/credit-check/versions/{version}");
        assert_eq!(
            client.get(&path).ok()["size"],
            components["credit-check"].len()
        );
    }
    for process in &processes {
        assert_eq!(
            client.create_awaiting(process, json!({})).ok()["variables"]["a"],
            1
        );
    }
    assert!(
        !versions.is_empty() && !processes.is_empty(),
        "nothing was stored in eight rounds"
    );
}
