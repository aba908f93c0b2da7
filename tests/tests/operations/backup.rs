//! Backups of a server that works, and what is made of them.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyam_tests::model::service_task;
use anyam_tests::{Client, Model, Served};
use serde_json::json;

use crate::command::anyam;

/// A process that waits for a worker.
fn packing() -> String {
    Model::new("packing")
        .then(service_task("pack", "pack", ""))
        .end()
}

fn path(folder: &Path, name: &str) -> String {
    folder
        .join(name)
        .to_str()
        .expect("test paths are text")
        .to_owned()
}

/// Starts instances until told otherwise; the keys of those that were answered.
fn work(client: &Client, over: &AtomicBool) -> Vec<String> {
    let mut keys = Vec::new();
    while !over.load(Ordering::Acquire) {
        keys.push(client.create("packing", json!({ "n": keys.len() })));
        if let Some(job) = client.activate("pack", 1, 0).pop() {
            let job = job["jobKey"].as_str().expect("a job has a key").to_owned();
            client.complete_job(&job, json!({ "done": true })).ok();
        }
    }
    keys
}

#[test]
fn a_backup_of_a_working_server_becomes_a_server_again() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (backup, data) = (path(folder.path(), "backup"), path(folder.path(), "data"));
    let served = Served::start();
    let client = served.client();
    client.deployed(&packing());
    let before: Vec<String> = (0..20)
        .map(|n| client.create("packing", json!({ "n": n })))
        .collect();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| work(&client, &over)))
            .collect();
        anyam(&["store", "backup", "--server", served.address(), &backup]).ok();
        over.store(true, Ordering::Release);
        for worker in workers {
            assert!(!worker.join().expect("nobody panics").is_empty());
        }
    });
    anyam(&["store", "restore", &backup, "--data", &data]).ok();
    let told = anyam(&["store", "check", &data]).ok();
    assert!(told.contains("nothing is damaged"), "{told}");

    let restored = Served::start_on(Path::new(&data));
    let copy = restored.client();
    for key in &before {
        copy.instance(key);
    }
    // It goes on where the backup found it: every instance of it comes to its end.
    let instances = copy.search("process-instances", json!({}));
    assert!(instances.len() >= before.len());
    let open = copy.search("jobs", json!({ "type": "pack" }));
    for job in open.iter().filter(|job| job["state"] != "COMPLETED") {
        let job = job["jobKey"].as_str().expect("a job has a key");
        copy.complete_job(job, json!({})).ok();
    }
    let active = copy.search("process-instances", json!({ "state": "ACTIVE" }));
    assert_eq!(active, [] as [serde_json::Value; 0]);
    copy.create("packing", json!({}));
}

#[test]
fn offline_the_same_is_backed_up_and_what_is_damaged_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let name = |name: &str| path(folder.path(), name);
    let mut served = Served::start_on(Path::new(&name("data")));
    let client = served.client();
    client.deployed(&packing());
    client.create("packing", json!({ "text": "y".repeat(20_000) }));
    let everything = client.everything();
    let online = name("online");
    anyam(&["store", "backup", "--server", served.address(), &online]).ok();
    let in_use = anyam(&["store", "check", &name("data")]).failed();
    assert!(in_use.contains("open"), "{in_use}");
    served.tell_to_stop();
    assert!(served.ended().success());

    let offline = name("offline");
    anyam(&["store", "backup", "--data", &name("data"), &offline]).ok();
    let again = anyam(&["store", "backup", "--data", &name("data"), &offline]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    anyam(&["store", "compact", &name("data")]).ok();
    anyam(&["store", "check", &name("data")]).ok();

    let mut bytes = fs::read(&offline).expect("the backup is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = name("damaged");
    fs::write(&damaged, &bytes).expect("a file can be written");
    let refused = anyam(&["store", "restore", &damaged, "--data", &name("none")]).failed();
    assert!(refused.contains("cannot be restored"), "{refused}");
    fs::write(&damaged, &bytes[..middle]).expect("a file can be written");
    let refused = anyam(&["store", "restore", &damaged, "--data", &name("none")]).failed();
    assert!(refused.contains("cut off"), "{refused}");
    let left = fs::read_dir(name("none")).expect("the folder was made");
    assert_eq!(left.count(), 0);

    for backup in [online, offline] {
        let data = name("restored");
        anyam(&["store", "restore", &backup, "--data", &data]).ok();
        let restored = Served::start_on(Path::new(&data));
        assert_eq!(restored.client().everything(), everything);
        drop(restored);
        fs::remove_dir_all(data).expect("the folder can be removed");
    }
}

#[test]
fn a_damaged_store_is_found_and_the_table_named() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = path(folder.path(), "data");
    let mut served = Served::start_on(Path::new(&data));
    let client = served.client();
    client.deployed(&packing());
    client.create("packing", json!({ "text": "y".repeat(20_000) }));
    served.tell_to_stop();
    assert!(served.ended().success());
    let file = Path::new(&data).join("anyam.redb");
    let mut bytes = fs::read(&file).expect("the store is there");
    let text = [b'y'; 5_000];
    let places: Vec<usize> = bytes
        .windows(text.len())
        .enumerate()
        .filter(|(_, window)| *window == text)
        .map(|(at, _)| at)
        .step_by(9_000)
        .collect();
    for at in places {
        bytes[at] ^= 1;
    }
    fs::write(&file, &bytes).expect("the file can be written");
    let told = anyam(&["store", "check", &data]).failed();
    assert!(told.contains("is damaged"), "{told}");
    assert!(
        told.contains("variables: ") || told.contains("instance_blobs: "),
        "{told}"
    );
    assert!(
        fs::read(&file).expect("it is there") == bytes,
        "the file was changed"
    );
}
