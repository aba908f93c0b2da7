//! Decides whether an order may be delivered on credit.

use anyam_sdk::{Context, Decimal, OrFail, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The customer and the price of the order.
#[derive(Deserialize, JsonSchema)]
pub struct Application {
    /// Who orders.
    pub customer: Customer,
    /// What the order costs.
    pub amount: Decimal,
}

/// What is known of a customer.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// The customer's number.
    pub id: String,
    /// How much the customer may owe.
    pub credit_limit: Decimal,
    /// How much the customer owes already.
    pub open_balance: Decimal,
}

/// What the gateway after the task decides by.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Decision {
    /// Whether the order may be delivered on credit.
    pub approved: bool,
    /// What is left of the limit before this order.
    pub available: Decimal,
    /// The decision in a sentence, for the people who review it.
    pub reason: String,
}

/// Decides whether an order may be delivered on credit: what the customer owes already and the
/// order together must not exceed the customer's limit. The task header `tolerance` is the share
/// of the limit by which it may be exceeded nevertheless (`0.02` is two per cent).
#[anyam_sdk::step]
pub fn credit_check(ctx: &Context, application: Application) -> Result<Decision, StepError> {
    let Application { customer, amount } = application;
    if amount.is_sign_negative() {
        return Err(StepError::permanent(format!(
            "the order's amount {amount} is negative"
        )));
    }
    let tolerance: Decimal = ctx
        .header("tolerance")
        .unwrap_or("0")
        .parse()
        .or_permanent("the task header `tolerance` must be a decimal number")?;

    let too_large = || StepError::permanent("the amounts are too large to compute with");
    let available = customer
        .credit_limit
        .checked_sub(*customer.open_balance)
        .ok_or_else(too_large)?;
    let extra = customer
        .credit_limit
        .checked_mul(*tolerance)
        .ok_or_else(too_large)?;
    let granted = available.checked_add(extra).ok_or_else(too_large)?;
    let approved = *amount <= granted;

    let verdict = if approved { "within" } else { "above" };
    Ok(Decision {
        approved,
        available: available.into(),
        reason: format!(
            "{amount} is {verdict} the {} that customer {} may still owe",
            granted.normalize(),
            customer.id
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyam_sdk::{StepErrorKind, Value, invoke};

    fn decide(tolerance: &str, limit: &str, owed: &str, amount: &str) -> Result<Value, StepError> {
        let ctx = Context::for_test().header("tolerance", tolerance).build();
        let input = format!(
            r#"{{"customer":{{"id":"C-1","creditLimit":{limit},"openBalance":{owed}}},"amount":{amount}}}"#
        );
        let output = invoke(credit_check, &ctx, &input)?;
        Ok(output.parse()?)
    }

    #[test]
    fn the_limit_itself_is_still_granted() {
        let decision = decide("0", "1000.00", "900.10", "99.90").unwrap();
        assert_eq!(decision["approved"], true);
        assert_eq!(decision["available"].to_string(), "99.90");
        assert_eq!(
            decision["reason"],
            "99.90 is within the 99.9 that customer C-1 may still owe"
        );
    }

    #[test]
    fn a_cent_more_is_rejected() {
        let decision = decide("0", "1000.00", "900.10", "99.91").unwrap();
        assert_eq!(decision["approved"], false);
        assert_eq!(
            decision["reason"],
            "99.91 is above the 99.9 that customer C-1 may still owe"
        );
    }

    #[test]
    fn the_tolerance_is_a_share_of_the_limit() {
        assert_eq!(
            decide("0.02", "1000", "1000", "20.00").unwrap()["approved"],
            true
        );
        assert_eq!(
            decide("0.02", "1000", "1000", "20.01").unwrap()["approved"],
            false
        );
    }

    #[test]
    fn unusable_input_is_permanent() {
        let error = decide("a lot", "1", "1", "1").unwrap_err();
        assert!(error.message().contains("`tolerance`"), "{error}");
        assert_eq!(error.kind(), StepErrorKind::Permanent);
        let error = decide("0", "1", "1", "-1").unwrap_err();
        assert_eq!(error.message(), "the order's amount -1 is negative");
        let error = decide("0", "\"1\"", "1", "1").unwrap_err();
        assert!(
            error.message().contains("`customer.creditLimit`"),
            "{error}"
        );
        let error = decide("1000", "79228162514264337593543950335", "0", "1").unwrap_err();
        assert!(error.message().contains("too large"), "{error}");
    }
}
