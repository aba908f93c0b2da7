//! What an evaluation costs; run in release mode.

use std::hint::black_box;
use std::time::Instant;

use anyam_feel::{Data, Expression, Limits, Now, isolated};

const ROUNDS: u32 = 200_000;

#[allow(clippy::print_stdout)]
fn main() {
    let order = r#"{"id":"A-100234","amount":1250.75,"currency":"EUR","customer":{"name":"Ann Example","vip":true,"country":"DE"},"lines":[{"sku":"X1","price":5.25,"n":2},{"sku":"Y2","price":20,"n":1}],"notes":"please ring twice and leave the parcel with the neighbour if nobody is in","channel":"web","retry":0}"#;
    let mut data = Data::new();
    data.insert("order", order);
    for source in [
        "1 = 1",
        "order.amount > 1000",
        "order.customer.vip and order.amount > 1000",
        "order",
        "sum(order.lines.price)",
    ] {
        let expression =
            Expression::compile(source, &Limits::default()).expect("the example compiles");
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(
                expression
                    .evaluate(black_box(&data), Now(0))
                    .expect("the example evaluates"),
            );
        }
        let inline = start.elapsed() / ROUNDS;
        let start = Instant::now();
        for _ in 0..ROUNDS / 10 {
            black_box(isolated::evaluate(&expression.request(&data, Now(0))))
                .expect("the example evaluates");
        }
        println!(
            "{source}: inline {inline:?}, as a request {:?}",
            start.elapsed() / (ROUNDS / 10)
        );
    }
}
