//! Deployments.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

use crate::models;
use crate::server::Server;

#[tokio::test]
async fn files_are_deployed_together_and_again_without_change() {
    let server = Server::start().await;
    let (a, b) = (models::script("a"), models::job("b"));
    let parts = [
        ("resources", Some("a.bpmn"), &*a),
        ("resources", Some("b.bpmn"), &*b),
    ];
    let first = server.upload(&parts).await.json(200);
    assert_eq!(first["tenantId"], "<default>");
    let items = first["deployments"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[1]["processDefinition"]["processDefinitionId"], "b");
    assert_eq!(items[1]["processDefinition"]["processDefinitionVersion"], 1);
    assert_eq!(items[1]["processDefinition"]["resourceName"], "b.bpmn");
    for kind in [
        "decisionDefinition",
        "decisionRequirements",
        "form",
        "resource",
    ] {
        assert!(items[0][kind].is_null());
    }
    let again = server.upload(&parts).await.json(200);
    assert_eq!(again["deployments"], first["deployments"]);
    assert_eq!(
        server.search("process-definitions", json!({})).await.len(),
        2
    );
}

#[tokio::test]
async fn one_bad_file_refuses_all_of_them() {
    let server = Server::start().await;
    let good = models::script("a");
    for bad in [
        "<bpmn:definitions",
        "",
        "<a/>",
        &models::job("b").replace("targetRef=\"do\"", "targetRef=\"x\""),
    ] {
        let parts = [
            ("resources", Some("a.bpmn"), &*good),
            ("resources", Some("b.bpmn"), bad),
        ];
        let problem = server.upload(&parts).await.problem(400, "refused");
        let findings = problem["findings"].as_array().unwrap();
        assert!(!findings.is_empty());
        for finding in findings {
            assert_eq!(finding["file"], "b.bpmn", "{finding}");
        }
    }
    assert!(
        server
            .search("process-definitions", json!({}))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn findings_are_told_with_their_place() {
    let server = Server::start().await;
    let model = models::job("b");
    let bad = model.replace("targetRef=\"do\"", "targetRef=\"x\"");
    let parts = [("resources", Some("b.bpmn"), &*bad)];
    let problem = server.upload(&parts).await.problem(400, "b.bpmn:");
    let finding = &problem["findings"][0];
    assert_eq!(finding["rule"], "flow-target-missing", "{problem}");
    assert_eq!(finding["severity"], "error");
    assert!(finding["elementId"].is_string(), "{problem}");
    let line = finding["line"].as_u64().unwrap();
    let place = format!("b.bpmn:{line}:{}: error: element '", finding["column"]);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(&place), "{detail}");
    assert!(
        detail.contains(finding["message"].as_str().unwrap()),
        "{detail}"
    );

    // What is only doubtful is told and deployed.
    let lonely = model.replace(
        "</bpmn:process>",
        "<bpmn:task id=\"lonely\"/></bpmn:process>",
    );
    let parts = [("resources", Some("b.bpmn"), &*lonely)];
    let answer = server.upload(&parts).await.json(200);
    assert_eq!(answer["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(answer["findings"][0]["rule"], "unreachable", "{answer}");
    assert_eq!(answer["findings"][0]["severity"], "warning", "{answer}");
    let parts = [("resources", Some("b.bpmn"), &*model)];
    let answer = server.upload(&parts).await.json(200);
    assert!(answer.get("findings").is_none(), "{answer}");
}

#[tokio::test]
async fn a_file_may_only_describe_beside_one_that_runs() {
    let server = Server::start().await;
    let runs = models::script("a");
    let drawn = models::script("b").replace("isExecutable=\"true\"", "isExecutable=\"false\"");
    let alone = [("resources", Some("b.bpmn"), &*drawn)];
    let problem = server
        .upload(&alone)
        .await
        .problem(400, "no executable process");
    assert_eq!(problem["findings"][0]["severity"], "error", "{problem}");
    let both = [
        ("resources", Some("a.bpmn"), &*runs),
        ("resources", Some("b.bpmn"), &*drawn),
    ];
    let answer = server.upload(&both).await.json(200);
    assert_eq!(
        answer["deployments"].as_array().unwrap().len(),
        1,
        "{answer}"
    );
    let finding = &answer["findings"][0];
    assert_eq!(finding["rule"], "executable-process-missing", "{answer}");
    assert_eq!(finding["severity"], "warning", "{answer}");
}

#[tokio::test]
async fn what_is_no_deployment_is_refused() {
    let server = Server::limited(|limits| limits.request.deployment_files = 2).await;
    let model = models::script("a");
    server.upload(&[]).await.problem(400, "has no files");
    server
        .upload(&[("tenantId", None, "t")])
        .await
        .problem(400, "has no files");
    server
        .upload(&[("resources", None, &model)])
        .await
        .problem(400, "must have a file name");
    server
        .upload(&[("files", Some("a.bpmn"), &model)])
        .await
        .problem(400, "part 'files' is unknown");
    let file = ("resources", Some("a.bpmn"), &*model);
    server
        .upload(&[file, file])
        .await
        .problem(400, "'a.bpmn' is there twice");
    server
        .upload(&[file, ("tenantId", None, "a b")])
        .await
        .problem(400, "tenantId must be");
    let many = ["a.bpmn", "b.bpmn", "c.bpmn"].map(|name| ("resources", Some(name), &*model));
    server.upload(&many).await.problem(400, "more than 2 files");

    let plain = Request::post("/v2/deployments")
        .body(Body::from("x"))
        .unwrap();
    server.send(plain).await.problem(415, "multipart/form-data");
    let broken = Request::post("/v2/deployments")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
        .body(Body::from(
            "--cut\r\nContent-Disposition: form-data; name=\"resources\"",
        ))
        .unwrap();
    server.send(broken).await.problem(400, "multipart");
}

#[tokio::test]
async fn sizes_are_bounded_at_their_edge() {
    let model = models::script("a");
    let size = model.len();
    let server = Server::limited(|limits| limits.request.deployment_file_bytes = size).await;
    server
        .upload(&[("resources", Some("a.bpmn"), &model)])
        .await
        .json(200);
    let larger = format!("{model}\n");
    let reply = server
        .upload(&[("resources", Some("a.bpmn"), &larger)])
        .await;
    reply.problem(413, &format!("larger than {size} bytes"));

    let server = Server::limited(|limits| limits.request.deployment_bytes = 100).await;
    server
        .upload(&[("resources", Some("a.bpmn"), &model)])
        .await
        .problem(413, "");
}
