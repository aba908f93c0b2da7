//! User tasks.

use serde_json::json;

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn a_task_is_found_assigned_and_completed() {
    let server = Server::start().await;
    server.deploy(&models::user_task("order")).await;
    let instance = server.create("order", json!({"total": 5})).await;
    let task = server.only("user-tasks", json!({"state": "CREATED"})).await;
    assert_eq!(task["name"], "Decide");
    assert_eq!(task["processInstanceKey"], instance);
    assert_eq!(task["candidateGroups"], json!(["credit", "sales"]));
    assert_eq!(task["priority"], 70);
    assert_eq!(task["processName"], "Process order");
    assert!(task["assignee"].is_null() && task["dueDate"].is_null());

    let path = format!("/v2/user-tasks/{}", text(&task["userTaskKey"]));
    server
        .post(&format!("{path}/assignment"), json!({"assignee": "ann"}))
        .await
        .done();
    let taken = json!({"assignee": "bob", "allowOverride": false});
    server
        .post(&format!("{path}/assignment"), taken)
        .await
        .problem(409, "already assigned");
    assert_eq!(
        server.only("user-tasks", json!({"assignee": "ann"})).await["elementId"],
        "do"
    );
    server.delete(&format!("{path}/assignee")).await.done();
    assert!(server.get(&path).await.json(200)["assignee"].is_null());
    server
        .post(
            &format!("{path}/completion"),
            json!({"variables": {"ok": true}}),
        )
        .await
        .done();
    let done = server.get(&path).await.json(200);
    assert_eq!(done["state"], "COMPLETED");
    assert!(done["completionDate"].is_string());
    let instance = server
        .get(&format!("/v2/process-instances/{instance}"))
        .await
        .json(200);
    assert_eq!(instance["state"], "COMPLETED");
}

#[tokio::test]
async fn tasks_are_found_by_what_they_are() {
    let server = Server::start().await;
    server.deploy(&models::user_task("order")).await;
    for total in 1..=3 {
        server.create("order", json!({"total": total})).await;
    }
    let count = async |filter| server.search("user-tasks", filter).await.len();
    assert_eq!(count(json!({"candidateGroup": "sales"})).await, 3);
    assert_eq!(
        count(json!({"candidateGroup": {"$in": ["x", "credit"]}})).await,
        3
    );
    assert_eq!(count(json!({"candidateUser": "ann"})).await, 0);
    assert_eq!(count(json!({"priority": {"$gte": 70}})).await, 3);
    assert_eq!(count(json!({"priority": {"$lt": 70}})).await, 0);
    let total = json!([{"name": "total", "value": "2"}]);
    assert_eq!(count(json!({"processInstanceVariables": total})).await, 1);
    assert_eq!(count(json!({"localVariables": total})).await, 0);
    assert_eq!(count(json!({"state": "COMPLETED"})).await, 0);
}

#[tokio::test]
async fn bad_requests_about_tasks_are_refused() {
    let server = Server::start().await;
    server
        .get("/v2/user-tasks/1")
        .await
        .problem(404, "user task 1");
    server
        .get("/v2/user-tasks/one")
        .await
        .problem(400, "'one' is not a key");
    server
        .post("/v2/user-tasks/1/assignment", json!({}))
        .await
        .problem(400, "assignee");
    server
        .post("/v2/user-tasks/1/assignment", json!({"assignee": "a"}))
        .await
        .problem(404, "1");
    server
        .post("/v2/user-tasks/1/completion", json!({"x": 1}))
        .await
        .problem(400, "`x`");
    server
        .delete("/v2/user-tasks/1/assignee")
        .await
        .problem(404, "1");
}
