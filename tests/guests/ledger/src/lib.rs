//! A step that writes down what it did.

use anyam_sdk::keyvalue::Store;
use anyam_sdk::{Context, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is to be written down.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct Entry {
    /// Who owes.
    pub customer: String,
    /// How much.
    pub amount: f64,
}

/// Where it stands.
#[derive(Serialize, JsonSchema)]
pub struct Receipt {
    /// The key of the entry. Every attempt at one task gets the same.
    pub receipt: String,
}

/// Writes an entry under the idempotency key of the task, so that a repeated attempt writes the
/// same one.
#[anyam_sdk::step]
pub fn ledger(ctx: &Context, entry: Entry) -> Result<Receipt, StepError> {
    let receipt = ctx.idempotency_key().to_owned();
    Store::open("ledger")?.set_json(&receipt, &entry)?;
    Ok(Receipt { receipt })
}
