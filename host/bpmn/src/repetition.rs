//! Loop characteristics of activities (10.3.7, 10.3.8).

use crate::draft::{Draft, Place};
use crate::event_definitions;
use crate::extensions::output::{self, Output};
use crate::extensions::{self, variable_path};
use crate::graph::{
    Behavior, ComplexBehavior, EventTrigger, LoopInput, LoopOutput, MultiInstance, Repetition,
    StandardLoop, Value,
};
use crate::xml::Element;

/// Children of an activity that repeat it.
pub(crate) const MARKERS: [&str; 2] = [
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
];

/// How an activity is repeated.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<Repetition> {
    let mut found = None;
    for child in place.element.children() {
        if !MARKERS.contains(&child.name()) {
            continue;
        }
        if found.is_some() {
            let message = "the activity has more than one loop marker; keep one";
            draft.error("loop-duplicate", child, message.to_owned());
            return None;
        }
        found = Some(child);
    }
    let marker = found?;
    if marker.name() == "standardLoopCharacteristics" {
        return standard(draft, marker).map(Repetition::Standard);
    }
    let multi = multi(draft, marker)?;
    Some(Repetition::Multi(Box::new(multi)))
}

fn standard<'a>(draft: &mut Draft<'a, '_>, marker: Element<'a>) -> Option<StandardLoop> {
    let condition = match marker.child("loopCondition") {
        Some(condition) => Some(draft.truth(condition)?),
        None => None,
    };
    let maximum = match marker.attribute("loopMaximum").map(str::trim) {
        None => None,
        Some(text) => match text.parse() {
            Ok(maximum) => Some(maximum),
            Err(_) => {
                let message = format!("loopMaximum=\"{text}\" is no whole number; correct it");
                draft.error("loop-maximum-invalid", marker, message);
                return None;
            }
        },
    };
    if condition.is_none() && maximum.is_none() {
        let message = "the loop has neither a loopCondition nor a loopMaximum; give it one";
        draft.error("loop-endless", marker, message.to_owned());
        return None;
    }
    Some(StandardLoop {
        test_before: draft.flag(marker, "testBefore", false),
        maximum,
        condition,
    })
}

fn multi<'a>(draft: &mut Draft<'a, '_>, marker: Element<'a>) -> Option<MultiInstance> {
    let settings = marker.extension("loopCharacteristics");
    let input = input(draft, marker, settings);
    let (input_element, output) = match settings {
        None => (None, Output::default()),
        Some(settings) => {
            let rule = "input-element-invalid";
            let input_element = variable_path::variable(draft, settings, "inputElement", rule)?;
            (input_element, output::read(draft, settings)?)
        }
    };
    let item = marker.child("inputDataItem");
    let item = item.and_then(|item| item.attribute("id")).map(Into::into);
    let output = match (output.collection, output.element) {
        (Some(variable), Some(element)) => Some(LoopOutput::Collection { variable, element }),
        _ => data_output(draft, marker)?,
    };
    let completion_condition = match marker.child("completionCondition") {
        Some(condition) => Some(draft.truth(condition)?),
        None => None,
    };
    let behavior = behavior(draft, marker);
    Some(MultiInstance {
        sequential: draft.flag(marker, "isSequential", false),
        input: input?,
        input_element: input_element.or(item),
        output,
        completion_condition,
        behavior: behavior?,
    })
}

fn input<'a>(
    draft: &mut Draft<'a, '_>,
    marker: Element<'a>,
    settings: Option<Element<'a>>,
) -> Option<LoopInput> {
    let collection = match settings {
        Some(settings) => extensions::expression(draft, settings, "inputCollection")?,
        None => None,
    };
    if let Some(collection) = collection {
        return Some(LoopInput::Collection(collection));
    }
    if let Some(cardinality) = marker.child("loopCardinality") {
        return draft.whole_number(cardinality).map(LoopInput::Cardinality);
    }
    if let Some(data) = marker.child("loopDataInputRef") {
        return Some(LoopInput::Data(marker.local_id(&data.text()).into()));
    }
    let message = "the multi-instance activity has nothing to count; add zeebe:loopCharacteristics \
                   with an inputCollection, or a loopCardinality";
    draft.error("loop-input-missing", marker, message.to_owned());
    None
}

/// `loopDataOutputRef` and `outputDataItem`: both or none.
fn data_output<'a>(draft: &mut Draft<'a, '_>, marker: Element<'a>) -> Option<Option<LoopOutput>> {
    let collection = marker.child("loopDataOutputRef");
    let item = marker.child("outputDataItem");
    match (collection, item.and_then(|item| item.attribute("id"))) {
        (None, None) => Some(None),
        (Some(collection), Some(item)) => Some(Some(LoopOutput::Data {
            collection: marker.local_id(&collection.text()).into(),
            item: item.into(),
        })),
        _ => {
            let message = "loopDataOutputRef and an outputDataItem with an id belong together; give \
                           both or none";
            draft.error("loop-data-output", marker, message.to_owned());
            None
        }
    }
}

fn behavior<'a>(draft: &mut Draft<'a, '_>, marker: Element<'a>) -> Option<Behavior> {
    match marker.attribute("behavior").map(str::trim) {
        None | Some("All") => Some(Behavior::All),
        Some("None") => thrown(draft, marker, "noneBehaviorEventRef").map(Behavior::None),
        Some("One") => thrown(draft, marker, "oneBehaviorEventRef").map(Behavior::One),
        Some("Complex") => {
            let mut list = Vec::new();
            let definitions = marker.children();
            for definition in definitions.filter(|c| c.name() == "complexBehaviorDefinition") {
                list.push(complex(draft, definition)?);
            }
            Some(Behavior::Complex(list))
        }
        Some(other) => {
            let message =
                format!("behavior=\"{other}\" is unknown; write None, One, All or Complex");
            draft.error("attribute-unknown-value", marker, message);
            None
        }
    }
}

fn thrown<'a>(
    draft: &mut Draft<'a, '_>,
    marker: Element<'a>,
    attribute: &'static str,
) -> Option<EventTrigger> {
    let Some(id) = marker.attribute(attribute) else {
        let message = format!("the multi-instance activity has no {attribute}; name an event");
        draft.error("behavior-event-missing", marker, message);
        return None;
    };
    event_definitions::read_thrown(draft, marker, id)
}

fn complex<'a>(draft: &mut Draft<'a, '_>, definition: Element<'a>) -> Option<ComplexBehavior> {
    let Some(condition) = definition.child("condition") else {
        let message = "the complexBehaviorDefinition has no condition; add one";
        draft.error("condition-missing", definition, message.to_owned());
        return None;
    };
    let condition: Value = draft.truth(condition)?;
    let event = match definition.child("event") {
        Some(event) => event_definitions::read_implicit(draft, event)?,
        None => EventTrigger::None,
    };
    Some(ComplexBehavior {
        condition,
        event: Some(event).filter(|event| *event != EventTrigger::None),
    })
}
