//! Times the same expressions over the same data in this crate, in dsntk in process, and by a
//! round trip to a child process over pipes. From this folder:
//!
//! ```text
//! CARGO_TARGET_DIR=/tmp/dsntk cargo run --release --bin measure
//! ```

use std::hint::black_box;
use std::io::{stdin, stdout};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyam_feel::{Cost, Data, Expression, Limits, Now, isolated};
use dsntk_feel::FeelScope;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel_evaluator::{evaluate_context, prepare};
use dsntk_feel_parser::parse_expression;

const ROUNDS: u32 = 20_000;

const EXPRESSIONS: [&str; 8] = [
    "a > 3",
    "order.amount > 1000",
    "order.customer.vip and order.amount > 1000",
    "if a > b then order.amount * 2 else 0",
    "sum(order.lines.price)",
    "order.lines[price > 10].n",
    "string join(for t in texts return upper case(t), \",\")",
    "some line in order.lines satisfies line.price = 20",
];

fn time(rounds: u32, mut work: impl FnMut()) -> Duration {
    // The best of five: what else runs on the machine only adds.
    let run = |_| {
        let start = Instant::now();
        (0..rounds).for_each(|_| work());
        start.elapsed() / rounds
    };
    (0..5).map(run).min().unwrap_or_default()
}

fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return isolated::serve(stdin().lock(), stdout().lock());
    }
    let mut child = Command::new(std::env::current_exe()?)
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut to_child = child.stdin.take().expect("the input is a pipe");
    let mut from_child = child.stdout.take().expect("the output is a pipe");

    let json = include_str!("data.json");
    let names = evaluate_context(&FeelScope::default(), json).expect("the data is a context");
    let texts: Vec<(String, String)> = names
        .iter()
        .map(|(name, value)| (name.to_string(), to_json(value)))
        .collect();
    let data: Data<'_> = texts
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();

    println!("expression | ours | dsntk | dsntk with its data read | child process");
    for source in EXPRESSIONS {
        let expression = Expression::compile(source, &Limits::default()).expect("it compiles");
        let request = expression.request(&data, Now(0));
        let ours = if expression.cost() == Cost::Inline {
            time(ROUNDS, || {
                drop(black_box(expression.evaluate(&data, Now(0))))
            })
        } else {
            time(ROUNDS, || drop(black_box(isolated::evaluate(&request))))
        };
        let scope: FeelScope = names.clone().into();
        let node = parse_expression(&scope, source, false).expect("dsntk parses it");
        let evaluator = prepare(&node);
        let dsntk = time(ROUNDS, || drop(black_box(evaluator(&scope))));
        // Variables are stored as JSON; dsntk needs all that an expression names as values.
        let named =
            |(name, _): &&(String, String)| expression.names().iter().any(|read| **read == **name);
        let entries: Vec<String> = texts
            .iter()
            .filter(named)
            .map(|(name, text)| format!("{name}:{text}"))
            .collect();
        let context = format!("{{{}}}", entries.join(","));
        let with_data = time(ROUNDS / 20, || {
            let context: FeelContext =
                evaluate_context(&FeelScope::default(), &context).expect("it is a context");
            drop(black_box(evaluator(&context.into())));
        });
        let child = time(ROUNDS / 4, || {
            isolated::write_request(&mut to_child, &request).expect("the child reads");
            drop(black_box(isolated::read_response(&mut from_child)));
        });
        println!("{source} | {ours:?} | {dsntk:?} | {with_data:?} | {child:?}");
    }
    drop(to_child);
    child.wait().map(|_| ())
}

fn to_json(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(to_json).collect();
            format!("[{}]", items.join(","))
        }
        Value::Context(context) => {
            let entries = context.iter();
            let entries: Vec<String> = entries
                .map(|(name, value)| format!("\"{name}\":{}", to_json(value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::String(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}
