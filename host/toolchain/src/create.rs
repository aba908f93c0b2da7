//! New projects, from templates.

use std::fs;
use std::path::Path;

use crate::embedded;
use crate::error::ToolchainError;
use crate::language::Language;
use crate::languages;
use crate::project::StepProject;
use crate::sdk;

/// The longest name of a new step.
const LONGEST_NAME: usize = 64;

/// Writes a new project to `folder`, which is made where it is missing and must be empty. It
/// builds and passes its own case at once.
///
/// # Errors
/// [`ToolchainError::Create`] for a name that is no kebab-case name, for a folder that is not
/// empty, and for a language without a template.
pub fn create(
    language: Language,
    name: &str,
    folder: &Path,
) -> Result<StepProject, ToolchainError> {
    let refused = |message: String| ToolchainError::Create {
        name: name.into(),
        folder: folder.to_owned(),
        message,
    };
    if !is_kebab_case(name) {
        return Err(refused(format!(
            "a name is at most {LONGEST_NAME} lower-case letters and digits in words with one \
             `-` between them, each beginning with a letter, such as `credit-check`"
        )));
    }
    let template = embedded::TEMPLATES
        .get_dir(language.name())
        .ok_or_else(|| refused(format!("there is no template for {language}")))?;
    let is_used = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_used {
        return Err(refused(
            "the folder is not empty; name another one, or empty it".into(),
        ));
    }
    let snake = name.replace('-', "_");
    let pascal: String = name.split('-').map(capitalised).collect();
    let camel = languages::camel_case(name);
    let sdk = sdk::path_for(language, folder);
    embedded::write_each(template, folder, &|text| {
        text.replace("{{name}}", name)
            .replace("{{snake_name}}", &snake)
            .replace("{{PascalName}}", &pascal)
            .replace("{{camelName}}", &camel)
            .replace("{{sdk}}", &sdk)
    })?;
    let project = StepProject::open(folder)?;
    sdk::provide(&project)?;
    Ok(project)
}

/// Whether every language and WIT can take `name`.
fn is_kebab_case(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    name.len() <= LONGEST_NAME && name.split('-').all(is_word)
}

/// A word with its first letter in upper case.
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case() {
        for good in ["a", "credit-check", "v2-quote", &"a".repeat(64)] {
            assert!(is_kebab_case(good), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "a--b",
            "A",
            "a_b",
            "a-1",
            "1a",
            "ä",
            &"a".repeat(65),
        ] {
            assert!(!is_kebab_case(bad), "{bad}");
        }
    }
}
