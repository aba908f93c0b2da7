//! Texts that are FEEL or a bare literal: conditions of gateways, events and loops, cardinalities.

use crate::draft::Draft;
use crate::graph::Value;
use crate::xml::Element;

impl<'a> Draft<'a, '_> {
    /// A condition: FEEL, or the literal `true` or `false`.
    pub(crate) fn truth(&mut self, element: Element<'a>) -> Option<Value> {
        let message = "a condition is true, false or a FEEL expression that begins with '='";
        self.literal_or_feel(element, "condition-not-expression", message, |text| {
            matches!(text, "true" | "false")
        })
    }

    /// A number of instances: FEEL, or a literal whole number.
    pub(crate) fn whole_number(&mut self, element: Element<'a>) -> Option<Value> {
        let message = "a cardinality is a whole number or a FEEL expression that begins with '='";
        self.literal_or_feel(element, "loop-cardinality-invalid", message, |text| {
            text.parse::<u32>().is_ok()
        })
    }

    fn literal_or_feel(
        &mut self,
        element: Element<'a>,
        rule: &'static str,
        message: &str,
        is_literal: impl Fn(&str) -> bool,
    ) -> Option<Value> {
        self.check_expression_language(element);
        let text = element.text();
        if text.starts_with('=') || is_literal(&text) {
            return self.value(element, &text);
        }
        self.error(rule, element, format!("{message}; write it so"));
        None
    }
}
