//! What was promised before a stop holds after it, and what was answered can be read at once.

use std::thread;
use std::time::Duration;

use anyam_tests::client::key;
use anyam_tests::model::{
    Model, mapping, message_catch, reminder, script, service_task, service_task_with_retries,
    timer, user_task,
};
use anyam_tests::{Client, Served, awaiting, steps};
use serde_json::{Value, json};

/// Kills the server and starts it again.
fn crash(served: &mut Served) -> Client {
    served.kill();
    served.restart();
    served.client()
}

fn active(client: &Client, instance: &str, element: &str) {
    awaiting::until(&format!("{element} is active"), || {
        client
            .elements(instance)
            .contains(&(element.into(), "ACTIVE".into()))
            .then_some(())
    });
}

#[test]
fn timers_that_came_due_while_the_server_was_down_fire_once() {
    let mut served = Served::start();
    let client = served.client();
    let model = Model::new("pause")
        .then(timer("wait", "=pause"))
        .then(script("count", "n + 1", "n"))
        .end();
    client.deployed(&model);
    let start = |pause: &str| client.create("pause", json!({ "pause": pause, "n": 0 }));
    let missed: Vec<_> = (0..20).map(|_| start("PT1S")).collect();
    let ahead: Vec<_> = (0..5).map(|_| start("PT4S")).collect();
    let far = start("PT1H");
    served.kill();
    thread::sleep(Duration::from_millis(1_500));
    served.restart();
    let client = served.client();
    for instance in missed.iter().chain(&ahead) {
        client.reaches(instance, "COMPLETED");
        assert_eq!(client.path(instance), ["start", "wait", "count", "end"]);
        assert_eq!(client.variables(instance)["n"], 1);
    }
    active(&client, &far, "wait");
    // Fired timers are gone: another restart fires none of them again.
    let client = crash(&mut served);
    for instance in &missed {
        assert_eq!(client.path(instance), ["start", "wait", "count", "end"]);
    }
    active(&client, &far, "wait");
}

#[test]
fn a_timer_cycle_goes_on_where_it_was() {
    let mut served = Served::start();
    let client = served.client();
    let model = Model::new("remind")
        .then(user_task("look", ""))
        .with(&reminder(
            "bell",
            "look",
            "R4/PT1S",
            "reminders + 1",
            "reminders",
        ))
        .end();
    client.deployed(&model);
    let instance = client.create("remind", json!({ "reminders": 0 }));
    let rings = |client: &Client| {
        client
            .elements(&instance)
            .iter()
            .filter(|(id, _)| id == "bell-end")
            .count()
    };
    awaiting::until("the first reminder", || (rings(&client) >= 1).then_some(()));
    let client = crash(&mut served);
    awaiting::until("all reminders", || (rings(&client) >= 4).then_some(()));
    // The cycle is over: with its task done nothing more can come.
    let task = client.user_task(&instance);
    client.complete_task(&task, json!({})).ok();
    client.reaches(&instance, "COMPLETED");
    assert_eq!(rings(&client), 4);
    assert_eq!(client.variables(&instance)["reminders"], 4);
}

#[test]
fn a_buffered_message_survives_and_is_correlated_once() {
    let mut served = Served::start();
    let client = served.client();
    let waiting = Model::new("order")
        .message("paid", "order")
        .then(message_catch("pay", "paid"))
        .end();
    client.deployed(&waiting);
    client.publish("paid", "o-1", 600_000, json!({ "amount": 7 }));
    client.publish("paid", "o-2", 1, json!({}));
    let client = crash(&mut served);
    let first = client.create("order", json!({ "order": "o-1" }));
    client.reaches(&first, "COMPLETED");
    assert_eq!(client.variables(&first)["amount"], 7);
    // One message goes to one instance of a process, also after the next restart.
    let second = client.create("order", json!({ "order": "o-1" }));
    let expired = client.create("order", json!({ "order": "o-2" }));
    let client = crash(&mut served);
    for instance in [&second, &expired] {
        active(&client, instance, "pay");
    }
    client.publish("paid", "o-1", 0, json!({}));
    client.publish("paid", "o-2", 0, json!({}));
    for instance in [&second, &expired] {
        client.reaches(instance, "COMPLETED");
    }
}

#[test]
fn a_failed_job_waits_for_its_next_attempt_through_a_restart() {
    let mut served = Served::start();
    let client = served.client();
    let model = Model::new("work")
        .then(service_task_with_retries("do", "work", 3, ""))
        .end();
    client.deployed(&model);
    let instance = client.create("work", json!({}));
    let job = key(&client.job("work")["jobKey"]);
    let failed = json!({ "retries": 2, "retryBackOff": 1_000, "errorMessage": "later" });
    client.act(&format!("/v2/jobs/{job}/failure"), failed).ok();
    let client = crash(&mut served);
    let again = client.job("work");
    assert_eq!(
        (&again["jobKey"], &again["retries"]),
        (&json!(job), &json!(2))
    );
    client.complete_job(&job, json!({ "done": true })).ok();
    client.reaches(&instance, "COMPLETED");
    assert_eq!(client.search("jobs", json!({})).len(), 1);
}

#[test]
fn a_job_comes_back_from_a_worker_that_is_gone() {
    let mut served = Served::start();
    let client = served.client();
    client.deployed(
        &Model::new("work")
            .then(service_task("do", "work", ""))
            .end(),
    );
    let instance = client.create("work", json!({}));
    let take = json!({
        "type": "work", "worker": "gone", "timeout": 1_500, "maxJobsToActivate": 1,
        "requestTimeout": 5_000,
    });
    let taken = client.post("/v2/jobs/activation", take).ok();
    let job = key(&taken["jobs"][0]["jobKey"]);
    // Nobody else has it meanwhile.
    assert_eq!(client.activate("work", 1, 0), [] as [Value; 0]);
    let client = crash(&mut served);
    assert_eq!(client.job("work")["jobKey"], *job);
    client.complete_job(&job, json!({})).ok();
    client.reaches(&instance, "COMPLETED");
}

#[test]
fn a_step_that_failed_is_called_again_after_a_restart() {
    let mut served = Served::start();
    let client = served.client();
    client.push_step("flaky", "1.0.0", steps::hostile()).ok();
    let mode = mapping(&[("mode", "mode")], &[("attempt", "attempt")]);
    let model = Model::new("flaky")
        .then(service_task_with_retries("try", "flaky", 3, &mode))
        .end();
    client.deployed(&model);
    let instance = client.create("flaky", json!({ "mode": "fail-once" }));
    awaiting::until("the first attempt has failed", || {
        client
            .search("jobs", json!({ "hasFailedWithRetriesLeft": true }))
            .pop()
    });
    let client = crash(&mut served);
    client.reaches(&instance, "COMPLETED");
    assert_eq!(client.variables(&instance)["attempt"], 2);
    let events = client
        .get(&format!("/v2/process-instances/{instance}/events"))
        .ok();
    let calls = events["items"].as_array().expect("items").iter();
    let attempts: Vec<_> = calls
        .filter_map(|event| event["attempt"].as_i64())
        .collect();
    assert_eq!(attempts, [1, 2]);
}

#[test]
fn a_call_that_a_crash_cut_off_is_made_again() {
    let mut served = Served::start();
    let client = served.client();
    client.push_step("slow", "1.0.0", steps::hostile()).ok();
    let model = Model::new("slow")
        .then(service_task("call", "slow", ""))
        .end();
    client.deployed(&model);
    let instance = client.create("slow", json!({ "mode": "endless-loop" }));
    let client = crash(&mut served);
    let incident = client.incident(&instance);
    let message = incident["errorMessage"].as_str().unwrap_or_default();
    assert!(message.contains("(limit call_time)"), "{message}");
    assert_eq!(
        client
            .search("jobs", json!({ "processInstanceKey": instance }))
            .len(),
        1
    );
}

#[test]
fn a_worker_that_waits_gets_the_job_when_it_comes() {
    let served = Served::start();
    let client = served.client();
    client.deployed(
        &Model::new("work")
            .then(service_task("do", "work", ""))
            .end(),
    );
    thread::scope(|scope| {
        let poll = scope.spawn(|| client.activate("work", 5, 100_000));
        // It waits for what is not there yet.
        thread::sleep(Duration::from_millis(200));
        let instance = client.create("work", json!({ "a": 1 }));
        let jobs = poll.join().expect("the poll is answered");
        assert_eq!(jobs.len(), 1, "{jobs:#?}");
        assert_eq!(jobs[0]["processInstanceKey"], *instance);
        assert_eq!(jobs[0]["variables"], json!({ "a": 1 }));
    });
}

#[test]
fn a_stop_answers_who_waits_and_takes_nothing_new() {
    let mut served = Served::start();
    let client = served.client();
    client.deployed(
        &Model::new("work")
            .then(service_task("do", "work", ""))
            .end(),
    );
    thread::scope(|scope| {
        let jobs = scope.spawn(|| client.activate("none", 1, 100_000));
        let end = scope.spawn(|| client.create_awaiting("work", json!({})));
        awaiting::until("the instance runs", || {
            client
                .search("process-instances", json!({ "state": "ACTIVE" }))
                .pop()
        });
        served.tell_to_stop();
        assert_eq!(jobs.join().expect("the poll is answered"), [] as [Value; 0]);
        end.join().expect("the wait is answered").refused(503);
    });
    assert!(served.ended().success());
    served.restart();
    let client = served.client();
    let job = key(&client.job("work")["jobKey"]);
    client.complete_job(&job, json!({})).ok();
    let instances = client.search("process-instances", json!({}));
    assert_eq!(instances.len(), 1);
    client.reaches(&key(&instances[0]["processInstanceKey"]), "COMPLETED");
}

#[test]
fn every_answered_write_is_read_at_once() {
    let served = Served::start();
    let client = served.client();
    let model = |version: usize| {
        Model::new("work")
            .message("paid", "order")
            .then(script("first", &version.to_string(), "version"))
            .then(service_task("pack", "pack", ""))
            .then(user_task("look", ""))
            .then(message_catch("pay", "paid"))
            .end()
    };
    // Each look comes right after the answer, on whatever connection is free; no look is repeated.
    for round in 1..=25 {
        let definition = client.deployed(&model(round));
        let found = client.search("process-definitions", json!({ "version": round }));
        assert_eq!(found[0]["processDefinitionKey"], *definition);
        let instance = client.create("work", json!({ "order": round.to_string() }));
        let of_it = json!({ "processInstanceKey": instance });
        assert_eq!(
            client.search("process-instances", of_it.clone())[0]["state"],
            "ACTIVE"
        );
        assert_eq!(client.variables(&instance)["version"], round);
        assert_eq!(client.search("jobs", of_it.clone())[0]["state"], "CREATED");
        let taken = client.activate("pack", 1, 0);
        let job = key(&taken[0]["jobKey"]);
        client.complete_job(&job, json!({ "packed": round })).ok();
        assert_eq!(
            client.search("jobs", of_it.clone())[0]["state"],
            "COMPLETED"
        );
        assert_eq!(client.variables(&instance)["packed"], round);
        let tasks = client.search("user-tasks", of_it.clone());
        let task = key(&tasks[0]["userTaskKey"]);
        client
            .act(
                &format!("/v2/user-tasks/{task}/assignment"),
                json!({ "assignee": "ada" }),
            )
            .ok();
        let mine = client.search(
            "user-tasks",
            json!({ "assignee": "ada", "state": "CREATED" }),
        );
        assert_eq!(mine.len(), 1, "{mine:#?}");
        client.complete_task(&task, json!({})).ok();
        assert_eq!(
            client.search("user-tasks", of_it.clone())[0]["state"],
            "COMPLETED"
        );
        let waits = ("pay".to_owned(), "ACTIVE".to_owned());
        assert!(client.elements(&instance).contains(&waits));
        client.publish("paid", &round.to_string(), 0, json!({ "paid": round }));
        assert_eq!(client.instance(&instance)["state"], "COMPLETED");
        assert_eq!(client.variables(&instance)["paid"], round);
    }
}
