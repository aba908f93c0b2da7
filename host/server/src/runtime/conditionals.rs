//! Conditional start events (10.5.2): evaluated with variables that somebody gives.

use std::sync::Arc;

use anyam_engine::value::Variables;
use anyam_engine::{Environment, StartFrom, start_condition_holds};
use anyam_store::records::{StartKind, StartSubscription, StartsByName};
use anyam_store::{Direction, TenantId};

use super::catalog::Deployed;
use super::instance::Creation;
use super::keys::InstanceKeys;
use super::requests::Address;
use super::shard::Request;
use super::{Inner, Runtime};
use crate::error::{Error, Result};

/// Instances that an evaluation has started, with their definitions.
pub type StartedInstances = Vec<(u64, u64)>;

impl Runtime {
    /// Evaluates the conditions that start processes, of one definition or of all, and starts an
    /// instance for each that holds. Gives back a key, and definition and instance of each start.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown tenant, [`Error::Invalid`] where a condition has no value
    /// (nothing is started then), and overload.
    pub async fn evaluate_conditionals(
        &self,
        tenant: &str,
        definition: Option<u64>,
        variables: &Variables,
    ) -> Result<(u64, StartedInstances)> {
        let inner = &self.inner;
        let tenant = inner.tenants.known(tenant)?;
        let mut holding = Vec::new();
        for start in waiting(inner, tenant, definition)? {
            let Some(deployed) = inner.definition(tenant, start.definition_key)? else {
                continue;
            };
            let Some(node) = deployed.process.graph().find(&start.element_id) else {
                continue;
            };
            if holds(inner, &deployed, node, variables)? {
                holding.push((deployed, node));
            }
        }
        let mut started = Vec::new();
        for (deployed, node) in holding {
            let definition = deployed.record.key;
            let moved = inner.rollouts.moved();
            let instance = inner.database.next_block();
            let deployed = inner.chosen(deployed, instance).await?;
            deployed.check_steps()?;
            let variables = variables.clone();
            let creation = Creation {
                from: StartFrom::Event { node, variables },
                ..Creation::new(deployed, moved, Variables::new())
            };
            let address = Address { tenant, instance };
            inner
                .send(address, Request::Create(Box::new(creation)))
                .await?;
            started.push((definition, instance));
        }
        Ok((inner.correlation.next_key(inner), started))
    }
}

fn waiting(
    inner: &Inner,
    tenant: TenantId,
    definition: Option<u64>,
) -> Result<Vec<StartSubscription>> {
    let reader = inner.database.read()?;
    let rows = reader.tenant(tenant);
    let found = rows.index::<StartsByName>((StartKind::Condition as u8, ""), Direction::Forward);
    let mut found: Vec<StartSubscription> = found
        .take(inner.limits.runtime.correlation_candidates)
        .collect::<Result<_, _>>()?;
    found.retain(|start| definition.is_none_or(|key| key == start.definition_key));
    // An event of several conditions starts one instance.
    found.dedup_by(|a, b| a.definition_key == b.definition_key && a.element_id == b.element_id);
    Ok(found)
}

fn holds(
    inner: &Inner,
    deployed: &Arc<Deployed>,
    node: anyam_bpmn::graph::NodeIx,
    variables: &Variables,
) -> Result<bool> {
    let limits = inner.limits_of(deployed.tenant);
    let mut keys = InstanceKeys::of_new(0);
    let held = start_condition_holds(
        Environment {
            process: &deployed.process,
            now: inner.now(),
            seed: inner.seed(),
            keys: &mut keys.source(&inner.database),
            decisions: &anyam_engine::NoDecisions,
            evaluated: &[],
            limits: &limits.engine,
        },
        node,
        variables.clone(),
    );
    held.map_err(|why| {
        let id = &deployed.process.graph().node(node).id;
        let process = &deployed.record.process_id;
        Error::Invalid(format!(
            "the start event '{id}' of process '{process}': {why}"
        ))
    })
}
