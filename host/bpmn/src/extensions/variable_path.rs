//! Names of variables, and paths into them.

/// Words that FEEL reads as something other than a name.
const RESERVED: [&str; 20] = [
    "and",
    "between",
    "else",
    "every",
    "external",
    "false",
    "for",
    "function",
    "if",
    "in",
    "instance",
    "not",
    "null",
    "of",
    "or",
    "return",
    "satisfies",
    "some",
    "then",
    "true",
];

/// Splits `a.b.c` into its names.
///
/// # Errors
/// Why it is none, as a part of a sentence.
pub(crate) fn parse(path: &str) -> Result<Vec<Box<str>>, String> {
    let names: Vec<Box<str>> = path.split('.').map(Into::into).collect();
    for name in &names {
        check_characters(name)?;
    }
    check_name(&names[0])?;
    Ok(names)
}

/// Whether `name` can be the name of a variable.
///
/// # Errors
/// Why it cannot, as a part of a sentence.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    check_characters(name)?;
    if RESERVED.contains(&name) {
        return Err(format!("'{name}' is a word of FEEL; choose another name"));
    }
    Ok(())
}

fn check_characters(name: &str) -> Result<(), String> {
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    if starts && characters.all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err("a name begins with a letter or '_' and goes on with letters, digits and '_'".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_names() {
        assert_eq!(parse("a"), Ok(vec!["a".into()]));
        assert_eq!(parse("order._id2.größe").map(|names| names.len()), Ok(3));
        assert_eq!(
            parse("a.of").map(|names| names.len()),
            Ok(2),
            "reserved only in front"
        );
        for wrong in [
            "", ".", "a.", ".a", "a..b", "1a", "a b", "a-b", "=a", "null", "if.a",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(check_name("a.b").is_err());
    }
}
