//! The measured processes and what their instances start with.

use anyam_tests::model::{
    Model, Node, header, mapping, message_catch, script, service_task, user_task,
};
use anyam_tests::steps;
use anyam_tests::{Client, client};
use serde_json::{Value, json};

/// The type of the job that a worker does.
pub const JOB: &str = "bench-approve";

fn check(id: &str) -> Node {
    let output = ("{approved: approved, available: available}", id);
    let inputs = [("order.customer", "customer"), ("order.amount", "amount")];
    let mapping = mapping(&inputs, &[output]);
    let header = header("tolerance", "0.02");
    service_task(id, "credit-check", &format!("{header}{mapping}"))
}

fn reserve(id: &str) -> Node {
    let reserve = mapping(&[("order.items", "items")], &[("reservationId", id)]);
    let reserve = format!("{}{reserve}", header("warehouse", "north"));
    service_task(id, "reserve-stock", &reserve)
}

/// Start, so many steps without effects, end.
pub fn steps(id: &str, count: usize) -> String {
    let step = |number: usize| match number % 3 {
        1 => reserve(&format!("reserve{number}")),
        _ => check(&format!("check{number}")),
    };
    (0..count)
        .fold(Model::new(id), |model, number| model.then(step(number)))
        .end()
}

/// Start, three steps that each write something down, end.
pub fn effects(id: &str) -> String {
    let write = |number: usize| {
        let inputs = [
            ("order.customer.id", "customer"),
            ("order.amount", "amount"),
        ];
        let output = format!("receipt{number}");
        let mapping = mapping(&inputs, &[("receipt", &output)]);
        service_task(&format!("write{number}"), "ledger", &mapping)
    };
    (0..3)
        .fold(Model::new(id), |model, number| model.then(write(number)))
        .end()
}

/// Start, one job for a worker, end.
pub fn job(id: &str) -> String {
    Model::new(id).then(service_task("approve", JOB, "")).end()
}

/// Start, ten branches side by side with a step each, join, end.
pub fn split(id: &str) -> String {
    let branches: [Vec<Node>; 10] =
        std::array::from_fn(|number| vec![check(&format!("check{number}"))]);
    Model::new(id).side_by_side("all", branches).end()
}

/// Start, a wait for a message with the instance's own key, end.
pub fn message(id: &str) -> String {
    Model::new(id)
        .message("bench-paid", "key")
        .then(message_catch("wait", "bench-paid"))
        .end()
}

/// Start, a wait until a moment, end.
pub fn timer(id: &str, due: &str) -> String {
    let wait = format!(
        "<bpmn:intermediateCatchEvent id=\"wait\"><bpmn:timerEventDefinition id=\"due\">\
         <bpmn:timeDate xsi:type=\"bpmn:tFormalExpression\">{due}</bpmn:timeDate>\
         </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    );
    Model::new(id).then(Node::of("wait", &wait)).end()
}

/// Start, a user task, end.
pub fn parked(id: &str) -> String {
    Model::new(id).then(user_task("decide", "")).end()
}

/// Start, a script, end: beside a way of so many scripts that is not taken.
pub fn elements(id: &str, count: usize) -> String {
    let mut aside = String::new();
    for number in 0..count {
        let task = script(&format!("aside{number}"), "1 + 1", "aside");
        aside += task.text();
    }
    let mut model = Model::new(id)
        .then(Node::of(
            "way",
            "<bpmn:exclusiveGateway id=\"way\" default=\"flow-2\"/>",
        ))
        .then(script("work", "order.amount * 2", "double"));
    model = model.with(&aside);
    model = model.connect_if("way", "aside0", "=order.amount < 0");
    for number in 1..count {
        let (from, to) = (format!("aside{}", number - 1), format!("aside{number}"));
        model = model.connect(&from, &to);
    }
    let last = format!("aside{}", count - 1);
    let model = model.end();
    // The way that is not taken has an end of its own.
    model.replace(
        "</bpmn:process>",
        &format!(
            "<bpmn:endEvent id=\"end-aside\"/><bpmn:sequenceFlow id=\"last-aside\" \
             sourceRef=\"{last}\" targetRef=\"end-aside\"/></bpmn:process>"
        ),
    )
}

/// The variables that an instance starts with, and a text of so many bytes.
pub fn variables(payload: usize) -> Value {
    let mut variables = json!({ "order": {
        "id": "A-1001",
        "amount": 204.75,
        "customer": { "id": "C-17", "creditLimit": 1000, "openBalance": 120.5 },
        "items": [
            { "sku": "chair-oak", "quantity": 2 },
            { "sku": "lamp-brass", "quantity": 1 },
        ],
    } });
    if payload > 0 {
        variables["document"] = json!("x".repeat(payload));
    }
    variables
}

/// The body of the request that starts an instance and waits for its end.
pub fn start_body(process: &str, payload: usize) -> String {
    json!({
        "processDefinitionId": process,
        "awaitCompletion": true,
        "requestTimeout": 60_000,
        "variables": variables(payload),
    })
    .to_string()
}

/// What each of the three calls of scenario (a) gets as its input.
pub fn step_inputs() -> [(&'static str, String); 3] {
    let order = &variables(0)["order"];
    let check = json!({ "customer": order["customer"], "amount": order["amount"] }).to_string();
    let reserve = json!({ "items": order["items"] }).to_string();
    [
        ("credit-check", check.clone()),
        ("reserve-stock", reserve),
        ("credit-check", check),
    ]
}

/// Uploads the steps that the processes call.
pub fn push_steps(client: &Client) {
    for (name, component) in steps::order_fulfilment() {
        client.push_step(name, "1.0.0", component).ok();
    }
}

/// Uploads the step with effects, and grants it what it needs.
pub fn push_ledger(client: &Client) {
    let grants = json!({ "keyValue": ["ledger"] }).to_string();
    let path = "/v2/tenants/%3Cdefault%3E/grants";
    client
        .send("PUT", path, "application/json", grants.as_bytes())
        .ok();
    client.push_step("ledger", "1.0.0", &steps::ledger()).ok();
}

/// Checks that one instance does what is measured; its variables in the end.
pub fn check_one(client: &Client, process: &str, payload: usize) -> Value {
    let answer = client.create_awaiting(process, variables(payload)).ok();
    assert!(
        !client::key(&answer["processInstanceKey"]).is_empty(),
        "{answer:#}"
    );
    answer["variables"].clone()
}
