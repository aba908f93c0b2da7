//! Conditional start events (10.5.2): evaluated with variables that somebody gives.

use std::sync::Arc;

use anyam_bpmn::graph::NodeIx;
use anyam_engine::value::Variables;
use anyam_engine::value::object;
use anyam_engine::{Environment, StartFrom, Undecided, start_conditions_holding};
use anyam_store::records::{StartKind, StartSubscription, StartsByName};
use anyam_store::{Batch, Direction, TenantId};

use super::catalog::Deployed;
use super::instance::Creation;
use super::keys::InstanceKeys;
use super::partial_starts::{Came, Gathering, Trigger};
use super::requests::Address;
use super::shard::Request;
use super::{Inner, Runtime, outbox};
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
        let runtime = self.clone();
        let (tenant, variables) = (tenant.to_owned(), variables.clone());
        self.to_the_end(async move {
            let evaluated = runtime.evaluate_now(&tenant, definition, &variables);
            evaluated.await
        })
        .await
    }

    async fn evaluate_now(
        &self,
        tenant: &str,
        definition: Option<u64>,
        variables: &Variables,
    ) -> Result<(u64, StartedInstances)> {
        let inner = &self.inner;
        let tenant = inner.tenants.known(tenant)?;
        let (mut holding, mut several) = (Vec::new(), Vec::new());
        for start in waiting(inner, tenant, definition)? {
            let Some(deployed) = inner.definition(tenant, start.definition_key)? else {
                continue;
            };
            let Some(node) = deployed.process.graph().find(&start.element_id) else {
                continue;
            };
            let parts = holding_parts(inner, &deployed, node, variables).await?;
            if deployed.process.graph().start_needs(node) > 1 {
                several.push((deployed, node, parts));
            } else if !parts.is_empty() {
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
        if !several.is_empty() {
            started.extend(gather(inner, tenant, several, variables).await?);
        }
        Ok((inner.correlation.next_key(inner), started))
    }
}

/// Conditions that hold, of start events that need more than one trigger.
type Several = Vec<(Arc<Deployed>, NodeIx, Vec<u8>)>;

/// Notes them, and starts what has all it needs.
async fn gather(
    inner: &Arc<Inner>,
    tenant: TenantId,
    several: Several,
    variables: &Variables,
) -> Result<StartedInstances> {
    let variables = object(variables);
    let (mut batch, mut rows, mut started) = (Batch::new(), Vec::new(), Vec::new());
    let mut gathering = Gathering::begin(inner).await;
    {
        let reader = inner.database.read()?;
        for (deployed, node, parts) in several {
            let graph = deployed.process.graph();
            for part in parts {
                let trigger = Trigger {
                    tenant,
                    definition_key: deployed.record.key,
                    element_id: &graph.node(node).id,
                    part,
                    needs: graph.start_needs(node),
                    variables: &variables,
                };
                if let Came::Starts(row) = gathering.take(&reader, &mut batch, &trigger)? {
                    batch.system().put(&row);
                    started.push((deployed.record.key, row.number));
                    rows.push(row);
                }
            }
        }
    }
    super::commit(&inner.database, batch).await?;
    gathering.committed()?;
    for row in rows {
        outbox::deliver(inner, row).await?;
    }
    Ok(started)
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

async fn holding_parts(
    inner: &Inner,
    deployed: &Arc<Deployed>,
    node: NodeIx,
    variables: &Variables,
) -> Result<Vec<u8>> {
    let limits = inner.limits_of(deployed.tenant);
    let (now, seed) = (inner.now(), inner.seed());
    let mut evaluated = Vec::new();
    loop {
        let mut keys = InstanceKeys::of_new(0);
        let held = start_conditions_holding(
            Environment {
                process: &deployed.process,
                now,
                seed,
                keys: &mut keys.source(&inner.database),
                decisions: &anyam_engine::NoDecisions,
                resources: &anyam_engine::NoResources,
                evaluated: &evaluated,
                limits: &limits.engine,
            },
            node,
            variables.clone(),
        );
        match held {
            Ok(parts) => return Ok(parts),
            Err(Undecided::Evaluate(request)) => {
                let answer = inner.evaluation.evaluate(deployed.tenant, *request).await;
                evaluated.push(answer);
            }
            Err(Undecided::Failed(why)) => {
                let id = &deployed.process.graph().node(node).id;
                let process = &deployed.record.process_id;
                return Err(Error::Invalid(format!(
                    "the start event '{id}' of process '{process}': {why}"
                )));
            }
        }
    }
}
