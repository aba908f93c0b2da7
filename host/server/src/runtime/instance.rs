//! A process instance in memory, and its creation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyam_engine::command::Activate;
use anyam_engine::key::InstanceKey;
use anyam_engine::transition::Parent;
use anyam_engine::value::Variables;
use anyam_engine::{Instance, StartFrom};
use anyam_store::TenantId;
use anyam_store::records::{Incident, InstanceBlob, InstanceState, ProcessInstance};
use tokio::sync::oneshot;

use super::Inner;
use super::catalog::Deployed;
use super::correlation::{Claim, StartTurn};
use super::keys::InstanceKeys;
use super::outbox::Receipt;
use super::requests::{Address, CreateInstance, CreatedInstance, ProcessSelector};
use super::shard::Request;
use crate::error::{Error, Result};

/// The version byte in front of a stored instance. Behind it stand the next key, the next history
/// segment and the revision of the bindings, which format 1 did not have, and then the engine's own.
const FORMAT: u8 = 2;

/// An instance as a task works on it.
pub(super) struct Live {
    pub(super) tenant: TenantId,
    pub(super) engine: Instance,
    pub(super) deployed: Arc<Deployed>,
    /// As [`super::rollouts::Rollouts::moved`] when `deployed` was looked up.
    pub(super) moved: u64,
    pub(super) keys: InstanceKeys,
    /// The row as it was last stored; `None` before the first commit.
    pub(super) row: Option<ProcessInstance>,
    pub(super) tags: Vec<String>,
    pub(super) business_id: Option<String>,
    /// The correlation key of the message that started it, where that keeps others out.
    pub(super) started_by: Option<String>,
    /// Number of its next history segment.
    pub(super) next_segment: u64,
    /// Keys below this one existed at the last commit.
    pub(super) saved_keys: u64,
    /// Step jobs whose calls the store knows to be under way.
    pub(super) saved_steps: BTreeSet<u64>,
    /// Whether its state is in the store.
    pub(super) saved_blob: bool,
    /// Bytes of its state when it was last stored.
    saved_bytes: usize,
    /// Whoever waits for its end.
    pub(super) waiter: Option<Waiter>,
}

/// Somebody who waits for the end of an instance.
pub(super) struct Waiter {
    pub(super) outcome: oneshot::Sender<Outcome>,
    /// Whether an incident ends the wait.
    pub(super) until_incident: bool,
}

/// What became of an awaited instance.
pub(super) enum Outcome {
    /// It ended.
    Ended(InstanceState, Variables),
    /// It waits for somebody to resolve an incident.
    HeldUp(Box<Incident>),
}

/// What a new instance is made of.
pub(super) struct Creation {
    pub(super) deployed: Arc<Deployed>,
    /// As [`super::rollouts::Rollouts::moved`] before `deployed` was looked up.
    pub(super) moved: u64,
    pub(super) variables: Variables,
    pub(super) tags: Vec<String>,
    pub(super) business_id: Option<String>,
    pub(super) waiter: Option<Waiter>,
    /// Where it begins.
    pub(super) from: StartFrom,
    /// Who called it.
    pub(super) parent: Option<Parent>,
    /// The row that asks for it.
    pub(super) receipt: Option<Receipt>,
    /// The message that starts it.
    pub(super) started_by: Option<StartedBy>,
}

/// A message that starts an instance.
pub(super) struct StartedBy {
    /// Its correlation key, where it keeps others from starting with the same.
    pub(super) correlation_key: Option<String>,
    /// Held until the start is committed or refused.
    pub(super) claim: Claim,
    /// As `claim`.
    pub(super) lock: Option<StartTurn>,
}

impl Creation {
    /// A plain start.
    pub(super) fn new(deployed: Arc<Deployed>, moved: u64, variables: Variables) -> Self {
        Self {
            deployed,
            moved,
            variables,
            tags: Vec::new(),
            business_id: None,
            waiter: None,
            from: StartFrom::NoneStart,
            parent: None,
            receipt: None,
            started_by: None,
        }
    }
}

/// Where an instance begins that somebody asks for: at these elements, where any are named.
fn begins(start_at: Vec<Box<str>>) -> StartFrom {
    if start_at.is_empty() {
        return StartFrom::NoneStart;
    }
    let elements = start_at.into_iter().map(|element| Activate {
        element,
        ancestor: None,
        variables: Vec::new(),
    });
    StartFrom::Elements(elements.collect())
}

impl Live {
    /// A new instance whose key begins a fresh block.
    pub(super) fn new(inner: &Inner, key: u64, creation: &mut Creation) -> Self {
        let keys = InstanceKeys::of_new(key);
        Self {
            tenant: creation.deployed.tenant,
            engine: Instance::new(InstanceKey(key), inner.now()),
            deployed: creation.deployed.clone(),
            moved: creation.moved,
            row: None,
            tags: std::mem::take(&mut creation.tags),
            business_id: creation.business_id.take(),
            started_by: creation
                .started_by
                .as_ref()
                .and_then(|message| message.correlation_key.clone()),
            next_segment: 0,
            saved_keys: keys.next(),
            keys,
            saved_steps: BTreeSet::new(),
            saved_blob: false,
            saved_bytes: 0,
            waiter: creation.waiter.take(),
        }
    }

    /// Reads an instance from the store; `None` where it is over or never was.
    pub(super) fn load(inner: &Inner, address: Address) -> Result<Option<Self>> {
        let reader = inner.database.read()?;
        let rows = reader.tenant(address.tenant);
        let Some(blob) = rows.get::<InstanceBlob>(&address.instance)? else {
            return Ok(None);
        };
        let broken =
            |what: &str| Error::Internal(format!("process instance {}: {what}", address.instance));
        let row = rows.get::<ProcessInstance>(&address.instance)?;
        let row = row.ok_or_else(|| broken("its row is absent"))?;
        let Head {
            next_key,
            next_segment,
            revision,
            state,
        } = split(&blob.bytes)
            .ok_or_else(|| broken("its state is damaged or of a newer format"))?;
        let moved = inner.rollouts.moved();
        let deployed = inner.definition_at(address.tenant, row.definition_key, revision)?;
        let deployed = deployed.ok_or_else(|| broken("its definition is absent"))?;
        let engine = Instance::decode(state).map_err(|error| broken(&error.to_string()))?;
        let pending = engine.pending_invocations(&deployed.process);
        let saved_steps = pending.map(|call| call.job.0).collect();
        Ok(Some(Self {
            tenant: address.tenant,
            keys: InstanceKeys::resume(next_key),
            saved_keys: next_key,
            saved_steps,
            saved_blob: true,
            saved_bytes: blob.bytes.len(),
            tags: row.tags.clone(),
            business_id: row.business_id.clone(),
            started_by: row.started_by.clone(),
            row: Some(row),
            engine,
            deployed,
            moved,
            next_segment,
            waiter: None,
        }))
    }

    /// Its key.
    pub(super) fn key(&self) -> u64 {
        self.engine.key().0
    }

    /// Its state as it is stored.
    pub(super) fn blob(&mut self) -> InstanceBlob {
        let mut bytes = Vec::with_capacity(self.saved_bytes.max(512));
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.keys.next().to_be_bytes());
        bytes.extend_from_slice(&self.next_segment.to_be_bytes());
        bytes.extend_from_slice(&self.deployed.revision.to_be_bytes());
        self.engine.encode(&mut bytes);
        self.saved_bytes = bytes.len();
        InstanceBlob {
            instance: self.key(),
            bytes,
        }
    }

    /// Goes on with other bindings where its own were rolled back since they were looked up.
    pub(super) fn follow(&mut self, inner: &Inner) {
        let moved = inner.rollouts.moved();
        if moved == self.moved {
            return;
        }
        let (key, revision) = (self.deployed.record.key, self.deployed.revision);
        match inner.definition_at(self.tenant, key, revision) {
            Ok(Some(deployed)) => {
                self.deployed = deployed;
                self.moved = moved;
            }
            // It goes on as it is and looks again at its next call.
            Ok(None) => {}
            Err(error) => tracing::warn!(instance = self.key(), %error, "bindings are not read"),
        }
    }

    /// About how much memory it takes.
    pub(super) fn memory_bytes(&self) -> usize {
        // Maps and texts in memory take some times their encoding, and the row with its place in
        // the shard comes on top: about 5 kB in all for one that waits for a user task.
        4_096 + 4 * self.saved_bytes
    }
}

/// What is in front of the engine's state.
struct Head<'b> {
    next_key: u64,
    next_segment: u64,
    revision: u32,
    state: &'b [u8],
}

fn split(bytes: &[u8]) -> Option<Head<'_>> {
    let (version, rest) = bytes.split_first()?;
    let (next_key, rest) = rest.split_first_chunk()?;
    let (next_segment, rest) = rest.split_first_chunk()?;
    let (revision, state) = match *version {
        1 => (0, rest),
        FORMAT => {
            let (revision, state) = rest.split_first_chunk()?;
            (u32::from_be_bytes(*revision), state)
        }
        _ => return None,
    };
    Some(Head {
        next_key: u64::from_be_bytes(*next_key),
        next_segment: u64::from_be_bytes(*next_segment),
        revision,
        state,
    })
}

/// The revision of its bindings that a stored instance has; `None` where it is damaged.
pub(super) fn revision_in(blob: &[u8]) -> Option<u32> {
    split(blob).map(|head| head.revision)
}

/// Creates an instance; see [`super::Runtime::create`].
pub(super) async fn create(inner: &Arc<Inner>, request: CreateInstance) -> Result<CreatedInstance> {
    let tenant = inner.tenants.known(&request.tenant)?;
    let moved = inner.rollouts.moved();
    let key = inner.database.next_block();
    let deployed = inner.chosen(select(inner, tenant, &request)?, key).await?;
    deployed.check_steps()?;
    let (waiter, ending) = match request.await_completion {
        Some(_) => {
            let (outcome, ending) = oneshot::channel();
            let until_incident = request.until_incident;
            let waiter = Waiter {
                outcome,
                until_incident,
            };
            (Some(waiter), Some((ending, inner.start_waiting()?)))
        }
        None => (None, None),
    };
    let creation = Creation {
        from: begins(request.start_at),
        tags: request.tags,
        business_id: request.business_id,
        waiter,
        ..Creation::new(deployed.clone(), moved, request.variables)
    };
    let address = Address {
        tenant,
        instance: key,
    };
    let created = inner.send(address, Request::Create(Box::new(creation)));
    let variables = match (ending, request.await_completion) {
        (Some((ending, _waiting)), Some(time)) => {
            let ended = async {
                created.await?;
                ending.await.map_err(|_| super::interrupted())
            };
            let late = |_| {
                Error::TimedOut(format!(
                    "process instance {key} did not end within {} ms; it goes on",
                    time.as_millis()
                ))
            };
            let ending = tokio::select! {
                biased;
                ending = inner.clock.timeout(time, ended) => ending.map_err(late)??,
                () = inner.stopping.cancelled() => return Err(super::interrupted()),
            };
            match ending {
                Outcome::Ended(InstanceState::Terminated, _) => {
                    return Err(Error::Conflict(format!(
                        "process instance {key} was terminated"
                    )));
                }
                Outcome::Ended(_, variables) => Some(variables),
                Outcome::HeldUp(incident) => {
                    return Err(Error::Conflict(format!(
                        "process instance {key} waits at '{}' for incident {} to be resolved, \
                         {}: {}",
                        incident.element_id, incident.key, incident.kind, incident.message
                    )));
                }
            }
        }
        _ => {
            created.await?;
            None
        }
    };
    Ok(CreatedInstance {
        key,
        tenant: request.tenant,
        definition: deployed,
        variables,
    })
}

fn select(inner: &Inner, tenant: TenantId, request: &CreateInstance) -> Result<Arc<Deployed>> {
    let name = inner.tenants.name(tenant);
    let limits = || inner.limits_of_stored(tenant);
    let (found, what) = match &request.process {
        ProcessSelector::Latest(id) => (
            inner
                .catalog
                .latest(&inner.database, &limits, (tenant, name), id)?,
            format!("process '{id}'"),
        ),
        ProcessSelector::Version(id, version) => (
            match super::deployment::version(&inner.database.read()?, tenant, id, *version)? {
                Some(record) => inner.definition(tenant, record.key)?,
                None => None,
            },
            format!("version {version} of process '{id}'"),
        ),
        ProcessSelector::Key(key) => (
            inner.definition(tenant, *key)?,
            format!("process definition {key}"),
        ),
    };
    let missing = || {
        Error::NotFound(format!(
            "tenant '{}' has no {what} deployed",
            request.tenant
        ))
    };
    found.ok_or_else(missing)
}

/// One of a bounded number of waits; over when it is dropped.
pub(super) struct Waiting(Arc<Inner>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Inner {
    /// Counts a request that will wait.
    pub(super) fn start_waiting(self: &Arc<Self>) -> Result<Waiting> {
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let waiting = Waiting(self.clone());
        if before >= self.limits.runtime.waiting_requests {
            return Err(Error::Unavailable(
                "too many requests wait; try again later".to_owned(),
            ));
        }
        Ok(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_instances_of_both_formats_are_read() {
        let mut bytes = vec![1];
        bytes.extend_from_slice(&7u64.to_be_bytes());
        bytes.extend_from_slice(&8u64.to_be_bytes());
        let old = [&*bytes, b"state"].concat();
        let head = split(&old).unwrap();
        assert_eq!((head.next_key, head.next_segment, head.revision), (7, 8, 0));
        assert_eq!(head.state, b"state");
        bytes[0] = 2;
        bytes.extend_from_slice(&9u32.to_be_bytes());
        let new = [&*bytes, b"state"].concat();
        let head = split(&new).unwrap();
        assert_eq!((head.next_key, head.next_segment, head.revision), (7, 8, 9));
        assert_eq!(head.state, b"state");
        assert_eq!(revision_in(&new), Some(9));
        for damaged in [&[][..], &[3; 40], &bytes[..20]] {
            assert!(split(damaged).is_none(), "{damaged:?}");
        }
    }
}
