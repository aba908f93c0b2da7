//! Two tenants with the same names for everything: nothing crosses.

use anyam_tests::client::{SEARCHES, key};
use anyam_tests::model::{
    Model, mapping, message_catch, script, service_task, signal_catch, user_task,
};
use anyam_tests::{Client, Served, awaiting, steps};
use serde_json::{Value, json};

fn two(served: &Served) -> [Client; 2] {
    [served.client().of("acme"), served.client().of("globex")]
}

/// The process `work` of one tenant, which leaves the tenant's name behind.
fn work(owner: &str) -> String {
    Model::new("work")
        .message("paid", "order")
        .then(script("sign", &format!("\"{owner}\""), "owner"))
        .then(service_task("pack", "pack", ""))
        .then(message_catch("pay", "paid"))
        .then(user_task("look", ""))
        .end()
}

#[test]
fn instances_jobs_messages_and_tasks_stay_with_their_tenant() {
    let served = Served::start();
    let [acme, globex] = two(&served);
    for (client, owner) in [(&acme, "acme"), (&globex, "globex")] {
        client.deployed(&work(owner));
    }
    let order = json!({ "order": "o-1" });
    let [at_acme, at_globex] = [&acme, &globex].map(|client| client.create("work", order.clone()));

    // Each worker gets the job of its own tenant, and only that.
    let jobs = acme.activate("pack", 10, 0);
    assert_eq!(jobs.len(), 1, "{jobs:#?}");
    assert_eq!(
        (&jobs[0]["tenantId"], &jobs[0]["processInstanceKey"]),
        (&json!("acme"), &json!(at_acme))
    );
    assert_eq!(jobs[0]["variables"]["owner"], "acme");
    acme.complete_job(&key(&jobs[0]["jobKey"]), json!({})).ok();
    let jobs = globex.activate("pack", 10, 0);
    assert_eq!(jobs.len(), 1, "{jobs:#?}");
    assert_eq!(jobs[0]["variables"]["owner"], "globex");
    globex
        .complete_job(&key(&jobs[0]["jobKey"]), json!({}))
        .ok();

    // A message reaches who waits for it in its own tenant.
    acme.publish("paid", "o-1", 60_000, json!({ "by": "acme" }));
    let task = acme.user_task(&at_acme);
    acme.complete_task(&task, json!({})).ok();
    acme.reaches(&at_acme, "COMPLETED");
    let waits = ("pay".to_owned(), "ACTIVE".to_owned());
    assert!(globex.elements(&at_globex).contains(&waits));
    globex.publish("paid", "o-1", 60_000, json!({ "by": "globex" }));
    let task = globex.user_task(&at_globex);
    globex.complete_task(&task, json!({})).ok();
    globex.reaches(&at_globex, "COMPLETED");
    for (client, instance, owner) in [(&acme, &at_acme, "acme"), (&globex, &at_globex, "globex")] {
        let variables = client.variables(instance);
        assert_eq!(
            (&variables["owner"], &variables["by"]),
            (&json!(owner), &json!(owner))
        );
    }

    // No search of one shows anything of the other, whatever is asked for.
    for (client, other, instance) in [(&acme, "globex", &at_globex), (&globex, "acme", &at_acme)] {
        for (what, items) in client.everything() {
            let text = Value::from(items).to_string();
            assert!(!text.contains(other), "{what}: {text}");
            assert!(!text.contains(instance.as_str()), "{what}: {text}");
        }
        let filter = json!({ "processInstanceKey": instance });
        for what in [
            "process-instances",
            "element-instances",
            "variables",
            "jobs",
            "user-tasks",
        ] {
            assert_eq!(
                client.search(what, filter.clone()),
                [] as [Value; 0],
                "{what}"
            );
        }
    }
}

#[test]
fn a_signal_reaches_its_own_tenant_alone() {
    let served = Served::start();
    let [acme, globex] = two(&served);
    let waits = Model::new("watch")
        .signal("alarm")
        .then(signal_catch("wait", "alarm"))
        .end();
    let begins = Model::new("report").signal("alarm").end().replace(
        "<bpmn:startEvent id=\"start\"/>",
        "<bpmn:startEvent id=\"start\"><bpmn:signalEventDefinition id=\"by\" \
         signalRef=\"signal-alarm\"/></bpmn:startEvent>",
    );
    for client in [&acme, &globex] {
        client.deployed(&waits);
        client.deployed(&begins);
    }
    let at_acme = acme.create("watch", json!({}));
    let at_globex = globex.create("watch", json!({}));
    let broadcast = |client: &Client| {
        let signal = json!({ "signalName": "alarm", "variables": { "loud": true } });
        client.post("/v2/signals/broadcast", signal).ok()
    };
    let reports = |client: &Client| {
        let filter = json!({ "processDefinitionId": "report" });
        client.search("process-instances", filter).len()
    };

    assert_eq!(broadcast(&acme)["tenantId"], "acme");
    acme.reaches(&at_acme, "COMPLETED");
    assert_eq!(reports(&acme), 1);
    // The broadcast is over once it is answered: what it did not reach it never will.
    assert_eq!(globex.instance(&at_globex)["state"], "ACTIVE");
    assert_eq!(reports(&globex), 0);
    assert_eq!(globex.variables(&at_globex).len(), 0);

    broadcast(&globex);
    globex.reaches(&at_globex, "COMPLETED");
    assert_eq!((reports(&acme), reports(&globex)), (1, 1));
    // The default tenant has nobody who waits.
    let nobody = json!({ "signalName": "alarm" });
    served.client().post("/v2/signals/broadcast", nobody);
    assert_eq!((reports(&acme), reports(&globex)), (1, 1));
}

#[test]
fn steps_of_one_name_and_version_are_each_tenants_own() {
    let served = Served::start();
    let [acme, globex] = two(&served);
    let components = steps::order_fulfilment();
    let pushed = acme.push_step("decide", "1.0.0", &components["credit-check"]);
    assert_eq!(pushed.status, 201);
    let other = globex.push_step("decide", "1.0.0", &components["reserve-stock"]);
    assert_eq!(other.status, 201, "the name is free at the other tenant");
    assert_ne!(pushed.body["digest"], other.body["digest"]);
    acme.push_step("decide", "1.0.0", &components["reserve-stock"])
        .refused(409);

    let check = mapping(
        &[("customer", "customer"), ("amount", "amount")],
        &[("approved", "answer")],
    );
    let check = Model::new("decide")
        .then(service_task("ask", "decide", &check))
        .end();
    acme.deployed(&check);
    let warehouse = anyam_tests::model::header("warehouse", "north");
    let reserve = mapping(&[("items", "items")], &[("reservationId", "answer")]);
    let reserve = service_task("ask", "decide", &format!("{reserve}{warehouse}"));
    globex.deployed(&Model::new("decide").then(reserve).end());
    let variables = json!({
        "customer": { "id": "C-1", "creditLimit": 10, "openBalance": 0 },
        "amount": 1,
        "items": [{ "sku": "chair-oak", "quantity": 1 }],
    });
    let answer = acme.create_awaiting("decide", variables.clone()).ok();
    assert_eq!(answer["variables"]["answer"], true);
    let answer = globex.create_awaiting("decide", variables).ok();
    let reservation = answer["variables"]["answer"].as_str().unwrap_or_default();
    assert!(reservation.starts_with("north-"), "{answer:#}");

    // A tenant without a step of that name has a job for a worker instead.
    let third = served.client().of("initech");
    third.deployed(&check);
    let waiting = json!({ "customer": null, "amount": 1 });
    let instance = third.create("decide", waiting);
    let job = third.job("decide");
    assert_eq!(job["processInstanceKey"], *instance);
}

#[test]
fn one_tenants_definition_and_names_are_unknown_to_another() {
    let served = Served::start();
    let [acme, globex] = two(&served);
    let definition = acme.deployed(&work("acme"));
    globex.deployed(&Model::new("other").then(script("a", "1", "a")).end());

    let create = |client: &Client, body: Value| client.post("/v2/process-instances", body);
    let text = create(&globex, json!({ "processDefinitionId": "work" })).refused(404);
    assert!(text.contains("work") && text.contains("globex"), "{text}");
    create(&globex, json!({ "processDefinitionKey": definition })).refused(404);
    create(&served.client(), json!({ "processDefinitionId": "work" })).refused(404);
    let nobody = served.client().of("nobody");
    let text = create(&nobody, json!({ "processDefinitionId": "work" })).refused(404);
    assert!(text.contains("nobody"), "{text}");
    for what in SEARCHES {
        let text = nobody
            .post(&format!("/v2/{what}/search"), json!({ "filter": {} }))
            .refused(404);
        assert!(text.contains("nobody"), "{what}: {text}");
    }
    // A worker that asks for the jobs of one tenant does not see those of the other.
    let instance = acme.create("work", json!({ "order": "o-1" }));
    awaiting::until("the job is there", || acme.search("jobs", json!({})).pop());
    assert_eq!(globex.activate("pack", 10, 0), [] as [Value; 0]);
    assert_eq!(served.client().activate("pack", 10, 0), [] as [Value; 0]);
    assert_eq!(
        acme.activate("pack", 10, 0)[0]["processInstanceKey"],
        *instance
    );
}
