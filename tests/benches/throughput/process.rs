//! The measured process and its input.

use anyam_tests::Client;
use anyam_tests::model::{Model, header, mapping, service_task};
use serde_json::{Value, json};

/// The id of the process.
pub const ID: &str = "three-steps";

/// The model.
pub fn model() -> String {
    let check = |id: &str, to: &str| {
        let output = ("{approved: approved, available: available}", to);
        let inputs = [("order.customer", "customer"), ("order.amount", "amount")];
        let mapping = mapping(&inputs, &[output]);
        let header = header("tolerance", "0.02");
        service_task(id, "credit-check", &format!("{header}{mapping}"))
    };
    let reserve = mapping(
        &[("order.items", "items")],
        &[("reservationId", "reservation")],
    );
    let reserve = format!("{}{reserve}", header("warehouse", "north"));
    Model::new(ID)
        .then(check("check", "credit"))
        .then(service_task("reserve", "reserve-stock", &reserve))
        .then(check("check-again", "second"))
        .end()
}

/// The variables that an instance starts with.
pub fn variables() -> Value {
    json!({ "order": {
        "id": "A-1001",
        "amount": 204.75,
        "customer": { "id": "C-17", "creditLimit": 1000, "openBalance": 120.5 },
        "items": [
            { "sku": "chair-oak", "quantity": 2 },
            { "sku": "lamp-brass", "quantity": 1 },
        ],
    } })
}

/// The body of the request that starts an instance and waits for its end.
pub fn request_body() -> String {
    json!({
        "processDefinitionId": ID,
        "awaitCompletion": true,
        "requestTimeout": 60_000,
        "variables": variables(),
    })
    .to_string()
}

/// What each of the three calls gets as its input.
pub fn step_inputs() -> [(&'static str, String); 3] {
    let order = &variables()["order"];
    let check = json!({ "customer": order["customer"], "amount": order["amount"] }).to_string();
    let reserve = json!({ "items": order["items"] }).to_string();
    [
        ("credit-check", check.clone()),
        ("reserve-stock", reserve),
        ("credit-check", check),
    ]
}

/// Checks that one instance does what is measured.
pub fn check(client: &Client) {
    let answer = client.create_awaiting(ID, variables()).ok();
    let variables = &answer["variables"];
    assert_eq!(variables["credit"]["approved"], true, "{answer:#}");
    assert_eq!(variables["second"]["approved"], true, "{answer:#}");
    let reservation = variables["reservation"].as_str().unwrap_or_default();
    assert!(reservation.starts_with("north-"), "{answer:#}");
}
