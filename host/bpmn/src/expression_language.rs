//! The language of expressions: FEEL.

use crate::draft::Draft;
use crate::finding::Findings;
use crate::xml::Element;

/// The default of the specification. Some tools write it into every file without meaning it.
const XPATH: &str = "http://www.w3.org/1999/XPath";

/// Checks the language that a file sets for all its expressions.
pub(crate) fn check_default(root: Element<'_>, findings: &mut Findings) {
    let Some(language) = root.attribute("expressionLanguage") else {
        return;
    };
    if is_feel(language) {
        return;
    }
    let message = format!(
        "'definitions' sets the expressionLanguage '{language}', but expressions are FEEL; remove \
         the attribute"
    );
    if language == XPATH {
        findings.warning("expression-language-default", root, message);
    } else {
        findings.error("expression-language", root, message);
    }
}

impl<'a> Draft<'a, '_> {
    /// A formal expression may name a language of its own.
    pub(crate) fn check_expression_language(&mut self, expression: Element<'a>) {
        let Some(language) = expression.attribute("language") else {
            return;
        };
        if !is_feel(language) {
            let message = format!(
                "the '{}' is in the language '{language}', but expressions are FEEL; rewrite it \
                 and remove the attribute",
                expression.name()
            );
            self.error("expression-language", expression, message);
        }
    }
}

/// Whether a language is FEEL, in whichever version of its URI.
fn is_feel(language: &str) -> bool {
    language.to_ascii_lowercase().contains("feel")
}
