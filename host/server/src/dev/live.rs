//! Tells what instances do, as it happens.
//!
//! It asks the API for what began and ended since it asked last, a little further back than that:
//! what was stored in the same millisecond must not be missed. What was told is not told again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::notice::{Notices, Tone};
use crate::cli::Failure;
use crate::cli::client::{Client, escape};
use crate::cli::duration;
use crate::cli::screen::printable;
use crate::cli::wire::{ElementInstance, Events, Incident, Instance, Page, StepEvent};

/// How often it asks.
const ASK: Duration = Duration::from_millis(250);
/// How far it asks back beyond the last time.
const BACK: SignedDuration = SignedDuration::from_secs(5);
/// Most that is told of one kind at a time.
const MOST: usize = 200;

/// One line that is to be told.
struct Line {
    at: String,
    /// Breaks ties: an element begins after its instance and before its step is called.
    rank: u8,
    tone: Tone,
    text: String,
}

/// What was told already.
#[derive(Default)]
struct Told(BTreeMap<String, Timestamp>);

impl Told {
    /// Whether this is new.
    fn first(&mut self, what: String) -> bool {
        self.0.insert(what, Timestamp::now()).is_none()
    }

    /// Forgets what cannot come up again.
    fn forget(&mut self) {
        let now = Timestamp::now();
        self.0
            .retain(|_, told| now.duration_since(*told) < BACK + BACK);
    }
}

/// Asks and tells until the end.
pub fn follow(client: &Client, notices: &Notices, ending: &AtomicBool) {
    let (mut told, mut asked) = (Told::default(), Timestamp::now());
    while !ending.load(Ordering::Acquire) {
        let since = asked.checked_sub(BACK).unwrap_or(asked);
        let now = Timestamp::now();
        // A server that is busy is asked again.
        if let Ok(lines) = happened(client, since, &mut told) {
            for line in lines {
                let time = line.at.get(11..23).unwrap_or(&line.at);
                notices.line(line.tone, &format!("{time}  {}", line.text));
            }
            asked = now;
        }
        told.forget();
        thread::sleep(ASK);
    }
}

/// What happened since then and was not told.
fn happened(client: &Client, since: Timestamp, told: &mut Told) -> Result<Vec<Line>, Failure> {
    let since = json!({ "$gte": format!("{since:.3}") });
    let search = |what: &str, field: &str| -> Result<Value, Failure> {
        let sort = json!([{ "field": field, "order": "DESC" }]);
        let path = format!("/v2/{what}/search");
        let answer = client.search_text(&path, json!({ field: since }), sort, MOST)?;
        client.read(&answer)
    };
    fn items<T: serde::de::DeserializeOwned>(page: Value) -> Vec<T> {
        serde_json::from_value::<Page<T>>(page)
            .map(|page| page.items)
            .unwrap_or_default()
    }
    let mut lines = Vec::new();
    let mut touched = BTreeSet::new();
    for instance in items::<Instance>(search("process-instances", "startDate")?) {
        if told.first(format!("started {}", instance.process_instance_key)) {
            lines.push(started(&instance));
        }
    }
    for element in items::<ElementInstance>(search("element-instances", "startDate")?) {
        let key = &element.element_instance_key;
        if element.r#type != "PROCESS" && told.first(format!("entered {key}")) {
            touched.insert(element.process_instance_key.clone());
            lines.push(entered(&element));
        }
    }
    for element in items::<ElementInstance>(search("element-instances", "endDate")?) {
        if told.first(format!("left {}", element.element_instance_key)) {
            touched.insert(element.process_instance_key.clone());
        }
    }
    for incident in items::<Incident>(search("incidents", "creationTime")?) {
        if told.first(format!("incident {}", incident.incident_key)) {
            touched.insert(incident.process_instance_key.clone());
            lines.push(raised(&incident));
        }
    }
    for instance in items::<Instance>(search("process-instances", "endDate")?) {
        if told.first(format!("ended {}", instance.process_instance_key)) {
            lines.push(ended(&instance));
        }
    }
    for instance in touched {
        let path = format!("/v2/process-instances/{}/events", escape(&instance));
        let events: Events = client.read(&client.get(&path)?)?;
        for event in events
            .items
            .iter()
            .filter(|event| event.r#type == "STEP_CALLED")
        {
            let what = format!("called {} {}", event.job_key, event.attempt);
            if told.first(what) && is_recent(&event.time) {
                lines.extend(called(&instance, event));
            }
        }
    }
    lines.sort_by(|a, b| (&a.at, a.rank).cmp(&(&b.at, b.rank)));
    Ok(lines)
}

/// Whether something happened so lately that it cannot have been told and forgotten.
fn is_recent(time: &str) -> bool {
    let time = time.parse::<Timestamp>();
    time.is_ok_and(|time| Timestamp::now().duration_since(time) < BACK + BACK)
}

fn started(instance: &Instance) -> Line {
    Line {
        at: instance.start_date.clone(),
        rank: 0,
        tone: Tone::Plain,
        text: format!(
            "{}  started {} version {}",
            instance.process_instance_key,
            instance.process_definition_id,
            instance.process_definition_version
        ),
    }
}

fn entered(element: &ElementInstance) -> Line {
    Line {
        at: element.start_date.clone(),
        rank: 1,
        tone: Tone::Quiet,
        text: format!(
            "{}  entered {}, {}",
            element.process_instance_key,
            printable(&element.element_id),
            element.r#type.to_ascii_lowercase().replace('_', " ")
        ),
    }
}

fn called(instance: &str, event: &StepEvent) -> Vec<Line> {
    let took = duration::show_fine(Duration::from_micros(event.duration_micros));
    let element = printable(&event.element_id);
    let (tone, how) = match (&*event.outcome, &event.message) {
        ("COMPLETED", _) => (Tone::Good, format!("step of {element} called in {took}")),
        ("BPMN_ERROR", code) => (
            Tone::Plain,
            format!("step of {element} gave the BPMN error {code} after {took}"),
        ),
        (_, message) => (
            Tone::Bad,
            format!(
                "step of {element} failed after {took}: {}",
                printable(message)
            ),
        ),
    };
    let line = |tone, text| Line {
        at: event.time.clone(),
        rank: 2,
        tone,
        text: format!("{instance}  {text}"),
    };
    let mut lines = vec![line(tone, how)];
    lines.extend(event.log.iter().map(|log| {
        let text = format!("  {}: {}", log.stream, printable(&log.text));
        line(Tone::Quiet, text)
    }));
    lines
}

fn raised(incident: &Incident) -> Line {
    Line {
        at: incident.creation_time.clone(),
        rank: 3,
        tone: Tone::Bad,
        text: format!(
            "{}  incident at {}: {}",
            incident.process_instance_key,
            printable(&incident.element_id),
            printable(&incident.error_message)
        ),
    }
}

fn ended(instance: &Instance) -> Line {
    let took = match (
        instance.start_date.parse::<Timestamp>(),
        instance.end_date.parse::<Timestamp>(),
    ) {
        (Ok(start), Ok(end)) => Duration::try_from(end.duration_since(start)).unwrap_or_default(),
        _ => Duration::ZERO,
    };
    Line {
        at: instance.end_date.clone(),
        rank: 4,
        tone: Tone::Good,
        text: format!(
            "{}  {} in {}",
            instance.process_instance_key,
            instance.state.to_ascii_lowercase(),
            duration::show(took)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_told_once() {
        let mut told = Told::default();
        assert!(told.first("a".into()));
        assert!(!told.first("a".into()));
        told.forget();
        assert!(!told.first("a".into()), "it may still come up");
    }

    #[test]
    fn calls_are_told_with_their_log() {
        let event = |outcome: &str| {
            serde_json::from_value::<StepEvent>(json!({
                "time": "2026-01-31T12:00:00.000Z", "type": "STEP_CALLED", "elementId": "pay",
                "jobKey": "7", "attempt": 1, "outcome": outcome, "message": "no \u{1b}[31mmoney",
                "durationMicros": 1_500, "log": [{"stream": "stdout", "text": "hello"}],
            }))
            .unwrap()
        };
        let lines = called("5", &event("COMPLETED"));
        assert_eq!(lines[0].text, "5  step of pay called in 1.5 ms");
        assert_eq!(lines[1].text, "5    stdout: hello");
        let lines = called("5", &event("PERMANENT"));
        assert_eq!(
            lines[0].text,
            "5  step of pay failed after 1.5 ms: no [31mmoney"
        );
        assert_eq!(lines[0].tone, Tone::Bad);
    }
}
