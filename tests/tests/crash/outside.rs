//! What steps change outside, with a server that is killed again and again: a counter that every
//! instance raises by one, and messages that each let one instance of another process go on.

use std::path::Path;
use std::thread;

use anyam_store::records::{Message, MessageClaim, SpaceUsage, StoredValue};
use anyam_store::{Database, Direction, RedbStore};
use anyam_tests::chance::Chance;
use anyam_tests::model::{Model, message_catch, service_task};
use anyam_tests::{Client, Served, awaiting};
use serde_json::json;

use crate::storing;

/// How often the server is killed.
const KILLS: u32 = 6;
/// Who works on the server at the same time.
const CLIENTS: usize = 6;
/// Longer than the test takes, in milliseconds.
const KEPT: u64 = 3_600_000;

fn stock(client: &Client) {
    let grants = json!({"keyValue": ["data"], "messaging": ["paid"]}).to_string();
    let path = "/v2/tenants/%3Cdefault%3E/grants";
    client
        .send("PUT", path, "application/json", grants.as_bytes())
        .ok();
    client.push_step("count", "1.0.0", &storing::counter()).ok();
    let publisher = storing::publisher(KEPT, false);
    client.push_step("tell", "1.0.0", &publisher).ok();
    let counts = Model::new("counts").then(service_task("count", "count", ""));
    client.deployed(&counts.end());
    let tells = Model::new("tells")
        .then(service_task("count", "count", ""))
        .then(service_task("tell", "tell", ""));
    client.deployed(&tells.end());
    let told = Model::new("told")
        .message("paid", "n")
        .then(message_catch("wait", "paid"));
    client.deployed(&told.end());
}

/// Starts instances one after the other until the server is gone.
fn work(client: &Client) {
    loop {
        for (process, waits) in [("counts", true), ("told", false), ("tells", true)] {
            let request = json!({
                "processDefinitionId": process,
                "variables": {"n": "7"},
                "awaitCompletion": waits,
            });
            if client.try_post("/v2/process-instances", request).is_err() {
                return;
            }
        }
    }
}

fn completed(client: &Client, process: &str) -> usize {
    let filter = json!({"processDefinitionId": process, "state": "COMPLETED"});
    client.search("process-instances", filter).len()
}

/// What the store of a server that has ended holds: the counter, the keys that are counted, the
/// messages and how often they were correlated.
fn stored(folder: &Path) -> anyam_store::Result<(String, u64, u64, u64)> {
    let store = RedbStore::open(folder.join("anyam.redb"), 16 << 20)?;
    let database = Database::open(store, Default::default())?;
    let reader = database.read()?;
    let rows = reader.tenant(anyam_store::TenantId(0));
    let value = rows.get::<StoredValue>(&(1, "data", "count"))?;
    let value = value.and_then(|value| value.inline).unwrap_or_default();
    let keys = rows.get::<SpaceUsage>(&1)?.map_or(0, |used| used.keys);
    Ok((
        String::from_utf8_lossy(&value).into_owned(),
        keys,
        rows.scan::<Message>((), Direction::Forward).count_rows()?,
        rows.scan::<MessageClaim>((), Direction::Forward)
            .count_rows()?,
    ))
}

#[test]
fn invariant_4_what_steps_change_is_changed_once_for_each_that_completed() {
    let chance = Chance::seeded("outside");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut served = Served::start_on(folder.path());
    stock(&served.client());
    for _ in 0..KILLS {
        let client = served.client();
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| work(&client));
            }
            thread::sleep(chance.millis(300, 1_000));
            served.kill();
        });
        served.restart();
    }
    let client = served.client();
    awaiting::until("the counting and the telling end", || {
        let active = |process: &str| {
            let filter = json!({"processDefinitionId": process, "state": "ACTIVE"});
            client.search("process-instances", filter).len()
        };
        (active("counts") + active("tells") == 0).then_some(())
    });
    let counted = completed(&client, "counts");
    let told = completed(&client, "tells");
    assert!(counted > 0 && told > 0);
    // An answer that a kill cut off may have left one waiting instance too few.
    for _ in completed(&client, "told")..told {
        client.create("told", json!({"n": "7"}));
    }
    awaiting::until("every message arrives", || {
        (completed(&client, "told") >= told).then_some(())
    });
    assert_eq!(completed(&client, "told"), told);
    served.tell_to_stop();
    assert!(served.ended().success(), "it did not end cleanly");
    let (count, keys, messages, claims) = stored(folder.path()).expect("the store can be read");
    assert_eq!(count, (counted + told).to_string());
    assert_eq!(keys, 1);
    assert_eq!((messages, claims), (told as u64, told as u64));
}
