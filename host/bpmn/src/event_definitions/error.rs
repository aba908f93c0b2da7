//! Error (10.5.5).

use super::{Definition, Position};
use crate::draft::Draft;
use crate::graph::EventTrigger;
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "errorEventDefinition",
    read,
};

fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    position: Position,
) -> Option<EventTrigger> {
    if position.throws() {
        let thrown = draft.thrown_error(definition)?;
        return Some(EventTrigger::Error(Some(thrown)));
    }
    let interrupting = match position {
        Position::Boundary { interrupting } | Position::EventSubProcessStart { interrupting } => {
            interrupting
        }
        _ => true,
    };
    if !interrupting {
        let message = "an error always ends what it is thrown in; let the event interrupt it";
        draft.error(
            "error-boundary-not-interrupting",
            definition,
            message.to_owned(),
        );
    }
    draft.caught_error(definition).map(EventTrigger::Error)
}
