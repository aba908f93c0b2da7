//! The path an order took: printed, and compared with the one it should take.

use std::time::Duration;

use jiff::Timestamp;

use crate::cli::Failure;
use crate::cli::duration::show;
use crate::cli::screen::{Screen, shortened};

use super::order::{Ending, Finished};

/// Prints the path with the times that the API reports.
///
/// # Errors
/// Where stdout is closed.
pub fn print(screen: Screen, finished: &Finished) -> Result<(), Failure> {
    let instance = &finished.instance;
    let took = between(&instance.start_date, &instance.end_date)
        .map(show)
        .unwrap_or_default();
    screen.line(format_args!(
        "  {} {took} after its start, by this path:",
        instance.state
    ))?;
    let rows = finished.elements.iter().map(|element| {
        [
            between(&instance.start_date, &element.start_date)
                .map(show)
                .unwrap_or_default(),
            element.element_id.clone(),
            element.r#type.to_ascii_lowercase().replace('_', " "),
            element.state.to_ascii_lowercase(),
            element.time_taken().map(show).unwrap_or_default(),
        ]
    });
    screen.table(["AT", "ELEMENT", "TYPE", "STATE", "TOOK"], rows)?;
    for variable in finished
        .variables
        .iter()
        .filter(|one| one.name == "transaction")
    {
        let value = shortened(&variable.value, 120);
        screen.line(format_args!("  {} = {value}", variable.name))?;
    }
    Ok(())
}

/// Compares the path with the one of `ending`.
///
/// # Errors
/// Where they differ; the sentence has both.
pub fn check(ending: Ending, finished: &Finished) -> Result<(), Failure> {
    let order = &finished.order;
    if finished.instance.state != "COMPLETED" {
        return Err(Failure::failed(format!(
            "order {order} ended as {} and not as COMPLETED",
            finished.instance.state
        )));
    }
    let taken: Vec<(&str, &str)> = finished
        .elements
        .iter()
        .map(|element| (element.element_id.as_str(), element.state.as_str()))
        .collect();
    if taken != ending.path() {
        return Err(Failure::failed(format!(
            "order {order} took another path than it should\n  it took: {}\n  it should: {}",
            sentence(&taken),
            sentence(ending.path())
        )));
    }
    let issued = finished
        .variables
        .iter()
        .any(|variable| variable.name == "transaction");
    if issued != (ending == Ending::Approved) {
        let was = if issued { "was" } else { "was not" };
        return Err(Failure::failed(format!(
            "the transaction of order {order} {was} issued"
        )));
    }
    Ok(())
}

fn between(start: &str, end: &str) -> Option<Duration> {
    let start: Timestamp = start.parse().ok()?;
    let end: Timestamp = end.parse().ok()?;
    Duration::try_from(end.duration_since(start)).ok()
}

fn sentence(path: &[(&str, &str)]) -> String {
    let words: Vec<String> = path
        .iter()
        .map(|(id, state)| format!("{id} ({})", state.to_ascii_lowercase()))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finished(ending: Ending) -> Finished {
        let time = "2026-01-31T12:00:00.000Z";
        let elements = ending.path().iter().map(|(id, state)| {
            serde_json::from_value(json!({
                "elementInstanceKey": "2", "elementId": id, "type": "SERVICE_TASK",
                "state": state, "startDate": time, "endDate": time,
            }))
            .unwrap()
        });
        let instance = serde_json::from_value(json!({
            "processInstanceKey": "1", "processDefinitionId": "p", "processDefinitionVersion": 1,
            "state": "COMPLETED", "startDate": time, "endDate": time,
        }));
        let transaction =
            serde_json::from_value(json!({"name": "transaction", "value": "1", "scopeKey": "1"}));
        let mut variables = vec![transaction.unwrap()];
        variables.truncate(usize::from(ending == Ending::Approved));
        Finished {
            order: "A-1".into(),
            instance: instance.unwrap(),
            elements: elements.collect(),
            variables,
        }
    }

    #[test]
    fn the_right_path_is_accepted() {
        for ending in [Ending::Approved, Ending::Rejected, Ending::OutOfStock] {
            check(ending, &finished(ending)).unwrap();
        }
    }

    #[test]
    fn anything_else_is_told() {
        let refusal = |change: fn(&mut Finished)| {
            let mut finished = finished(Ending::Approved);
            change(&mut finished);
            check(Ending::Approved, &finished).unwrap_err().to_string()
        };
        assert!(refusal(|f| f.instance.state = "TERMINATED".into()).contains("TERMINATED"));
        assert!(refusal(|f| f.elements.truncate(2)).contains("another path"));
        assert!(refusal(|f| f.elements.swap(1, 2)).contains("another path"));
        assert!(refusal(|f| f.elements[5].state = "ACTIVE".into()).contains("another path"));
        assert!(refusal(|f| f.variables.clear()).contains("was not issued"));
    }
}
