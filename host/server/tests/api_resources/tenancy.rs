//! Tenants see nothing of each other.

use axum::http::Method;
use serde_json::json;

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn each_tenant_has_its_own_processes_and_instances() {
    let server = Server::start().await;
    let model = models::job("order");
    let parts = [
        ("resources", Some("o.bpmn"), &*model),
        ("tenantId", None, "a"),
    ];
    let deployed = server.upload(&parts).await.json(200);
    assert_eq!(deployed["tenantId"], "a");
    let definition = text(&deployed["deployments"][0]["processDefinition"]["processDefinitionKey"]);

    let start = json!({"processDefinitionId": "order"});
    server
        .post("/v2/process-instances", start)
        .await
        .problem(404, "order");
    let start = json!({"processDefinitionKey": definition, "tenantId": "<default>"});
    server
        .post("/v2/process-instances", start)
        .await
        .problem(404, &definition);
    let start = json!({"processDefinitionKey": definition});
    let created = server.post("/v2/process-instances", start).await.json(200);
    assert_eq!(created["tenantId"], "a");

    for resource in [
        "process-instances",
        "process-definitions",
        "element-instances",
        "jobs",
    ] {
        assert!(
            server.search(resource, json!({})).await.is_empty(),
            "{resource}"
        );
        assert!(
            !server
                .search(resource, json!({"tenantId": "a"}))
                .await
                .is_empty(),
            "{resource}"
        );
        assert!(
            !server
                .search(resource, json!({"tenantId": {"$in": ["a"]}}))
                .await
                .is_empty()
        );
        let path = format!("/v2/{resource}/search");
        let unknown = json!({"filter": {"tenantId": "b"}});
        server.post(&path, unknown).await.problem(404, "'b'");
        let two = json!({"filter": {"tenantId": {"$in": ["a", "b"]}}});
        server
            .post(&path, two)
            .await
            .problem(400, "must name one tenant");
    }
    let key = text(&created["processInstanceKey"]);
    let instance = server
        .get(&format!("/v2/process-instances/{key}"))
        .await
        .json(200);
    assert_eq!(instance["tenantId"], "a");
    // A key of another tenant narrows the own rows to none.
    assert!(
        server
            .search("jobs", json!({"processInstanceKey": key}))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn workers_and_messages_stay_within_their_tenant() {
    let server = Server::start().await;
    for (tenant, model) in [("a", models::job("order")), ("a", models::message("pay"))] {
        let name = format!("{}.bpmn", model.len());
        let parts = [
            ("resources", Some(&*name), &*model),
            ("tenantId", None, tenant),
        ];
        server.upload(&parts).await.json(200);
    }
    for process in ["order", "pay"] {
        let start =
            json!({"processDefinitionId": process, "tenantId": "a", "variables": {"order": "1"}});
        server.post("/v2/process-instances", start).await.json(200);
    }
    let fetch = |tenants: &[&str]| {
        json!({"type": "check", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1,
            "tenantIds": tenants})
    };
    let none = server
        .post("/v2/jobs/activation", fetch(&[]))
        .await
        .json(200);
    assert_eq!(none, json!({"jobs": []}));
    let message = json!({"name": "paid", "correlationKey": "1"});
    server
        .post("/v2/messages/publication", message)
        .await
        .json(200);
    assert_eq!(
        server
            .search(
                "process-instances",
                json!({"tenantId": "a", "state": "ACTIVE"})
            )
            .await
            .len(),
        2
    );
    let jobs = server
        .post("/v2/jobs/activation", fetch(&["a"]))
        .await
        .json(200);
    assert_eq!(jobs["jobs"][0]["tenantId"], "a");
    let body = fetch(&["a"]).to_string();
    server
        .send_json(Method::POST, "/v2/jobs/activation", body)
        .await
        .json(200);
}
