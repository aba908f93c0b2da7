//! Deployed files that are no models: forms of user tasks, and what jobs are linked to.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

async fn deploy(server: &Server, files: &[(&str, &str)]) -> Vec<Value> {
    let parts: Vec<_> = files
        .iter()
        .map(|(name, content)| ("resources", Some(*name), *content))
        .collect();
    let deployment = server.upload(&parts).await.json(200);
    deployment["deployments"].as_array().unwrap().clone()
}

fn form(tag: &str, more: &str) -> String {
    json!({"id": "review", "versionTag": tag, "components": [more]}).to_string()
}

fn with_form(id: &str, settings: &str) -> String {
    models::user_task(id).replace(
        "<zeebe:userTask />",
        &format!("<zeebe:userTask /><zeebe:formDefinition formId=\"review\" {settings}/>"),
    )
}

async fn task_of(server: &Server, process: &str) -> Value {
    let instance = server.create(process, json!({})).await;
    let filter = json!({"processInstanceKey": instance});
    server.only("user-tasks", filter).await
}

#[tokio::test]
async fn a_user_task_shows_the_version_of_its_form_that_it_is_bound_to() {
    let server = Server::start().await;
    let latest = with_form("latest", "");
    let together = with_form("together", "bindingType=\"deployment\"");
    let tagged = with_form("tagged", "bindingType=\"versionTag\" versionTag=\"a\"");
    let first = deploy(
        &server,
        &[
            ("latest.bpmn", &latest),
            ("together.bpmn", &together),
            ("tagged.bpmn", &tagged),
            ("review.form", &form("a", "1")),
        ],
    )
    .await;
    let first = &first[3]["form"];
    assert_eq!(first["formId"], "review");
    assert_eq!(first["version"], 1);
    assert_eq!(first["resourceName"], "review.form");
    let again = deploy(&server, &[("review.form", &form("a", "1"))]).await;
    assert_eq!(again[0]["form"], *first, "nothing has changed");
    let second = deploy(&server, &[("review.form", &form("b", "2"))]).await;
    let second = &second[0]["form"];
    assert_eq!(second["version"], 2);

    let task = task_of(&server, "latest").await;
    assert_eq!(task["formKey"], second["formKey"]);
    assert!(task["externalFormReference"].is_null());
    let path = format!("/v2/user-tasks/{}/form", text(&task["userTaskKey"]));
    let shown = server.get(&path).await.json(200);
    assert_eq!(shown["schema"], form("b", "2"));
    assert_eq!(shown["formId"], "review");
    assert_eq!(shown["version"], 2);
    let deletion = format!("/v2/resources/{}/deletion", text(&second["formKey"]));
    server.post(&deletion, json!({})).await.json(200);
    server
        .post(&deletion, json!({}))
        .await
        .problem(404, "there is no");
    let task = task_of(&server, "latest").await;
    assert_eq!(task["formKey"], first["formKey"], "it is the latest again");
    for process in ["together", "tagged"] {
        let task = task_of(&server, process).await;
        assert_eq!(task["formKey"], first["formKey"], "{process}");
    }
}

#[tokio::test]
async fn a_process_follows_the_form_of_its_deployment() {
    let server = Server::start().await;
    let model = with_form("together", "bindingType=\"deployment\"");
    let files = |content: &'static str| async {
        let content = form("a", content);
        deploy(&server, &[("m.bpmn", &model), ("review.form", &content)]).await
    };
    files("1").await;
    assert_eq!(
        files("1").await[0]["processDefinition"]["processDefinitionVersion"],
        1
    );
    let changed = files("2").await;
    assert_eq!(
        changed[0]["processDefinition"]["processDefinitionVersion"],
        2
    );
    let task = task_of(&server, "together").await;
    assert_eq!(task["formKey"], changed[1]["form"]["formKey"]);
}

#[tokio::test]
async fn a_form_that_is_missing_is_an_incident_until_it_is_deployed() {
    let server = Server::start().await;
    deploy(&server, &[("m.bpmn", &with_form("order", ""))]).await;
    server.create("order", json!({})).await;
    let incident = server.only("incidents", json!({"state": "ACTIVE"})).await;
    assert_eq!(incident["errorType"], "FORM_NOT_FOUND");
    deploy(&server, &[("review.form", &form("a", "1"))]).await;
    let resolution = format!(
        "/v2/incidents/{}/resolution",
        text(&incident["incidentKey"])
    );
    server.post(&resolution, json!({})).await.done();
    let task = server.only("user-tasks", json!({"state": "CREATED"})).await;
    assert!(task["formKey"].is_string());
    deploy(&server, &[("plain.bpmn", &models::user_task("plain"))]).await;
    let plain = task_of(&server, "plain").await;
    let path = format!("/v2/user-tasks/{}/form", text(&plain["userTaskKey"]));
    server.get(&path).await.done();
}

#[tokio::test]
async fn a_worker_is_told_what_its_task_is_linked_to() {
    let server = Server::start().await;
    let model = models::job("order").replace(
        "</bpmn:extensionElements>",
        r#"<zeebe:linkedResources>
             <zeebe:linkedResource resourceId="tidy.js" resourceType="Script" linkName="script" />
           </zeebe:linkedResources></bpmn:extensionElements>"#,
    );
    let files = deploy(&server, &[("m.bpmn", &model), ("tidy.js", "return 1;")]).await;
    let resource = &files[1]["resource"];
    assert_eq!(resource["resourceId"], "tidy.js");
    server.create("order", json!({})).await;
    let activate = json!({"type": "check", "timeout": 60_000, "maxJobsToActivate": 1,
        "requestTimeout": -1});
    let jobs = server.post("/v2/jobs/activation", activate).await.json(200);
    let headers = &jobs["jobs"][0]["customHeaders"];
    let linked: Value = serde_json::from_str(&text(&headers["linkedResources"])).unwrap();
    let key = text(&resource["resourceKey"]);
    let expected = json!([{"linkName": "script", "resourceKey": key, "resourceType": "Script"}]);
    assert_eq!(linked, expected);
    let found = server.only("jobs", json!({"type": "check"})).await;
    assert_eq!(found["customHeaders"], *headers);

    let path = format!("/v2/resources/{key}");
    let read = server.get(&path).await.json(200);
    assert_eq!(read["resourceName"], "tidy.js");
    assert!(read["versionTag"].is_null());
    let content = server.get(&format!("{path}/content")).await;
    assert_eq!((content.status, &*content.body), (200, &b"return 1;"[..]));
    server
        .get("/v2/resources/1")
        .await
        .problem(404, "there is no");
}

#[tokio::test]
async fn odd_files_are_refused_and_nothing_is_stored() {
    let server = Server::start().await;
    let model = models::user_task("order");
    let upload = |name: &'static str, content: String| {
        let (server, model) = (&server, &model);
        async move {
            let good = ("resources", Some("good.bpmn"), &**model);
            server
                .upload(&[good, ("resources", Some(name), &content)])
                .await
        }
    };
    let long = format!(r#"{{"id": "{}"}}"#, "x".repeat(256));
    for (name, content, why) in [
        ("a.form", "{", "no JSON object"),
        ("a.form", "{}", "has no id"),
        ("a.form", r#"{"id": ""}"#, "1 to 255 bytes"),
        ("a.form", &*long, "1 to 255 bytes"),
        ("a.rpa", r#"{"id": 5}"#, "a text as its id"),
        ("model.txt", &*model, "end in .bpmn"),
    ] {
        upload(name, content.to_owned()).await.problem(400, why);
    }
    assert!(
        server
            .search("process-definitions", json!({}))
            .await
            .is_empty()
    );
    let longest = format!(r#"{{"id": "{}"}}"#, "x".repeat(255));
    upload("a.form", longest).await.json(200);
    let twice = [("a.form", r#"{"id": "f"}"#), ("b.form", r#"{"id": "f"}"#)];
    let parts = twice.map(|(name, content)| ("resources", Some(name), content));
    server.upload(&parts).await.problem(400, "twice");
}
