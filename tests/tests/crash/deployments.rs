//! Kills while steps and deployments are stored.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyam_tests::chance::Chance;
use anyam_tests::client::text;
use anyam_tests::model::{Model, script};
use anyam_tests::{Served, steps};
use serde_json::json;

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
