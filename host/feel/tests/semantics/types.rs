//! Types: `instance of`, and the types of parameters.

use anyam_feel::{Expression, Limits};

use super::check;

#[test]
fn every_type_has_a_name() {
    check(&[
        ("1 instance of number", "true"),
        ("1 instance of string", "false"),
        ("\"1\" instance of string", "true"),
        ("true instance of boolean", "true"),
        ("1 instance of Any", "true"),
        ("null instance of Any", "false"),
        ("null instance of Null", "true"),
        ("null instance of number", "false"),
        ("@\"2024-01-01\" instance of date", "true"),
        ("@\"2024-01-01\" instance of date and time", "false"),
        ("@\"2024-01-01T10:00:00\" instance of date and time", "true"),
        ("@\"2024-01-01T10:00:00\" instance of date time", "true"),
        ("@\"10:00:00\" instance of time", "true"),
        ("@\"P1D\" instance of days and time duration", "true"),
        ("@\"P1D\" instance of day-time-duration", "true"),
        ("@\"P1M\" instance of years and months duration", "true"),
        ("@\"P1M\" instance of year-month-duration", "true"),
        ("@\"P1M\" instance of day-time-duration", "false"),
        ("[1] instance of list", "true"),
        ("{a: 1} instance of context", "true"),
        ("[1..2] instance of range", "true"),
        ("(function(x) x) instance of function", "true"),
        ("1 instance of list", "false"),
    ]);
}

#[test]
fn types_have_parts() {
    check(&[
        ("[1, 2] instance of list<number>", "true"),
        ("[1, \"a\"] instance of list<number>", "false"),
        ("[1, \"a\"] instance of list<Any>", "true"),
        ("[] instance of list<number>", "true"),
        ("[1, null] instance of list<number>", "true"),
        ("[[1], []] instance of list<list<number>>", "true"),
        ("[[1], 2] instance of list<list<number>>", "false"),
        ("[1..5] instance of range<number>", "true"),
        ("[1..5] instance of range<string>", "false"),
        ("[\"a\"..\"b\"] instance of range<string>", "true"),
        ("[@\"2024-01-01\"..] instance of range<date>", "true"),
        ("{a: 1} instance of context<a: number>", "true"),
        ("{a: 1, b: 2} instance of context<a: number>", "true"),
        ("{a: 1} instance of context<a: number, b: string>", "false"),
        ("{a: null} instance of context<a: number>", "true"),
        ("{a: \"x\"} instance of context<a: number>", "false"),
        (
            "{a: {b: [@\"P1D\"]}} instance of context<a: context<b: list<days and time duration>>>",
            "true",
        ),
        (
            "{first name: \"x\"} instance of context<first name: string>",
            "true",
        ),
        (
            "(function(x) x) instance of function<number> -> Any",
            "true",
        ),
        (
            "(function(x: number) x) instance of function<number> -> Any",
            "true",
        ),
        (
            "(function(x: string) x) instance of function<number> -> Any",
            "false",
        ),
        (
            "(function(x: list<Any>) x) instance of function<list<number>> -> Any",
            "true",
        ),
        (
            "(function(x, y) x) instance of function<Any> -> Any",
            "false",
        ),
        ("(function() 1) instance of function<> -> Any", "true"),
        ("1 instance of number and 2 instance of number", "true"),
        ("[1, \"a\"][item instance of string]", "[\"a\"]"),
    ]);
}

#[test]
fn parameters_take_what_belongs_to_their_type() {
    check(&[
        ("{f: function(x: number) x + 1, r: f(2)}.r", "3"),
        ("{f: function(x: number) x, r: f(\"a\")}.r", "null"),
        ("{f: function(x: number) x, r: f([7])}.r", "7"),
        ("{f: function(x: list<number>) count(x), r: f(7)}.r", "1"),
        ("{f: function(x: list<number>) x, r: f(\"a\")}.r", "null"),
        ("{f: function(x: Any) x = null, r: f(null)}.r", "true"),
        (
            "{f: function(x: date and time) x, r: f(@\"2024-02-03\")}.r",
            "\"2024-02-03T00:00:00\"",
        ),
        (
            "{f: function(x: context<a: number>, y: string) x.a, r: f(y: \"s\", x: {a: 4})}.r",
            "4",
        ),
    ]);
}

#[test]
fn a_wrong_type_does_not_compile() {
    for source in [
        "1 instance of integer",
        "1 instance of number<string>",
        "1 instance of list<",
        "1 instance of list<number",
        "1 instance of context<number>",
        "1 instance of context<a: number, a: string>",
        "1 instance of function<number>",
        "1 instance of range<>",
        "function(x: ) x",
    ] {
        assert!(
            Expression::compile(source, &Limits::default()).is_err(),
            "{source}"
        );
    }
    let deep = format!(
        "1 instance of {}number{}",
        "list<".repeat(2000),
        ">".repeat(2000)
    );
    assert!(Expression::compile(&deep, &Limits::default()).is_err());
}
