//! Prices orders, as a component that knows only its own WIT.

wit_bindgen::generate!({ world: "pricing" });

use exports::acme::pricing::tariff::{Guest as Tariff, Level, Line, Offer, Refusal};

struct Pricing;

impl Tariff for Pricing {
    fn quote(
        order_lines: Vec<Line>,
        level: Level,
        limit_cents: Option<u64>,
    ) -> Result<Offer, Refusal> {
        if order_lines.is_empty() {
            return Err(Refusal::NoLines);
        }
        let total = order_lines
            .iter()
            .map(|line| line.cents * u64::from(line.count))
            .sum();
        if limit_cents.is_some_and(|limit| total > limit) {
            return Err(Refusal::TooMuch(total));
        }
        Ok(Offer {
            total_cents: total,
            lines: order_lines,
            rebate: matches!(level, Level::PureGold).then_some(0.125),
        })
    }
}

impl Guest for Pricing {
    fn initials(name: String) -> Vec<char> {
        name.split(' ')
            .filter_map(|word| word.chars().next())
            .collect()
    }
}

export!(Pricing);
