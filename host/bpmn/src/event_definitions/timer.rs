//! Timer event definitions (10.5.5, table 10.101).

use super::{Definition, Position};
use crate::cron::Cron;
use crate::draft::Draft;
use crate::graph::{EventTrigger, TimerDefinition, Value};
use crate::iso8601;
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "timerEventDefinition",
    read: |draft, definition, position| read(draft, definition, position).map(EventTrigger::Timer),
};

const TIMES: [&str; 3] = ["timeDate", "timeDuration", "timeCycle"];

/// Reads the one time of a timer.
fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    position: Position,
) -> Option<TimerDefinition> {
    let times: Vec<_> = definition
        .children()
        .filter(|child| TIMES.contains(&child.name()))
        .collect();
    let [time] = times[..] else {
        let message = format!(
            "the timer has {} of timeDate, timeDuration and timeCycle; give it exactly one",
            times.len()
        );
        draft.error("timer-definition-count", definition, message);
        return None;
    };
    draft.check_expression_language(time);
    let text = time.text();
    let name = time.name();
    if text.is_empty() {
        let message = format!("the {name} is empty; write {}", example(name));
        draft.error("timer-value-missing", time, message);
        return None;
    }
    let value = draft.value(time, &text)?;
    if let Value::Literal(literal) = &value {
        check_literal(draft, time, literal)?;
    }
    match name {
        "timeDate" => Some(TimerDefinition::Date(value)),
        "timeDuration" => Some(TimerDefinition::Duration(value)),
        _ => cycle(draft, time, value, position),
    }
}

/// A cycle makes sense where the event can happen more than once. An intermediate catch event takes
/// the first time of one.
fn cycle<'a>(
    draft: &mut Draft<'a, '_>,
    time: Element<'a>,
    value: Value,
    position: Position,
) -> Option<TimerDefinition> {
    if position.repeats() || position == Position::Catch {
        return Some(TimerDefinition::Cycle(value));
    }
    let message = "an interrupting event happens once and cannot have a timeCycle; use \
                   timeDuration or timeDate";
    draft.error("timer-cycle-not-allowed", time, message.to_owned());
    None
}

fn check_literal<'a>(draft: &mut Draft<'a, '_>, time: Element<'a>, text: &str) -> Option<()> {
    let valid = match time.name() {
        "timeDate" => iso8601::is_instant(text),
        "timeDuration" => iso8601::is_duration(text),
        _ => iso8601::is_cycle(text) || Cron::parse(text).is_ok(),
    };
    if valid {
        return Some(());
    }
    let shown: String = text.chars().take(60).collect();
    let message = format!(
        "'{shown}' is no {}; write {}, or a FEEL expression that begins with '='",
        time.name(),
        example(time.name())
    );
    draft.error("timer-value-invalid", time, message);
    None
}

fn example(name: &str) -> &'static str {
    match name {
        "timeDate" => "an ISO 8601 instant such as 2030-01-31T12:00:00Z",
        "timeDuration" => "an ISO 8601 duration such as PT15M",
        _ => {
            "an ISO 8601 repeating interval such as R3/PT1H, a cron text such as '0 0 9 * * MON-FRI'"
        }
    }
}
