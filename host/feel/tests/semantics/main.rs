//! What expressions mean, as users of Camunda 8 expect.

mod functions;
mod names;
mod nothing;
mod randomness;
mod times;
mod types;

use anyam_feel::{Data, Expression, Limits, Now, isolated};

const ORDER: &str = r#"{"amount": 1200.50, "id": "A-1", "order id": 7, "tags": ["x", "y"],
    "lines": [{"price": 5, "n": 2}, {"price": 20, "n": 1}], "customer": {"name": "Ann", "vip": true}}"#;

fn result(source: &str) -> String {
    let expression =
        Expression::compile(source, &Limits::default()).unwrap_or_else(|e| panic!("{source}: {e}"));
    let mut data = Data::new();
    data.insert("order", ORDER)
        .insert("a", "5")
        .insert("b", "2")
        .insert("nothing", "null");
    data.insert("items", r#"[{"price":3},{"price":12}]"#)
        .insert("big", "9007199254740993");
    data.insert("ctx", r#"{"k":"v","z":1,"y":2}"#)
        .insert("list", "[3,1,2]")
        .insert("count", "9");
    match isolated::evaluate(&expression.request(&data, Now(1_700_000_000_000))) {
        Ok(json) => json.into(),
        Err(error) => format!("error: {error}"),
    }
}

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(source, expected)| (source, result(source), expected))
        .filter(|(_, result, expected)| result != *expected)
        .map(|(source, result, expected)| format!("{source}\n    is {result}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_words_without_spaces_or_operators() {
    check(&[
        ("order.amount > 100", "true"),
        ("a-b", "3"),
        ("a+1", "6"),
        ("items[1].price", "3"),
        ("items[-1].price", "12"),
        ("if a > b then a else b", "5"),
        ("if(a>b)then(a)else(b)", "5"),
        ("a > 1 and(b > 1)", "true"),
        ("get value(ctx, \"k\")", "\"v\""),
        ("date and time(\"2024-01-02T03:04:05\").year", "2024"),
        ("order.`order id`", "7"),
        ("count(items) + count", "11"),
        ("order.customer.name", "\"Ann\""),
        ("order.lines.price", "[5,20]"),
        ("a // the rest is a comment", "5"),
        ("a /* no */ * b", "10"),
        ("{x: a, y: x + 1}.y", "6"),
        ("{\"order id\": 1}", "{\"order id\":1}"),
        ("missing.deep.path", "null"),
        ("order.amount.nothing", "null"),
    ]);
}

#[test]
fn null_is_friendly() {
    check(&[
        ("missing > 5", "null"),
        ("missing = null", "true"),
        ("nothing = missing", "true"),
        ("order != null", "true"),
        ("null != 5", "true"),
        ("5 = \"5\"", "null"),
        ("missing + 1", "null"),
        ("1 / 0", "null"),
        ("false and missing", "false"),
        ("true or missing", "true"),
        ("true and missing", "null"),
        ("if missing then 1 else 2", "2"),
        ("missing[1]", "null"),
        ("not(missing)", "null"),
        ("get or else(missing, 3)", "3"),
        ("is defined(missing)", "false"),
    ]);
}

#[test]
fn numbers_keep_34_digits() {
    check(&[
        ("0.1 + 0.2", "0.3"),
        ("big", "9007199254740993"),
        ("big + 1", "9007199254740994"),
        (
            "1234567890123456789012345678901234",
            "1234567890123456789012345678901234",
        ),
        (
            "0.1234567890123456789012345678901234",
            "0.1234567890123456789012345678901234",
        ),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("order.amount * 2", "2401"),
        ("-2 ** 2", "4"),
        ("10 ** 50", "1E+50"),
        ("0 - 0.000", "0"),
        ("1e3", "1000"),
        ("modulo(-12, 5)", "3"),
        ("decimal(2.5, 0)", "2"),
        ("round half up(2.5, 0)", "3"),
        ("round half down(2.5, 0)", "2"),
        ("round half down(-2.51, 0)", "-3"),
        ("round up(1.121, 2)", "1.13"),
        ("floor(-1.5)", "-2"),
        ("sum(order.lines.price)", "25"),
        ("mean([1, 2, 3])", "2"),
        ("median(3, 1, 2)", "2"),
        ("number(\"1.500,5\", \".\", \",\")", "1500.5"),
    ]);
}

#[test]
fn comparisons_ranges_and_tests() {
    check(&[
        ("a in [1..5]", "true"),
        ("a in (1..5)", "false"),
        ("a in [1..5)", "false"),
        ("b in ]1..5)", "true"),
        ("a in (> 3, 1)", "true"),
        ("a in > 3", "true"),
        ("a in (1, 2)", "false"),
        ("a in list", "false"),
        ("2 in list", "true"),
        ("a in (1 + 2) * 2", "false"),
        ("a between 1 and 5 and b = 2", "true"),
        ("a instance of number", "true"),
        ("@\"P1D\" instance of days and time duration", "true"),
        ("[1, [2]] = [1, [2]]", "true"),
        ("{a: 1} = {a: 1.0}", "true"),
        ("\"a\" < \"b\"", "true"),
    ]);
}

#[test]
fn loops_filters_and_functions() {
    check(&[
        ("for i in 1..3 return i * 2", "[2,4,6]"),
        ("for i in 3..1 return i", "[3,2,1]"),
        (
            "for x in [1, 2], y in [10, 20] return x + y",
            "[11,21,12,22]",
        ),
        (
            "for i in 1..5 return if i < 3 then 1 else partial[-1] + partial[-2]",
            "[1,1,2,3,5]",
        ),
        ("some x in list satisfies x > 2", "true"),
        ("every x in list satisfies x > 2", "false"),
        ("order.lines[price > 10].n", "[1]"),
        ("list[item >= 2]", "[3,2]"),
        ("list[b]", "1"),
        ("sort(list, function(x, y) x < y)", "[1,2,3]"),
        ("{f: function(x) x * a, r: f(3)}.r", "15"),
        ("{f: function(x, y) x - y, r: f(y: 1, x: 3)}.r", "2"),
        ("flatten([1, [2, [3]]])", "[1,2,3]"),
        ("distinct values([1, 2, 1])", "[1,2]"),
        ("concatenate([1], [2])", "[1,2]"),
        ("insert before(list, 1, 9)", "[9,3,1,2]"),
        ("remove(list, -1)", "[3,1]"),
        ("sublist(list, -2)", "[1,2]"),
        ("append(list, 4)", "[3,1,2,4]"),
    ]);
}

#[test]
fn texts() {
    check(&[
        ("\"a\" + \"b\"", "\"ab\""),
        ("substring(\"foobar\", 3)", "\"obar\""),
        ("substring(\"foobar\", -2, 1)", "\"a\""),
        ("string length(\"\u{1F40E}ab\")", "3"),
        ("upper case(\"ab\")", "\"AB\""),
        ("substring before(\"foobar\", \"bar\")", "\"foo\""),
        (
            "replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")",
            "\"[1=ab][2=]cd\"",
        ),
        ("matches(\"foobar\", \"^fo*b\")", "true"),
        ("split(\"a;b\", \";\")", "[\"a\",\"b\"]"),
        ("string join([\"a\", \"b\"], \", \")", "\"a, b\""),
        ("string(1.50)", "\"1.5\""),
        ("string(list)", "\"[3, 1, 2]\""),
        ("contains(string: \"abc\", match: \"b\")", "true"),
        (
            "\"line\\nbreak \\\"q\\\" \\u00e9\"",
            "\"line\\nbreak \\\"q\\\" \u{e9}\"",
        ),
        ("from json(\"{\\\"x\\\": [1]}\").x", "[1]"),
    ]);
}

#[test]
fn dates_and_durations() {
    check(&[
        ("now()", "\"2023-11-14T22:13:20Z\""),
        ("today()", "\"2023-11-14\""),
        ("today() + @\"P1D\"", "\"2023-11-15\""),
        ("date(\"2024-01-31\") + duration(\"P1M\")", "\"2024-02-29\""),
        ("@\"2024-03-01\" - @\"2024-02-28\"", "\"P2D\""),
        (
            "date and time(\"2024-01-01T10:00:00+02:00\") = date and time(\"2024-01-01T08:00:00Z\")",
            "true",
        ),
        (
            "date and time(\"2024-07-01T10:00:00@Europe/Berlin\") < @\"2024-07-01T08:30:00Z\"",
            "true",
        ),
        (
            "@\"2024-03-30T12:00:00@Europe/Berlin\" + @\"P1D\"",
            "\"2024-03-31T13:00:00@Europe/Berlin\"",
        ),
        ("duration(\"PT36H\")", "\"P1DT12H\""),
        ("duration(\"-PT0.5S\")", "\"-PT0.5S\""),
        ("duration(\"P14M\")", "\"P1Y2M\""),
        ("@\"P1D\" * 2", "\"P2D\""),
        ("@\"P1D\" / @\"PT12H\"", "2"),
        ("@\"P1DT2H\".hours", "2"),
        (
            "years and months duration(@\"2011-12-22\", @\"2013-08-24\")",
            "\"P1Y8M\"",
        ),
        ("day of week(@\"2019-09-17\")", "\"Tuesday\""),
        ("week of year(@\"2019-09-17\")", "38"),
        ("last day of month(@\"2024-02-01\")", "\"2024-02-29\""),
        ("time(\"10:30:00\") > time(\"09:00:00\")", "true"),
        ("time(\"23:00:00\") + @\"PT2H\"", "\"01:00:00\""),
        ("date(2024, 2, 30)", "null"),
    ]);
}

#[test]
fn members_keep_the_order_they_were_written_in() {
    check(&[
        ("ctx", "{\"k\":\"v\",\"z\":1,\"y\":2}"),
        ("{b: 1, a: 2}", "{\"b\":1,\"a\":2}"),
        (
            "context put(ctx, \"a\", 1)",
            "{\"k\":\"v\",\"z\":1,\"y\":2,\"a\":1}",
        ),
        (
            "context merge([ctx, {z: 5}])",
            "{\"k\":\"v\",\"z\":5,\"y\":2}",
        ),
        ("get entries({a: 1})", "[{\"key\":\"a\",\"value\":1}]"),
    ]);
}

#[test]
fn two_evaluations_at_one_instant_are_equal() {
    let expression = Expression::compile(
        "{n: now(), t: today(), w: now() > @\"2020-01-01T00:00:00@Asia/Tokyo\"}",
        &Limits::default(),
    )
    .unwrap();
    let at = |now| expression.evaluate(&Data::new(), Now(now)).unwrap();
    assert_eq!(at(5), at(5));
    assert_ne!(at(5), at(86_400_000));
    assert!(expression.evaluate(&Data::new(), Now(i64::MAX)).is_err());
}

#[test]
fn names_are_the_variables_an_expression_reads() {
    let names = |source| {
        Expression::compile(source, &Limits::default())
            .unwrap()
            .names()
            .join(",")
    };
    assert_eq!(names("order.amount > limit"), "limit,order");
    assert_eq!(names("for x in items return x + y"), "items,y");
    assert_eq!(names("items[price > max]"), "items,max,price");
    assert_eq!(names("count(items)"), "items");
    assert_eq!(names("now()"), "");
}

#[test]
fn functions_of_camunda_8() {
    check(&[
        ("duplicate values([1, 2, 1, 3, 3])", "[1,3]"),
        ("partition([1, 2, 3, 4, 5], 2)", "[[1,2],[3,4],[5]]"),
        ("partition([1], 0)", "null"),
        (
            "stddev([2, 4, 7, 5])",
            "2.081665999466132735282297706979931",
        ),
        ("mode([6, 1, 9, 6, 1])", "[1,6]"),
        ("list replace([1, 2], -1, 9)", "[1,9]"),
        ("get value(ctx, [\"k\"])", "\"v\""),
        ("is defined(ctx.none)", "false"),
        ("get or else(ctx.none, ctx.k)", "\"v\""),
        ("is blank(\" \")", "true"),
        ("trim(\"  a \")", "\"a\""),
        ("extract(\"a1 b22\", \"[a-z][0-9]+\")", "[\"a1\",\"b22\"]"),
        ("number(\"1.500\", \".\")", "1500"),
        ("to json({a: [1, null]})", "\"{\\\"a\\\":[1,null]}\""),
        ("from json(\"no json\")", "null"),
        (
            "string join([\"a\", \"b\"], \", \", \"<\", \">\")",
            "\"<a, b>\"",
        ),
        ("overlaps before([1..5], [3..8])", "true"),
        ("includes([1..10), 10)", "false"),
        ("week of year(@\"2003-12-29\")", "1"),
        (
            "date and time(now(), \"Asia/Tokyo\")",
            "\"2023-11-15T07:13:20@Asia/Tokyo\"",
        ),
    ]);
}

#[test]
fn patterns_mean_what_java_makes_of_them() {
    check(&[
        ("matches(\"\u{e9}\", \"\\w\")", "false"),
        ("matches(\"a_1\", \"^[\\w]+$\")", "true"),
        ("replace(\"ab\", \"(a)\", \"$12\")", "\"a2b\""),
        ("replace(\"ab\", \"a\", \"\\\\$1\")", "\"$1b\""),
        ("replace(\"ab\", \"a\", \"$x\")", "\"$xb\""),
        ("split(\"a.b\", \".\")", "[\"\",\"\",\"\",\"\"]"),
        ("split(\"a b\", \"\\s\")", "[\"a\",\"b\"]"),
    ]);
}

#[test]
fn literals_and_tests_with_all_their_brackets() {
    check(&[
        ("a in ]4..6[", "true"),
        ("a in [5..6[ and b = 2", "true"),
        ("[1..5).end included", "false"),
        ("a in (? > 3)", "true"),
        ("a in (1, ? = b + 3)", "true"),
        ("a in (if b = 2 then 5 else 0)", "true"),
        ("a /*/ a comment */", "5"),
        ("\"\\uD83D\\uDC0E\"", "\"\u{1F40E}\""),
        ("duration(\"PTS\")", "null"),
    ]);
}
