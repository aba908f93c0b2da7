//! Signals and conditions.

use std::time::Duration;

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

/// Waits for the signal `alarm`.
fn waiting(id: &str) -> String {
    models::around(
        id,
        r#"<bpmn:intermediateCatchEvent id="do">
             <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
             <bpmn:signalEventDefinition id="s1" signalRef="alarm" />
           </bpmn:intermediateCatchEvent>"#,
        r#"<bpmn:signal id="alarm" name="alarm" />"#,
    )
}

/// Begins with an event of `definition` and ends.
fn beginning(id: &str, definition: &str, definitions: &str) -> String {
    let model = models::script(id).replace(
        "<bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>",
        &format!("<bpmn:outgoing>f1</bpmn:outgoing>{definition}</bpmn:startEvent>"),
    );
    let process = format!(r#"<bpmn:process id="{id}""#);
    model.replace(&process, &format!("{definitions}{process}"))
}

fn conditional(id: &str, condition: &str) -> String {
    let definition = format!(
        r#"<bpmn:conditionalEventDefinition id="c1"><bpmn:condition xsi:type="bpmn:tFormalExpression"
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{condition}</bpmn:condition>
           </bpmn:conditionalEventDefinition>"#
    );
    beginning(id, &definition, "")
}

async fn ends(server: &Server, key: &str) -> Value {
    let path = format!("/v2/process-instances/{key}");
    for _ in 0..1_000 {
        let instance = server.get(&path).await.json(200);
        if instance["state"] == "COMPLETED" {
            return instance;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{key} does not end");
}

#[tokio::test]
async fn a_signal_reaches_everyone_who_waits_and_starts_what_begins_with_it() {
    let server = Server::start().await;
    let start = beginning(
        "report",
        r#"<bpmn:signalEventDefinition id="s1" signalRef="alarm" />"#,
        r#"<bpmn:signal id="alarm" name="alarm" />"#,
    );
    server.deploy(&waiting("order")).await;
    server.deploy(&start).await;
    let first = server.create("order", json!({})).await;
    let second = server.create("order", json!({})).await;
    let broadcast = async |body: Value| server.post("/v2/signals/broadcast", body).await;
    let nobody = broadcast(json!({"signalName": "other"})).await.json(200);
    assert_eq!(nobody["tenantId"], "<default>");
    let variables = json!({"price": 2, "count": 3});
    let sent = broadcast(json!({"signalName": "alarm", "variables": variables}))
        .await
        .json(200);
    assert!(text(&sent["signalKey"]).parse::<u64>().is_ok());
    for key in [&first, &second] {
        ends(&server, key).await;
        let filter = json!({"processInstanceKey": key, "name": "price"});
        assert_eq!(server.only("variables", filter).await["value"], "2");
    }
    let started = json!({"processDefinitionId": "report"});
    let report = server.only("process-instances", started.clone()).await;
    let report = text(&report["processInstanceKey"]);
    ends(&server, &report).await;
    let total = json!({"processInstanceKey": report, "name": "total"});
    assert_eq!(server.only("variables", total).await["value"], "6");

    // It is not kept: who comes later waits for the next one.
    let late = server.create("order", json!({})).await;
    let path = format!("/v2/process-instances/{late}");
    assert_eq!(server.get(&path).await.json(200)["state"], "ACTIVE");
    for (body, status, detail) in [
        (json!({}), 400, "missing field `signalName`"),
        (json!({"signalName": ""}), 400, "signalName"),
        (
            json!({"signalName": "x".repeat(100_000)}),
            400,
            "signalName",
        ),
        (
            json!({"signalName": "alarm", "variables": 1}),
            400,
            "variables",
        ),
        (
            json!({"signalName": "alarm", "tenantId": "?"}),
            400,
            "tenantId",
        ),
        (
            json!({"signalName": "alarm", "tenantId": "none"}),
            404,
            "none",
        ),
        (
            json!({"signalName": "alarm", "name": 1}),
            400,
            "unknown field",
        ),
    ] {
        broadcast(body).await.problem(status, detail);
    }
    assert_eq!(server.get(&path).await.json(200)["state"], "ACTIVE");
    assert_eq!(server.search("process-instances", started).await.len(), 1);
}

#[tokio::test]
async fn a_condition_that_holds_starts_an_instance() {
    let server = Server::start().await;
    let many = server.deploy(&conditional("many", "=count &gt; 10")).await;
    let few = server.deploy(&conditional("few", "=count &lt; 5")).await;
    let evaluate = async |body: Value| server.post("/v2/conditionals/evaluation", body).await;
    let started = evaluate(json!({"variables": {"count": 12, "price": 2}}))
        .await
        .json(200);
    assert_eq!(started["tenantId"], "<default>");
    assert!(
        text(&started["conditionalEvaluationKey"])
            .parse::<u64>()
            .is_ok()
    );
    let instances = started["processInstances"].as_array().unwrap();
    assert_eq!(instances.len(), 1, "{started}");
    assert_eq!(instances[0]["processDefinitionKey"], many);
    let key = text(&instances[0]["processInstanceKey"]);
    ends(&server, &key).await;
    let total = json!({"processInstanceKey": key, "name": "total"});
    assert_eq!(server.only("variables", total).await["value"], "24");

    let count = async |body: Value| {
        let started = evaluate(body).await.json(200);
        started["processInstances"].as_array().unwrap().len()
    };
    assert_eq!(
        count(json!({"variables": {"count": 7, "price": 1}})).await,
        0
    );
    let one = json!({"variables": {"count": 3, "price": 1}, "processDefinitionKey": few});
    assert_eq!(count(one).await, 1);
    let other = json!({"variables": {"count": 3, "price": 1}, "processDefinitionKey": many});
    assert_eq!(count(other).await, 0);
    for (body, status, detail) in [
        (json!({"variables": []}), 400, "variables"),
        (
            json!({"processDefinitionKey": "x"}),
            400,
            "'x' is not a key",
        ),
        (json!({"tenantId": "none"}), 404, "none"),
    ] {
        evaluate(body).await.problem(status, detail);
    }
    assert_eq!(server.search("process-instances", json!({})).await.len(), 2);
}

#[tokio::test]
async fn a_condition_may_be_costly_and_a_name_that_is_fixed_at_deployment_may_not() {
    let server = Server::start().await;
    let condition = "=some item in items satisfies item.count &gt; 10";
    server.deploy(&conditional("many", condition)).await;
    let evaluate = async |counts: [u8; 2]| {
        let items = counts.map(|count| json!({"count": count}));
        let variables = json!({"items": items, "price": 1, "count": 1});
        let body = json!({"variables": variables});
        let reply = server.post("/v2/conditionals/evaluation", body).await;
        reply.json(200)["processInstances"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(evaluate([1, 10]).await, 0);
    assert_eq!(evaluate([1, 11]).await, 1);
    let limited = Server::limited(|limits| limits.engine.max_isolated = 0).await;
    limited.deploy(&conditional("many", condition)).await;
    let body = json!({"variables": {"items": []}});
    let refused = limited.post("/v2/conditionals/evaluation", body).await;
    let detail = refused.problem(400, "start event 'begin' of process 'many'")["detail"].clone();
    assert!(text(&detail).contains("limit max_isolated"), "{detail}");

    let named = beginning(
        "named",
        r#"<bpmn:messageEventDefinition id="m1" messageRef="order" />"#,
        r#"<bpmn:message id="order" name="=string join(for i in 1..3 return string(i))" />"#,
    );
    let reply = server
        .upload(&[("resources", Some("model.bpmn"), &named)])
        .await;
    let refused = reply.json(400);
    let finding = &refused["findings"][0];
    assert!(finding.to_string().contains("begin"), "{refused}");
    assert!(finding.to_string().contains("costly"), "{refused}");
}
