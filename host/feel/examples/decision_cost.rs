//! What a decision costs; run in release mode.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use anyam_feel::dmn::{Model, Request, evaluate};
use anyam_feel::{Data, Limits, Now};

const ROUNDS: u32 = 20_000;

/// A table with a column of ranges and a column of texts, of which the last rule matches.
fn table(rules: u32) -> String {
    let mut rows = String::new();
    for rule in 1..=rules {
        let _ = write!(
            rows,
            "<rule id=\"r{rule}\"><inputEntry><text>[{rule}..{rule}.5]</text></inputEntry><inputEntry>\
             <text>\"gold\", \"silver\"</text></inputEntry><outputEntry><text>amount * {rule}</text>\
             </outputEntry></rule>"
        );
    }
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"m\" name=\"M\" \
         namespace=\"urn:m\"><decision id=\"d\" name=\"D\"><decisionTable><input id=\"a\">\
         <inputExpression><text>amount</text></inputExpression></input><input id=\"b\"><inputExpression>\
         <text>customer.class</text></inputExpression></input><output id=\"o\" name=\"o\"/>{rows}\
         </decisionTable></decision></definitions>"
    )
}

#[allow(clippy::print_stdout)]
fn main() {
    for rules in [1, 10, 100, 1000] {
        let file = table(rules);
        let started = Instant::now();
        let read = anyam_bpmn::dmn::read(file.as_bytes(), &anyam_bpmn::Limits::default());
        let read = read.expect("the model is sound");
        let reading = started.elapsed();
        let started = Instant::now();
        let model = Model::compile(&read.definitions, &[], &Limits::default());
        let model = Arc::new(model.expect("the model is sound"));
        let compiling = started.elapsed();
        let amount = rules.to_string();
        let mut data = Data::new();
        data.insert("amount", &amount)
            .insert("customer", r#"{"class":"gold","name":"Ann Example"}"#);
        let rounds = ROUNDS / rules;
        let started = Instant::now();
        for _ in 0..rounds {
            let request = Request::new(model.clone(), "d", &data, Now(0));
            let _ = black_box(evaluate(&request.expect("there is such a decision")));
        }
        let once = started.elapsed() / rounds;
        println!("{rules} rules: read {reading:?}, compiled {compiling:?}, evaluated {once:?}");
    }
}
