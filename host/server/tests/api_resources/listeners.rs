//! Jobs of listeners and ad-hoc sub-processes, what their workers decide, and user task updates.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

pub async fn job(server: &Server, job_type: &str) -> Value {
    let body = json!({"type": job_type, "timeout": 60_000, "maxJobsToActivate": 1,
        "worker": "w", "requestTimeout": -1});
    server.post("/v2/jobs/activation", body).await.json(200)["jobs"][0].clone()
}

pub async fn complete(server: &Server, job: &Value, body: Value) -> crate::server::Reply {
    let path = format!("/v2/jobs/{}/completion", text(&job["jobKey"]));
    server.post(&path, body).await
}

fn with_listeners(id: &str) -> String {
    models::user_task(id).replace(
        "<zeebe:userTask />",
        r#"<zeebe:userTask />
           <zeebe:executionListeners><zeebe:executionListener eventType="start" type="before" />
           </zeebe:executionListeners>
           <zeebe:taskListeners><zeebe:taskListener eventType="completing" type="review" />
           </zeebe:taskListeners>"#,
    )
}

#[tokio::test]
async fn listeners_are_jobs_of_their_own_kind_and_may_deny() {
    let server = Server::start().await;
    server.deploy(&with_listeners("order")).await;
    server.create("order", json!({})).await;
    let before = job(&server, "before").await;
    assert_eq!(before["kind"], "EXECUTION_LISTENER");
    assert_eq!(before["listenerEventType"], "START");
    let found = server
        .only("jobs", json!({"kind": "EXECUTION_LISTENER"}))
        .await;
    assert_eq!(found["listenerEventType"], "START");
    complete(&server, &before, json!({})).await.done();

    let task = server.only("user-tasks", json!({"state": "CREATED"})).await;
    let path = format!("/v2/user-tasks/{}", text(&task["userTaskKey"]));
    let completion = format!("{path}/completion");
    let result = json!({"variables": {"approved": true}});
    server.post(&completion, result).await.done();
    assert_eq!(server.get(&path).await.json(200)["state"], "COMPLETING");
    let review = job(&server, "review").await;
    assert_eq!(review["kind"], "TASK_LISTENER");
    assert_eq!(review["listenerEventType"], "COMPLETING");
    let denied = json!({"result": {"type": "userTask", "denied": true, "deniedReason": "no"}});
    assert_eq!(
        review["variables"],
        json!({"approved": true}),
        "what is to be denied or not"
    );
    complete(&server, &review, denied).await.done();
    let denying = server.only("jobs", json!({"deniedReason": "no"})).await;
    assert_eq!(denying["jobKey"], review["jobKey"]);
    assert_eq!(denying["isDenied"], true);
    assert_eq!(server.get(&path).await.json(200)["state"], "CREATED");

    server.post(&completion, json!({})).await.done();
    let review = job(&server, "review").await;
    let wrong = json!({"result": {"type": "userTask", "corrections": {"priority": 300}}});
    complete(&server, &review, wrong)
        .await
        .problem(400, "corrections.priority");
    let corrected = json!({"result": {"type": "userTask", "corrections": {"assignee": "bob"}}});
    complete(&server, &review, corrected).await.done();
    let task = server.get(&path).await.json(200);
    assert_eq!(task["state"], "COMPLETED");
    assert_eq!(task["assignee"], "bob");
}

#[tokio::test]
async fn attributes_of_a_user_task_are_changed() {
    let server = Server::start().await;
    server.deploy(&models::user_task("order")).await;
    server.create("order", json!({})).await;
    let task = server.only("user-tasks", json!({"state": "CREATED"})).await;
    let path = format!("/v2/user-tasks/{}", text(&task["userTaskKey"]));
    let change = json!({"changeset": {"candidateGroups": ["legal"], "priority": 5,
        "dueDate": "2030-01-31T12:00:00Z"}});
    server.patch(&path, change).await.done();
    let task = server.get(&path).await.json(200);
    assert_eq!(task["candidateGroups"], json!(["legal"]));
    assert_eq!(task["priority"], 5);
    assert!(text(&task["dueDate"]).starts_with("2030-01-31T12:00:00"));
    server
        .patch(&path, json!({"changeset": {"dueDate": ""}}))
        .await
        .done();
    assert!(server.get(&path).await.json(200)["dueDate"].is_null());
    server
        .patch(&path, json!({"changeset": {"priority": 101}}))
        .await
        .problem(400, "from 0 to 100");
    server
        .patch(&path, json!({"changeset": {"dueDate": "soon"}}))
        .await
        .problem(400, "changeset.dueDate");
}

pub fn ad_hoc(id: &str, extensions: &str) -> String {
    let before = models::job(id);
    let (head, rest) = before.split_once("<bpmn:serviceTask").unwrap();
    let (_, tail) = rest.split_once("</bpmn:serviceTask>").unwrap();
    format!(
        r#"{head}<bpmn:adHocSubProcess id="do"><bpmn:extensionElements>{extensions}
        </bpmn:extensionElements><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
        <bpmn:serviceTask id="a"><bpmn:extensionElements><zeebe:taskDefinition type="a" />
        </bpmn:extensionElements></bpmn:serviceTask></bpmn:adHocSubProcess>{tail}"#
    )
}

#[tokio::test]
async fn elements_of_an_ad_hoc_sub_process_begin_on_request() {
    let server = Server::start().await;
    server.deploy(&ad_hoc("order", "")).await;
    let instance = server.create("order", json!({})).await;
    let at = server
        .only("element-instances", json!({"elementId": "do"}))
        .await;
    let path = format!(
        "/v2/element-instances/ad-hoc-activities/{}/activation",
        text(&at["elementInstanceKey"])
    );
    server
        .post(&path, json!({"elements": [{"elementId": "b"}]}))
        .await
        .problem(400, "no element that can begin");
    server
        .post(
            &path,
            json!({"elements": [{"elementId": "a", "variables": {"n": 1}}]}),
        )
        .await
        .done();
    let inner = json!({"type": "AD_HOC_SUB_PROCESS_INNER_INSTANCE"});
    server.only("element-instances", inner).await;
    let a = job(&server, "a").await;
    assert_eq!(a["variables"]["n"], 1);
    complete(&server, &a, json!({})).await.done();
    let ended = server
        .get(&format!("/v2/process-instances/{instance}"))
        .await;
    assert_eq!(ended.json(200)["state"], "COMPLETED");
}

#[tokio::test]
async fn the_worker_of_an_ad_hoc_sub_process_decides() {
    let server = Server::start().await;
    let agent = r#"<zeebe:taskDefinition type="agent" />"#;
    server.deploy(&ad_hoc("order", agent)).await;
    let instance = server.create("order", json!({})).await;
    let decides = job(&server, "agent").await;
    assert_eq!(decides["kind"], "AD_HOC_SUB_PROCESS");
    let begin = json!({"result": {"type": "adHocSubProcess",
        "activateElements": [{"elementId": "a"}]}});
    complete(&server, &decides, begin).await.done();
    let a = job(&server, "a").await;
    complete(&server, &a, json!({})).await.done();
    let decides = job(&server, "agent").await;
    let enough = json!({"result": {"type": "adHocSubProcess",
        "isCompletionConditionFulfilled": true}});
    complete(&server, &decides, enough).await.done();
    let ended = server
        .get(&format!("/v2/process-instances/{instance}"))
        .await;
    assert_eq!(ended.json(200)["state"], "COMPLETED");
}

#[tokio::test]
async fn a_task_listener_is_told_the_task_as_it_will_be() {
    let server = Server::start().await;
    let events = ["creating", "assigning", "updating", "completing"]
        .map(|event| format!(r#"<zeebe:taskListener eventType="{event}" type="{event}" />"#));
    let model = models::user_task("order").replace(
        "<zeebe:userTask />",
        &format!(
            "<zeebe:userTask /><zeebe:taskListeners>{}</zeebe:taskListeners>",
            events.concat()
        ),
    );
    server.deploy(&model).await;
    server.create("order", json!({})).await;
    let told = async |event: &str| {
        let job = job(&server, event).await;
        complete(&server, &job, json!({})).await.done();
        assert_eq!(job["kind"], "TASK_LISTENER");
        job["userTask"].clone()
    };
    let creating = told("creating").await;
    let task = server.only("user-tasks", json!({"state": "CREATED"})).await;
    assert_eq!(
        creating,
        json!({"userTaskKey": task["userTaskKey"], "action": "create", "assignee": null,
            "candidateGroups": ["credit", "sales"], "candidateUsers": [], "changedAttributes": [],
            "dueDate": null, "followUpDate": null, "formKey": null,
            "externalFormReference": null, "priority": 70})
    );
    let path = format!("/v2/user-tasks/{}", text(&task["userTaskKey"]));
    let assignment = format!("{path}/assignment");
    server
        .post(&assignment, json!({"assignee": "ann"}))
        .await
        .done();
    assert_eq!(server.get(&path).await.json(200)["assignee"], Value::Null);
    let assigning = told("assigning").await;
    assert_eq!(assigning["action"], "assign");
    assert_eq!(assigning["assignee"], "ann");
    assert_eq!(assigning["changedAttributes"], json!(["assignee"]));

    let change = json!({"changeset": {"priority": 5, "dueDate": "2030-01-31T12:00:00Z",
        "candidateGroups": []}});
    server.patch(&path, change).await.done();
    let updating = told("updating").await;
    assert_eq!(updating["action"], "update");
    assert_eq!(updating["priority"], 5);
    assert_eq!(updating["dueDate"], "2030-01-31T12:00:00.000Z");
    assert_eq!(updating["candidateGroups"], json!([]));
    let changed = json!(["candidateGroups", "dueDate", "priority"]);
    assert_eq!(updating["changedAttributes"], changed);

    let completion = format!("{path}/completion");
    server.post(&completion, json!({})).await.done();
    let completing = told("completing").await;
    assert_eq!(completing["action"], "complete");
    assert_eq!(completing["assignee"], "ann");
    assert_eq!(server.get(&path).await.json(200)["state"], "COMPLETED");
}
