//! Jobs.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Reply, Server, text};

async fn activate(server: &Server, change: Value) -> Reply {
    let mut body = json!({"type": "check", "timeout": 60_000, "maxJobsToActivate": 10,
        "worker": "w", "requestTimeout": -1});
    body.as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    server.post("/v2/jobs/activation", body).await
}

async fn one_job(server: &Server) -> (String, Value) {
    server.deploy(&models::job("order")).await;
    let instance = server
        .create("order", json!({"total": 12.50, "other": null}))
        .await;
    let jobs = activate(server, json!({})).await.json(200);
    (instance, jobs["jobs"][0].clone())
}

#[tokio::test]
async fn a_worker_gets_a_job_with_what_it_needs_and_completes_it() {
    let server = Server::start().await;
    let (instance, job) = one_job(&server).await;
    assert_eq!(job["type"], "check");
    assert_eq!(job["processInstanceKey"], instance);
    assert_eq!(job["elementId"], "do");
    assert_eq!(job["customHeaders"], json!({"level": "high"}));
    assert_eq!(job["worker"], "w");
    assert_eq!(job["retries"], 3);
    assert_eq!(
        job["variables"].to_string(),
        r#"{"other":null,"total":12.5}"#
    );
    assert_eq!(job["kind"], "BPMN_ELEMENT");
    assert!(job["deadline"].as_i64().unwrap() > server.runtime.now().0);
    assert_eq!(
        activate(&server, json!({})).await.json(200),
        json!({"jobs": []})
    );

    let path = format!("/v2/jobs/{}/completion", text(&job["jobKey"]));
    server
        .post(&path, json!({"variables": {"ok": true}}))
        .await
        .done();
    let done = server
        .only("jobs", json!({"processInstanceKey": instance}))
        .await;
    assert_eq!(done["state"], "COMPLETED");
    assert_eq!(done["customHeaders"], json!({"level": "high"}));
    let ok = server.only("variables", json!({"name": "ok"})).await;
    assert_eq!(ok["value"], "true");
    server.post(&path, json!({})).await.problem(404, "");
}

#[tokio::test]
async fn a_waiting_worker_gets_a_job_when_it_comes() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let fetch = json!({"requestTimeout": 30_000, "fetchVariable": ["a"]});
    let (jobs, _) = tokio::join!(
        activate(&server, fetch),
        server.create("order", json!({"a": 1, "b": 2}))
    );
    assert_eq!(jobs.json(200)["jobs"][0]["variables"], json!({"a": 1}));
}

#[tokio::test]
async fn a_job_has_the_tags_of_its_instance() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let body = json!({"processDefinitionId": "order", "tags": ["vip"]});
    server.post("/v2/process-instances", body).await.json(200);
    let jobs = activate(&server, json!({})).await.json(200);
    assert_eq!(jobs["jobs"][0]["tags"], json!(["vip"]));
}

#[tokio::test]
async fn a_failed_job_comes_again_and_then_is_an_incident() {
    let server = Server::start().await;
    let (instance, job) = one_job(&server).await;
    let key = text(&job["jobKey"]);
    let failure = format!("/v2/jobs/{key}/failure");
    server
        .post(&failure, json!({"retries": 1, "errorMessage": "no"}))
        .await
        .done();
    let again = activate(&server, json!({})).await.json(200);
    assert_eq!(again["jobs"][0]["jobKey"], key);
    assert_eq!(again["jobs"][0]["retries"], 1);
    server
        .send_json(axum::http::Method::POST, &failure, "")
        .await
        .done();
    let failed = server.only("jobs", json!({"state": "FAILED"})).await;
    assert_eq!(failed["hasFailedWithRetriesLeft"], false);
    let incident = server.only("incidents", json!({"jobKey": key})).await;
    assert_eq!(incident["errorType"], "JOB_NO_RETRIES");
    assert_eq!(incident["processInstanceKey"], instance);

    server
        .patch(
            &format!("/v2/jobs/{key}"),
            json!({"changeset": {"retries": 2}}),
        )
        .await
        .done();
    let resolution = format!(
        "/v2/incidents/{}/resolution",
        text(&incident["incidentKey"])
    );
    server.post(&resolution, json!({})).await.done();
    let again = activate(&server, json!({})).await.json(200);
    assert_eq!(again["jobs"][0]["retries"], 2);
}

#[tokio::test]
async fn an_error_that_nothing_catches_is_an_incident() {
    let server = Server::start().await;
    let (_, job) = one_job(&server).await;
    let path = format!("/v2/jobs/{}/error", text(&job["jobKey"]));
    server
        .post(&path, json!({"errorCode": ""}))
        .await
        .problem(400, "errorCode");
    server
        .post(&path, json!({}))
        .await
        .problem(400, "missing field `errorCode`");
    server
        .post(
            &path,
            json!({"errorCode": "REJECTED", "errorMessage": null}),
        )
        .await
        .done();
    let incident = server.only("incidents", json!({"state": "ACTIVE"})).await;
    assert_eq!(incident["errorType"], "UNHANDLED_ERROR_EVENT");
    assert!(text(&incident["errorMessage"]).contains("REJECTED"));
}

#[tokio::test]
async fn bad_requests_about_jobs_are_refused() {
    let server = Server::start().await;
    let (_, job) = one_job(&server).await;
    let path = format!("/v2/jobs/{}", text(&job["jobKey"]));
    for (change, detail) in [
        (json!({"type": ""}), "type must not be empty"),
        (json!({"timeout": 0}), "timeout must be 1 or more"),
        (json!({"maxJobsToActivate": -1}), "maxJobsToActivate"),
        (json!({"tenantIds": ["?"]}), "tenantId must be"),
        (json!({"timeout": "1s"}), "expected i64"),
        (json!({"tenantFilter": "ALL"}), "ALL"),
    ] {
        activate(&server, change).await.problem(400, detail);
    }
    server
        .post(&format!("{path}/failure"), json!({"retries": -1}))
        .await
        .problem(400, "retries");
    let body = json!({"retryBackOff": -1});
    server
        .post(&format!("{path}/failure"), body)
        .await
        .problem(400, "retryBackOff");
    server
        .patch(&path, json!({}))
        .await
        .problem(400, "changeset");
    server
        .patch(&path, json!({"changeset": {}}))
        .await
        .problem(400, "retries or timeout");
    let body = json!({"changeset": {"retries": 0}});
    server
        .patch(&path, body)
        .await
        .problem(400, "changeset.retries");
    server
        .post(&format!("{path}/completion"), json!({"variables": 1}))
        .await
        .problem(400, "variables");
    server
        .post("/v2/jobs/x/completion", json!({}))
        .await
        .problem(400, "'x' is not a key");
    server
        .post("/v2/jobs/77/completion", json!({}))
        .await
        .problem(404, "77");
    assert_eq!(server.only("jobs", json!({})).await["state"], "CREATED");
}

#[tokio::test]
async fn the_most_urgent_job_is_handed_out_first() {
    let server = Server::start().await;
    let model = models::job("order").replace(
        "<zeebe:taskDefinition",
        r#"<zeebe:jobPriorityDefinition priority="=priority" /><zeebe:taskDefinition"#,
    );
    server.deploy(&model).await;
    for priority in [0, -3, 10, 0, 70, 10] {
        server.create("order", json!({"priority": priority})).await;
    }
    let all = server.search("jobs", json!({})).await;
    let key = |at: usize| text(&all[at]["jobKey"]);
    let mut handed_out = Vec::new();
    for _ in 0..3 {
        let jobs = activate(&server, json!({"maxJobsToActivate": 2})).await;
        for job in jobs.json(200)["jobs"].as_array().unwrap() {
            handed_out.push((job["priority"].as_i64().unwrap(), text(&job["jobKey"])));
        }
    }
    let expected = [(70, 4), (10, 2), (10, 5), (0, 0), (0, 3), (-3, 1)];
    assert_eq!(
        handed_out,
        expected.map(|(priority, at)| (priority, key(at)))
    );

    let body = json!({"filter": {"priority": {"$gte": 0}}, "sort":
        [{"field": "priority", "order": "DESC"}, {"field": "jobKey"}]});
    let found = server.post("/v2/jobs/search", body).await.json(200);
    let found: Vec<_> = found["items"].as_array().unwrap().iter().collect();
    let priorities: Vec<_> = found.iter().map(|job| &job["priority"]).collect();
    assert_eq!(priorities, [70, 10, 10, 0, 0]);
}
