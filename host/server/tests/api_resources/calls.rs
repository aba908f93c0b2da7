//! Instances that call instances: their root, their end, and incidents wherever they are.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

/// Calls `process` from a sub-process.
pub fn calling(id: &str, process: &str) -> String {
    models::around(
        id,
        &format!(
            r#"<bpmn:subProcess id="do"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
             <bpmn:startEvent id="in" /><bpmn:sequenceFlow id="g1" sourceRef="in" targetRef="call" />
             <bpmn:callActivity id="call"><bpmn:extensionElements>
               <zeebe:calledElement processId="{process}" propagateAllChildVariables="true" />
             </bpmn:extensionElements></bpmn:callActivity>
           </bpmn:subProcess>"#
        ),
        "",
    )
}

/// `outer` calls `middle` calls `inner`, which has a job: their keys.
async fn chain(server: &Server) -> [String; 3] {
    server.deploy(&models::job("inner")).await;
    server.deploy(&calling("middle", "inner")).await;
    server.deploy(&calling("outer", "middle")).await;
    let outer = server.create("outer", json!({"a": 1})).await;
    let called = async |by: &str| {
        let filter = json!({"parentProcessInstanceKey": by});
        for _ in 0..1_000 {
            let found = server.search("process-instances", filter.clone()).await;
            if let [one] = &found[..] {
                return text(&one["processInstanceKey"]);
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{by} called nothing");
    };
    let middle = called(&outer).await;
    let inner = called(&middle).await;
    [outer, middle, inner]
}

async fn job(server: &Server) -> Value {
    let body = json!({"type": "check", "timeout": 60_000, "maxJobsToActivate": 1,
        "worker": "w", "requestTimeout": 30_000});
    server.post("/v2/jobs/activation", body).await.json(200)["jobs"][0].clone()
}

#[tokio::test]
async fn everything_in_a_called_instance_names_the_root() {
    let server = Server::start().await;
    let [outer, middle, inner] = chain(&server).await;
    let activated = job(&server).await;
    assert_eq!(activated["processInstanceKey"], inner);
    assert_eq!(activated["rootProcessInstanceKey"], outer);
    let failure = format!("/v2/jobs/{}/failure", text(&activated["jobKey"]));
    server.post(&failure, json!({"retries": 0})).await.done();
    for resource in ["jobs", "variables", "incidents", "element-instances"] {
        let found = server
            .search(resource, json!({"processInstanceKey": inner}))
            .await;
        assert!(!found.is_empty(), "{resource}");
        for one in found {
            assert_eq!(one["rootProcessInstanceKey"], outer, "{resource}: {one}");
        }
    }
    let found = server
        .search("variables", json!({"processInstanceKey": outer}))
        .await;
    assert_eq!(found[0]["rootProcessInstanceKey"], outer);

    let incident = server.only("incidents", json!({})).await;
    let key = text(&incident["incidentKey"]);
    let element = text(&incident["elementInstanceKey"]);
    let variables = server
        .search("variables", json!({"processInstanceKey": inner}))
        .await;
    for path in [
        format!("/v2/process-instances/{middle}"),
        format!("/v2/incidents/{key}"),
        format!("/v2/element-instances/{element}"),
        format!("/v2/variables/{}", text(&variables[0]["variableKey"])),
    ] {
        let one = server.get(&path).await.json(200);
        assert_eq!(one["rootProcessInstanceKey"], outer, "{path}");
    }
    let flows = format!("/v2/process-instances/{inner}/sequence-flows");
    let flows = server.get(&flows).await.json(200);
    assert_eq!(flows["items"][0]["rootProcessInstanceKey"], outer);
}

#[tokio::test]
async fn a_user_task_and_a_subscription_name_the_root() {
    let server = Server::start().await;
    server.deploy(&models::user_task("person")).await;
    server.deploy(&models::message("waiting")).await;
    for (called, resource) in [
        ("person", "user-tasks"),
        ("waiting", "message-subscriptions"),
    ] {
        server.deploy(&calling("outer", called)).await;
        let outer = server.create("outer", json!({"order": "A"})).await;
        let mut found = Vec::new();
        for _ in 0..1_000 {
            found = server.search(resource, json!({})).await;
            if !found.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(found[0]["rootProcessInstanceKey"], outer, "{found:?}");
        assert_ne!(found[0]["processInstanceKey"], outer);
    }
}

#[tokio::test]
async fn incidents_are_found_from_wherever_they_matter() {
    let server = Server::start().await;
    let [outer, middle, inner] = chain(&server).await;
    let [other, ..] = chain(&server).await;
    let filter = json!({"processInstanceKey": inner});
    let failing = server.only("jobs", filter).await;
    let failure = format!("/v2/jobs/{}/failure", text(&failing["jobKey"]));
    for _ in 0..2 {
        job(&server).await;
    }
    server.post(&failure, json!({"retries": 0})).await.done();
    let search = async |path: String, filter: Value| {
        let body = json!({"filter": filter});
        let path = format!("/v2/{path}/incidents/search");
        server.post(&path, body).await
    };
    let count = async |path: String, filter: Value| {
        let found = search(path, filter).await.json(200);
        let items = found["items"].as_array().unwrap().len();
        assert_eq!(found["page"]["totalItems"], items);
        items
    };
    for instance in [&outer, &middle, &inner] {
        let path = format!("process-instances/{instance}");
        assert_eq!(count(path, json!({})).await, 1, "{instance}");
    }
    let path = format!("process-instances/{other}");
    assert_eq!(count(path, json!({})).await, 0);
    let within = || format!("process-instances/{outer}");
    assert_eq!(count(within(), json!({"state": "RESOLVED"})).await, 0);
    assert_eq!(count(within(), json!({"elementId": "do"})).await, 1);
    let of_inner = json!({"processInstanceKey": inner});
    assert_eq!(count(within(), of_inner).await, 1);
    let of_middle = json!({"processInstanceKey": middle});
    assert_eq!(count(within(), of_middle).await, 0);
    search(within(), json!({"tenantId": "other"}))
        .await
        .problem(400, "filter.tenantId");

    let elements = server.search("element-instances", json!({})).await;
    let path = |instance: &str, element: &str| {
        let found = elements
            .iter()
            .find(|one| one["processInstanceKey"] == *instance && one["elementId"] == *element);
        let key = text(&found.unwrap()["elementInstanceKey"]);
        format!("element-instances/{key}")
    };
    for (instance, element, expected) in [
        (&outer, "do", 1),
        (&outer, "call", 1),
        (&outer, "begin", 0),
        (&outer, "in", 0),
        (&middle, "do", 1),
        (&inner, "do", 1),
        (&inner, "begin", 0),
        (&other, "do", 0),
    ] {
        let path = path(instance, element);
        assert_eq!(
            count(path, json!({})).await,
            expected,
            "{instance} {element}"
        );
    }
    search("process-instances/77".to_owned(), json!({}))
        .await
        .problem(404, "77");
    search("element-instances/77".to_owned(), json!({}))
        .await
        .problem(404, "77");
}

#[tokio::test]
async fn a_called_instance_is_cancelled_with_its_caller_only() {
    let server = Server::start().await;
    let [outer, middle, inner] = chain(&server).await;
    let cancel = async |key: &str| {
        let path = format!("/v2/process-instances/{key}/cancellation");
        server.post(&path, json!({})).await
    };
    for called in [&middle, &inner] {
        cancel(called).await.problem(409, &outer);
        let path = format!("/v2/process-instances/{called}");
        assert_eq!(server.get(&path).await.json(200)["state"], "ACTIVE");
    }
    cancel(&outer).await.done();
    for key in [&outer, &middle, &inner] {
        let path = format!("/v2/process-instances/{key}");
        let mut state = Value::Null;
        for _ in 0..1_000 {
            state = server.get(&path).await.json(200)["state"].clone();
            if state == "TERMINATED" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(state, "TERMINATED");
    }
}

#[tokio::test]
async fn the_elements_of_a_definition_are_counted_in_the_instances_asked_for() {
    let server = Server::start().await;
    let definition = server.deploy(&models::job("order")).await;
    let first = server.create("order", json!({"a": 1})).await;
    let second = server.create("order", json!({"a": 2})).await;
    server.create("order", json!({"a": 2})).await;
    let cancel = format!("/v2/process-instances/{second}/cancellation");
    server.post(&cancel, json!({})).await.done();
    let path = format!("/v2/process-definitions/{definition}/statistics/element-instances");
    let count = async |filter: Value| {
        let body = json!({"filter": filter});
        server.post(&path, body).await.json(200)["items"].clone()
    };
    let row = |id: &str, active: u64, canceled: u64, completed: u64| {
        json!({"elementId": id, "active": active, "canceled": canceled,
            "completed": completed, "incidents": 0})
    };
    let all = json!([row("begin", 0, 0, 3), row("do", 2, 1, 0)]);
    assert_eq!(count(json!({})).await, all);
    let without_body = server.send_json(axum::http::Method::POST, &path, "").await;
    assert_eq!(without_body.json(200)["items"], all);
    let running = json!([row("begin", 0, 0, 2), row("do", 2, 0, 0)]);
    assert_eq!(count(json!({"state": "ACTIVE"})).await, running);
    let one = json!([row("begin", 0, 0, 1), row("do", 1, 0, 0)]);
    assert_eq!(count(json!({"processInstanceKey": first})).await, one);
    let twos = json!({"variables": [{"name": "a", "value": "2"}]});
    let with_two = json!([row("begin", 0, 0, 2), row("do", 1, 1, 0)]);
    assert_eq!(count(twos).await, with_two);
    assert_eq!(count(json!({"tenantId": "other"})).await, json!([]));
    let body = json!({"filter": {"nothing": 1}});
    server.post(&path, body).await.problem(400, "nothing");
    let path = "/v2/process-definitions/77/statistics/element-instances";
    server.post(path, json!({})).await.problem(404, "77");
}

#[tokio::test]
async fn what_one_request_reads_is_bounded() {
    // Two rows of elements and one of an instance are read for the statistics.
    for (rows, status) in [(3, 200), (2, 400)] {
        let server = Server::limited(|limits| limits.request.scanned_rows = rows).await;
        let definition = server.deploy(&models::job("order")).await;
        server.create("order", json!({})).await;
        let path = format!("/v2/process-definitions/{definition}/statistics/element-instances");
        let reply = server.post(&path, json!({})).await;
        assert_eq!(reply.status, status, "{rows}");
        if status == 400 {
            reply.problem(400, "more than 2 rows");
        }
    }
    // An instance that called one: that is one row to read.
    for (rows, status) in [(2, 200), (0, 400)] {
        let server = Server::limited(|limits| limits.request.scanned_rows = rows).await;
        server.deploy(&models::job("inner")).await;
        server.deploy(&calling("outer", "inner")).await;
        let outer = server.create("outer", json!({})).await;
        let body = json!({"type": "check", "timeout": 60_000, "maxJobsToActivate": 1,
            "requestTimeout": 30_000});
        server.post("/v2/jobs/activation", body).await.json(200);
        let path = format!("/v2/process-instances/{outer}/incidents/search");
        let reply = server.post(&path, json!({})).await;
        assert_eq!(reply.status, status, "{rows}");
    }
}
