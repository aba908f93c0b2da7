//! `kill -9` at random moments: nothing that was acknowledged is lost, and nothing runs twice.
//!
//! Instances of three processes run while workers complete jobs, clerks complete user tasks and a
//! bank publishes messages. The server is killed again and again and started on the same folder.
//! Every answer that came is written down, and in the end the server is held to all of it.

mod answers;
mod deployments;
#[path = "../../../host/sandbox/tests/support/guest.rs"]
#[allow(dead_code, reason = "the sandbox's tests use the rest")]
mod guest;
mod outside;
mod processes;
#[path = "../../../host/server/tests/runtime/storing.rs"]
#[allow(dead_code, reason = "the runtime's tests use the rest")]
mod storing;
mod world;

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyam_tests::chance::Chance;
use anyam_tests::{Client, Served, awaiting, report, steps};
use serde_json::json;

use answers::check;
use processes::models;
use world::World;

/// Instances that are acknowledged for each time the server is killed, so that there is work to do
/// up to the last.
const INSTANCES_EACH: usize = 25;
/// How often the server is killed where nobody asks for more.
const KILLS: usize = 12;

/// How often the server is killed.
fn kills() -> usize {
    let wanted = std::env::var("ANYAM_CRASH_ROUNDS").ok();
    wanted.map_or(KILLS, |text| {
        text.parse().expect("ANYAM_CRASH_ROUNDS is a whole number")
    })
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
    // The more there are the longer it takes.
    let patience = awaiting::PATIENCE * 3 + Duration::from_millis(20) * world.instances as u32;
    awaiting::until_or("every instance ends", patience, || {
        world.round(client, Duration::from_millis(500), || ());
        let active = client.search("process-instances", json!({ "state": "ACTIVE" }));
        let all = world.ledger().acknowledged() >= world.instances;
        (all && active.is_empty()).then_some(())
    });
}

#[test]
fn killed_at_random_moments_it_loses_nothing_and_repeats_nothing() {
    let kills = kills();
    let world = World::new(Chance::seeded("crash"), INSTANCES_EACH * kills);
    let mut served = stocked();
    let mut held = 0;
    for round in 1..=kills {
        let time = world.chance.millis(100, 1_400);
        let client = served.client();
        world.round(&client, time, || {
            // As a debugger, a snapshot of the machine or a busy host does: it stands still in the
            // middle of whatever it does, and goes on or is killed as it stands.
            for _ in 0..world.chance.below(3) {
                served.hold();
                held += 1;
                std::thread::sleep(world.chance.millis(20, 300));
                if world.chance.below(4) == 0 {
                    break;
                }
                served.let_go();
                std::thread::sleep(world.chance.millis(20, 200));
            }
            served.kill();
        });
        served.restart();
        world.check_acknowledged(&served.client());
        if round % 25 == 0 {
            let acknowledged = world.ledger().acknowledged();
            report::say(&format!(
                "{round} kills, {held} times held, {acknowledged} instances"
            ));
        }
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
    let world = World::new(Chance::seeded("stop"), INSTANCES_EACH * KILLS);
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
