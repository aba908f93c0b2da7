//! Errors (8.4.3) as events refer to them.

use crate::draft::Draft;
use crate::graph::{ErrorDefinition, ErrorIx, Value};
use crate::xml::Element;

impl<'a> Draft<'a, '_> {
    /// The error that an end event throws: it must have a code.
    pub(crate) fn thrown_error(&mut self, referrer: Element<'a>) -> Option<ErrorIx> {
        if referrer.attribute("errorRef").is_none() {
            let message = "the error event throws no error; choose one by errorRef".to_owned();
            self.error("error-missing", referrer, message);
            return None;
        }
        let (id, error) = self.referred_error(referrer)?;
        let Some(code) = code(error) else {
            let message = format!("the error '{id}' has no errorCode to throw; give it one");
            self.error("error-code-missing", error, message);
            return None;
        };
        self.define_error(id, error, code)
    }

    /// The error that an event catches. `Some(None)` catches every code: without a reference, or
    /// where the error has no code.
    pub(crate) fn caught_error(&mut self, referrer: Element<'a>) -> Option<Option<ErrorIx>> {
        if referrer.attribute("errorRef").is_none() {
            return Some(None);
        }
        let (id, error) = self.referred_error(referrer)?;
        let Some(code) = code(error) else {
            return Some(None);
        };
        if code.starts_with('=') {
            let message = format!(
                "the errorCode '{code}' of the error '{id}' is an expression, and a catching event \
                 needs the code itself; write it out or refer to another error"
            );
            self.error("error-code-not-literal", referrer, message);
            return None;
        }
        self.define_error(id, error, code).map(Some)
    }

    fn referred_error(&mut self, referrer: Element<'a>) -> Option<(&'a str, Element<'a>)> {
        let id = referrer.reference("errorRef").unwrap_or_default();
        if let Some(error) = self.definitions.errors.get(id).copied() {
            return Some((id, error));
        }
        let message = format!("there is no error '{id}'; add it or choose another errorRef");
        self.error("error-ref-missing", referrer, message);
        None
    }

    fn define_error(&mut self, id: &'a str, error: Element<'a>, code: &str) -> Option<ErrorIx> {
        if let Some(known) = self.errors_by_id.get(id) {
            return Some(*known);
        }
        let code: Value = self.value(error, code)?;
        let ix = self.add_error(ErrorDefinition {
            id: id.into(),
            code,
        });
        self.errors_by_id.insert(id, ix);
        Some(ix)
    }
}

fn code(error: Element<'_>) -> Option<&str> {
    error
        .attribute("errorCode")
        .filter(|code| !code.trim().is_empty())
}
