//! Reserves the items of an order in a warehouse.

mod warehouse;

use std::collections::BTreeMap;

use anyam_sdk::{Context, OrFail, StepError, json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use warehouse::Warehouse;

/// The items of an order.
#[derive(Deserialize, JsonSchema)]
pub struct Order {
    /// One entry a line of the order; an article may be on several.
    pub items: Vec<Item>,
}

/// A line of an order.
#[derive(Deserialize, JsonSchema)]
pub struct Item {
    /// The article.
    pub sku: String,
    /// How many of it.
    pub quantity: u32,
}

/// A successful reservation.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// Identifies the reservation. Every attempt at one task gets the same.
    pub reservation_id: String,
}

/// An article of which there is too little.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shortage<'a> {
    sku: &'a str,
    wanted: u64,
    on_hand: u64,
}

/// Reserves all items of an order, or none. The task header `warehouse` says where.
#[anyam_sdk::step(errors(
    OUT_OF_STOCK = "Too few of an article are on hand; the variable `shortages` lists all such articles."
))]
pub fn reserve_stock(ctx: &Context, order: Order) -> Result<Reservation, StepError> {
    let name = ctx
        .header("warehouse")
        .or_permanent("the task needs a header `warehouse`")?;
    let warehouse = Warehouse::named(name).or_permanent(format!(
        "the task header `warehouse` names `{name}`, which does not exist"
    ))?;

    let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
    for item in &order.items {
        *wanted.entry(&item.sku).or_default() += u64::from(item.quantity);
    }
    let shortages: Vec<Shortage> = wanted
        .into_iter()
        .map(|(sku, wanted)| Shortage {
            sku,
            wanted,
            on_hand: warehouse.on_hand(sku),
        })
        .filter(|shortage| shortage.wanted > shortage.on_hand)
        .collect();
    if !shortages.is_empty() {
        let articles: Vec<&str> = shortages.iter().map(|shortage| shortage.sku).collect();
        let message = format!("warehouse {name} has too few of {}", articles.join(", "));
        return Err(StepError::bpmn("OUT_OF_STOCK", message)
            .with_variables(json!({ "shortages": shortages })));
    }
    Ok(Reservation {
        reservation_id: format!("{name}-{}", ctx.idempotency_key()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyam_sdk::StepErrorKind;

    fn order(items: &[(&str, u32)]) -> Order {
        let items = items
            .iter()
            .map(|&(sku, quantity)| Item {
                sku: sku.to_owned(),
                quantity,
            })
            .collect();
        Order { items }
    }

    fn north() -> Context {
        Context::for_test()
            .header("warehouse", "north")
            .idempotency_key("77")
            .build()
    }

    #[test]
    fn what_is_on_hand_is_reserved_under_a_stable_id() {
        let first = reserve_stock(&north(), order(&[("chair-oak", 40)])).unwrap();
        assert_eq!(first.reservation_id, "north-77");
        assert_eq!(
            reserve_stock(&north(), order(&[("chair-oak", 40)])).unwrap(),
            first
        );
    }

    #[test]
    fn lines_of_one_article_count_together() {
        let error =
            reserve_stock(&north(), order(&[("chair-oak", 40), ("chair-oak", 1)])).unwrap_err();
        assert_eq!(error.code(), Some("OUT_OF_STOCK"));
        let shortages = &error.variables().unwrap()["shortages"];
        assert_eq!(
            *shortages,
            json!([{"sku": "chair-oak", "wanted": 41, "onHand": 40}])
        );
    }

    #[test]
    fn every_shortage_is_told() {
        let items = order(&[("shelf-pine", 3), ("unicorn", 1), ("lamp-brass", 1)]);
        let error = reserve_stock(&north(), items).unwrap_err();
        assert_eq!(
            error.message(),
            "warehouse north has too few of shelf-pine, unicorn"
        );
    }

    #[test]
    fn the_warehouse_must_exist() {
        let error = reserve_stock(&Context::for_test().build(), order(&[])).unwrap_err();
        assert_eq!(error.kind(), StepErrorKind::Permanent);
        let moon = Context::for_test().header("warehouse", "moon").build();
        let error = reserve_stock(&moon, order(&[])).unwrap_err();
        assert!(error.message().contains("names `moon`"), "{error}");
    }
}
