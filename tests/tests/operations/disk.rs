//! A disk without space: what is stored can be read, nothing new is taken, and it goes on by itself.

use std::fs;
use std::path::Path;

use anyam_tests::model::{service_task, timer};
use anyam_tests::{Client, Model, Served, awaiting};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};

use crate::command::anyam;

fn models(client: &Client) {
    client.deployed(
        &Model::new("packing")
            .then(service_task("pack", "pack", ""))
            .end(),
    );
    client.deployed(
        &Model::new("waiting")
            .then(timer("wait", "PT2S"))
            .then(service_task("then", "then", ""))
            .end(),
    );
}

/// Bounds how large the files of the server may become. It can be raised again.
fn bound_files(served: &Served, bytes: Option<u64>) {
    let pid = Pid::from_raw(served.pid().try_into().expect("ids are small"));
    let bound = Rlimit {
        current: bytes,
        maximum: getrlimit(Resource::Fsize).maximum,
    };
    prlimit(pid, Resource::Fsize, bound).expect("an own child can be bounded");
}

fn says_full(text: &str) {
    assert!(text.contains("the disk is full"), "{text}");
}

/// What is refused while the disk is full, and what is not.
fn is_read_only(client: &Client, instance: &str) {
    client.instance(instance);
    assert!(!client.search("process-instances", json!({})).is_empty());
    client.get("/health/live").ok();
    for path in ["/health/ready", "/v2/status"] {
        says_full(&client.get(path).refused(503));
    }
    let body = json!({ "processDefinitionId": "packing" });
    says_full(&client.post("/v2/process-instances", body).refused(503));
    let activation = json!({ "type": "pack", "timeout": 1_000, "maxJobsToActivate": 1 });
    says_full(&client.post("/v2/jobs/activation", activation).refused(503));
}

#[test]
fn too_little_free_space_makes_the_server_read_only() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut served = Served::start_on(folder.path());
    let client = served.client();
    models(&client);
    let instance = client.create("packing", json!({}));
    served.tell_to_stop();
    assert!(served.ended().success());
    let most = u64::MAX.to_string();
    let full = Served::start_on_with(folder.path(), &["--min-free", &most]);
    is_read_only(&full.client(), &instance);
    drop(full);
    let served = Served::start_on(folder.path());
    let again = served.client();
    again.get("/v2/status").ok();
    let instances = again.search("process-instances", json!({}));
    assert_eq!(instances.len(), 1, "{instances:#?}");
}

/// Creates instances until one is not answered with success; the keys of those that were.
fn fill(client: &Client) -> (Vec<String>, Value) {
    let mut keys = Vec::new();
    loop {
        let variables = json!({ "text": "z".repeat(100_000), "n": keys.len() });
        let body = json!({ "processDefinitionId": "packing", "variables": variables });
        let answer = client.post("/v2/process-instances", body);
        if answer.status != 200 {
            assert!([503, 504].contains(&answer.status), "{answer:#?}");
            return (keys, answer.body);
        }
        let key = answer.body["processInstanceKey"].as_str();
        keys.push(key.expect("an instance has a key").to_owned());
        assert!(keys.len() < 10_000, "the disk is never full");
    }
}

#[test]
fn a_file_that_cannot_grow_stops_writes_until_it_can_and_nothing_is_lost() {
    let mut served = Served::start();
    let client = served.client();
    models(&client);
    let waiting = client.create("waiting", json!({}));
    let mut keys = vec![client.create("packing", json!({}))];
    for _ in 0..3 {
        let size = fs::metadata(served.folder().join("anyam.redb")).expect("the store is there");
        bound_files(&served, Some(size.len() + (1 << 20)));
        let (created, last) = fill(&client);
        says_full(last["detail"].as_str().unwrap_or_default());
        keys.extend(created);
        is_read_only(&client, &keys[0]);
        for key in &keys {
            client.instance(key);
        }
        bound_files(&served, None);
        awaiting::until("there is space again", || {
            (client.get("/v2/status").status == 204).then_some(())
        });
        keys.push(client.create("packing", json!({})));
    }
    // What the server does by itself was only held up.
    client.job("then");
    assert_eq!(client.instance(&waiting)["state"], "ACTIVE");
    for round in 0..2 {
        let client = served.client();
        let found = client.search(
            "process-instances",
            json!({ "processDefinitionId": "packing" }),
        );
        // One that was told 504 each round may be there too.
        assert!(
            (keys.len()..=keys.len() + 3).contains(&found.len()),
            "{}",
            found.len()
        );
        for key in &keys {
            client.instance(key);
        }
        if round == 0 {
            served.tell_to_stop();
            assert!(served.ended().success());
            anyam(&["store", "check", text(served.folder())]).ok();
            served.restart();
        }
    }
}

#[test]
fn killed_on_a_full_disk_it_comes_back_with_everything_acknowledged() {
    let mut served = Served::start();
    let client = served.client();
    models(&client);
    let mut keys = vec![client.create("packing", json!({}))];
    let size = fs::metadata(served.folder().join("anyam.redb")).expect("the store is there");
    bound_files(&served, Some(size.len() + (1 << 20)));
    keys.extend(fill(&client).0);
    served.kill();
    served.restart();
    let client = served.client();
    for key in &keys {
        client.instance(key);
    }
    client.create("packing", json!({}));
    served.kill();
    anyam(&["store", "check", text(served.folder())]).ok();
}

fn text(path: &Path) -> &str {
    path.to_str().expect("test paths are text")
}
