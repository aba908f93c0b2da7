//! How many calls one instance of a step may serve: opted into by a service task.

use anyam_bpmn::Finding;
use anyam_bpmn::graph::{Node, ProcessGraph};

use crate::findings;

/// The zeebe property of a service task that lets its step's instances serve several calls.
pub const PROPERTY: &str = "anyam:reuse";

/// How many calls one instance may serve, one after the other; 1 where the task says nothing.
///
/// # Errors
/// A sentence that says what it must be.
pub fn of_task(properties: &[(Box<str>, Box<str>)], most: u32) -> Result<u32, String> {
    let mut given = properties.iter().filter(|(name, _)| &**name == PROPERTY);
    let Some((_, text)) = given.next() else {
        return Ok(1);
    };
    if given.next().is_some() {
        return Err("it is there twice".to_owned());
    }
    match text.parse::<u32>() {
        Ok(calls) if (1..=most).contains(&calls) => Ok(calls),
        _ => Err(format!(
            "'{text}' must be a number of calls from 1 to {most} (limit calls_per_instance)"
        )),
    }
}

/// What is wrong with what the tasks of a process say of it.
pub fn findings(graph: &ProcessGraph, most: u32) -> Vec<Finding> {
    let told = |node: &Node| {
        let fault = of_task(&node.properties, most).err()?;
        let message = format!("property {PROPERTY}: {fault}");
        Some(findings::about(node, "calls-per-instance-invalid", message))
    };
    graph.nodes.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_says_how_often_within_bounds() {
        let of = |text: &str| {
            of_task(
                &[("a".into(), "b".into()), (PROPERTY.into(), text.into())],
                9,
            )
        };
        assert_eq!(of_task(&[], 9), Ok(1));
        assert_eq!((of("1"), of("9")), (Ok(1), Ok(9)));
        for wrong in ["0", "10", "-1", "", "many", "1.5"] {
            let fault = of(wrong).unwrap_err();
            assert!(fault.contains("calls_per_instance"), "{fault}");
        }
        let twice = [(PROPERTY.into(), "1".into()), (PROPERTY.into(), "1".into())];
        assert!(of_task(&twice, 9).is_err());
    }
}
