//! What the server holds in the end, against what it answered.

use std::collections::BTreeSet;

use anyam_tests::client::{key, text};
use anyam_tests::{Client, report};
use serde_json::{Value, json};

use crate::processes::PROCESSES;
use crate::world::{Ledger, World};

/// Holds the server to everything it answered, and to what must hold for every instance.
pub fn check(world: &World, client: &Client) {
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
    assert!(acknowledged.len() >= world.instances);
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
