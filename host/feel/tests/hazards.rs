//! Every hazard of running strangers' expressions in this process ends as a clear error, soon,
//! on a thread with no more stack than promised, and the next evaluation works as before.

use std::thread;

use anyam_feel::isolated::{self, Response};
use anyam_feel::{CompileError, Cost, Data, EvaluationError, Expression, Limits, Now, Seed};

/// The default limits with a tenth of the steps, as this build is not optimised.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.isolated.steps /= 10;
    limits
}

/// Evaluates on a thread with [`isolated::STACK_BYTES`] of stack, then shows that the process is
/// healthy.
fn run_with(source: &str, x: &str) -> Response {
    let (source, x) = (source.to_owned(), x.to_owned());
    let evaluation = move || {
        let evaluate = |source: &str| {
            let mut data = Data::new();
            data.insert("x", &x);
            let expression = Expression::compile(source, &limits())
                .unwrap_or_else(|error| panic!("{source}: {error}"));
            isolated::evaluate(&expression.request(&data, Now(0)))
        };
        let response = evaluate(&source);
        assert_eq!(
            evaluate("for i in 1..3 return i * 2").as_deref(),
            Ok("[2,4,6]")
        );
        response
    };
    let thread = thread::Builder::new()
        .stack_size(isolated::STACK_BYTES)
        .spawn(evaluation);
    let thread = thread.expect("the thread starts");
    thread.join().expect("the evaluation does not panic")
}

fn run(source: &str) -> Response {
    run_with(source, "null")
}

fn compile(source: &str) -> Result<(), CompileError> {
    Expression::compile(source, &Limits::default()).map(|_| ())
}

fn is_refused(response: &Response) -> bool {
    use EvaluationError::*;
    matches!(
        response,
        Err(TooManySteps
            | TooMuchMemory
            | TooDeepRecursion { .. }
            | ResultTooDeep { .. }
            | ResultTooLarge { .. }
            | DataTooDeep { .. })
    )
}

fn refused(source: &str, x: &str) {
    let response = run_with(source, x);
    let shown: String = source.chars().take(80).collect();
    assert!(
        is_refused(&response),
        "{shown}: {:.200}",
        format!("{response:?}")
    );
}

#[test]
fn external_functions_are_refused() {
    for source in [
        "function(x) external {java: {class: \"java.lang.Math\", method signature: \"cos(double)\"}}",
        "{f: function(x) external {pmml: {document: \"d\", model: \"m\"}}, r: f(1)}.r",
        "for i in 1..2 return (function() external {})()",
    ] {
        let error = compile(source).unwrap_err();
        assert!(
            matches!(&error, CompileError::Forbidden { what, .. } if what.contains("external")),
            "{error}"
        );
    }
}

#[test]
fn randomness_follows_the_seed() {
    let draws = "{u: uuid(), n: for i in 1..20 return random number()}";
    let expression = Expression::compile(draws, &limits()).unwrap();
    let with = |seed| {
        let mut data = Data::new();
        data.seed(seed);
        isolated::evaluate(&expression.request(&data, Now(0)))
    };
    assert_eq!(with(Seed(1)), with(Seed(1)));
    assert_ne!(with(Seed(1)), with(Seed(2)));
    assert_ne!(with(Seed(1)), with(Seed(1).part(0)));
    // Nothing is drawn where nobody gave a seed: there is no source of randomness in here.
    assert_eq!(run(draws), Err(EvaluationError::NoSeed));
    assert_eq!(run_with("x.uuid", "{\"uuid\": 1}").as_deref(), Ok("1"));
}

#[test]
fn the_clock_is_the_injected_one() {
    assert_eq!(
        run("[now(), today()]").as_deref(),
        Ok("[\"1970-01-01T00:00:00Z\",\"1970-01-01\"]")
    );
}

#[test]
fn a_loop_over_a_billion_is_stopped() {
    refused("count(for i in 1..1000000000 return i)", "null");
    refused("for i in 1..100000, j in 1..100000 return 1", "null");
    refused("some i in 1..9000000000000000 satisfies i < 0", "null");
    refused(
        "every i in [1..9000000000000000000] satisfies i > 0",
        "null",
    );
    refused(
        "for d in @\"0001-01-01\"..@\"9999-12-31\" return [d, partial]",
        "null",
    );
    let nested = (0..200)
        .map(|i| format!("v{i} in [1, 2]"))
        .collect::<Vec<_>>();
    refused(&format!("for {} return 1", nested.join(", ")), "null");
}

#[test]
fn a_range_with_huge_bounds_is_never_walked_by_in() {
    assert_eq!(run("5 in [1..10 ** 6000]").as_deref(), Ok("true"));
    assert_eq!(
        run("x in [-(10 ** 6000)..10 ** 6000]").as_deref(),
        Ok("null")
    );
    assert_eq!(run("[1..10 ** 6000].end > 1").as_deref(), Ok("true"));
    assert_eq!(run("for i in 1..10 ** 6000 return i").as_deref(), Ok("[]"));
}

#[test]
fn endless_recursion_is_stopped() {
    refused("{f: function(g) g(g), r: f(f)}.r", "null");
    refused("{f: function(g, n) [g(g, n + 1)][1], r: f(f, 0)}.r", "null");
    refused(
        "{f: function(g) if g(g) then g(g) else g(g), r: f(f)}.r",
        "null",
    );
    refused(
        "{f: function(g) for i in [1] return g(g), r: f(f)}.r",
        "null",
    );
    refused("{f: function(g) [1][g(g) = 1], r: f(f)}.r", "null");
    refused("{f: function(g) -(1 + 2 * g(g) ** 2), r: f(f)}.r", "null");
    refused(
        "{f: function(g) sort([1, 2], function(a, b) g(g)), r: f(f)}.r",
        "null",
    );
    refused("{f: function(g) 1 in (g(g), ? > g(g)), r: f(f)}.r", "null");
    refused("{f: function(g) {a: {b: {c: g(g)}}}, r: f(f)}.r", "null");
    refused(
        "{f: function(g) some i in [1], j in [2] satisfies g(g) and true, r: f(f)}.r",
        "null",
    );
    refused(
        "{f: function(g) list replace([1], function(i, n) g(g), 1), r: f(f)}.r",
        "null",
    );
    // A tree of calls that is never deep.
    refused(
        "{f: function(g, n) if n = 0 then 1 else g(g, n - 1) + g(g, n - 1), r: f(f, 40)}.r",
        "null",
    );
}

#[test]
fn nested_replace_is_no_bomb() {
    let bomb = (0..20).fold("\"aaaaaaaaaa\"".to_owned(), |s, _| {
        format!("replace({s}, \"a\", \"aaaaaaaaaa\")")
    });
    refused(&bomb, "null");
    let groups = (0..12).fold("x".to_owned(), |s, _| {
        format!("replace({s}, \"(.*)\", \"$1$1$1$1$1$1$1$1$1$1\")")
    });
    refused(&groups, "\"aaaaaaaaaa\"");
}

#[test]
fn doubling_texts_and_lists_is_no_bomb() {
    let doubled = |start: &str, step: fn(usize) -> String| {
        let entries = (1..60).fold(format!("{{v0: {start}"), |s, i| {
            format!("{s}, v{i}: {}", step(i - 1))
        });
        format!("{entries}, last: v59}}.last")
    };
    refused(&doubled("\"aaaaaaaa\"", |i| format!("v{i} + v{i}")), "null");
    refused(
        &doubled("[1]", |i| format!("concatenate(v{i}, v{i})")),
        "null",
    );
    refused(&doubled("[1]", |i| format!("[v{i}, v{i}]")), "null");
    refused(
        &doubled("[1]", |i| {
            format!("string join([string(v{i}), string(v{i})])")
        }),
        "null",
    );
    refused(&doubled("\"\\\"\"", |i| format!("to json(v{i})")), "null");
    // Shared parts are walked as often as they are seen.
    let shared = (1..60).fold("{v0: 1".to_owned(), |s, i| {
        format!("{s}, v{i}: [v{0}, v{0}]", i - 1)
    });
    for walk in [
        "v59 = v59",
        "flatten(v59)",
        "distinct values([v59, v59])",
        "v59 in v59",
    ] {
        refused(&format!("{shared}, r: {walk}}}.r"), "null");
    }
}

#[test]
fn deep_sources_are_refused() {
    for part in [
        "(",
        "[",
        "{a:",
        "-",
        "not(",
        "x[",
        "if ",
        "x in (",
        "function() ",
        "1+(",
    ] {
        assert!(compile(&part.repeat(2000)).is_err(), "{part}");
    }
    // As deep as is allowed, of every kind, in evaluation and when freed.
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a: ", "}"),
        ("-(", ")"),
        ("not(", ")"),
        ("count(", ")"),
        ("if true then ", " else 0"),
        ("for i in [1] return ", ""),
        ("(function() ", ")()"),
        ("1 in (", ")"),
        ("1 + 2 * 3 ** (", ")"),
        ("true and (1 < (", "))"),
    ] {
        let deepest = (1..60)
            .rev()
            .map(|n| format!("{}1{}", open.repeat(n), close.repeat(n)));
        let deepest = deepest.into_iter().find(|source| compile(source).is_ok());
        let response = run(&deepest.expect("some depth compiles"));
        assert!(
            response.is_ok() || is_refused(&response),
            "{open}: {response:?}"
        );
    }
}

#[test]
fn deep_values_are_refused() {
    refused("x", &"[".repeat(100_000));
    refused("x.a", &format!("{{\"b\":{}", "[".repeat(100_000)));
    refused("from json(x)", &format!("\"{}\"", "[".repeat(100_000)));
    refused("for i in 1..1000000 return [partial]", "null");
    refused("for i in 1..1000000 return {a: partial}", "null");
    refused("for i in 1..1000000 return function() partial", "null");
    refused("for i in 1..1000000 return [1..partial]", "null");
    let deepest = format!("{}1{}", "[".repeat(64), "]".repeat(64));
    for source in [
        "x",
        "x = x",
        "flatten(x)",
        "string(x)",
        "distinct values([x[1], x[1]])",
    ] {
        assert!(run_with(source, &deepest).is_ok(), "{source}");
    }
}

/// Functions that hold functions that each hold a thousand names: freeing them must not recurse
/// over the names.
#[test]
fn long_scopes_are_freed_without_recursion() {
    let names: String = (0..1000).map(|i| format!("n{i}: 1, ")).collect();
    let source = format!(
        "{{wrap: function(inner) {{{names}f: function() inner}}.f, \
         all: for i in 1..40 return if i = 1 then function() 1 else wrap(partial[-1]), \
         r: count(all)}}.r"
    );
    assert_eq!(run(&source).as_deref(), Ok("40"));
}

#[test]
fn huge_exponents_are_null_or_refused() {
    for source in [
        "10 ** (10 ** 10)",
        "10 ** 999999999",
        "exp(10 ** 30)",
        "product(for i in 1..5000 return 10)  * 10 ** 6000",
    ] {
        assert_eq!(run(source).as_deref(), Ok("null"), "{source}");
    }
    assert_eq!(run("10 ** -999999999").as_deref(), Ok("0"));
    assert_eq!(run("decimal(1.5, 6176)").as_deref(), Ok("1.5"));
    assert_eq!(run("decimal(1.5, 10 ** 20)").as_deref(), Ok("null"));
    assert_eq!(run("@\"P1D\" * 10 ** 60").as_deref(), Ok("null"));
    assert_eq!(
        run("@\"2024-01-01\" + @\"P1D\" * 10 ** 20").as_deref(),
        Ok("null")
    );
    assert!(compile("1e999999999999").is_err());
    assert!(matches!(
        run_with("x", "1e99999999999999999999"),
        Err(EvaluationError::NumberOutOfRange { .. })
    ));
}

/// The largest durations there are, by sums that reach both ends of the integers behind them.
#[test]
fn durations_end_in_null_not_in_overflow() {
    let days = "for i in 1..130 return if i = 1 then @\"-P1D\" else partial[-1] + partial[-1]";
    let months = "for i in 1..70 return if i = 1 then @\"-P1M\" else partial[-1] + partial[-1]";
    for list in [days, months] {
        let source = format!(
            "every d in {list} satisfies {{n: -d, a: abs(d), s: string(d), t: @\"2024-01-01\" - d, \
             m: d - d, ok: true}}.ok"
        );
        assert_eq!(run(&source).as_deref(), Ok("true"));
        assert_eq!(run(&format!("({list})[-1]")).as_deref(), Ok("null"));
    }
}

#[test]
fn catastrophic_patterns_are_stopped() {
    let text = format!("\"{}\"", "a".repeat(200_000));
    assert_eq!(
        run_with("matches(x, \"(a+)+$\")", &text).as_deref(),
        Ok("true")
    );
    refused("matches(x, \"([a-z]?){100}b\")", &text);
    refused("count(extract(x, \".*b|a\"))", &text);
    refused("split(x, \"[a]\")", &text);
    refused("replace(x, \".*b|a\", \"\")", &text);
    refused(
        &format!("replace(x, \"{}\", \"\")", "(a|b)?".repeat(60)),
        &text,
    );
    refused(
        "for i in 1..1000000 return matches(\"a\", \"(a{1000}){\" + string(i) + \"}\")",
        "null",
    );
    refused("for i in 1..1000000 return matches(x, \"^b\")", &text);
    // Too large a pattern is none, as one that does not parse.
    assert_eq!(
        run("matches(\"a\", \"(a{1000}){1000}\")").as_deref(),
        Ok("null")
    );
    assert_eq!(run("matches(\"a\", \"(a\")").as_deref(), Ok("null"));
    assert_eq!(run("matches(\"a\", \"(?=a)\")").as_deref(), Ok("null"));
}

#[test]
fn a_comparator_may_lie() {
    let sorted = |precedes: &str| {
        run(&format!(
            "count(sort(for i in 1..500 return modulo(i * 7, 31), function(a, b) {precedes}))"
        ))
    };
    for precedes in ["true", "false", "a != b", "modulo(a + b, 3) = 0", "a <= b"] {
        assert_eq!(sorted(precedes).as_deref(), Ok("500"), "{precedes}");
    }
    assert_eq!(sorted("null").as_deref(), Ok("null"));
    refused(
        "sort(for i in 1..100000 return i, function(a, b) count(for k in 1..1000 return k) > 0)",
        "null",
    );
    refused(
        "sort([1, 2], function(a, b) sort([1, 2], function(c, d) count(for k in 1..9999999 return k) > 1))",
        "null",
    );
}

/// Work that hides in long names, texts and scopes instead of in loops.
#[test]
fn long_operands_are_paid_for() {
    let long = format!("\"{}\"", "a".repeat(1_000_000));
    let data = format!(
        "{{\"t\":{long},\"o\":{{\"b\":1,\"c\":2}},\"s\":\"{}\"}}",
        " ".repeat(1_000_000)
    );
    for body in [
        "get value(x.o, t)",
        "context put(x.o, t, 1)",
        "contains(t, t + \"b\")",
        "t = u",
        "t between u and u",
        "t in [u..u]",
        "list contains([t], u)",
        "trim(x.s)",
        "is blank(x.s)",
        "number(t)",
        "substring before(t, \"b\")",
        "upper case(t)",
        "x[1].o.b",
    ] {
        refused(
            &format!("{{t: x.t, u: x.t, r: for i in 1..100000000 return {body}}}.r"),
            &data,
        );
    }
    let names: String = (0..900).map(|i| format!("n{i}: 1, ")).collect();
    refused(
        &format!("{{first: 1, {names}r: for i in 1..100000000 return first}}.r"),
        "null",
    );
    let parameters: String = (0..600).map(|i| format!(", p{i}")).collect();
    let arguments: String = (0..600).map(|i| format!(", p{i}: 1")).collect();
    refused(
        &format!(
            "{{f: function(a{parameters}) 1, r: for i in 1..100000000 return f(a: 1{arguments})}}.r"
        ),
        "null",
    );
}

#[test]
fn what_may_be_costly_is_never_run_inline() {
    for source in [
        "for i in x return i",
        "replace(x, \"a\", \"b\")",
        "x ** 2",
        "sort(x)",
        "to json(x)",
    ] {
        let expression = Expression::compile(source, &Limits::default()).unwrap();
        assert_eq!(expression.cost(), Cost::Isolated);
        assert_eq!(
            expression.evaluate(&Data::new(), Now(0)),
            Err(EvaluationError::NeedsIsolation)
        );
    }
}
