//! One order, from its start to its end, over HTTP.

use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::cli::client::{Client, escape};
use crate::cli::screen::Screen;
use crate::cli::wire::{Created, ElementInstance, Incident, Instance, UserTask, Variable};
use crate::cli::{Failure, message, start, task};

use super::pricing;

/// The `id` of the example process.
pub const PROCESS: &str = "order-fulfilment";

/// How long an order may take that should take a second or two.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often to look.
const PAUSE: Duration = Duration::from_millis(20);

/// How an order should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The credit is given, the stock is there and the payment comes.
    Approved,
    /// The credit is not given and a person declines the order.
    Rejected,
    /// The step that reserves the stock throws a BPMN error.
    OutOfStock,
}

impl Ending {
    /// The file of the order.
    pub fn file(self) -> &'static str {
        match self {
            Self::Approved => "approved.json",
            Self::Rejected => "rejected.json",
            Self::OutOfStock => "out-of-stock.json",
        }
    }

    /// What will happen, in a sentence.
    pub fn story(self) -> &'static str {
        match self {
            Self::Approved => "An approved order: waits for its payment, then for a timer",
            Self::Rejected => "A rejected order: a person decides in a user task",
            Self::OutOfStock => "An order for what is out of stock: a step throws a BPMN error",
        }
    }

    /// The elements it goes through and how each of them ends.
    pub fn path(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Approved => &[
                ("order-received", "COMPLETED"),
                ("price-order", "COMPLETED"),
                ("credit-check", "COMPLETED"),
                ("credit-decision", "COMPLETED"),
                ("credit-cleared", "COMPLETED"),
                ("reserve-stock", "COMPLETED"),
                ("payment-received", "COMPLETED"),
                ("cooling-off", "COMPLETED"),
                ("issue-transaction", "COMPLETED"),
                ("transaction-issued", "COMPLETED"),
            ],
            Self::Rejected => &[
                ("order-received", "COMPLETED"),
                ("price-order", "COMPLETED"),
                ("credit-check", "COMPLETED"),
                ("credit-decision", "COMPLETED"),
                ("review-credit", "COMPLETED"),
                ("review-decision", "COMPLETED"),
                ("declined", "COMPLETED"),
            ],
            Self::OutOfStock => &[
                ("order-received", "COMPLETED"),
                ("price-order", "COMPLETED"),
                ("credit-check", "COMPLETED"),
                ("credit-decision", "COMPLETED"),
                ("credit-cleared", "COMPLETED"),
                ("reserve-stock", "TERMINATED"),
                ("stock-missing", "COMPLETED"),
                ("out-of-stock", "COMPLETED"),
            ],
        }
    }
}

/// An order that has ended, as the API reports it.
#[derive(Debug)]
pub struct Finished {
    /// The order's number.
    pub order: String,
    /// Its process instance.
    pub instance: Instance,
    /// The elements it went through, in order.
    pub elements: Vec<ElementInstance>,
    /// The variables it ended with.
    pub variables: Vec<Variable>,
}

/// What the demo reads of an order.
#[derive(Deserialize)]
struct Order {
    order: Number,
}

#[derive(Deserialize)]
struct Number {
    id: String,
}

/// Runs an order to its end; does the pricing job itself where `worker` is set.
///
/// # Errors
/// Where a request fails, an incident stops the order, or it does not end in time.
pub fn run(
    screen: Screen,
    client: &Client,
    ending: Ending,
    order: &RawValue,
    worker: bool,
) -> Result<Finished, Failure> {
    let number = serde_json::from_str::<Order>(order.get())
        .map_err(|error| Failure::failed(format!("{} is no order: {error}", ending.file())))?
        .order
        .id;
    let created: Created = client.read(&start::create(client, PROCESS, None, order, None)?)?;
    let key = created.process_instance_key;
    screen.line(format_args!("  started order {number} as instance {key}"))?;
    if worker {
        pricing::work(client, &key)?;
        screen.line("  priced it as a worker")?;
    }
    match ending {
        Ending::Approved => {
            wait(client, &key, "wait for its payment", || {
                Ok(waits_at(client, &key, "payment-received")?.then_some(()))
            })?;
            let paid = json_object(json!({ "payment": { "method": "transfer" } }))?;
            message::publish(client, "payment-received", &number, &paid, PATIENCE)?;
            screen.line(format_args!(
                "  published the message payment-received for {number}"
            ))?;
        }
        Ending::Rejected => {
            let task = wait(client, &key, "create its user task", || {
                open_task(client, &key)
            })?;
            let decision = json_object(json!({ "approved": false }))?;
            task::complete(client, &task.user_task_key, &decision)?;
            screen.line(format_args!(
                "  completed the user task '{}' with {decision}",
                task.name
            ))?;
        }
        Ending::OutOfStock => {}
    }
    let instance = wait(client, &key, "end", || {
        let instance = instance(client, &key)?;
        Ok((instance.state != "ACTIVE").then_some(instance))
    })?;
    let of_instance = || json!({ "processInstanceKey": key });
    let elements = client.search::<ElementInstance>(
        "/v2/element-instances/search",
        of_instance(),
        // Keys rise with time, and many elements begin in the same millisecond.
        json!([{ "field": "elementInstanceKey", "order": "ASC" }]),
        100,
    )?;
    let variables = client.search::<Variable>(
        "/v2/variables/search?truncateValues=false",
        of_instance(),
        json!([{ "field": "name", "order": "ASC" }]),
        100,
    )?;
    let elements = elements
        .items
        .into_iter()
        .filter(|element| element.r#type != "PROCESS");
    let elements = elements.collect();
    Ok(Finished {
        order: number,
        instance,
        elements,
        variables: variables.items,
    })
}

fn json_object(value: serde_json::Value) -> Result<Box<RawValue>, Failure> {
    serde_json::value::to_raw_value(&value).map_err(|error| Failure::failed(error.to_string()))
}

/// Looks until there is something.
fn wait<T>(
    client: &Client,
    key: &str,
    what: &str,
    mut look: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    let start = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        refuse_incident(client, key)?;
        if start.elapsed() > PATIENCE {
            return Err(Failure::failed(format!(
                "the order's instance {key} did not {what} within {} s; `anyam instance show \
                 {key}` tells where it stands",
                PATIENCE.as_secs()
            )));
        }
        thread::sleep(PAUSE);
    }
}

fn instance(client: &Client, key: &str) -> Result<Instance, Failure> {
    client.read(&client.get(&format!("/v2/process-instances/{}", escape(key)))?)
}

fn refuse_incident(client: &Client, key: &str) -> Result<(), Failure> {
    if !instance(client, key)?.has_incident {
        return Ok(());
    }
    let filter = json!({ "processInstanceKey": key });
    let found = client.search::<Incident>("/v2/incidents/search", filter, json!([]), 1)?;
    match found.items.first() {
        Some(incident) => Err(Failure::failed(format!(
            "an incident holds up instance {key} at {}: {} {}",
            incident.element_id, incident.error_type, incident.error_message
        ))),
        None => Ok(()),
    }
}

fn waits_at(client: &Client, key: &str, element: &str) -> Result<bool, Failure> {
    let filter = json!({ "processInstanceKey": key, "elementId": element, "state": "ACTIVE" });
    let path = "/v2/element-instances/search";
    let found = client.search::<ElementInstance>(path, filter, json!([]), 1)?;
    Ok(!found.items.is_empty())
}

fn open_task(client: &Client, key: &str) -> Result<Option<UserTask>, Failure> {
    let filter = json!({ "processInstanceKey": key, "state": "CREATED" });
    let found = client.search::<UserTask>("/v2/user-tasks/search", filter, json!([]), 1)?;
    Ok(found.items.into_iter().next())
}
