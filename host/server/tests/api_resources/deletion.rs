//! Deleting versions of processes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::models;
use crate::server::{Reply, Server, text};

async fn delete(server: &Server, key: &str) -> Reply {
    let path = format!("/v2/resources/{key}/deletion");
    server.post(&path, json!({})).await
}

/// `models::script` that begins with a signal or time, with a title of its own.
fn beginning(title: &str, definition: &str) -> String {
    let model = models::script("order").replace("Multiply", title).replace(
        "<bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>",
        &format!("<bpmn:outgoing>f1</bpmn:outgoing>{definition}</bpmn:startEvent>"),
    );
    model.replace(
        r#"<bpmn:process id="order""#,
        r#"<bpmn:signal id="go" name="go" /><bpmn:process id="order""#,
    )
}

#[tokio::test]
async fn a_version_is_deleted_once_nothing_runs_it_and_its_past_stays() {
    let server = Server::start().await;
    let first = server.deploy(&models::job("order")).await;
    let second = server
        .deploy(&models::job("order").replace("Check", "Check again"))
        .await;
    let create = async |body: Value| server.post("/v2/process-instances", body).await;
    let by_key = json!({"processDefinitionKey": second});
    let mut instances = Vec::new();
    for _ in 0..2 {
        let made = create(by_key.clone()).await.json(200);
        instances.push(text(&made["processInstanceKey"]));
    }
    create(json!({"processDefinitionKey": first}))
        .await
        .json(200);
    let refused = delete(&server, &second).await;
    refused.problem(409, "2 process instances run version 2 of process 'order'");
    let cancel = async |key: &str| {
        let path = format!("/v2/process-instances/{key}/cancellation");
        server.post(&path, json!({})).await.done();
    };
    cancel(&instances[0]).await;
    let refused = delete(&server, &second).await;
    refused.problem(409, "1 process instance runs version 2");
    cancel(&instances[1]).await;
    let path = format!("/v2/resources/{second}/deletion");
    server
        .post(&path, json!({"deleteHistory": true}))
        .await
        .problem(400, "deleteHistory");
    let deleted = delete(&server, &second).await.json(200);
    assert_eq!(
        deleted,
        json!({"resourceKey": second, "batchOperation": null})
    );
    delete(&server, &second).await.problem(404, &second);

    // Nothing begins with it; the version before it is the latest.
    create(by_key).await.problem(404, &second);
    create(json!({"processDefinitionId": "order", "processDefinitionVersion": 2}))
        .await
        .problem(404, "version 2");
    let latest = create(json!({"processDefinitionId": "order"})).await;
    let latest = latest.json(200);
    assert_eq!(latest["processDefinitionVersion"], 1);
    let migration = format!(
        "/v2/process-instances/{}/migration",
        text(&latest["processInstanceKey"])
    );
    let target = json!({"targetProcessDefinitionKey": second,
        "mappingInstructions": [{"sourceElementId": "do", "targetElementId": "do"}]});
    server.post(&migration, target).await.problem(404, &second);
    let found = server.search("process-definitions", json!({})).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["processDefinitionKey"], first);

    // What ran it is still told.
    let definition = format!("/v2/process-definitions/{second}");
    let definition = server.get(&definition).await.json(200);
    assert_eq!(definition["state"], "DELETED");
    assert_eq!(definition["version"], 2);
    let xml = format!("/v2/process-definitions/{second}/xml");
    let xml = String::from_utf8(server.get(&xml).await.body).unwrap();
    assert!(xml.contains("Check again"));
    let instance = &instances[0];
    let flows = format!("/v2/process-instances/{instance}/sequence-flows");
    let flows = server.get(&flows).await.json(200);
    assert_eq!(flows["items"][0]["elementId"], "f1");
    let statistics = format!("/v2/process-definitions/{second}/statistics/element-instances");
    let counted = server.post(&statistics, json!({})).await.json(200);
    assert_eq!(counted["items"][1]["canceled"], 2);
    let kept = json!({"processDefinitionKey": second});
    assert_eq!(server.search("process-instances", kept).await.len(), 2);

    // Its number is not given again.
    let third = server
        .deploy(&models::job("order").replace("Check", "Check again"))
        .await;
    let third = format!("/v2/process-definitions/{third}");
    assert_eq!(server.get(&third).await.json(200)["version"], 3);
}

#[tokio::test]
async fn what_starts_a_process_goes_with_its_latest_version_and_comes_back_with_the_one_before() {
    let server = Server::start().await;
    let signal = r#"<bpmn:signalEventDefinition id="s1" signalRef="go" />"#;
    let first = server.deploy(&beginning("One", signal)).await;
    let second = server.deploy(&beginning("Two", signal)).await;
    let broadcast = async || {
        let variables = json!({"price": 2, "count": 3});
        let body = json!({"signalName": "go", "variables": variables});
        server.post("/v2/signals/broadcast", body).await.json(200);
    };
    let versions = async || {
        let found = server.search("process-instances", json!({})).await;
        let versions = found.iter().map(|one| &one["processDefinitionVersion"]);
        versions.cloned().collect::<Vec<_>>()
    };
    broadcast().await;
    assert_eq!(versions().await, [2]);
    delete(&server, &second).await.json(200);
    broadcast().await;
    assert_eq!(versions().await, [2, 1]);
    delete(&server, &first).await.json(200);
    broadcast().await;
    assert_eq!(versions().await, [2, 1]);
    let body = json!({"processDefinitionId": "order"});
    let refused = server.post("/v2/process-instances", body).await;
    refused.problem(404, "order");
}

#[tokio::test]
async fn a_deleted_process_is_not_started_by_time() {
    let server = Server::start().await;
    let daily = r#"<bpmn:timerEventDefinition id="t1"><bpmn:timeDuration>PT0.3S</bpmn:timeDuration>
        </bpmn:timerEventDefinition>"#;
    let key = server.deploy(&beginning("Timed", daily)).await;
    delete(&server, &key).await.json(200);
    // Another one of the same time starts, so the deleted one would have, too.
    let other = beginning("Timed", daily).replace("\"order\"", "\"other\"");
    server.deploy(&other).await;
    for _ in 0..1_000 {
        let found = server.search("process-instances", json!({})).await;
        if !found.is_empty() {
            assert_eq!(found.len(), 1);
            assert_eq!(found[0]["processDefinitionId"], "other");
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no instance was started by time");
}
