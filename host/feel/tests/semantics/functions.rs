//! Functions by their documented examples.

use super::check;

#[test]
fn numbers_are_rounded_in_every_way() {
    check(&[
        ("decimal(1/3, 2)", "0.33"),
        ("decimal(1/3, 2.5)", "0.33"),
        ("decimal(1.5, 0)", "2"),
        ("decimal(2.5, 0, \"half_up\")", "3"),
        ("decimal(n: 2.5, scale: 0, mode: \"HALF_DOWN\")", "2"),
        ("decimal(-1.1, 0, \"UP\")", "-2"),
        ("decimal(-1.9, 0, \"DOWN\")", "-1"),
        ("decimal(-1.1, 0, \"FLOOR\")", "-2"),
        ("decimal(-1.9, 0, \"CEILING\")", "-1"),
        ("decimal(2, 0, \"UNNECESSARY\")", "2"),
        ("decimal(2.5, 0, \"UNNECESSARY\")", "null"),
        ("decimal(2.5, 0, \"sideways\")", "null"),
        ("floor(-1.56, 1)", "-1.6"),
        ("ceiling(-1.56, 1)", "-1.5"),
        ("round up(5.5)", "6"),
        ("round up(-5.5)", "-6"),
        ("round up(-1.126, 2)", "-1.13"),
        ("round down(5.5)", "5"),
        ("round down(-1.126, 2)", "-1.12"),
        ("round half up(5.5)", "6"),
        ("round half up(-1.126, 2)", "-1.13"),
        ("round half down(5.5)", "5"),
        ("round half down(-5.5)", "-5"),
        ("round half down(1.121, 2)", "1.12"),
        ("abs(number: -10)", "10"),
        ("modulo(12, 5)", "2"),
        ("modulo(12, -5)", "-3"),
        ("sqrt(16)", "4"),
        ("decimal(exp(5), 10)", "148.4131591026"),
        ("decimal(log(10), 10)", "2.302585093"),
        ("odd(5)", "true"),
        ("odd(-3)", "true"),
        ("even(2)", "true"),
    ]);
}

#[test]
fn numbers_are_read_with_separators() {
    check(&[
        ("number(\"1500.5\")", "1500.5"),
        ("number(\"1,500\", \",\")", "1500"),
        ("number(\"1 500.5\", \" \", \".\")", "1500.5"),
        ("number(\"1.500,5\", null, \",\")", "null"),
        ("number(\"1500,5\", null, \",\")", "1500.5"),
        (
            "number(from: \"1\", grouping separator: \",\", decimal separator: \".\")",
            "1",
        ),
        ("number(\"1,5\", \",\", \",\")", "null"),
        ("number(\"1 5\", \",\", \" \")", "null"),
        ("number(\"1#5\", \"#\")", "null"),
        ("number(\"-1e3\")", "-1000"),
    ]);
}

#[test]
fn items_come_one_by_one_or_as_a_list() {
    check(&[
        ("min(1, 2, 3)", "1"),
        ("min(list: [1, 2])", "1"),
        ("max([@\"P1D\", @\"P2D\"])", "\"P2D\""),
        ("max(\"a\", \"b\")", "\"b\""),
        ("sum(list: [1, 2])", "3"),
        ("product(2, 3, 4)", "24"),
        ("mean(1, 2, 3)", "2"),
        ("median(8, 2, 5, 3, 4)", "4"),
        ("median([6, 1, 2, 3])", "2.5"),
        ("mode(6, 3, 9, 6, 6)", "[6]"),
        ("mode(list: [6, 1, 9, 6, 1])", "[1,6]"),
        ("append([1], 2, 3)", "[1,2,3]"),
        ("append([], [1])", "[[1]]"),
        ("concatenate([1, 2], [3], [])", "[1,2,3]"),
        ("concatenate([1], 2)", "[1,2]"),
        ("union([1, 2], [2, 3])", "[1,2,3]"),
        ("union([1], 1, 2)", "[1,2]"),
    ]);
}

#[test]
fn lists_are_cut_and_searched() {
    check(&[
        ("list contains([1, 2, 3], 2)", "true"),
        ("list contains([1, null], null)", "true"),
        ("list contains(list: [\"a\"], element: \"b\")", "false"),
        ("sublist([1, 2, 3], 2)", "[2,3]"),
        ("sublist([1, 2, 3], 1, 2)", "[1,2]"),
        (
            "sublist(list: [1, 2, 3], start position: -2, length: 1)",
            "[2]",
        ),
        ("insert before([1, 3], 2, 2)", "[1,2,3]"),
        ("insert before([1, 3], -1, 2)", "[1,2,3]"),
        ("remove([1, 2, 3], 2)", "[1,3]"),
        ("reverse([1, 2, 3])", "[3,2,1]"),
        ("index of([1, 2, 3, 2], 2)", "[2,4]"),
        ("index of(list: [1], match: 5)", "[]"),
        ("distinct values([1, 2, 3, 2, 1])", "[1,2,3]"),
        ("duplicate values([1, 2, 3])", "[]"),
        ("flatten([[1, 2], [[3]], 4])", "[1,2,3,4]"),
        (
            "sort(list: [3, 1, 4], precedes: function(x, y) x < y)",
            "[1,3,4]",
        ),
        ("sort([3, 1, 2])", "[1,2,3]"),
        ("list replace([1, 2, 3], 2, 9)", "[1,9,3]"),
        (
            "list replace([1, 2, 3], function(item, newItem) item > 1, 0)",
            "[1,0,0]",
        ),
        ("partition([1, 2, 3], 2)", "[[1,2],[3]]"),
        ("is empty([])", "true"),
        ("is empty(list: [1])", "false"),
        ("string join([\"a\", null, \"c\"])", "\"ac\""),
        ("string join([])", "\"\""),
        ("string join([\"a\"], \"X\")", "\"a\""),
    ]);
}

#[test]
fn texts_are_cut_and_searched() {
    check(&[
        ("substring(\"foobar\", 3, 3)", "\"oba\""),
        ("substring(\"foobar\", -3, 2)", "\"ba\""),
        ("substring(\"foobar\", 3, 10)", "\"obar\""),
        (
            "substring(string: \"foobar\", start position: 4)",
            "\"bar\"",
        ),
        ("lower case(\"aBc4\")", "\"abc4\""),
        ("substring after(\"foobar\", \"ob\")", "\"ar\""),
        ("substring after(\"foobar\", \"x\")", "\"\""),
        ("starts with(\"foobar\", \"fo\")", "true"),
        ("ends with(string: \"foobar\", match: \"r\")", "true"),
        ("matches(\"FooBar\", \"foo\", \"i\")", "true"),
        ("matches(\"a\\nb\", \"a.b\", \"s\")", "true"),
        ("matches(\"ab\", \"a b\", \"x\")", "true"),
        (
            "replace(\"0123456789\", \"(\\d{3})(\\d{3})(\\d{4})\", \"($1) $2-$3\")",
            "\"(012) 345-6789\"",
        ),
        (
            "replace(\"How do you feel?\", \"Feel\", \"FEEL\", \"i\")",
            "\"How do you FEEL?\"",
        ),
        ("split(\"a;b;c;;\", \";\")", "[\"a\",\"b\",\"c\",\"\",\"\"]"),
        (
            "extract(\"references are 1234, 1256, 1378\", \"12[0-9]*\")",
            "[\"1234\",\"1256\"]",
        ),
        ("extract(\"abc\", \"x\")", "[]"),
        ("trim(\"  hello   world  \")", "\"hello   world\""),
        ("to base64(\"FEEL\")", "\"RkVFTA==\""),
        ("to base64(\"FEELS\")", "\"RkVFTFM=\""),
        ("to base64(\"FEELin\")", "\"RkVFTGlu\""),
        ("to base64(\"\")", "\"\""),
        ("to base64(value: \"\u{e9}\")", "\"w6k=\""),
        ("string(@\"P1D\")", "\"P1D\""),
        ("string(true)", "\"true\""),
        (
            "string([1, \"a\", [null, @\"P1D\"]])",
            "\"[1, \\\"a\\\", [null, P1D]]\"",
        ),
        (
            "string({a: {b c: 1}, d: [{}]})",
            "\"{a: {\\\"b c\\\": 1}, d: [{}]}\"",
        ),
        ("substring(\"foobar\", 3, 3.8)", "\"oba\""),
    ]);
}

#[test]
fn contexts_are_read_and_written() {
    check(&[
        ("get value({x: {y: {z: 0}}}, [\"x\", \"y\"])", "{\"z\":0}"),
        ("get value(context: {a: 1}, key: \"a\")", "1"),
        ("get value(m: {a: 1}, key: \"b\")", "null"),
        ("get value({a: {b: 3}}, [\"b\"])", "null"),
        (
            "get entries(context: {foo: 123})",
            "[{\"key\":\"foo\",\"value\":123}]",
        ),
        ("context put({x: 1}, \"y\", 2)", "{\"x\":1,\"y\":2}"),
        (
            "context put({x: 1, y: {z: 0}}, [\"y\", \"z\"], 2)",
            "{\"x\":1,\"y\":{\"z\":2}}",
        ),
        (
            "context put({x: 1}, [\"y\", \"z\"], 2)",
            "{\"x\":1,\"y\":{\"z\":2}}",
        ),
        ("put({x: 1}, \"x\", 2)", "{\"x\":2}"),
        ("put all({x: 1}, {y: 2})", "{\"x\":1,\"y\":2}"),
        ("put all([{x: 1}, {x: 2}])", "{\"x\":2}"),
        (
            "context merge(contexts: [{x: 1, y: 0}, {y: 2}])",
            "{\"x\":1,\"y\":2}",
        ),
        (
            "context([{key: \"a\", value: 1}, {key: \"b\", value: 2}])",
            "{\"a\":1,\"b\":2}",
        ),
        ("context(get entries(ctx)) = ctx", "true"),
        ("is(1, 1.0)", "true"),
        ("is(@\"23:00:50\", @\"23:00:50\")", "true"),
        ("is(@\"23:00:50\", @\"23:00:50Z\")", "false"),
        ("is(@\"20:00:50+00:00\", @\"21:00:50+01:00\")", "false"),
        (
            "is(@\"2021-04-02T23:00:00@Etc/GMT\", @\"2021-04-02T23:00:00Z\")",
            "false",
        ),
        ("is(@\"10:00:00\", @\"2024-01-01\")", "false"),
    ]);
}

#[test]
fn ranges_are_read_from_text() {
    check(&[
        ("5 in range(\"[1..5]\")", "true"),
        ("5 in range(\"[1..5)\")", "false"),
        ("range(\"]1..5[\") = (1..5)", "true"),
        ("range(\"[\\\"a\\\"..\\\"c\\\"]\").end", "\"c\""),
        ("range(\"[\\\"a..b\\\"..\\\"c\\\"]\").start", "\"a..b\""),
        (
            "range(\"(@\\\"2024-01-01\\\"..@\\\"2024-02-01\\\"]\").start included",
            "false",
        ),
        (
            "range(\"[date(\\\"2024-01-01\\\")..)\").start",
            "\"2024-01-01\"",
        ),
        (
            "range(\"[duration(\\\"P1D\\\")..duration(\\\"P2D\\\")]\").end",
            "\"P2D\"",
        ),
        ("range(\"(..5]\").end", "5"),
        ("range(from: \"[-1.5..1e2]\").start", "-1.5"),
        ("range(\"[..5]\")", "null"),
        ("range(\"(..)\")", "null"),
        ("range(\"[5..1]\")", "null"),
        ("range(\"[1..\\\"a\\\"]\")", "null"),
        ("range(\"[a..b]\")", "null"),
        ("range(\"\")", "null"),
        ("range(5)", "null"),
    ]);
}

#[test]
fn a_comparison_in_parentheses_is_a_range() {
    check(&[
        ("(< 10).end", "10"),
        ("(< 10).end included", "false"),
        ("(<= 10).end included", "true"),
        ("(> 10).start included", "false"),
        ("(>= 10) = [10..)", "true"),
        ("includes((>= 10), 10)", "null"),
        ("11 in (> 10)", "true"),
        ("(= 10) = [10..10]", "true"),
        ("(<= 10) = (null..10]", "true"),
    ]);
}

#[test]
fn points_and_ranges_are_related() {
    check(&[
        ("before(1, 10)", "true"),
        ("before([1..5), [5..10])", "true"),
        ("after([5..10], [1..5))", "true"),
        ("after(point: 12, range: [2..5])", "true"),
        ("meets([1..5], (5..8])", "false"),
        ("met by([5..10], [1..5])", "true"),
        ("overlaps((3..7], [1..4])", "true"),
        ("overlaps([1..3], (3..6])", "false"),
        ("overlaps before([1..5), (3..8])", "true"),
        ("overlaps after([4..10], [1..5))", "true"),
        ("finishes([5..10], [1..10))", "false"),
        ("finished by([5..10], 10)", "true"),
        ("includes([1..10], [1..5))", "true"),
        ("during((1..5], (1..10])", "true"),
        ("starts((1..5), (1..10))", "true"),
        ("started by([1..10], [1..10))", "true"),
        ("coincides((1..5], [1..5])", "false"),
    ]);
}

#[test]
fn a_value_for_a_language_model_is_itself() {
    check(&[
        ("fromAi(order.id)", "\"A-1\""),
        ("fromAi(order.id, \"what it is\")", "\"A-1\""),
        ("fromAi(order.id, null, \"number\")", "\"A-1\""),
        ("fromAi(value: order.id, type: \"number\")", "\"A-1\""),
        (
            "fromAi(order.id, \"d\", \"string\", {enum: [\"a\"]}, {required: false})",
            "\"A-1\"",
        ),
        (
            "fromAi(value: order.id, options: {required: false})",
            "\"A-1\"",
        ),
        ("fromAi(missing.x)", "null"),
    ]);
    for source in [
        "fromAi(type: \"number\")",
        "fromAi(value: 1, value: 2)",
        "fromAi(value: 1, kind: 2)",
        "fromAi()",
        "fromAi(1, 2, 3, 4, 5, 6)",
    ] {
        let compiled = anyam_feel::Expression::compile(source, &anyam_feel::Limits::default());
        assert!(compiled.is_err(), "{source}");
    }
}
