//! Compiles a text as an expression and evaluates it over data of every kind, twice.

#![no_main]

use anyam_feel::{Budget, Data, EvaluationError, Expression, Limits, Now, Seed, isolated};
use libfuzzer_sys::{Corpus, fuzz_target};

const BUDGET: Budget = Budget {
    steps: 20_000,
    bytes: 4 << 20,
};

const DATA: [(&str, &str); 8] = [
    ("a", "5"),
    ("b", "-2.50"),
    ("order", r#"{"amount":1200.50,"id":"A-1","lines":[{"n":2,"price":5},{"n":1,"price":20}]}"#),
    ("list", r#"[3,1,2,null,"x",[1]]"#),
    ("text", r#""2024-02-29T10:00:00@Europe/Berlin""#),
    ("yes", "true"),
    ("a b", "7"),
    ("nothing", "null"),
];

fuzz_target!(|source: &str| -> Corpus {
    let limits = Limits {
        inline: BUDGET,
        isolated: BUDGET,
        ..Limits::default()
    };
    let data = || {
        let mut data: Data<'_> = DATA.into_iter().collect();
        data.seed(Seed(1));
        data
    };
    let known: &[&str] = if source.contains("a b") { &["a b"] } else { &[] };
    let Ok(expression) = Expression::compile_knowing(source, known, &limits) else {
        // A refused text may be on the way to one that compiles.
        return Corpus::Keep;
    };
    let request = expression.request(&data(), Now(1_700_000_000_000));
    let value = isolated::evaluate(&request);
    assert!(
        !matches!(value, Err(EvaluationError::Internal(_))),
        "{value:?}"
    );
    assert_eq!(value, isolated::evaluate(&request));
    let _ = expression.constant();
    let _ = expression.path();
    Corpus::Keep
});
