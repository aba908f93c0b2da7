//! `null` in and out of every kind of operation, as Camunda 8 documents it: what cannot be
//! evaluated is `null`, and the evaluation goes on.

use super::{check, result};

#[test]
fn what_cannot_be_compared_is_null() {
    check(&[
        ("null = null", "true"),
        ("\"foo\" = null", "false"),
        ("null != null", "false"),
        ("{x: null}.x = null", "true"),
        ("{}.y = null", "true"),
        ("null < 1", "null"),
        ("1 <= null", "null"),
        ("null > null", "null"),
        ("1 < \"2\"", "null"),
        ("true > false", "null"),
        ("[1] < [2]", "null"),
        ("{a: 1} = [1]", "null"),
        ("@\"P1D\" = @\"P1M\"", "null"),
        ("@\"2024-01-01\" < @\"10:00:00\"", "null"),
        ("null between 1 and 2", "null"),
        ("1 between null and 2", "null"),
        ("null in [1..2]", "null"),
        ("null in (1, null)", "true"),
        ("5 in (< 3, \"x\")", "null"),
        ("[{a: 1}, {b: 2}].a", "[1,null]"),
        ("[{c: 1}, {d: 2}][c < 10]", "[{\"c\":1}]"),
        ("missing != null and missing.x > 10", "false"),
        ("missing = null or missing > 10", "true"),
    ]);
}

#[test]
fn logic_has_three_values() {
    check(&[
        ("true and null", "null"),
        ("true and \"otherwise\"", "null"),
        ("false and null", "false"),
        ("null and false", "false"),
        ("false or null", "null"),
        ("false or \"otherwise\"", "null"),
        ("null or true", "true"),
        ("not(null)", "null"),
        ("not(\"x\")", "null"),
        ("and(false, null, true)", "false"),
        ("and([true, null])", "null"),
        ("or(false, null, true)", "true"),
        ("all(list: [true, true])", "true"),
        ("any([])", "false"),
        ("all([])", "true"),
        ("if null then 1 else 2", "2"),
        ("if \"x\" then 1 else 2", "2"),
        ("some x in [1, null] satisfies x > 5", "null"),
        ("every x in [null] satisfies x > 5", "null"),
    ]);
}

#[test]
fn functions_give_null_for_what_they_are_not_made_for() {
    check(&[
        ("abs(\"x\")", "null"),
        ("sqrt(-1)", "null"),
        ("log(0)", "null"),
        ("log(-1)", "null"),
        ("modulo(1, 0)", "null"),
        ("decimal(1.5, null)", "null"),
        ("upper case(null)", "null"),
        ("string length(5)", "null"),
        ("substring(\"abc\", 0)", "null"),
        ("contains(null, \"a\")", "null"),
        ("number(null)", "null"),
        ("number(\"1.2.3\")", "null"),
        ("number(\"\")", "null"),
        ("string(null)", "null"),
        ("date(null)", "null"),
        ("duration(\"P1X\")", "null"),
        ("count(null)", "null"),
        ("sum([])", "null"),
        ("sum([1, null])", "null"),
        ("min([])", "null"),
        ("max([1, \"a\"])", "null"),
        ("mean([])", "null"),
        ("median([])", "null"),
        ("stddev([])", "null"),
        ("stddev([1])", "null"),
        ("mode([])", "[]"),
        ("get value(null, \"a\")", "null"),
        ("get value({a: 1}, [])", "null"),
        ("get entries(5)", "null"),
        ("context put(null, \"a\", 1)", "null"),
        ("context put({a: 1}, [], 1)", "null"),
        ("context([{key: \"a\"}])", "null"),
        ("context merge([{a: 1}, null])", "null"),
        ("to base64(5)", "null"),
        ("from json(\"{\")", "null"),
        ("is empty(null)", "null"),
        ("is blank(null)", "null"),
        ("list replace([1], 5, 2)", "null"),
        ("insert before([1], 0, 2)", "null"),
        ("remove([1], 2)", "null"),
        ("string join([\"a\", 1])", "null"),
        ("from unix timestamp(\"x\")", "null"),
        ("from unix timestamp(1, \"Nowhere/City\")", "null"),
        ("range(\"1..5\")", "null"),
        ("(5)(1)", "null"),
    ]);
}

#[test]
fn an_assertion_is_the_only_operation_that_fails() {
    assert_eq!(result("assert(a, a > 3)"), "5");
    assert_eq!(result("assert(a, a > 3, \"too small\")"), "5");
    assert_eq!(result("assert(value: a, condition: true)"), "5");
    assert_eq!(
        result("assert(missing, missing != null)"),
        "error: assertion failed: The condition is not fulfilled"
    );
    assert_eq!(
        result("assert(a, a > 9, \"'a' should be large\")"),
        "error: assertion failed: 'a' should be large"
    );
    assert_eq!(
        result("[1, assert(a, null)][1]"),
        "error: assertion failed: The condition is not fulfilled"
    );
}
