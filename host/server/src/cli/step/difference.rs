//! Where two JSON values differ, for people.

use serde_json::Value;

/// Most differences that are told.
const MOST: usize = 20;
/// Longest value that is told, in characters.
const LONGEST: usize = 200;

/// The places below `at` where `got` is not as `wanted`, each in a line. Numbers are compared by
/// their value.
pub fn differences(at: &str, wanted: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    // Each pair that is still to be compared; the depth of JSON is bounded by its parser.
    let mut open = vec![(at.to_owned(), wanted, got)];
    while let Some((at, wanted, got)) = open.pop() {
        if found.len() > MOST {
            break;
        }
        let before = open.len();
        match (wanted, got) {
            (Value::Object(wanted), Value::Object(got)) => {
                for (name, wanted) in wanted {
                    match got.get(name) {
                        Some(got) => open.push((member(&at, name), wanted, got)),
                        None => found.push(format!("{}: is missing", member(&at, name))),
                    }
                }
                let more = got.iter().filter(|(name, _)| !wanted.contains_key(*name));
                found.extend(more.map(|(name, value)| {
                    format!(
                        "{}: is not expected, got {}",
                        member(&at, name),
                        show(value)
                    )
                }));
            }
            (Value::Array(wanted), Value::Array(got)) => {
                for (index, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                    open.push((format!("{at}[{index}]"), wanted, got));
                }
                if wanted.len() != got.len() {
                    found.push(format!(
                        "{at}: expected {} items, got {}",
                        wanted.len(),
                        got.len()
                    ));
                }
            }
            (Value::Number(wanted), Value::Number(got))
                if same_number(&wanted.to_string(), &got.to_string()) => {}
            (wanted, got) if wanted == got => {}
            (wanted, got) => {
                found.push(format!(
                    "{at}: expected {}, got {}",
                    show(wanted),
                    show(got)
                ));
            }
        }
        // In the order of the members.
        open[before..].reverse();
    }
    if found.len() > MOST {
        found.truncate(MOST);
        found.push("and more".to_owned());
    }
    found
}

fn member(at: &str, name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    if !name.is_empty() && name.chars().all(plain) {
        format!("{at}.{name}")
    } else {
        format!("{at}[{name:?}]")
    }
}

fn show(value: &Value) -> String {
    crate::cli::screen::shortened(&value.to_string(), LONGEST)
}

/// Whether two JSON numbers have the same value, whatever the digits they are written with.
fn same_number(a: &str, b: &str) -> bool {
    a == b || matches!((reduced(a), reduced(b)), (Some(a), Some(b)) if a == b)
}

/// Sign, digits without zeros at either end, and the power of ten of the last digit.
fn reduced(number: &str) -> Option<(bool, String, i64)> {
    let (number, negative) = match number.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (number, false),
    };
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    let digits = significant.trim_start_matches('0');
    if digits.is_empty() {
        return Some((false, String::new(), 0));
    }
    let power = exponent.checked_sub(fraction)?.checked_add(dropped)?;
    Some((negative, digits.to_owned(), power))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(wanted: &str, got: &str) -> Vec<String> {
        let value = |text| serde_json::from_str(text).unwrap();
        differences("output", &value(wanted), &value(got))
    }

    #[test]
    fn equal_values_have_no_difference() {
        for (a, b) in [
            ("{}", "{}"),
            (
                r#"{"a": [1, {"b": null}], "c": "x"}"#,
                r#"{"c": "x", "a": [1, {"b": null}]}"#,
            ),
            ("[1.0, 100, 0.0, -0]", "[1, 1e2, 0, 0]"),
            ("12345678901234567890.10", "12345678901234567890.1"),
        ] {
            assert!(compare(a, b).is_empty(), "{a} {b}");
        }
    }

    #[test]
    fn each_difference_is_told_with_its_place() {
        for (a, b, told) in [
            ("1", "2", "output: expected 1, got 2"),
            ("1", "-1", "output: expected 1, got -1"),
            ("1", "10", "output: expected 1, got 10"),
            (
                "12345678901234567890",
                "12345678901234567891",
                "output: expected 12345678901234567890, got 12345678901234567891",
            ),
            (
                r#"{"a": {"b": "x"}}"#,
                r#"{"a": {"b": "y"}}"#,
                r#"output.a.b: expected "x", got "y""#,
            ),
            (r#"{"a": 1}"#, "{}", "output.a: is missing"),
            (
                "{}",
                r#"{"a-b": 1}"#,
                r#"output["a-b"]: is not expected, got 1"#,
            ),
            ("[1, 2]", "[1]", "output: expected 2 items, got 1"),
            ("[[1]]", "[[null]]", "output[0][0]: expected 1, got null"),
            (r#""1""#, "1", r#"output: expected "1", got 1"#),
        ] {
            assert_eq!(compare(a, b), [told], "{a} {b}");
        }
    }

    #[test]
    fn differences_come_in_order_and_are_bounded() {
        let found = compare(r#"{"a": 1, "b": [1, 1]}"#, r#"{"a": 2, "b": [2, 2]}"#);
        assert_eq!(
            found,
            [
                "output.a: expected 1, got 2",
                "output.b[0]: expected 1, got 2",
                "output.b[1]: expected 1, got 2"
            ]
        );
        let many = |with: u32| serde_json::to_string(&vec![with; 1_000]).unwrap();
        let found = compare(&many(1), &many(2));
        assert_eq!((found.len(), &*found[MOST]), (MOST + 1, "and more"));
    }
}
