//! Names of several words, where they are known.

use anyam_feel::{Data, Expression, Limits, Now, isolated};

use super::check;

fn knowing(known: &[&str], source: &str, data: &[(&str, &str)]) -> String {
    let expression = Expression::compile_knowing(source, known, &Limits::default());
    let expression = match expression {
        Ok(expression) => expression,
        Err(error) => return format!("error: {error}"),
    };
    let data: Data<'_> = data.iter().copied().collect();
    isolated::evaluate(&expression.request(&data, Now(0)))
        .expect("it has a value")
        .into()
}

#[test]
fn the_longest_known_name_is_taken() {
    let known = [
        "Applicant Age",
        "Applicant",
        "top-10 rate",
        "a-b",
        "date of birth",
        "in force",
        "for sale",
        "Ober\u{2019}s r\u{e4}te",
        "count",
    ];
    let data = [
        ("Applicant Age", "40"),
        ("Applicant", "{\"Age\": 7}"),
        ("top-10 rate", "0.5"),
        ("a-b", "9"),
        ("a", "5"),
        ("b", "2"),
        ("date of birth", "\"1990\""),
        ("in force", "true"),
        ("for sale", "false"),
        ("Ober\u{2019}s r\u{e4}te", "3"),
        ("count", "11"),
    ];
    for (source, expected) in [
        ("Applicant Age", "40"),
        ("Applicant  Age >= 18", "true"),
        ("Applicant.Age", "7"),
        ("Applicant Age + top-10 rate", "40.5"),
        ("top - 10 rate", "0.5"),
        ("a-b", "9"),
        ("a - b", "9"),
        ("b - a", "-3"),
        ("date of birth", "\"1990\""),
        ("in force and not(for sale)", "true"),
        ("if for sale then 1 else 2", "2"),
        ("5 in [1..Applicant Age]", "true"),
        ("Ober\u{2019}s r\u{e4}te * 2", "6"),
        ("count([1, 2]) + count", "13"),
        ("`Applicant Age`", "40"),
        ("for one item in [1, 2] return one item * 2", "[2,4]"),
        ("{f: function(first part) first part + 1, r: f(2)}.r", "3"),
    ] {
        assert_eq!(knowing(&known, source, &data), expected, "{source}");
    }
}

#[test]
fn without_knowing_them_names_are_single_words() {
    let source = "Applicant Age";
    assert!(Expression::compile(source, &Limits::default()).is_err());
    let data = [("a", "5"), ("b", "2"), ("a-b", "9")];
    assert_eq!(knowing(&[], "a-b", &data), "3");
}

#[test]
fn known_names_are_the_variables_an_expression_reads() {
    let expression =
        Expression::compile_knowing("x y + z", &["x y", "other one"], &Limits::default()).unwrap();
    assert_eq!(expression.names().join(","), "x y,z");
}

#[test]
fn keys_of_several_words_are_names_inside_their_context() {
    check(&[
        ("{order id: 1, next: order id + 1}.next", "2"),
        ("{order id: 1}.order id", "1"),
        (
            "[{order id: 1}, {order id: 2}][order id > 1].order id",
            "[2]",
        ),
        ("{a and b: 1, c: a and b + 1}.c", "2"),
        ("{foo+bar: 1, x: foo + bar * 2}.x", "2"),
        ("{foo+bar: 1}.foo+bar", "1"),
        ("{\"order id\": 1, next: order id + 1}.next", "2"),
        ("{\u{1F40E}: \"horse\"}.\u{1F40E}", "\"horse\""),
    ]);
}
