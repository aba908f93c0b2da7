//! Tells what instances do, as it happens.
//!
//! It asks the API for what began and ended since it asked last, a little further back than that:
//! what was stored in the same millisecond must not be missed. What was told is not told again.
//! Ends are asked for before beginnings, for an instance goes on between two questions: whatever has
//! ended when the first is answered has begun when the last is.

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
        if let Ok(lines) = happened(&Served(client), since, &mut told) {
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

/// What is asked.
trait Source {
    /// The page of what has a time since then.
    fn search(&self, what: &str, field: &str, since: Timestamp) -> Result<Value, Failure>;
    /// What happened in an instance.
    fn events(&self, instance: &str) -> Result<Events, Failure>;
}

struct Served<'a>(&'a Client);

impl Source for Served<'_> {
    fn search(&self, what: &str, field: &str, since: Timestamp) -> Result<Value, Failure> {
        let sort = json!([{ "field": field, "order": "DESC" }]);
        let since = json!({ field: { "$gte": format!("{since:.3}") } });
        let path = format!("/v2/{what}/search");
        let answer = self.0.search_text(&path, since, sort, MOST)?;
        self.0.read(&answer)
    }

    fn events(&self, instance: &str) -> Result<Events, Failure> {
        let path = format!("/v2/process-instances/{}/events", escape(instance));
        self.0.read(&self.0.get(&path)?)
    }
}

/// What happened since then and was not told.
fn happened(source: &impl Source, since: Timestamp, told: &mut Told) -> Result<Vec<Line>, Failure> {
    let search = |what, field| source.search(what, field, since);
    fn items<T: serde::de::DeserializeOwned>(page: Value) -> Vec<T> {
        serde_json::from_value::<Page<T>>(page)
            .map(|page| page.items)
            .unwrap_or_default()
    }
    let mut lines = Vec::new();
    let mut touched = BTreeSet::new();
    for instance in items::<Instance>(search("process-instances", "endDate")?) {
        if told.first(format!("ended {}", instance.process_instance_key)) {
            lines.push(ended(&instance));
        }
    }
    for incident in items::<Incident>(search("incidents", "creationTime")?) {
        if told.first(format!("incident {}", incident.incident_key)) {
            touched.insert(incident.process_instance_key.clone());
            lines.push(raised(&incident));
        }
    }
    for element in items::<ElementInstance>(search("element-instances", "endDate")?) {
        if told.first(format!("left {}", element.element_instance_key)) {
            touched.insert(element.process_instance_key.clone());
        }
    }
    for instance in touched {
        let events = source.events(&instance)?;
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
    for element in items::<ElementInstance>(search("element-instances", "startDate")?) {
        let key = &element.element_instance_key;
        if element.r#type != "PROCESS" && told.first(format!("entered {key}")) {
            lines.push(entered(&element));
        }
    }
    for instance in items::<Instance>(search("process-instances", "startDate")?) {
        if told.first(format!("started {}", instance.process_instance_key)) {
            lines.push(started(&instance));
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
        ("COMPLETED", _) => (Tone::Good, format!("{element} called its step in {took}")),
        ("BPMN_ERROR", code) => (
            Tone::Plain,
            format!("{element}: its step gave the BPMN error {code} after {took}"),
        ),
        (_, message) => (
            Tone::Bad,
            format!(
                "{element}: its step failed after {took}: {}",
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

    /// A server on which an instance begins, and runs to its end, just before the question with a
    /// number is answered.
    struct Running {
        question: std::cell::Cell<usize>,
        runs_before: usize,
    }

    impl Source for Running {
        fn search(&self, what: &str, field: &str, _: Timestamp) -> Result<Value, Failure> {
            let question = self.question.replace(self.question.get() + 1);
            let runs = question >= self.runs_before && what == "process-instances";
            let items = if runs && ["startDate", "endDate"].contains(&field) {
                json!([{
                    "processInstanceKey": "5", "processDefinitionId": "pay",
                    "processDefinitionVersion": 1, "processDefinitionKey": "4",
                    "tenantId": "<default>", "hasIncident": false, "state": "COMPLETED",
                    "startDate": "2026-01-31T12:00:00.000Z",
                    "endDate": "2026-01-31T12:00:00.000Z",
                }])
            } else {
                json!([])
            };
            Ok(json!({ "items": items, "page": { "totalItems": 0 } }))
        }

        fn events(&self, _: &str) -> Result<Events, Failure> {
            panic!("nothing was touched")
        }
    }

    #[test]
    fn a_beginning_is_told_before_its_end_whenever_both_happen() {
        for runs_before in 0..8 {
            let source = Running {
                question: std::cell::Cell::new(0),
                runs_before,
            };
            let mut told = Told::default();
            let mut texts = Vec::new();
            for _ in 0..3 {
                let lines = happened(&source, Timestamp::UNIX_EPOCH, &mut told).unwrap();
                texts.extend(lines.into_iter().map(|line| line.text));
            }
            assert_eq!(texts.len(), 2, "{runs_before}: {texts:?}");
            assert!(texts[0].contains("started"), "{runs_before}: {texts:?}");
            assert!(texts[1].contains("completed"), "{runs_before}: {texts:?}");
        }
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
        assert_eq!(lines[0].text, "5  pay called its step in 1.5 ms");
        assert_eq!(lines[1].text, "5    stdout: hello");
        let lines = called("5", &event("PERMANENT"));
        assert_eq!(
            lines[0].text,
            "5  pay: its step failed after 1.5 ms: no [31mmoney"
        );
        assert_eq!(lines[0].tone, Tone::Bad);
    }
}
