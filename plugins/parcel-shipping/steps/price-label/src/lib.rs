//! Adds up the price of a parcel and prints its label.

use anyam_sdk::{Context, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of a parcel by now.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// The number it is followed by.
    pub tracking_number: String,
    /// Its price before surcharges.
    pub base_cents: u64,
    /// What fuel adds.
    pub surcharge_cents: u64,
    /// The first day on which it may arrive.
    pub earliest: String,
    /// The last one.
    pub latest: String,
}

/// What is stuck on the parcel and charged for it.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// What the sender pays.
    pub total_cents: u64,
    /// The text of the label, in lines.
    pub label: String,
}

/// Adds up the price of a parcel and prints its label. The task header `currency` is the code of
/// the currency, `EUR` without it.
#[anyam_sdk::step]
pub fn price_label(ctx: &Context, parcel: Parcel) -> Result<Label, StepError> {
    let total_cents = parcel
        .base_cents
        .checked_add(parcel.surcharge_cents)
        .ok_or_else(|| StepError::permanent("the price is too large to add up"))?;
    let currency = ctx.header("currency").unwrap_or("EUR");
    let days = match parcel.earliest == parcel.latest {
        true => parcel.earliest,
        false => format!("{} to {}", parcel.earliest, parcel.latest),
    };
    let (whole, cents) = (total_cents / 100, total_cents % 100);
    Ok(Label {
        total_cents,
        label: format!(
            "{}\n{whole}.{cents:02} {currency}\n{days}",
            parcel.tracking_number
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyam_sdk::{StepErrorKind, invoke};

    fn label(base: u64, surcharge: u64, latest: &str) -> Result<String, StepError> {
        let ctx = Context::for_test().header("currency", "CHF").build();
        let input = format!(
            r#"{{"trackingNumber":"CP473124829DE","baseCents":{base},"surchargeCents":{surcharge},
                "earliest":"2026-11-26","latest":"{latest}"}}"#
        );
        invoke(price_label, &ctx, &input)
    }

    #[test]
    fn a_label_has_number_price_and_days() {
        assert_eq!(
            label(674, 81, "2026-11-27").unwrap(),
            r#"{"totalCents":755,"label":"CP473124829DE\n7.55 CHF\n2026-11-26 to 2026-11-27"}"#
        );
    }

    #[test]
    fn a_single_day_is_told_once() {
        let label = label(1, 4, "2026-11-26").unwrap();
        assert!(label.ends_with(r#"0.05 CHF\n2026-11-26"}"#), "{label}");
    }

    #[test]
    fn a_price_past_all_numbers_is_permanent() {
        let error = label(u64::MAX, 1, "2026-11-27").unwrap_err();
        assert_eq!(error.kind(), StepErrorKind::Permanent);
    }
}
