//! Every bound, at its edge, and everything a tenant might try.

use anyam_feel::isolated::{self, Response};
use anyam_feel::{Budget, CompileError, Cost, Data, EvaluationError, Expression, Limits, Now};

fn compile(source: &str) -> Result<Expression, CompileError> {
    Expression::compile(source, &Limits::default())
}

fn run_with(source: &str, variable: &str, limits: &Limits) -> Response {
    let mut data = Data::new();
    data.insert("x", variable);
    let expression = Expression::compile(source, limits).expect("the source compiles");
    isolated::evaluate(&expression.request(&data, Now(0)))
}

fn run(source: &str) -> Response {
    run_with(source, "null", &Limits::default())
}

#[test]
fn source_bytes_tokens_and_nesting_at_their_edge() {
    let limits = Limits {
        max_source_bytes: 9,
        max_tokens: 5,
        max_nesting: 3,
        ..Limits::default()
    };
    let check = |source: &str| Expression::compile(source, &limits).map(|_| ());
    assert_eq!(check("1 + 2    "), Ok(()));
    assert_eq!(
        check("1 + 2     "),
        Err(CompileError::TooLong {
            actual: 10,
            limit: 9
        })
    );
    assert_eq!(check("1+1+1"), Ok(()));
    assert_eq!(
        check("1+1+1+"),
        Err(CompileError::TooManyTokens { limit: 5 })
    );
    assert_eq!(check("((1))"), Ok(()));
    let limits = Limits {
        max_tokens: 50,
        ..limits
    };
    assert_eq!(
        Expression::compile("(((1)))", &limits).map(|_| ()),
        Err(CompileError::TooDeep {
            limit: 3,
            line: 1,
            column: 4
        })
    );
}

#[test]
fn deep_sources_of_every_kind_are_refused() {
    let limits = Limits {
        max_source_bytes: 1 << 20,
        max_tokens: 1 << 20,
        ..Limits::default()
    };
    for part in [
        "(",
        "[",
        "{a:",
        "-",
        "not(",
        "x[",
        "if ",
        "x in ",
        "x in (",
        "function() ",
        "for i in ",
    ] {
        let error = Expression::compile(&part.repeat(50_000), &limits)
            .map(|_| ())
            .unwrap_err();
        assert!(!error.to_string().is_empty(), "{part}");
    }
    let chain = format!("1{}", "+1".repeat(2000));
    assert_eq!(run(&chain).unwrap(), "2001".into());
    let elses = format!("{}0", "if false then 1 else ".repeat(700));
    assert_eq!(run(&elses).unwrap(), "0".into());
}

#[test]
fn data_and_result_at_their_edge() {
    let limits = Limits {
        max_data_bytes: 6,
        max_result_bytes: 4,
        max_value_nesting: 2,
        ..Limits::default()
    };
    assert_eq!(
        run_with(
            "x",
            "[1,2]",
            &Limits {
                max_result_bytes: 5,
                ..limits.clone()
            }
        )
        .unwrap(),
        "[1,2]".into()
    );
    assert_eq!(
        run_with("x", "[1,2]", &limits),
        Err(EvaluationError::ResultTooLarge { limit: 4 })
    );
    assert_eq!(
        run_with("x", "[[1]]   ", &limits),
        Err(EvaluationError::DataTooLarge {
            actual: 8,
            limit: 6
        })
    );
    let limits = Limits {
        max_value_nesting: 2,
        ..Limits::default()
    };
    assert_eq!(run_with("x", "[[1]]", &limits).unwrap(), "[[1]]".into());
    let too_deep = EvaluationError::DataTooDeep {
        name: "x".into(),
        limit: 2,
    };
    assert_eq!(run_with("x", "[[[1]]]", &limits), Err(too_deep.clone()));
    assert_eq!(run_with("x.a", "{\"b\":[[[1]]]}", &limits), Err(too_deep));
    assert_eq!(run_with("[[1]]", "1", &limits).unwrap(), "[[1]]".into());
    assert_eq!(
        run_with("[[[1]]]", "1", &limits),
        Err(EvaluationError::ResultTooDeep { limit: 2 })
    );
    let deep = "[".repeat(100_000);
    assert!(run_with("x", &deep, &Limits::default()).is_err());
}

#[test]
fn steps_bytes_and_depth_at_their_edge() {
    let with = |steps, bytes| Limits {
        isolated: Budget { steps, bytes },
        ..Limits::default()
    };
    assert_eq!(run_with("1", "1", &with(1, 0)).unwrap(), "1".into());
    assert_eq!(
        run_with("1", "1", &with(0, 0)),
        Err(EvaluationError::TooManySteps)
    );
    assert_eq!(run_with("[1]", "1", &with(9, 48)).unwrap(), "[1]".into());
    assert_eq!(
        run_with("[1]", "1", &with(9, 47)),
        Err(EvaluationError::TooMuchMemory)
    );
    let deep = |max_evaluation_depth| Limits {
        max_evaluation_depth,
        ..Limits::default()
    };
    assert_eq!(run_with("-1", "1", &deep(2)).unwrap(), "-1".into());
    assert_eq!(
        run_with("-1", "1", &deep(1)),
        Err(EvaluationError::TooDeepRecursion { limit: 1 })
    );
}

#[test]
fn the_white_list_decides_the_cost() {
    let cost = |source: &str| compile(source).unwrap().cost();
    for inline in [
        "order.amount > 1000",
        "a + b * c",
        "if a then b else [c, {d: 1}]",
        "x and not(y)",
        "items[1].price",
        "items[price > 10]",
        "count(items) > 1",
        "now() > @\"2024-01-01T00:00:00Z\"",
        "x in (1, 2, [3..4])",
        "contains(a, b)",
    ] {
        assert_eq!(cost(inline), Cost::Inline, "{inline}");
    }
    for isolated in [
        "for i in x return i",
        "some i in x satisfies i",
        "function(a) a",
        "a ** b",
        "replace(a, b, c)",
        "items[count(items[a > 1]) > 1]",
        "items[sum(items.x) > 1]",
        "concatenate(a, b)",
        "string join(a)",
        "a.f(1)",
    ] {
        assert_eq!(cost(isolated), Cost::Isolated, "{isolated}");
        let error = compile(isolated).unwrap().evaluate(&Data::new(), Now(0));
        assert_eq!(error, Err(EvaluationError::NeedsIsolation), "{isolated}");
    }
}

#[test]
fn errors_say_what_and_where() {
    let message = |source: &str| compile(source).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        message("function(x) external {java: {class: \"a\"}}"),
        "an external function is not allowed in an expression, at 1:13"
    );
    assert_eq!(
        message("1 +"),
        "syntax error at 1:4 near `end of text`: the expression ends where a value is expected"
    );
    assert_eq!(
        message("a\n  b"),
        "syntax error at 2:3 near `b`: expected an operator or the end of the expression"
    );
    assert_eq!(
        message("\"abc"),
        "syntax error at 1:1 near `\"abc`: the text is never closed"
    );
    assert!(message("frobnicate(1)").contains("there is no function `frobnicate`"));
    assert!(message("substring(1)").contains("`substring` does not take 1 arguments"));
    assert_eq!(message("  "), "the expression is empty");
    assert!(message(&"1".repeat(35)).contains("34 decimal digits"));
}

#[test]
fn bad_data_is_named() {
    let error = |json: &str| run_with("x", json, &Limits::default()).unwrap_err();
    for json in [
        "", "{", "[1,", "{\"a\":}", "tru", "01", "1.", "\"\\x\"", "\"a", "1 2", "{a:1}", "-",
        "\"\\",
    ] {
        assert!(
            matches!(error(json), EvaluationError::InvalidData { name, .. } if &*name == "x"),
            "{json}"
        );
    }
    assert!(matches!(
        error(&"1".repeat(35)),
        EvaluationError::NumberOutOfRange { .. }
    ));
    assert!(matches!(
        error("1e7000"),
        EvaluationError::NumberOutOfRange { .. }
    ));
    assert!(matches!(
        run("[1..2]"),
        Err(EvaluationError::NoJsonForm { .. })
    ));
}

#[test]
fn requests_survive_the_wire_and_many_share_a_server() {
    let mut input = Vec::new();
    let mut data = Data::new();
    data.insert("x", "[1,2]");
    for source in [
        "sum(for i in x return i * 2)",
        "count(for i in 1..1000000000 return i)",
        "x",
    ] {
        isolated::write_request(&mut input, &compile(source).unwrap().request(&data, Now(0)))
            .unwrap();
    }
    let mut output = Vec::new();
    isolated::serve(&input[..], &mut output).unwrap();
    let mut frames = &output[..];
    let mut next = || isolated::read_response(&mut frames).unwrap();
    assert_eq!(next(), Some(Ok("6".into())));
    assert_eq!(next(), Some(Err(EvaluationError::TooManySteps)));
    assert_eq!(next(), Some(Ok("[1,2]".into())));
    assert_eq!(next(), None);
    assert!(isolated::serve(&[255, 255, 255, 255][..], Vec::new()).is_err());
    assert!(isolated::serve(&[0, 0, 0, 9, 1][..], Vec::new()).is_err());
}
