//! BPMN errors: thrown, and caught by the nearest boundary event (10.5.6, 10.5.1).

use anyam_bpmn::graph::{EventTrigger, NodeIx, NodeKind, Value};

use crate::execution::Execution;
use crate::key::ElementInstanceKey;

/// The boundary event that catches an error, and the activity it interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Catcher {
    pub(crate) host: ElementInstanceKey,
    pub(crate) boundary: NodeIx,
}

impl Execution<'_> {
    /// Who catches an error thrown at `from`: the innermost activity, outwards from `from`, that
    /// has a boundary event for the code or, failing that, for every code.
    pub(crate) fn catcher(&self, from: ElementInstanceKey, code: &str) -> Option<Catcher> {
        self.instance.scope_keys(from).find_map(|host| {
            let boundaries = &self.node_of(host).boundaries;
            let named = boundaries
                .iter()
                .find(|b| self.catches(**b, code) == Some(true));
            let any = || {
                boundaries
                    .iter()
                    .find(|b| self.catches(**b, code) == Some(false))
            };
            let boundary = *named.or_else(any)?;
            Some(Catcher { host, boundary })
        })
    }

    /// Whether a boundary event catches the code: by name (`true`), with every other (`false`), or
    /// not at all.
    fn catches(&self, boundary: NodeIx, code: &str) -> Option<bool> {
        let NodeKind::BoundaryEvent {
            trigger: EventTrigger::Error(error),
            ..
        } = &self.process.node(boundary).kind
        else {
            return None;
        };
        let Some(error) = error else {
            return Some(false);
        };
        match &self.process.graph().errors[error.at()].code {
            Value::Literal(caught) if **caught == *code => Some(true),
            _ => None,
        }
    }
}

/// What an operator reads about an error nobody catches.
pub(crate) fn unhandled(code: &str, message: &str) -> String {
    let colon = if message.is_empty() { "" } else { ": " };
    format!("the error `{code}` was thrown and no boundary event catches it{colon}{message}")
}
