//! Steps that want to hurt: each ends as an incident that names what it ran into, and a neighbour
//! goes on all the while.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use anyam_tests::client::key;
use anyam_tests::model::{Model, mapping, script, service_task};
use anyam_tests::{Client, Served, awaiting, steps};
use serde_json::{Value, json};

/// Ways to misbehave, and a part of what the incident must say.
const ATTACKS: [(&str, &str); 9] = [
    ("endless-loop", "(limit call_time)"),
    ("memory-bomb", "(limit memory_bytes)"),
    ("deep-recursion", "(setting stack_bytes)"),
    ("big-stack", "the step trapped: out of bounds memory access"),
    ("log-flood", "(limit call_time)"),
    ("panic", "the step trapped: "),
    ("huge-output", "(limit output_bytes)"),
    ("deep-output", "(limit json_depth)"),
    ("exit", "the step ended itself with exit code"),
];

/// How many instances the neighbour must complete while the attacks run.
const NEIGHBOUR_COMPLETES: usize = 30;

/// A server with the hostile step at the tenant `mallory`, under a process that hands it the mode.
fn attacked() -> (Served, Client) {
    let served = Served::start();
    let mallory = served.client().of("mallory");
    mallory.push_step("hostile", "1.0.0", steps::hostile()).ok();
    let mode = mapping(&[("mode", "mode")], &[("answer", "answer")]);
    mallory.deployed(
        &Model::new("attack")
            .then(service_task("strike", "hostile", &mode))
            .end(),
    );
    (served, mallory)
}

/// The tenant `bob`, whose process checks a credit and counts.
fn neighbour(served: &Served) -> Client {
    let bob = served.client().of("bob");
    bob.push_step(
        "credit-check",
        "1.0.0",
        &steps::order_fulfilment()["credit-check"],
    )
    .ok();
    let check = mapping(
        &[("customer", "customer"), ("amount", "amount")],
        &[("approved", "approved")],
    );
    let model = Model::new("credit")
        .then(service_task("check", "credit-check", &check))
        .then(script("count", "n + 1", "n"))
        .end();
    bob.deployed(&model);
    bob
}

/// One instance of the neighbour, from its start to its end.
fn neighbour_completes(bob: &Client, n: usize) {
    let customer = json!({ "id": "C-1", "creditLimit": 1000, "openBalance": 0 });
    let variables = json!({ "customer": customer, "amount": 100, "n": n });
    let done = bob.create_awaiting("credit", variables).ok();
    assert_eq!(done["variables"]["approved"], true, "{done:#}");
    assert_eq!(done["variables"]["n"], n + 1, "{done:#}");
}

#[test]
fn every_attack_fails_cleanly_while_a_neighbour_completes() {
    let (served, mallory) = attacked();
    let bob = neighbour(&served);
    neighbour_completes(&bob, 0);

    let attacks_run = AtomicBool::new(true);
    let completed = AtomicUsize::new(0);
    let incidents = thread::scope(|scope| {
        // Started before the neighbour counts, and some of them run for seconds.
        let instances: Vec<_> = ATTACKS
            .iter()
            .flat_map(|attack| [attack, attack])
            .map(|(mode, says)| {
                (
                    mode,
                    says,
                    mallory.create("attack", json!({ "mode": mode })),
                )
            })
            .collect();
        let neighbour = scope.spawn(|| {
            let mut n = 0;
            while attacks_run.load(Ordering::Acquire) {
                n += 1;
                neighbour_completes(&bob, n);
                completed.store(n, Ordering::Release);
            }
        });
        let incidents: Vec<(&str, &str, Value)> = instances
            .iter()
            .map(|(mode, says, instance)| (**mode, **says, mallory.incident(instance)))
            .collect();
        let while_attacked = completed.load(Ordering::Acquire);
        attacks_run.store(false, Ordering::Release);
        neighbour.join().expect("the neighbour was never refused");
        assert!(
            while_attacked >= NEIGHBOUR_COMPLETES,
            "the neighbour completed only {while_attacked} instances while the attacks ran"
        );
        incidents
    });
    for (mode, says, incident) in &incidents {
        let message = incident["errorMessage"].as_str().unwrap_or_default();
        assert!(message.contains(says), "{mode}: {message}");
        assert_eq!(incident["errorType"], "JOB_NO_RETRIES", "{mode}");
        assert_eq!(incident["elementId"], "strike", "{mode}");
        assert_eq!(incident["tenantId"], "mallory", "{mode}");
    }

    // All is well afterwards, for the neighbour and for who attacked.
    served.client().get("/health/ready").ok();
    neighbour_completes(&bob, 0);
    assert_eq!(bob.search("incidents", json!({})), [] as [Value; 0]);
    let good = mallory
        .create_awaiting("attack", json!({ "mode": "good" }))
        .ok();
    assert_eq!(good["variables"]["answer"], "done");
}

#[test]
fn what_a_flood_writes_is_cut_and_what_a_panic_says_is_kept() {
    let (_served, mallory) = attacked();
    let log_of = |mode: &str| {
        let instance = mallory.create("attack", json!({ "mode": mode }));
        mallory.incident(&instance);
        let events = mallory
            .get(&format!("/v2/process-instances/{instance}/events"))
            .ok();
        let calls = events["items"].as_array().expect("a history has items");
        let call = calls.iter().find(|event| event.get("log").is_some());
        call.unwrap_or_else(|| panic!("no call: {events:#}"))["log"].clone()
    };
    let texts = |log: &Value| -> Vec<String> {
        let lines = log.as_array().expect("a log has lines");
        lines
            .iter()
            .map(|line| line["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let panic = texts(&log_of("panic"));
    assert!(
        panic
            .iter()
            .any(|line| line.contains("the step panics as it was told")),
        "{panic:?}"
    );
    let flood = texts(&log_of("log-flood"));
    let bytes: usize = flood.iter().map(String::len).sum();
    assert!(
        (32 << 10..80 << 10).contains(&bytes),
        "{bytes} bytes of log are kept"
    );
    assert!(
        flood.last().is_some_and(|line| line.contains("log_bytes")),
        "{:?}",
        flood.last()
    );
}

#[test]
fn an_incident_is_resolved_once_its_cause_is_gone() {
    let (_served, mallory) = attacked();
    let instance = mallory.create("attack", json!({ "mode": "panic" }));
    let incident = mallory.incident(&instance);
    let job = key(&incident["jobKey"]);
    let scope = key(&incident["elementInstanceKey"]);
    mallory
        .send(
            "PUT",
            &format!("/v2/element-instances/{scope}/variables"),
            "application/json",
            json!({ "variables": { "mode": "good" }, "local": true })
                .to_string()
                .as_bytes(),
        )
        .ok();
    let more = json!({ "changeset": { "retries": 1 } }).to_string();
    mallory
        .send(
            "PATCH",
            &format!("/v2/jobs/{job}"),
            "application/json",
            more.as_bytes(),
        )
        .ok();
    let incident = key(&incident["incidentKey"]);
    mallory
        .act(&format!("/v2/incidents/{incident}/resolution"), json!({}))
        .ok();
    mallory.reaches(&instance, "COMPLETED");
    assert_eq!(mallory.variables(&instance)["answer"], "done");
    assert_eq!(
        mallory.get(&format!("/v2/incidents/{incident}")).ok()["state"],
        "RESOLVED"
    );
}

#[test]
fn many_hostile_instances_do_not_hold_up_a_neighbour() {
    let (served, mallory) = attacked();
    let bob = neighbour(&served);
    // More than may run at once: the others wait for their turn, and the neighbour does not.
    let attacks: Vec<_> = (0..24)
        .map(|_| mallory.create("attack", json!({ "mode": "endless-loop" })))
        .collect();
    for n in 0..NEIGHBOUR_COMPLETES {
        neighbour_completes(&bob, n);
    }
    for instance in &attacks {
        mallory
            .act(
                &format!("/v2/process-instances/{instance}/cancellation"),
                json!({}),
            )
            .ok();
    }
    awaiting::until("nothing of the attack is left", || {
        mallory
            .search("process-instances", json!({ "state": "ACTIVE" }))
            .is_empty()
            .then_some(())
    });
    neighbour_completes(&bob, 0);
}
