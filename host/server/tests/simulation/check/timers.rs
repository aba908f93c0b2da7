//! Nothing happens before its time.

use std::collections::BTreeMap;

use anyam_store::records::{ElementInstance, InstanceState};

use super::Rows;

/// The time that an element is named after, and what it sits on.
fn named(id: &str) -> Option<(i64, Option<&str>)> {
    if let Some(ms) = id.strip_prefix('t') {
        return Some((ms.parse().ok()?, None));
    }
    let (ms, at) = id.strip_prefix('b')?.split_once('_')?;
    Some((ms.parse().ok()?, Some(at)))
}

pub fn check(rows: &Rows, wrong: &mut Vec<String>) {
    for (instance, elements) in &rows.elements {
        let mut begun: BTreeMap<&str, Vec<&ElementInstance>> = BTreeMap::new();
        for element in elements {
            begun.entry(&element.element_id).or_default().push(element);
        }
        for element in elements {
            let Some((ms, at)) = named(&element.element_id) else {
                continue;
            };
            let (since, fired) = match at {
                None if element.state != InstanceState::Completed => continue,
                None => (
                    gateway(&begun).unwrap_or(element.started_at),
                    element.ended_at,
                ),
                Some(at) => {
                    let hosts = begun.get(at).into_iter().flatten();
                    let first = hosts.map(|host| host.started_at).min();
                    (first.unwrap_or(i64::MAX), Some(element.started_at))
                }
            };
            if fired.is_none_or(|fired| fired < since.saturating_add(ms)) {
                wrong.push(format!(
                    "{} of {instance} occurred at {fired:?}, {ms} ms after {since} at the earliest",
                    element.element_id
                ));
            }
        }
    }
}

/// When the event-based gateway began to wait, whose events begin as they occur.
fn gateway(begun: &BTreeMap<&str, Vec<&ElementInstance>>) -> Option<i64> {
    Some(begun.get("first")?.first()?.started_at)
}
