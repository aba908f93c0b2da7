//! Evaluates every line of `expressions.txt` with dsntk and prints it, a tab, and the result as
//! JSON; or `error` when dsntk does not parse it. From this folder:
//!
//! ```text
//! CARGO_TARGET_DIR=/tmp/dsntk cargo run --bin generate > expectations.tsv
//! ```

use dsntk_feel::FeelScope;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel_evaluator::{evaluate, evaluate_context};
use dsntk_feel_parser::parse_expression;

fn main() {
    // JSON objects are FEEL contexts.
    let data = evaluate_context(&FeelScope::default(), include_str!("data.json"))
        .expect("the data is a FEEL context");
    let expressions = include_str!("expressions.txt").lines();
    for source in expressions.filter(|line| !line.is_empty() && !line.starts_with("//")) {
        println!("{source}\t{}", result(&data, source));
    }
}

fn result(data: &FeelContext, source: &str) -> String {
    // dsntk splits names by what the scope holds, so the data is there while it parses.
    let scope: FeelScope = data.clone().into();
    match parse_expression(&scope, source, false) {
        Ok(node) => {
            let mut out = String::new();
            write(&mut out, &evaluate(&scope, &node));
            out
        }
        Err(_) => "error".to_owned(),
    }
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null(_) => out.push_str("null"),
        Value::Boolean(boolean) => out.push_str(&boolean.to_string()),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::List(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::Context(context) => {
            out.push('{');
            for (position, (name, item)) in context.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                quote(out, &name.to_string());
                out.push(':');
                write(out, item);
            }
            out.push('}');
        }
        Value::String(text) => quote(out, text),
        other => quote(out, &other.to_string()),
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
}
