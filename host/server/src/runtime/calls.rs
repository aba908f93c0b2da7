//! Instances that others start: called ones, and those that a signal or time starts.

use std::sync::Arc;

use anyam_engine::key::{ElementInstanceKey, InstanceKey};
use anyam_engine::transition::Parent;
use anyam_engine::value::Variables;
use anyam_engine::{Command, StartFrom};
use anyam_store::records::{
    Caller, DefinitionsByProcess, Outgoing, ProcessDefinition, Sent, Started,
};
use anyam_store::{Direction, TenantId};

use super::catalog::Deployed;
use super::instance::Creation;
use super::shard::Request;
use super::{Inner, outbox};
use crate::error::{Error, Result};

/// Starts the instance that a row asks for. Where that is impossible its caller gets an incident.
pub(super) async fn start(inner: &Arc<Inner>, row: &Outgoing) -> Result<()> {
    let Sent::Start {
        instance, caller, ..
    } = &row.sent
    else {
        return Ok(());
    };
    let refusal = match try_start(inner, row, *instance).await? {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    let Some(caller) = caller else {
        tracing::warn!(instance, %refusal, "a process instance could not be started");
        return outbox::remove(inner, row).await;
    };
    let command = Command::ChildNotStarted {
        at: ElementInstanceKey(caller.element_instance),
        message: refusal.to_string().into(),
    };
    outbox::tell(inner, row, caller.instance, command)
        .await
        .map(|_| ())
}

async fn try_start(inner: &Arc<Inner>, row: &Outgoing, instance: u64) -> Result<Result<()>> {
    let Sent::Start {
        process,
        element,
        variables,
        caller,
        ..
    } = &row.sent
    else {
        return Ok(Ok(()));
    };
    let tenant = TenantId(row.tenant);
    let moved = inner.rollouts.moved();
    let Some(deployed) = definition(inner, tenant, process)? else {
        let what = described(process);
        return Ok(Err(Error::NotFound(format!("there is no {what}"))));
    };
    let deployed = inner.chosen(deployed, instance).await?;
    if let Err(refusal) = deployed.check_steps() {
        return Ok(Err(refusal));
    }
    let variables = outbox::parsed(variables)?;
    let node = match element {
        Some(id) => deployed.process.graph().find(id).map(Some),
        None => Some(None),
    };
    let Some(node) = node else {
        let message = "its start event is absent".to_owned();
        return Ok(Err(Error::NotFound(message)));
    };
    let parent = caller.as_ref().map(parent);
    outbox::ask(inner, row, instance, || {
        let (variables, from) = match node {
            None => (variables.clone(), StartFrom::NoneStart),
            Some(node) => {
                let variables = variables.clone();
                (Variables::new(), StartFrom::Event { node, variables })
            }
        };
        Request::Create(Box::new(Creation {
            from,
            parent,
            receipt: Some(outbox::Receipt::of(row)),
            ..Creation::new(deployed.clone(), moved, variables)
        }))
    })
    .await
}

fn parent(caller: &Caller) -> Parent {
    Parent {
        instance: InstanceKey(caller.instance),
        element_instance: ElementInstanceKey(caller.element_instance),
        root: InstanceKey(caller.root),
        depth: caller.depth,
    }
}

fn described(process: &Started) -> String {
    match process {
        Started::Definition(key) => format!("process definition {key}"),
        Started::Latest(id) => format!("process '{id}' deployed"),
        Started::Deployed { process_id, .. } => {
            format!("process '{process_id}' in the deployment of its caller")
        }
        Started::Tagged {
            process_id,
            version_tag,
        } => format!("process '{process_id}' with the version tag '{version_tag}' deployed"),
    }
}

fn definition(inner: &Inner, tenant: TenantId, process: &Started) -> Result<Option<Arc<Deployed>>> {
    match process {
        Started::Definition(key) => inner.definition(tenant, *key),
        Started::Latest(id) => {
            let limits = || inner.limits_of_stored(tenant);
            let named = (tenant, inner.tenants.name(tenant));
            inner.catalog.latest(&inner.database, &limits, named, id)
        }
        // What a deployment found unchanged was deployed before it.
        Started::Deployed {
            process_id,
            deployment_key,
        } => newest(inner, tenant, process_id, |record| {
            record.deployment_key <= *deployment_key
        }),
        Started::Tagged {
            process_id,
            version_tag,
        } => newest(inner, tenant, process_id, |record| {
            record.version_tag.as_ref() == Some(version_tag)
        }),
    }
}

/// The newest version that fits.
fn newest(
    inner: &Inner,
    tenant: TenantId,
    process_id: &str,
    fits: impl Fn(&ProcessDefinition) -> bool,
) -> Result<Option<Arc<Deployed>>> {
    let found = {
        let reader = inner.database.read()?;
        let rows = reader.tenant(tenant);
        let mut versions = rows.index::<DefinitionsByProcess>((process_id,), Direction::Reverse);
        loop {
            match versions.next().transpose()? {
                Some(record) if fits(&record) => break Some(record.key),
                Some(_) => {}
                None => break None,
            }
        }
    };
    match found {
        Some(key) => inner.definition(tenant, key),
        None => Ok(None),
    }
}
