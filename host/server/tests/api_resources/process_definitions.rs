//! Process definitions.

use serde_json::{Value, json};

use crate::models;
use crate::server::Server;

#[tokio::test]
async fn versions_are_read_and_their_xml_is_as_uploaded() {
    let server = Server::start().await;
    let model = models::job("order");
    let first = server.deploy(&model).await;
    let second = server.deploy(&model.replace("Check", "Check again")).await;
    let definition = server
        .get(&format!("/v2/process-definitions/{second}"))
        .await
        .json(200);
    assert_eq!(definition["processDefinitionId"], "order");
    assert_eq!(definition["version"], 2);
    assert_eq!(definition["name"], "Process order");
    assert_eq!(definition["resourceName"], "model.bpmn");
    assert!(definition["versionTag"].is_null());
    let xml = server
        .get(&format!("/v2/process-definitions/{first}/xml"))
        .await;
    assert_eq!(xml.headers["content-type"], "text/xml");
    assert_eq!(String::from_utf8(xml.body).unwrap(), model);
    server
        .get("/v2/process-definitions/1")
        .await
        .problem(404, "process definition 1");
    server
        .get("/v2/process-definitions/1/xml")
        .await
        .problem(404, "process definition 1");
}

#[tokio::test]
async fn versions_are_found_by_what_they_are() {
    let server = Server::start().await;
    let model = models::job("order");
    let first = server.deploy(&model).await;
    let second = server.deploy(&model.replace("Check", "Again")).await;
    let other = server.deploy(&models::script("other")).await;
    let keys = async |filter: Value| {
        let items = server.search("process-definitions", filter).await;
        items
            .into_iter()
            .map(|item| item["processDefinitionKey"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(json!({})).await, [&*first, &second, &other]);
    assert_eq!(
        keys(json!({"isLatestVersion": true})).await,
        [&*second, &other]
    );
    assert_eq!(keys(json!({"isLatestVersion": false})).await, [&*first]);
    assert_eq!(
        keys(json!({"processDefinitionId": "order"})).await,
        [&*first, &second]
    );
    let latest = json!({"processDefinitionId": "order", "isLatestVersion": true});
    assert_eq!(keys(latest).await, [&*second]);
    assert_eq!(
        keys(json!({"version": 1, "processDefinitionKey": first})).await,
        [&*first]
    );
    let body = json!({"filter": {"processDefinitionId": "order"}, "page": {"limit": 1}});
    let page = server
        .post("/v2/process-definitions/search", body)
        .await
        .json(200);
    let after = json!({"filter": {"processDefinitionId": "order"},
        "page": {"after": page["page"]["endCursor"]}});
    let page = server
        .post("/v2/process-definitions/search", after)
        .await
        .json(200);
    assert_eq!(page["items"][0]["processDefinitionKey"], second);
    assert_eq!(page["page"]["totalItems"], 2);
}
