//! The deployed processes that a new step version would break.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use anyam_bpmn::graph::{EventTrigger, Node, NodeKind, ProcessGraph, Value};
use anyam_store::records::{DefinitionsByProcess, ProcessDefinition, StepBinding, StepVersion};
use anyam_store::{Direction, TenantId, TenantReader};
use semver::Version;

use super::interface::{Interface, Reliance, breaks};
use crate::error::Result;
use crate::runtime::catalog::Deployed;
use crate::runtime::{Inner, bound_jobs};

/// What the latest version of every process relies on of a step and `new` would not keep to, each
/// as a sentence that names process and element. Only tasks that `new` would be bound to at the
/// next deployment are looked at.
///
/// # Errors
/// The store's.
pub(in crate::runtime) fn broken_by(
    inner: &Inner,
    tenant: TenantId,
    new: &StepVersion,
) -> Result<Vec<String>> {
    let reader = inner.database.read()?;
    let rows = reader.tenant(tenant);
    let interface = Interface::read(new.manifest.as_deref());
    let mut before = HashMap::new();
    let mut found = Vec::new();
    for definition in latest(rows)? {
        let bound = |binding: &&StepBinding| binding.step_name == new.name;
        if !definition.bindings.iter().any(|binding| bound(&binding)) {
            continue;
        }
        let Some(deployed) = inner.definition(tenant, definition.key)? else {
            continue;
        };
        for binding in definition.bindings.iter().filter(bound) {
            let Some(reliance) = reliance(&deployed, binding, &new.version) else {
                continue;
            };
            let old = binding.step_version.clone();
            let old = match before.entry(old) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let key = (&*binding.step_name, &*binding.step_version);
                    let old = rows.get::<StepVersion>(&key)?;
                    let manifest = old.and_then(|old| old.manifest);
                    unknown.insert(Interface::read(manifest.as_deref()))
                }
            };
            let broken = breaks(old, &interface, &reliance);
            found.extend(broken.into_iter().map(|what| {
                format!(
                    "process '{}' version {}, element '{}', bound to {} {}: {what}",
                    definition.process_id,
                    definition.version,
                    binding.element_id,
                    binding.step_name,
                    binding.step_version
                )
            }));
        }
    }
    Ok(found)
}

/// The latest version of every process.
pub(in crate::runtime) fn latest(rows: TenantReader<'_>) -> Result<Vec<ProcessDefinition>> {
    let mut latest: Vec<ProcessDefinition> = Vec::new();
    for definition in rows.index::<DefinitionsByProcess>((), Direction::Forward) {
        let definition = definition?;
        match latest.last_mut() {
            Some(last) if last.process_id == definition.process_id => *last = definition,
            _ => latest.push(definition),
        }
    }
    Ok(latest)
}

/// What the task of a binding relies on; `None` where it would stay with the version it has.
fn reliance(deployed: &Deployed, binding: &StepBinding, new: &str) -> Option<Reliance> {
    let graph = deployed.process.graph();
    let (node, slot) = bound_jobs::find(graph, &binding.element_id)?;
    let node = graph.node(node);
    let request = bound_jobs::request(node, slot)?;
    let new = Version::parse(new).ok()?;
    let old = Version::parse(&binding.step_version).ok()?;
    if request.choose([old, new.clone()].into_iter()) != Some(new) {
        return None;
    }
    Some(Reliance {
        function: binding.function.clone(),
        caught: caught(graph, node),
    })
}

/// Codes of the errors that the boundary events of a task catch by name.
fn caught(graph: &ProcessGraph, node: &Node) -> BTreeSet<String> {
    let triggers = node.boundaries.iter().map(|at| &graph.node(*at).kind);
    let codes = triggers.filter_map(|kind| match kind {
        NodeKind::BoundaryEvent {
            trigger: EventTrigger::Error(Some(error)),
            ..
        } => match &graph.errors.get(error.at())?.code {
            Value::Literal(code) => Some(code.to_string()),
            Value::Expression(_) => None,
        },
        _ => None,
    });
    codes.collect()
}
