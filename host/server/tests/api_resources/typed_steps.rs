//! Steps that are typed functions: their description, their deployment and their calls.

use anyam_sandbox::{Members, ValueType};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::library::{Answer, Library};
use crate::models::around;
use crate::server::{Reply, Server};

/// `quote` takes and answers a result: a quote, or a refusal. `note` takes a text.
fn tariffs() -> Vec<u8> {
    let quote = ValueType::Record(Members::new([
        ("unit-price", ValueType::U32),
        (
            "customer",
            ValueType::Record(Members::new([("is-vip", ValueType::Bool)])),
        ),
    ]));
    let refusal = ValueType::Variant(Members::new([
        ("too-poor", Some(ValueType::U8)),
        ("unknown", None),
    ]));
    let answer = ValueType::Result(Box::new((Some(quote), Some(refusal))));
    let text = ValueType::String;
    Library::default()
        .pass("quote", &answer, Answer::Value)
        .pass("note", &text, Answer::Value)
        .build()
}

async fn push(server: &Server, name: &str, version: &str, component: Vec<u8>) -> Value {
    let path = format!("/v2/steps/{name}/versions/{version}");
    let request = Request::put(path)
        .header(header::CONTENT_TYPE, "application/wasm")
        .body(Body::from(component))
        .unwrap();
    server.send(request).await.json(201)
}

/// Mappings as (from, to): a source is FEEL, or text without `=`.
type Mapping<'a> = (&'a str, &'a str);

fn model(id: &str, job_type: &str, inputs: &[Mapping<'_>], outputs: &[Mapping<'_>]) -> String {
    let mapping = |kind: &str, mappings: &[Mapping<'_>]| -> String {
        let one = |(source, target): &Mapping<'_>| {
            let source = source.replace('&', "&amp;").replace('"', "&quot;");
            format!(r#"<zeebe:{kind} source="{source}" target="{target}" />"#)
        };
        mappings.iter().map(one).collect()
    };
    around(
        id,
        &format!(
            r#"<bpmn:serviceTask id="do">
                 <bpmn:extensionElements>
                   <zeebe:taskDefinition type="{job_type}" />
                   <zeebe:ioMapping>{}{}</zeebe:ioMapping>
                 </bpmn:extensionElements>
                 <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
               </bpmn:serviceTask>
               <bpmn:boundaryEvent id="caught" attachedToRef="do">
                 <bpmn:extensionElements><zeebe:ioMapping>
                   <zeebe:output source="=error" target="lacking" />
                 </zeebe:ioMapping></bpmn:extensionElements>
                 <bpmn:outgoing>f3</bpmn:outgoing>
                 <bpmn:errorEventDefinition errorRef="e-poor" />
               </bpmn:boundaryEvent>
               <bpmn:sequenceFlow id="f3" sourceRef="caught" targetRef="end-refused" />
               <bpmn:endEvent id="end-refused"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>"#,
            mapping("input", inputs),
            mapping("output", outputs)
        ),
        r#"<bpmn:error id="e-poor" errorCode="too-poor" />"#,
    )
}

async fn deploy(server: &Server, model: &str) -> Reply {
    server
        .upload(&[("resources", Some("tariff.bpmn"), model)])
        .await
}

/// Starts an instance, waits for its end and gives its variables.
async fn run(server: &Server, process: &str, variables: Value) -> Value {
    let request = json!({
        "processDefinitionId": process, "variables": variables, "awaitCompletion": true
    });
    server
        .post("/v2/process-instances", request)
        .await
        .json(200)["variables"]
        .clone()
}

#[tokio::test]
async fn a_process_calls_a_typed_function() {
    let server = Server::start().await;
    push(&server, "tariffs", "1.0.0", tariffs()).await;
    let inputs = [
        ("=price", "value.ok.unitPrice"),
        ("={isVip: vip}", "value.ok.customer"),
    ];
    let outputs = [
        ("=unitPrice", "price"),
        ("=customer.isVip", "wasVip"),
        ("=order.id", "orderId"),
    ];
    let quote = model("quoted", "tariffs/quote@1", &inputs, &outputs);
    deploy(&server, &quote).await.json(200);
    let variables = json!({ "price": 12, "vip": true, "order": { "id": "A-1" } });
    let done = run(&server, "quoted", variables).await;
    assert_eq!(
        (&done["price"], &done["wasVip"], &done["orderId"]),
        (&json!(12), &json!(true), &json!("A-1"))
    );
    assert_eq!(done.get("unitPrice"), None);

    // An input that does not fit is an incident at once, which says what is wrong.
    let instance = server
        .create("quoted", json!({ "price": "much", "vip": true }))
        .await;
    let incident = loop {
        let filter = json!({ "processInstanceKey": instance });
        match server.search("incidents", filter).await.pop() {
            Some(incident) => break incident,
            None => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    };
    let message = incident["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("value.ok.unitPrice must be u32 and is the string \"much\""),
        "{message}"
    );
}

#[tokio::test]
async fn an_error_of_a_typed_function_is_caught_by_its_case() {
    let server = Server::start().await;
    push(&server, "tariffs", "1.0.0", tariffs()).await;
    let inputs = [("={err: {tooPoor: 7}}", "value")];
    let quote = model("poor", "tariffs/quote", &inputs, &[]);
    deploy(&server, &quote).await.json(200);
    let done = run(&server, "poor", json!({})).await;
    assert_eq!(done["lacking"], 7);
}

#[tokio::test]
async fn a_deployment_that_maps_what_cannot_be_is_refused() {
    let server = Server::start().await;
    push(&server, "tariffs", "1.2.0", tariffs()).await;
    let plain = Library::default()
        .lift(
            "double-it",
            "(param \"n-of-it\" u32) (result u32)",
            "double",
        )
        .build();
    push(&server, "double", "1.0.0", plain).await;
    let whole = [("=x", "value")];
    type Case<'a> = (&'a str, &'a [Mapping<'a>], &'a [Mapping<'a>], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (
            "tariffs",
            &[],
            &[],
            &["has several functions: quote, note", "tariffs/quote"],
        ),
        (
            "tariffs/price",
            &[],
            &[],
            &["tariffs 1.2.0 has no function price", "quote, note"],
        ),
        (
            "double/other@1",
            &[],
            &[],
            &["no function other", "double-it"],
        ),
        (
            "tariffs/quote",
            &[("=x", "p0")],
            &[],
            &["no input mapping sets value", "result<record"],
        ),
        (
            "double",
            &[("=x", "count")],
            &[],
            &["count is no parameter of double-it", "nOfIt"],
        ),
        (
            "double",
            &[("five", "nOfIt")],
            &[],
            &["nOfIt must be u32", "\"five\""],
        ),
        (
            "double",
            &[("=5.5", "nOfIt")],
            &[],
            &["nOfIt must be u32", "5.5"],
        ),
        (
            "double",
            &[("=[1]", "nOfIt")],
            &[],
            &["nOfIt must be u32", "an array"],
        ),
        (
            "double",
            &[("=-1", "nOfIt")],
            &[],
            &["nOfIt must be u32", "-1"],
        ),
        (
            "double",
            &[("=1", "nOfIt.x")],
            &[],
            &["nOfIt.x cannot be: nOfIt is u32"],
        ),
        (
            "tariffs/quote",
            &[("={ok: {unitPrice: 1, customer: {isVip: 0}}}", "value")],
            &[],
            &["value.ok.customer.isVip must be bool and is the number 0"],
        ),
        (
            "tariffs/note",
            &[("=null", "value")],
            &[],
            &["value must be string and is null"],
        ),
        (
            "tariffs/quote",
            &whole,
            &[("=unitPrice.cents", "x")],
            &["unitPrice.cents cannot be"],
        ),
        (
            "tariffs/quote",
            &whole,
            &[("=customer.name", "x")],
            &["customer.name cannot be: customer is record"],
        ),
    ];
    for (job_type, inputs, outputs, told) in cases {
        let reply = deploy(&server, &model("refused", job_type, inputs, outputs)).await;
        let problem = reply.problem(400, "the deployment was refused").to_string();
        assert!(problem.contains("element 'do'"), "{problem}");
        for text in *told {
            let text = text.replace('"', "\\\"");
            assert!(problem.contains(&text), "{job_type} {text}: {problem}");
        }
    }
    let nothing = json!({ "processDefinitionId": "refused" });
    assert!(
        server
            .search("process-definitions", nothing)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_may_fit_is_deployed() {
    let server = Server::start().await;
    push(&server, "tariffs", "1.0.0", tariffs()).await;
    let cases: &[(&str, &[Mapping<'_>], &[Mapping<'_>])] = &[
        // Without input mappings every variable is seen.
        ("tariffs/quote", &[], &[]),
        ("tariffs/note", &[("five", "value")], &[("=result", "note")]),
        // What is calculated is known only later.
        (
            "tariffs/note",
            &[("=5 + 5", "value")],
            &[("=upper case(result)", "note")],
        ),
        (
            "tariffs/note",
            &[("=x", "value"), ("=1", "p0"), ("=null", "p1")],
            &[],
        ),
        // Outputs may read what the task's own mappings made.
        (
            "tariffs/note",
            &[("=x", "value")],
            &[("=value", "a"), ("=a.b", "c")],
        ),
        // As well as the variables of the process.
        (
            "tariffs/quote",
            &[("=x", "value")],
            &[("=order.total", "a"), ("=customer.isVip", "b")],
        ),
        (
            "tariffs/note",
            &[("=x", "value")],
            &[("=order.total", "a"), ("=result.text", "b")],
        ),
        ("nobody/quote", &[("=x", "y")], &[("=z", "z")]),
    ];
    for (at, (job_type, inputs, outputs)) in cases.iter().enumerate() {
        let model = model(&format!("taken{at}"), job_type, inputs, outputs);
        deploy(&server, &model).await.json(200);
    }
}

#[tokio::test]
async fn functions_are_shown_and_tried_out() {
    let server = Server::start().await;
    push(&server, "tariffs", "1.0.0", tariffs()).await;
    let step = server
        .get("/v2/steps/tariffs/versions/1.0.0")
        .await
        .json(200);
    let functions = step["manifest"]["functions"].as_array().unwrap();
    let names: Vec<_> = functions.iter().map(|function| &function["name"]).collect();
    assert_eq!(names, ["quote", "note"]);
    assert_eq!(
        functions[0]["outputSchema"]["properties"]["unitPrice"]["type"],
        "integer"
    );
    assert_eq!(functions[0]["errorCodes"][0]["code"], "too-poor");
    let path = "/v2/steps/tariffs/versions/1.0.0/invocation";
    let request = json!({ "function": "note", "input": { "value": "hello" } });
    let called = server.post(path, request).await.json(200);
    assert_eq!(called["output"], json!({ "result": "hello" }));
    let unnamed = server.post(path, json!({ "input": {} })).await.json(200);
    assert_eq!(unnamed["failure"]["kind"], "permanent");
    assert!(
        unnamed["failure"]["message"]
            .as_str()
            .unwrap()
            .contains("quote, note"),
        "{unnamed}"
    );
}
