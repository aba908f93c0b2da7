//! Names of variables, and paths into them.

use crate::draft::Draft;
use crate::xml::Element;

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

/// The `resultVariable` of an extension element that must have one.
pub(crate) fn result_variable<'a>(
    draft: &mut Draft<'a, '_>,
    extension: Element<'a>,
) -> Option<Box<str>> {
    let name = variable(
        draft,
        extension,
        "resultVariable",
        "result-variable-invalid",
    )?;
    if name.is_none() {
        let message = format!(
            "the zeebe:{} has no resultVariable; name the variable that gets its value",
            extension.name()
        );
        draft.error("result-variable-missing", extension, message);
    }
    name
}

/// An attribute that names a variable: `Some(None)` where it is absent or empty, `None` after an
/// error was reported.
pub(crate) fn variable<'a>(
    draft: &mut Draft<'a, '_>,
    element: Element<'a>,
    attribute: &str,
    rule: &'static str,
) -> Option<Option<Box<str>>> {
    let name = element.attribute(attribute).unwrap_or_default().trim();
    if name.is_empty() {
        return Some(None);
    }
    if let Err(reason) = check_name(name) {
        let message = format!("the {attribute} '{name}' is no variable name: {reason}");
        draft.error(rule, element, message);
        return None;
    }
    Some(Some(name.into()))
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
