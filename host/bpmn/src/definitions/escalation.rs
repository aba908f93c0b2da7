//! Escalations (8.4.4) as events refer to them.

use crate::draft::Draft;
use crate::graph::{EscalationDefinition, EscalationIx, Value};
use crate::xml::Element;

impl<'a> Draft<'a, '_> {
    /// The escalation that an event throws: it must have a code.
    pub(crate) fn thrown_escalation(&mut self, referrer: Element<'a>) -> Option<EscalationIx> {
        if referrer.attribute("escalationRef").is_none() {
            let message =
                "the escalation event throws no escalation; choose one by escalationRef".to_owned();
            self.error("escalation-missing", referrer, message);
            return None;
        }
        let (id, escalation) = self.referred_escalation(referrer)?;
        let Some(code) = code(escalation) else {
            let message =
                format!("the escalation '{id}' has no escalationCode to throw; give it one");
            self.error("escalation-code-missing", escalation, message);
            return None;
        };
        self.define_escalation(id, escalation, code)
    }

    /// The escalation that an event catches. `Some(None)` catches every code: without a reference, or
    /// where the escalation has no code.
    pub(crate) fn caught_escalation(
        &mut self,
        referrer: Element<'a>,
    ) -> Option<Option<EscalationIx>> {
        if referrer.attribute("escalationRef").is_none() {
            return Some(None);
        }
        let (id, escalation) = self.referred_escalation(referrer)?;
        let Some(code) = code(escalation) else {
            return Some(None);
        };
        if code.starts_with('=') {
            let message = format!(
                "the escalationCode '{code}' of the escalation '{id}' is an expression, and a catching event \
                 needs the code itself; write it out or refer to another escalation"
            );
            self.error("escalation-code-not-literal", referrer, message);
            return None;
        }
        self.define_escalation(id, escalation, code).map(Some)
    }

    fn referred_escalation(&mut self, referrer: Element<'a>) -> Option<(&'a str, Element<'a>)> {
        let id = referrer.reference("escalationRef").unwrap_or_default();
        if let Some(escalation) = self.definitions.escalations.get(id).copied() {
            return Some((id, escalation));
        }
        let message =
            format!("there is no escalation '{id}'; add it or choose another escalationRef");
        self.error("escalation-ref-missing", referrer, message);
        None
    }

    fn define_escalation(
        &mut self,
        id: &'a str,
        escalation: Element<'a>,
        code: &str,
    ) -> Option<EscalationIx> {
        if let Some(known) = self.escalations_by_id.get(id) {
            return Some(*known);
        }
        let code: Value = self.value(escalation, code)?;
        let ix = self.add_escalation(EscalationDefinition {
            id: id.into(),
            code,
        });
        self.escalations_by_id.insert(id, ix);
        Some(ix)
    }
}

fn code(escalation: Element<'_>) -> Option<&str> {
    escalation
        .attribute("escalationCode")
        .filter(|code| !code.trim().is_empty())
}
