//! The pricing of an order as an external worker, for machines without Python. It does what the
//! step in Python does, over the API that workers in any language use.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::cli::Failure;
use crate::cli::client::{Client, escape};

/// The task type, which is also the name of the step.
pub const JOB_TYPE: &str = "price-order";

/// How long the worker may take for a job, in milliseconds.
const TIME_FOR_JOB: u64 = 30_000;
/// How long to wait for a job, in milliseconds.
const WAIT_FOR_JOB: u64 = 20_000;

#[derive(Deserialize)]
struct Activated {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    job_key: String,
    process_instance_key: String,
    custom_headers: Headers,
    variables: Order,
}

#[derive(Deserialize)]
struct Headers {
    currency: String,
    #[serde(rename = "tax-rate")]
    tax_rate: String,
}

#[derive(Deserialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    quantity: u64,
    unit_price: Box<RawValue>,
}

#[derive(Debug, Serialize)]
struct Price {
    net: Box<RawValue>,
    tax: Box<RawValue>,
    total: Box<RawValue>,
    currency: String,
}

/// Does the one job that `instance` waits for.
///
/// # Errors
/// Where no such job comes or its order cannot be priced.
pub fn work(client: &Client, instance: &str) -> Result<(), Failure> {
    let answer = client.post(
        "/v2/jobs/activation",
        &json!({
            "type": JOB_TYPE,
            "worker": "anyam-demo",
            "timeout": TIME_FOR_JOB,
            "maxJobsToActivate": 1,
            "requestTimeout": WAIT_FOR_JOB,
        }),
    )?;
    let activated: Activated = client.read(&answer)?;
    let job = activated
        .jobs
        .into_iter()
        .find(|job| job.process_instance_key == instance);
    let job = job.ok_or_else(|| {
        Failure::failed(format!("instance {instance} has no job of type {JOB_TYPE}"))
    })?;
    let price = price(&job.variables, job.custom_headers)
        .ok_or_else(|| Failure::failed(format!("the order of instance {instance} has no price")))?;
    let path = format!("/v2/jobs/{}/completion", escape(&job.job_key));
    let body = serde_json::to_string(&Completion { variables: price })
        .map_err(|error| Failure::failed(error.to_string()))?;
    client.post_text(&path, &body, std::time::Duration::ZERO)?;
    Ok(())
}

#[derive(Serialize)]
struct Completion {
    variables: Price,
}

/// Adds up the items and the tax; `None` where a number is none or too large.
fn price(order: &Order, headers: Headers) -> Option<Price> {
    let net = order.items.iter().try_fold(0_u64, |sum, item| {
        sum.checked_add(decimal(item.unit_price.get(), 2)?.checked_mul(item.quantity)?)
    })?;
    let millis = u128::from(decimal(&headers.tax_rate, 4)?);
    // Half a cent goes up.
    let tax = u64::try_from((u128::from(net) * millis + 5_000) / 10_000).ok()?;
    Some(Price {
        net: amount(net)?,
        tax: amount(tax)?,
        total: amount(net.checked_add(tax)?)?,
        currency: headers.currency,
    })
}

/// Reads a decimal number with at most so many digits after the point, as a count of the smallest
/// unit; money never goes through a binary fraction.
fn decimal(text: &str, digits: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > digits || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<digits$}").parse().ok()
}

/// Writes cents as a JSON number.
fn amount(cents: u64) -> Option<Box<RawValue>> {
    RawValue::from_string(format!("{}.{:02}", cents / 100, cents % 100)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_added_up_to_the_cent() {
        let order =
            r#"{"items":[{"quantity":2,"unitPrice":89.90},{"quantity":1,"unitPrice":24.95}]}"#;
        let order: Order = serde_json::from_str(order).unwrap();
        let headers = Headers {
            currency: "EUR".into(),
            tax_rate: "0.19".into(),
        };
        let price = price(&order, headers).unwrap();
        assert_eq!(
            serde_json::to_string(&price).unwrap(),
            r#"{"net":204.75,"tax":38.90,"total":243.65,"currency":"EUR"}"#
        );
    }

    #[test]
    fn decimals_are_read_without_loss() {
        assert_eq!(decimal("89.9", 2), Some(8990));
        assert_eq!(decimal("7", 2), Some(700));
        assert_eq!(decimal("0.19", 4), Some(1900));
        for text in ["", ".5", "-1", "1e3", "1.234", "99999999999999999999", "x"] {
            assert_eq!(decimal(text, 2), None, "{text}");
        }
    }
}
