//! Bad input gets 4xx with problem details that say what and where, and leaves nothing behind.

use anyam_tests::client::Answer;
use anyam_tests::model::{Model, message_catch, script, service_task, user_task};
use anyam_tests::{Client, Served, steps};
use serde_json::json;

/// A server with a little of everything on it, and what searches show of it.
struct Stocked {
    _served: Served,
    client: Client,
}

impl Stocked {
    fn start() -> Self {
        let served = Served::start();
        let client = served.client();
        client
            .push_step(
                "credit-check",
                "1.0.0",
                &steps::order_fulfilment()["credit-check"],
            )
            .ok();
        let model = Model::new("work")
            .message("paid", "order")
            .then(service_task("pack", "pack", ""))
            .then(user_task("look", ""))
            .then(message_catch("pay", "paid"))
            .end();
        client.deployed(&model);
        client.create("work", json!({ "order": "o-1" }));
        Self {
            _served: served,
            client,
        }
    }

    /// Sends a request that must be refused; everything must be as before. What the answer said.
    #[track_caller]
    fn refuses(&self, status: u16, request: impl FnOnce(&Client) -> Answer) -> String {
        let before = self.client.everything();
        let text = request(&self.client).refused(status);
        assert_eq!(
            self.client.everything(),
            before,
            "something was stored: {text}"
        );
        text
    }

    /// As [`Stocked::refuses`], with parts that the answer must hold.
    #[track_caller]
    fn says(&self, status: u16, parts: &[&str], request: impl FnOnce(&Client) -> Answer) {
        let text = self.refuses(status, request);
        for part in parts {
            assert!(text.contains(part), "no '{part}' in: {text}");
        }
    }
}

fn post_text(path: &str, text: &str) -> impl FnOnce(&Client) -> Answer {
    move |client| client.send("POST", path, "application/json", text.as_bytes())
}

const INSTANCES: &str = "/v2/process-instances";

#[test]
fn malformed_json_is_refused_with_its_place() {
    let stocked = Stocked::start();
    let broken = "{\n  \"processDefinitionId\": \"work\",\n  \"variables\": {\"a\": 1,}\n}";
    stocked.says(400, &["line 3"], post_text(INSTANCES, broken));
    stocked.says(
        400,
        &["EOF"],
        post_text(INSTANCES, "{\"processDefinitionId\": \"work\""),
    );
    stocked.says(400, &["no body"], post_text(INSTANCES, ""));
    let unknown = r#"{"processDefinitionId": "work", "variabels": {}}"#;
    stocked.says(400, &["variabels", "column"], post_text(INSTANCES, unknown));
    let list = r#"{"processDefinitionId": "work", "variables": [1]}"#;
    stocked.says(400, &["variables", "line 1"], post_text(INSTANCES, list));
    let half = r#"{"processDefinitionId": "work", "variables": {"a": "\ud800"}}"#;
    stocked.says(400, &["line 1"], post_text(INSTANCES, half));
    let deep = format!(
        r#"{{"processDefinitionId": "work", "variables": {{"a": {}{}}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    stocked.says(400, &["deep", "column"], post_text(INSTANCES, &deep));
    stocked.says(400, &["UTF-8", "byte 2"], |client| {
        client.send("POST", INSTANCES, "application/json", b"{\"\xff\": 1}")
    });
    stocked.says(415, &["application/json", "text/plain"], |client| {
        client.send(
            "POST",
            INSTANCES,
            "text/plain",
            br#"{"processDefinitionId": "work"}"#,
        )
    });
}

#[test]
fn what_is_unknown_is_named() {
    let stocked = Stocked::start();
    stocked.says(404, &["unheard-of"], |client| {
        client.post(INSTANCES, json!({ "processDefinitionId": "unheard-of" }))
    });
    stocked.says(404, &["version 7", "work"], |client| {
        let body = json!({ "processDefinitionId": "work", "processDefinitionVersion": 7 });
        client.post(INSTANCES, body)
    });
    stocked.says(404, &["4711"], |client| {
        client.post(INSTANCES, json!({ "processDefinitionKey": "4711" }))
    });
    stocked.says(404, &["strangers"], |client| {
        client
            .of("strangers")
            .post(INSTANCES, json!({ "processDefinitionId": "work" }))
    });
    stocked.says(400, &["tenantId"], |client| {
        client
            .of("no tenant!")
            .post(INSTANCES, json!({ "processDefinitionId": "work" }))
    });
    for path in [
        "/v2/jobs/4711/completion",
        "/v2/jobs/4711/failure",
        "/v2/user-tasks/4711/completion",
        "/v2/incidents/4711/resolution",
        "/v2/process-instances/4711/cancellation",
    ] {
        stocked.says(404, &["4711"], |client| client.act(path, json!({})));
    }
    stocked.says(404, &["/v2/nothing"], |client| client.get("/v2/nothing"));
    stocked.refuses(405, |client| client.get(INSTANCES));
    stocked.says(400, &["key"], |client| {
        client.act("/v2/jobs/abc/completion", json!({}))
    });
}

#[test]
fn members_that_cannot_be_are_named() {
    let stocked = Stocked::start();
    let job = json!({ "type": "pack", "timeout": 0, "maxJobsToActivate": 1 });
    stocked.says(400, &["timeout"], |client| {
        client.post("/v2/jobs/activation", job)
    });
    stocked.says(400, &["name"], |client| {
        client.post(
            "/v2/messages/publication",
            json!({ "name": "", "correlationKey": "a" }),
        )
    });
    stocked.says(400, &["timeToLive"], |client| {
        client.post(
            "/v2/messages/publication",
            json!({ "name": "a", "timeToLive": -1 }),
        )
    });
    stocked.says(400, &["correlationKey"], |client| {
        let body = json!({ "name": "a", "correlationKey": "x".repeat(2_000), "timeToLive": 1 });
        client.post("/v2/messages/publication", body)
    });
    let filter = json!({ "filter": { "colour": "red" } });
    stocked.says(400, &["colour"], |client| {
        client.post("/v2/jobs/search", filter)
    });
    stocked.says(400, &["page.limit"], |client| {
        client.post(
            "/v2/jobs/search",
            json!({ "filter": {}, "page": { "limit": 0 } }),
        )
    });
    stocked.says(400, &["sort[0]"], |client| {
        client.post(
            "/v2/jobs/search",
            json!({ "filter": {}, "sort": [{ "field": "colour" }] }),
        )
    });
    stocked.says(400, &["variable"], |client| {
        let name = "n".repeat(300);
        let body = json!({ "processDefinitionId": "work", "variables": { name: 1 } });
        client.post(INSTANCES, body)
    });
}

#[test]
fn what_is_too_large_is_refused_with_the_limit() {
    let stocked = Stocked::start();
    let body = format!(
        r#"{{"processDefinitionId": "work", "variables": {{"a": "{}"}}}}"#,
        "x".repeat(4 << 20)
    );
    stocked.says(413, &["4194304"], post_text(INSTANCES, &body));
    let model = Model::new("large").then(script("a", "1", "a")).end();
    // One byte too many.
    let padding = (4 << 20) + 1 - model.len() - "<!---->".len();
    let model = format!("{model}<!--{}-->", "x".repeat(padding));
    stocked.says(413, &["large.bpmn", "4194304"], |client| {
        client.deploy(&[("large.bpmn", &model)])
    });
    stocked.says(413, &["67108864"], |client| {
        client.push_step("large", "1.0.0", &vec![0; (64 << 20) + 1])
    });
}

#[test]
fn a_client_that_sends_far_too_much_still_gets_its_answer() {
    let stocked = Stocked::start();
    let much = "x".repeat(40 << 20);
    stocked.says(413, &["4194304"], post_text(INSTANCES, &much));
    stocked.says(413, &["large.bpmn", "4194304"], |client| {
        client.deploy(&[("large.bpmn", &much[..14 << 20])])
    });
    stocked.says(415, &["text/plain"], |client| {
        client.send("POST", "/v2/deployments", "text/plain", much.as_bytes())
    });
    stocked.says(404, &["/v2/nowhere"], post_text("/v2/nowhere", &much));
}

#[test]
fn an_invalid_model_is_refused_whole_with_every_finding() {
    let stocked = Stocked::start();
    let good = Model::new("good").then(script("a", "1", "a")).end();
    let bad = Model::new("bad")
        .then(service_task("untyped", "", ""))
        .connect("untyped", "nowhere")
        .end();
    stocked.says(400, &["bad.bpmn", "untyped", "nowhere"], |client| {
        client.deploy(&[("good.bpmn", &good), ("bad.bpmn", &bad)])
    });
    let half = Model::new("half").then(script("sum", "1 +", "a"));
    let half = half.then(script("rest", "a[", "a")).end();
    stocked.says(400, &["half.bpmn", "'sum'", "'rest'"], |client| {
        client.deploy(&[("good.bpmn", &good), ("half.bpmn", &half)])
    });
    for (text, says) in [
        ("", "bad.bpmn"),
        ("<bpmn", "bad.bpmn"),
        ("<a/>", "bad.bpmn"),
        ("{}", "bad.bpmn"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "bad.bpmn"),
    ] {
        stocked.says(400, &[says], |client| client.deploy(&[("bad.bpmn", text)]));
    }
    stocked.says(400, &["good.txt"], |client| {
        client.deploy(&[("good.txt", &good)])
    });
    stocked.says(400, &["good.bpmn", "twice"], |client| {
        client.deploy(&[("good.bpmn", &good), ("good.bpmn", &good)])
    });
    stocked.says(400, &["no files"], |client| client.deploy(&[]));
    let external = "function(a) external { java: { class: \"x\", method signature: \"y\" } }";
    let external = Model::new("outside")
        .then(script("call", external, "a"))
        .end();
    stocked.says(400, &["call"], |client| {
        client.deploy(&[("outside.bpmn", &external)])
    });
}

#[test]
fn what_is_no_step_is_refused() {
    let stocked = Stocked::start();
    let component = &steps::order_fulfilment()["credit-check"];
    let push = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        move |client: &Client| client.push_step("bad", "1.0.0", &bytes)
    };
    let core_module = [&b"\0asm\x01\0\0\0"[..]].concat();
    stocked.says(
        400,
        &["core WebAssembly module", "wasm32-wasip2"],
        push(&core_module),
    );
    for kept in [component.len() / 2, component.len() - 1, 9] {
        stocked.says(400, &["component"], push(&component[..kept]));
    }
    stocked.says(
        400,
        &["not a WebAssembly component"],
        push(b"#!/bin/sh\necho hello\n"),
    );
    stocked.says(400, &["empty"], push(b""));
    let mut damaged = component.clone();
    let middle = damaged.len() / 2;
    for byte in &mut damaged[middle..middle + 64] {
        *byte = !*byte;
    }
    stocked.refuses(400, push(&damaged));
    // A component that exports nothing, and one that wants more than is granted.
    let empty = b"\0asm\x0d\0\x01\0";
    stocked.says(400, &["anyam:step/handler"], push(empty));
    let greedy = importing("wasi:nn/inference@0.2.0");
    stocked.says(400, &["wasi:nn/inference@0.2.0"], push(&greedy));

    stocked.says(400, &["step version", "one"], |client| {
        client.push_step("a", "one", component)
    });
    stocked.says(400, &["step name"], |client| {
        client.push_step("-a", "1.0.0", component)
    });
    stocked.says(415, &["application/wasm"], |client| {
        client.send(
            "PUT",
            "/v2/steps/a/versions/1.0.0",
            "text/plain",
            b"no wasm",
        )
    });
    let other = &steps::order_fulfilment()["reserve-stock"];
    stocked.says(409, &["credit-check", "1.0.0"], |client| {
        client.push_step("credit-check", "1.0.0", other)
    });
    stocked.refuses(404, |client| {
        client.send("DELETE", "/v2/steps/nothing/versions/1.0.0", "", b"")
    });
    // The same bytes again are no conflict.
    let again = stocked.client.push_step("credit-check", "1.0.0", component);
    assert_eq!(again.status, 200);
}

/// A component whose one import is an instance of this name, with nothing in it.
fn importing(name: &str) -> Vec<u8> {
    let section = |id: u8, content: Vec<u8>| {
        let length = u8::try_from(content.len()).expect("a short section");
        [vec![id, length], content].concat()
    };
    // One instance type without declarations.
    let types = section(7, vec![1, 0x42, 0]);
    let length = u8::try_from(name.len()).expect("a short name");
    // The import of an instance of type 0.
    let imports = section(10, [&[1, 0, length][..], name.as_bytes(), &[5, 0]].concat());
    [b"\0asm\x0d\0\x01\0".to_vec(), types, imports].concat()
}

#[test]
fn a_refused_request_makes_no_tenant() {
    let served = Served::start();
    let ghost = served.client().of("ghost");
    ghost.deploy(&[("bad.bpmn", "<a/>")]).refused(400);
    ghost.push_step("bad", "1.0.0", b"no wasm").refused(400);
    ghost
        .post(
            "/v2/messages/publication",
            json!({ "name": "a", "timeToLive": 1 }),
        )
        .refused(404);
    let text = ghost
        .post("/v2/jobs/search", json!({ "filter": {} }))
        .refused(404);
    assert!(text.contains("ghost"), "{text}");
}

#[test]
fn a_wrong_state_is_a_conflict_or_gone_and_changes_nothing() {
    let stocked = Stocked::start();
    let client = &stocked.client;
    let job = client.job("pack");
    let job = job["jobKey"].as_str().expect("a key").to_owned();
    // A user task's key is no job's key, and the other way round.
    stocked.refuses(404, |client| client.complete_task(&job, json!({})));
    client.complete_job(&job, json!({})).ok();
    stocked.refuses(404, |client| client.complete_job(&job, json!({})));
    let task = client.search("user-tasks", json!({ "state": "CREATED" }));
    let task = task[0]["userTaskKey"].as_str().expect("a key").to_owned();
    client
        .act(
            &format!("/v2/user-tasks/{task}/assignment"),
            json!({ "assignee": "ada" }),
        )
        .ok();
    stocked.says(409, &[&task, "already assigned"], |client| {
        let body = json!({ "assignee": "bob", "allowOverride": false });
        client.act(&format!("/v2/user-tasks/{task}/assignment"), body)
    });
    let message =
        json!({ "name": "m", "correlationKey": "k", "messageId": "1", "timeToLive": 60_000 });
    client
        .post("/v2/messages/publication", message.clone())
        .ok();
    stocked.says(409, &["'m'", "messageId"], |client| {
        client.post("/v2/messages/publication", message)
    });
}

#[test]
fn a_step_in_use_stays() {
    let stocked = Stocked::start();
    let client = &stocked.client;
    client.deployed(
        &Model::new("credit")
            .then(service_task("check", "credit-check", ""))
            .end(),
    );
    let path = "/v2/steps/credit-check/versions/1.0.0";
    stocked.says(409, &["credit-check"], |client| {
        client.send("DELETE", path, "", b"")
    });
    client.get(path).ok();
}
