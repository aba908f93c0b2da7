//! The OpenAPI document.

use std::collections::BTreeSet;

use anyam::api;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;

use crate::server::Server;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if METHODS.contains(&&**method) {
                operations.push((method.clone(), path.clone(), operation.clone()));
            }
        }
    }
    operations
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" => {
                        found.insert(reference.clone());
                    }
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let server = Server::start().await;
    let document = server.get("/v2/openapi.json").await.json(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.contains("#/components/schemas/ProblemDetail"));
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

/// The routes are made from the document's operations, so that each side has what the other has;
/// here, that a request really arrives at each.
#[tokio::test]
async fn every_operation_is_answered_and_described() {
    let server = Server::start().await;
    let document = server.get("/v2/openapi.json").await.json(200);
    let operations = operations(&document);
    let mut ids = BTreeSet::new();
    for (method, path, operation) in &operations {
        let what = format!("{method} {path}");
        assert!(operation["summary"].is_string(), "{what} has no summary");
        assert!(operation["tags"][0].is_string(), "{what} has no tag");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{what}"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("default"), "{what} has no problem");
        let described = responses
            .values()
            .all(|response| response["description"].is_string());
        assert!(described, "{what} has an answer that is not described");
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{what} has no answer"
        );

        let real = path.replace("{name}", "x").replace("{version}", "1.0.0");
        let real: String = real
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let request = Request::builder()
            .method(method)
            .uri(&real)
            .body(Body::empty())
            .unwrap();
        let reply = server.send(request).await;
        assert_ne!(reply.status, 405, "{what}");
        assert!(reply.status < 500, "{what}: {}", reply.status);
        let body = String::from_utf8_lossy(&reply.body);
        assert!(!body.contains("there is no resource"), "{what}: {body}");
    }
}

#[test]
fn the_routes_that_clients_need_are_there() {
    let document = serde_json::to_value(api::document()).unwrap();
    let there: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    for wanted in [
        "get /v2/topology",
        "get /v2/status",
        "get /v2/license",
        "get /v2/authentication/me",
        "post /v2/deployments",
        "post /v2/process-instances",
        "get /v2/process-instances/{processInstanceKey}",
        "post /v2/process-instances/search",
        "post /v2/process-instances/{processInstanceKey}/cancellation",
        "get /v2/process-instances/{processInstanceKey}/sequence-flows",
        "get /v2/process-instances/{processInstanceKey}/events",
        "post /v2/jobs/activation",
        "post /v2/jobs/{jobKey}/completion",
        "post /v2/jobs/{jobKey}/failure",
        "post /v2/jobs/{jobKey}/error",
        "patch /v2/jobs/{jobKey}",
        "post /v2/jobs/search",
        "post /v2/messages/publication",
        "post /v2/user-tasks/search",
        "get /v2/user-tasks/{userTaskKey}",
        "post /v2/user-tasks/{userTaskKey}/assignment",
        "delete /v2/user-tasks/{userTaskKey}/assignee",
        "post /v2/user-tasks/{userTaskKey}/completion",
        "post /v2/incidents/search",
        "get /v2/incidents/{incidentKey}",
        "post /v2/incidents/{incidentKey}/resolution",
        "post /v2/variables/search",
        "get /v2/variables/{variableKey}",
        "post /v2/element-instances/search",
        "get /v2/element-instances/{elementInstanceKey}",
        "put /v2/element-instances/{elementInstanceKey}/variables",
        "post /v2/process-definitions/search",
        "get /v2/process-definitions/{processDefinitionKey}",
        "get /v2/process-definitions/{processDefinitionKey}/xml",
        "put /v2/steps/{name}/versions/{version}",
        "get /v2/steps/{name}/versions/{version}",
        "delete /v2/steps/{name}/versions/{version}",
        "get /v2/steps/{name}/versions/{version}/component",
        "post /v2/steps/{name}/versions/{version}/invocation",
        "get /v2/steps/{name}",
        "post /v2/steps/search",
        "get /v2/openapi.json",
        "get /docs",
        "get /health/live",
        "get /health/ready",
        "get /",
    ] {
        assert!(there.contains(wanted), "{wanted} is missing");
    }
}
