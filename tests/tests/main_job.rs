//! The main job, end to end: upload steps, deploy the order process, run it over HTTP.

use std::sync::{Arc, Mutex, OnceLock, Weak};

use anyam_tests::client::{Client, key};
use anyam_tests::{Served, awaiting, binary, report, steps};
use serde_json::{Value, json};

const PROCESS: &str = "order-fulfilment";

/// The way of an approved order from the stock on.
const FULFILMENT: [&str; 5] = [
    "reserve-stock",
    "payment-received",
    "cooling-off",
    "issue-transaction",
    "transaction-issued",
];

/// The example project at a tenant of its own.
struct Shop {
    served: Arc<Served>,
    client: Client,
    /// Whether a worker prices the orders, because there is no step that does.
    by_worker: bool,
}

impl Shop {
    /// At a server that all tests of this file share: compiling the Python step takes a while.
    fn open(tenant: &str) -> Self {
        static SHARED: Mutex<Weak<Served>> = Mutex::new(Weak::new());
        let served = {
            let mut shared = SHARED.lock().expect("no test fails with the lock");
            let served = shared
                .upgrade()
                .unwrap_or_else(|| Arc::new(Served::start()));
            *shared = Arc::downgrade(&served);
            served
        };
        let shop = Self::furnish(served, tenant, pricing().is_err());
        if let Ok(component) = pricing() {
            let pushed = shop.client.push_step("price-order", "1.0.0", component);
            assert_eq!(pushed.ok()["effect"], "pure");
        }
        shop.deploy();
        shop
    }

    /// At a server of its own, where a worker prices the orders.
    fn open_alone() -> Self {
        let shop = Self::furnish(Arc::new(Served::start()), "alone", true);
        shop.deploy();
        shop
    }

    fn furnish(served: Arc<Served>, tenant: &str, by_worker: bool) -> Self {
        let client = served.client().of(tenant);
        for (name, component) in steps::order_fulfilment() {
            let pushed = client.push_step(name, "1.0.0", component);
            assert_eq!(pushed.status, 201, "{pushed:#?}");
        }
        Self {
            served,
            client,
            by_worker,
        }
    }

    fn deploy(&self) {
        let file = binary::repository().join("plugins/order-fulfilment/order-fulfilment.bpmn");
        let model = std::fs::read_to_string(file).expect("the example has a model");
        self.client.deployed(&model);
    }

    /// Stops the server as an operator does and starts it again.
    fn restart(&mut self) {
        let served = Arc::get_mut(&mut self.served).expect("the server is this shop's alone");
        served.tell_to_stop();
        assert!(served.ended().success());
        served.restart();
        self.client = served.client().of("alone");
    }

    /// Starts an order of the example; its key.
    fn order(&self, file: &str) -> String {
        let folder = binary::repository().join("plugins/order-fulfilment/orders");
        let order = std::fs::read_to_string(folder.join(file)).expect("the example has orders");
        let instance = self
            .client
            .create(PROCESS, serde_json::from_str(&order).expect("JSON"));
        if self.by_worker {
            self.price(&instance);
        }
        instance
    }

    /// What a worker does where there is no Python step.
    fn price(&self, instance: &str) {
        let job = self.client.job("price-order");
        assert_eq!(job["processInstanceKey"], *instance);
        assert_eq!(
            job["customHeaders"],
            json!({ "currency": "EUR", "tax-rate": "0.19" })
        );
        let items = job["variables"]["items"]
            .as_array()
            .expect("the job has the items");
        let cents = |value: &Value| (value.as_f64().expect("a number") * 100.0).round() as i64;
        let line = |item: &Value| cents(&item["quantity"]) / 100 * cents(&item["unitPrice"]);
        let net: i64 = items.iter().map(line).sum();
        let tax = (net * 19 + 50) / 100;
        let euros = |cents: i64| cents as f64 / 100.0;
        let priced = json!({
            "net": euros(net), "tax": euros(tax), "total": euros(net + tax), "currency": "EUR",
        });
        self.client.complete_job(&key(&job["jobKey"]), priced).ok();
    }

    fn pay(&self, order: &str) {
        self.client
            .publish("payment-received", order, 60_000, json!({ "paid": true }));
    }

    /// The elements that an ended order went through.
    fn path(&self, instance: &str) -> Vec<String> {
        self.client.reaches(instance, "COMPLETED");
        self.client.path(instance)
    }
}

/// The Python step, or why it is an external worker that prices the orders.
fn pricing() -> &'static Result<Vec<u8>, String> {
    static PRICING: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    PRICING.get_or_init(|| {
        let step = steps::price_order();
        report::say(&match &step {
            Ok(_) => "orders are priced by the Python step".to_owned(),
            Err(why) => format!("orders are priced by an external worker: {why}"),
        });
        step
    })
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn an_approved_order_is_delivered_when_it_is_paid() {
    let shop = Shop::open("approved");
    let instance = shop.order("approved.json");
    awaiting::until("the order waits for its payment", || {
        let elements = shop.client.elements(&instance);
        elements
            .contains(&("payment-received".into(), "ACTIVE".into()))
            .then_some(())
    });
    assert_eq!(shop.client.instance(&instance)["state"], "ACTIVE");
    shop.pay("A-1001");
    let way = [
        "order-received",
        "price-order",
        "credit-check",
        "credit-decision",
        "credit-cleared",
    ];
    assert_eq!(shop.path(&instance), [&way[..], &FULFILMENT].concat());

    let variables = shop.client.variables(&instance);
    // 2 × 89.90 + 24.95, and 19 per cent on it.
    assert_eq!(number(&variables["price"]["net"]), 204.75);
    assert_eq!(number(&variables["price"]["tax"]), 38.90);
    assert_eq!(number(&variables["price"]["total"]), 243.65);
    assert_eq!(variables["credit"]["approved"], true);
    assert_eq!(number(&variables["credit"]["available"]), 879.5);
    assert_eq!(variables["paid"], true);
    let transaction = &variables["transaction"];
    assert_eq!(transaction["id"], "TX-A-1001");
    assert_eq!(number(&transaction["amount"]), 243.65);
    assert_eq!(transaction["currency"], "EUR");

    // The reservation's id is that of the job: the same whatever happened to the call.
    let filter = json!({ "processInstanceKey": instance, "elementId": "reserve-stock" });
    let jobs = shop.client.search("jobs", filter);
    assert_eq!(jobs.len(), 1, "{jobs:#?}");
    assert_eq!(jobs[0]["state"], "COMPLETED");
    let reservation = format!("north-{}", key(&jobs[0]["jobKey"]));
    assert_eq!(transaction["reservation"], reservation);
    assert_eq!(variables["reservationId"], reservation);
}

#[test]
fn a_payment_may_come_before_the_order_waits_for_it() {
    let shop = Shop::open("early");
    shop.pay("A-1001");
    let instance = shop.order("approved.json");
    assert_eq!(
        shop.path(&instance).last().map(String::as_str),
        Some("transaction-issued")
    );
}

#[test]
fn a_rejected_order_is_decided_by_a_person() {
    let shop = Shop::open("rejected");
    let rejected = [
        "order-received",
        "price-order",
        "credit-check",
        "credit-decision",
        "review-credit",
    ];

    let declined = shop.order("rejected.json");
    let task = shop.client.user_task(&declined);
    let shown = shop.client.get(&format!("/v2/user-tasks/{task}")).ok();
    assert_eq!(shown["name"], "Review credit");
    assert_eq!(shown["candidateGroups"], json!(["credit-officers"]));
    let assignment = format!("/v2/user-tasks/{task}/assignment");
    shop.client
        .act(&assignment, json!({ "assignee": "ada" }))
        .ok();
    assert_eq!(
        shop.client.get(&format!("/v2/user-tasks/{task}")).ok()["assignee"],
        "ada"
    );
    shop.client
        .complete_task(&task, json!({ "approved": false }))
        .ok();
    let way = [&rejected[..], &["review-decision", "declined"]].concat();
    assert_eq!(shop.path(&declined), way);
    assert_eq!(
        shop.client.variables(&declined)["review"],
        json!({ "approved": false })
    );
    shop.client
        .complete_task(&task, json!({ "approved": true }))
        .refused(404);

    let overruled = shop.order("rejected.json");
    let task = shop.client.user_task(&overruled);
    shop.client
        .complete_task(&task, json!({ "approved": true }))
        .ok();
    shop.pay("A-1002");
    let way = [
        &rejected[..],
        &["review-decision", "credit-cleared"],
        &FULFILMENT,
    ]
    .concat();
    assert_eq!(shop.path(&overruled), way);
}

#[test]
fn an_order_that_is_out_of_stock_ends_by_the_steps_bpmn_error() {
    let shop = Shop::open("stock");
    let instance = shop.order("out-of-stock.json");
    let way = [
        "order-received",
        "price-order",
        "credit-check",
        "credit-decision",
        "credit-cleared",
        "reserve-stock",
        "stock-missing",
        "out-of-stock",
    ];
    assert_eq!(shop.path(&instance), way);
    let reserve = ("reserve-stock".to_owned(), "TERMINATED".to_owned());
    assert!(shop.client.elements(&instance).contains(&reserve));
    let variables = shop.client.variables(&instance);
    let shortages = json!([{ "sku": "shelf-pine", "wanted": 3, "onHand": 2 }]);
    assert_eq!(variables["shortages"], shortages);
    assert_eq!(shop.client.search("incidents", json!({})), [] as [Value; 0]);
}

#[test]
fn an_order_can_be_cancelled_while_it_waits() {
    let shop = Shop::open("cancelled");
    let instance = shop.order("rejected.json");
    let task = shop.client.user_task(&instance);
    shop.client
        .act(
            &format!("/v2/process-instances/{instance}/cancellation"),
            json!({}),
        )
        .ok();
    shop.client.reaches(&instance, "TERMINATED");
    assert_eq!(
        shop.client.path(&instance).last().map(String::as_str),
        Some("review-credit")
    );
    shop.client.complete_task(&task, json!({})).refused(404);
    let tasks = shop
        .client
        .search("user-tasks", json!({ "processInstanceKey": instance }));
    assert_eq!(tasks[0]["state"], "CANCELED");
}

#[test]
fn everything_stands_after_a_restart() {
    let mut shop = Shop::open_alone();
    let instance = shop.order("approved.json");
    awaiting::until("the order waits for its payment", || {
        let elements = shop.client.elements(&instance);
        elements
            .contains(&("payment-received".into(), "ACTIVE".into()))
            .then_some(())
    });
    let before = shop.client.everything();
    shop.restart();
    assert_eq!(shop.client.everything(), before);
    shop.pay("A-1001");
    assert_eq!(
        shop.path(&instance).last().map(String::as_str),
        Some("transaction-issued")
    );
}
