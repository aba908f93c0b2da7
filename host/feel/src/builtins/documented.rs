//! The table of functions in the documentation says what the tables of built-ins say.

use std::collections::BTreeMap;

use super::{MANY, all};

const TABLE: &str = include_str!("../../FUNCTIONS.md");

/// A form as the documentation writes it.
fn signature(name: &str, form: &[&str]) -> String {
    if form == MANY {
        format!("{name}(...)")
    } else {
        format!("{name}({})", form.join(", "))
    }
}

/// Signature to what the table says of it.
fn documented() -> BTreeMap<&'static str, &'static str> {
    let mut rows = BTreeMap::new();
    for line in TABLE.lines() {
        let Some(row) = line.strip_prefix("| `") else {
            continue;
        };
        let (signature, rest) = row.split_once("` | ").expect("a signature");
        let supported = rest.split(" | ").nth(1).expect("three columns");
        assert!(
            rows.insert(signature, supported).is_none(),
            "`{signature}` stands twice"
        );
    }
    rows
}

#[test]
fn the_table_of_functions_is_that_of_the_built_ins() {
    let mut documented = documented();
    for builtin in all() {
        for form in builtin.forms {
            let signature = signature(builtin.name, form);
            let expected = if builtin.inline { "inline" } else { "isolated" };
            let said = documented.remove(&*signature);
            assert_eq!(said, Some(expected), "| `{signature}` | ? | {expected} |");
        }
    }
    for (signature, said) in documented {
        assert_eq!(said, "no", "`{signature}` is no built-in");
    }
}

#[test]
fn no_name_stands_twice() {
    let mut names: Vec<_> = all().map(|builtin| builtin.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
