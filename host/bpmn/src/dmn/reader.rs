//! What reading the parts of a DMN file has in common.

use super::{InformationItem, Reference, Text};
use crate::Limits;
use crate::finding::Findings;
use crate::xml::Element;

/// Reads elements and collects findings.
pub(super) struct Reader<'f> {
    pub(super) findings: &'f mut Findings,
    pub(super) limits: &'f Limits,
}

impl Reader<'_> {
    pub(super) fn error(
        &mut self,
        rule: &'static str,
        at: Element<'_>,
        message: impl Into<String>,
    ) {
        self.findings.error(rule, at, message.into());
    }

    pub(super) fn warning(
        &mut self,
        rule: &'static str,
        at: Element<'_>,
        message: impl Into<String>,
    ) {
        self.findings.warning(rule, at, message.into());
    }

    /// The `id`, or the name where there is none: DMN lets ids be left out.
    pub(super) fn id(&mut self, at: Element<'_>) -> Box<str> {
        let id = at.attribute("id").unwrap_or_default();
        if !id.is_empty() {
            return id.into();
        }
        let name = self.name(at);
        if name.is_empty() {
            let message = format!("the {} has neither id nor name; give it an id", at.name());
            self.error("dmn-id-missing", at, message);
        }
        name
    }

    /// The `name`, or the `id` where there is none.
    pub(super) fn name(&mut self, at: Element<'_>) -> Box<str> {
        let name = name_of(at.attribute("name").unwrap_or_default());
        if name.is_empty() {
            at.attribute("id").unwrap_or_default().into()
        } else {
            name
        }
    }

    /// The child `variable`, or the name of the element itself.
    pub(super) fn variable(&mut self, at: Element<'_>) -> InformationItem {
        match at.own_child("variable") {
            Some(variable) => {
                let mut item = self.information_item(variable);
                if item.name.is_empty() {
                    item.name = self.name(at);
                }
                item
            }
            None => InformationItem {
                name: self.name(at),
                type_ref: None,
                location: at.location(),
            },
        }
    }

    pub(super) fn information_item(&mut self, at: Element<'_>) -> InformationItem {
        InformationItem {
            name: name_of(at.attribute("name").unwrap_or_default()),
            type_ref: type_ref(at),
            location: at.location(),
        }
    }

    /// The text of a child `text`, or of the element itself where it has none; FEEL in it is checked
    /// to be FEEL.
    pub(super) fn text(&mut self, at: Element<'_>) -> Text {
        self.language(at);
        let holder = at.own_child("text").unwrap_or(at);
        Text {
            text: holder.text().into(),
            location: holder.location(),
        }
    }

    /// An `expressionLanguage` must be FEEL.
    pub(super) fn language(&mut self, at: Element<'_>) {
        let Some(language) = at.attribute("expressionLanguage") else {
            return;
        };
        let known = language.is_empty()
            || language.eq_ignore_ascii_case("feel")
            || (language.contains("omg.org/spec/")
                && language.to_ascii_uppercase().contains("FEEL"));
        if !known {
            let message = format!(
                "the expression language '{language}' is not supported; write the expression in FEEL"
            );
            self.error("dmn-expression-language", at, message);
        }
    }

    /// What an `href` refers to.
    pub(super) fn reference(&mut self, at: Element<'_>, own: &str) -> Option<Reference> {
        let href = at.attribute("href").unwrap_or_default().trim();
        let (namespace, id) = href.rsplit_once('#').unwrap_or(("", href));
        if id.is_empty() {
            let message = format!("the {} names nothing; set href=\"#id\"", at.name());
            self.error("dmn-reference-missing", at, message);
            return None;
        }
        // With and without a slash at its end a namespace is the same.
        let namespace = namespace.trim_end_matches('/');
        let is_own = namespace.is_empty() || namespace == own.trim_end_matches('/');
        Some(Reference {
            namespace: (!is_own).then(|| namespace.into()),
            id: id.into(),
        })
    }
}

/// The type, without a prefix that stands for FEEL or for the file itself.
pub(super) fn type_ref(at: Element<'_>) -> Option<Box<str>> {
    let text = at.attribute("typeRef").map(str::to_owned);
    // In a type definition it is an element.
    let text = text.or_else(|| at.own_child("typeRef").map(Element::text))?;
    let text = match text.split_once(':') {
        Some((prefix, local)) if at.namespace_of(prefix).is_some() => local.trim(),
        _ => text.trim(),
    };
    (!text.is_empty()).then(|| name_of(text))
}

/// A name with single spaces.
pub(super) fn name_of(text: &str) -> Box<str> {
    text.split_whitespace().collect::<Vec<_>>().join(" ").into()
}
