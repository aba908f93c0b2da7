//! One transition as one batch: state, rows, indexes, timers, subscriptions and history.

use std::collections::{BTreeSet, HashSet};

use anyam_engine::transition::{
    self as engine, ElementRecord, Event, IncidentRecord, JobRecord, UserTaskRecord, VariableRecord,
};
use anyam_engine::value::Timestamp;
use anyam_store::records::{
    BlockOwner, CorrelatedMessage, ElementInstance, Incident, InstanceBlob, InstanceState, Job,
    JobKind, JobState, ListenerEvent, MessageClaim, MessageSubscription, ParentInstance,
    PendingStep, ProcessInstance, SignalSubscription, StartLock, Timer, UserTask, UserTaskState,
    Variable,
};
use anyam_store::{BLOCK, Batch, Reader, Record, Result, TenantOwned, TenantWriter};

use super::instance::Live;
use super::requests::Address;
use super::unsaved::Unsaved;
use super::{Inner, history, usage};

/// Everything that changed in an instance since its last commit.
///
/// # Errors
/// The store's, on reading rows that are replaced.
pub(super) fn batch(inner: &Inner, live: &mut Live, unsaved: &Unsaved) -> Result<Batch> {
    let mut batch = Batch::new();
    let address = Address {
        tenant: live.tenant,
        instance: live.key(),
    };
    system_rows(&mut batch, live, unsaved, address);
    unsaved.messages.add(live.tenant, &mut batch);
    let row = instance_row(live);
    let ended = row.state != InstanceState::Active;
    let mut rows = batch.tenant(live.tenant);
    match &live.row {
        Some(old) if *old == row => {}
        Some(old) => drop(rows.replace(old, &row)),
        None => drop(rows.put(&row)),
    }
    let mut old = Old {
        inner,
        reader: None,
        live,
    };
    for event in last_of_each(&unsaved.events) {
        match event {
            Event::Element(record) => drop(rows.put(&element(live, record))),
            Event::Variable(record) => drop(rows.put(&variable(live, record))),
            Event::Job(record) => old.put(&mut rows, record.key.0, job(live, record))?,
            Event::UserTask(record) => old.put(&mut rows, record.key.0, user_task(live, record))?,
            Event::Incident(record) => old.put(&mut rows, record.key.0, incident(live, record))?,
            Event::MessageCorrelated {
                message,
                subscription,
            } => {
                if let Some(row) = correlated(live, message.0, subscription, inner.now()) {
                    rows.put(&row);
                }
            }
            Event::Instance(_)
            | Event::FlowTaken { .. }
            | Event::SignalReceived { .. }
            | Event::DecisionEvaluated(_) => {}
        }
    }
    for made in &unsaved.decisions {
        rows.put(made);
    }
    subscriptions(&mut rows, live, unsaved, inner.now());
    for claim in &unsaved.claims {
        if claim.is_buffered() {
            rows.put(&MessageClaim {
                message: claim.message(),
                process_id: claim.process_id().to_owned(),
                instance: address.instance,
            });
        }
    }
    start_lock(&mut rows, live, ended);
    if !unsaved.history.is_empty() {
        rows.put(&history::segment(
            address.instance,
            live.next_segment,
            &unsaved.history,
        ));
        live.next_segment += 1;
    }
    match (ended, live.saved_blob) {
        (false, _) => drop(rows.put(&live.blob())),
        (true, true) => {
            rows.delete(&InstanceBlob {
                instance: address.instance,
                bytes: Vec::new(),
            });
        }
        (true, false) => {}
    }
    let first = !live.saved_blob;
    let counted = (&*unsaved.history, inner.now().0);
    usage::count(&mut batch, live.tenant, (&row, first), counted);
    live.row = Some(row);
    Ok(batch)
}

/// Notes that the batch is durable.
pub(super) fn saved(live: &mut Live, _: &Unsaved) {
    live.saved_keys = live.keys.next();
    live.keys.taken.clear();
    live.saved_blob = true;
    live.saved_steps = running_steps(live);
}

fn system_rows(batch: &mut Batch, live: &Live, unsaved: &Unsaved, address: Address) {
    let mut rows = batch.system();
    let (instance, tenant) = (address.instance, address.tenant.0);
    for block in &live.keys.taken {
        rows.put(&BlockOwner {
            block: *block,
            tenant,
            instance,
        });
    }
    for (key, (due, scheduled)) in &unsaved.timers {
        let timer = Timer {
            due: due.0,
            key: *key,
            instance,
            tenant,
        };
        if *scheduled {
            rows.put(&timer)
        } else {
            rows.delete(&timer)
        };
    }
    for row in &unsaved.outgoing {
        rows.put(row);
    }
    for receipt in &unsaved.received {
        receipt.settle(batch);
    }
    let mut rows = batch.system();
    let running = running_steps(live);
    for job in running.difference(&live.saved_steps) {
        rows.put(&PendingStep {
            instance,
            job: *job,
            tenant,
        });
    }
    for job in live.saved_steps.difference(&running) {
        rows.delete(&PendingStep {
            instance,
            job: *job,
            tenant,
        });
    }
}

/// Keeps others from starting with the message that has started this one, as long as it is active.
fn start_lock(rows: &mut TenantWriter<'_>, live: &Live, ended: bool) {
    let Some(correlation_key) = &live.started_by else {
        return;
    };
    let lock = StartLock {
        process_id: live.deployed.record.process_id.clone(),
        correlation_key: correlation_key.clone(),
        instance: live.key(),
    };
    match (ended, live.saved_blob) {
        (false, false) => drop(rows.put(&lock)),
        (true, true) => drop(rows.delete(&lock)),
        _ => {}
    }
}

/// Rows of timers that fired for an instance that does not know them.
pub(super) fn stale_timers(address: Address, unsaved: &Unsaved) -> Batch {
    let mut batch = Batch::new();
    let (instance, tenant) = (address.instance, address.tenant.0);
    for (key, (due, _)) in &unsaved.timers {
        batch.system().delete(&Timer {
            due: due.0,
            key: *key,
            instance,
            tenant,
        });
    }
    batch
}

fn running_steps(live: &Live) -> BTreeSet<u64> {
    let jobs = live.engine.jobs();
    jobs.filter(|job| job.step && job.state == engine::JobState::Created)
        .map(|job| job.key.0)
        .collect()
}

/// Of several records of one thing only the last is stored.
fn last_of_each(events: &[Event]) -> impl Iterator<Item = &Event> {
    let mut seen = HashSet::with_capacity(events.len());
    let mut last: Vec<&Event> = Vec::with_capacity(events.len());
    for event in events.iter().rev() {
        let id = match event {
            Event::Element(record) => (0, record.key.0),
            Event::Variable(record) => (1, record.key.0),
            Event::Job(record) => (2, record.key.0),
            Event::UserTask(record) => (3, record.key.0),
            Event::Incident(record) => (4, record.key.0),
            Event::MessageCorrelated { message, .. } => (5, message.0),
            Event::Instance(_)
            | Event::FlowTaken { .. }
            | Event::SignalReceived { .. }
            | Event::DecisionEvaluated(_) => {
                continue;
            }
        };
        if seen.insert(id) {
            last.push(event);
        }
    }
    last.into_iter().rev()
}

/// The rows as stored, for those that have indexes.
struct Old<'a> {
    inner: &'a Inner,
    reader: Option<Reader>,
    live: &'a Live,
}

impl Old<'_> {
    fn put<R>(&mut self, rows: &mut TenantWriter<'_>, key: u64, record: R) -> Result<()>
    where
        R: for<'k> Record<Owner = TenantOwned, Key<'k> = (u64, u64)>,
    {
        if key >= self.live.saved_keys {
            rows.put(&record);
            return Ok(());
        }
        if self.reader.is_none() {
            self.reader = Some(self.inner.database.read()?);
        }
        let reader = self.reader.as_ref().expect("opened above");
        match reader
            .tenant(self.live.tenant)
            .get::<R>(&(self.live.key(), key))?
        {
            Some(old) => rows.replace(&old, &record),
            None => rows.put(&record),
        };
        Ok(())
    }
}

fn instance_row(live: &Live) -> ProcessInstance {
    let (record, definition) = (live.engine.record(), &live.deployed.record);
    ProcessInstance {
        key: live.key(),
        definition_key: definition.key,
        process_id: definition.process_id.clone(),
        process_version: definition.version,
        process_name: definition.name.clone(),
        version_tag: definition.version_tag.clone(),
        state: state(record.state),
        has_incident: record.has_incident,
        started_at: record.started_at.0,
        ended_at: record.ended_at.map(|at| at.0),
        tags: live.tags.clone(),
        business_id: live.business_id.clone(),
        parent: record.parent.map(|parent| ParentInstance {
            instance: parent.instance.0,
            element_instance: parent.element_instance.0,
            root: parent.root.0,
        }),
        started_by: live.started_by.clone(),
    }
}

/// How an instance's state is stored.
pub(super) fn state(state: engine::InstanceState) -> InstanceState {
    match state {
        engine::InstanceState::Active => InstanceState::Active,
        engine::InstanceState::Completed => InstanceState::Completed,
        engine::InstanceState::Terminated => InstanceState::Terminated,
    }
}

fn element(live: &Live, record: &ElementRecord) -> ElementInstance {
    let node = live.deployed.process.node(record.element);
    ElementInstance {
        key: record.key.0,
        instance: live.key(),
        definition_key: live.deployed.record.key,
        process_id: live.deployed.record.process_id.clone(),
        element_id: node.id.to_string(),
        element_name: node.name.as_deref().map(str::to_owned),
        element_type: match record.role {
            engine::Role::Body => "MULTI_INSTANCE_BODY".into(),
            engine::Role::Inner => "AD_HOC_SUB_PROCESS_INNER_INSTANCE".into(),
            _ => node.element_type().into(),
        },
        state: match record.state {
            engine::ElementState::Active => InstanceState::Active,
            engine::ElementState::Completed => InstanceState::Completed,
            engine::ElementState::Terminated => InstanceState::Terminated,
        },
        scope: record.scope.0,
        started_at: record.started_at.0,
        ended_at: record.ended_at.map(|at| at.0),
        incident: record.incident.map(|key| key.0),
    }
}

fn variable(live: &Live, record: &VariableRecord) -> Variable {
    Variable {
        key: record.key.0,
        instance: live.key(),
        scope: record.scope.0,
        name: record.name.to_string(),
        value: record.value.as_str().to_owned(),
    }
}

fn job(live: &Live, record: &JobRecord) -> Job {
    let node = live.deployed.process.node(record.element);
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    Job {
        key: record.key.0,
        instance: live.key(),
        definition_key: live.deployed.record.key,
        process_id: live.deployed.record.process_id.clone(),
        process_version: live.deployed.record.version,
        element_id: node.id.to_string(),
        element_instance: record.element_instance.0,
        job_type: record.job_type.to_string(),
        step: record.step,
        retries: record.retries,
        attempt: record.attempt,
        state: match record.state {
            engine::JobState::Created => JobState::Created,
            engine::JobState::Activated => JobState::Activated,
            engine::JobState::Backoff => JobState::Backoff,
            engine::JobState::Failed => JobState::Failed,
            engine::JobState::ErrorThrown => JobState::ErrorThrown,
            engine::JobState::Completed => JobState::Completed,
            engine::JobState::Canceled => JobState::Canceled,
        },
        worker: text(&record.worker),
        deadline: record.deadline.map(|at| at.0),
        error_message: text(&record.error_message),
        error_code: text(&record.error_code),
        headers: node
            .headers
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect(),
        created_at: record.created_at.0,
        ended_at: record.ended_at.map(|at| at.0),
        kind: kind(record.kind),
        listener: record.listener.map(listener),
        priority: record.priority,
    }
}

/// What a job is for, as it is stored.
pub(crate) fn kind(kind: engine::JobKind) -> JobKind {
    match kind {
        engine::JobKind::BpmnElement => JobKind::BpmnElement,
        engine::JobKind::ExecutionListener => JobKind::ExecutionListener,
        engine::JobKind::TaskListener => JobKind::TaskListener,
        engine::JobKind::AdHocSubProcess => JobKind::AdHocSubProcess,
    }
}

/// When a listener runs, as it is stored.
pub(crate) fn listener(event: anyam_bpmn::graph::ListenerEvent) -> ListenerEvent {
    use anyam_bpmn::graph::ListenerEvent as Event;
    match event {
        Event::Start => ListenerEvent::Start,
        Event::End => ListenerEvent::End,
        Event::Creating => ListenerEvent::Creating,
        Event::Assigning => ListenerEvent::Assigning,
        Event::Updating => ListenerEvent::Updating,
        Event::Completing => ListenerEvent::Completing,
        Event::Canceling => ListenerEvent::Canceling,
    }
}

fn user_task(live: &Live, record: &UserTaskRecord) -> UserTask {
    let node = live.deployed.process.node(record.element);
    let texts = |texts: &[Box<str>]| texts.iter().map(|text| text.to_string()).collect();
    let date = |at: Option<Timestamp>| at.map(|at| crate::api::time::Time(at.0).to_string());
    let form = match &node.kind {
        anyam_bpmn::graph::NodeKind::UserTask(task) => task.form.as_deref().map(str::to_owned),
        _ => None,
    };
    UserTask {
        key: record.key.0,
        instance: live.key(),
        definition_key: live.deployed.record.key,
        process_id: live.deployed.record.process_id.clone(),
        process_version: live.deployed.record.version,
        process_name: live.deployed.record.name.clone(),
        element_id: node.id.to_string(),
        element_name: node.name.as_deref().map(str::to_owned),
        element_instance: record.element_instance.0,
        state: match record.state {
            engine::UserTaskState::Created => UserTaskState::Created,
            engine::UserTaskState::Completed => UserTaskState::Completed,
            engine::UserTaskState::Canceled => UserTaskState::Canceled,
            engine::UserTaskState::Creating => UserTaskState::Creating,
            engine::UserTaskState::Assigning => UserTaskState::Assigning,
            engine::UserTaskState::Updating => UserTaskState::Updating,
            engine::UserTaskState::Completing => UserTaskState::Completing,
            engine::UserTaskState::Canceling => UserTaskState::Canceling,
        },
        assignee: record.assignee.as_deref().map(str::to_owned),
        candidate_groups: texts(&record.candidate_groups),
        candidate_users: texts(&record.candidate_users),
        due_date: date(record.due_date),
        follow_up_date: date(record.follow_up_date),
        priority: record.priority,
        form,
        created_at: record.created_at.0,
        ended_at: record.ended_at.map(|at| at.0),
    }
}

/// An incident that is open after the events of a commit.
pub(super) fn open_incident(live: &Live, unsaved: &Unsaved) -> Option<Incident> {
    let found = last_of_each(&unsaved.events).find_map(|event| match event {
        Event::Incident(record) if record.resolved_at.is_none() => Some(record),
        _ => None,
    })?;
    Some(incident(live, found))
}

fn incident(live: &Live, record: &IncidentRecord) -> Incident {
    let node = live.deployed.process.node(record.element);
    Incident {
        key: record.key.0,
        instance: live.key(),
        definition_key: live.deployed.record.key,
        process_id: live.deployed.record.process_id.clone(),
        element_id: node.id.to_string(),
        element_instance: record.element_instance.0,
        job: record.job.map(|key| key.0),
        kind: match record.kind {
            engine::IncidentKind::IoMappingError => "IO_MAPPING_ERROR",
            engine::IncidentKind::JobNoRetries => "JOB_NO_RETRIES",
            engine::IncidentKind::ConditionError => "CONDITION_ERROR",
            engine::IncidentKind::ExtractValueError => "EXTRACT_VALUE_ERROR",
            engine::IncidentKind::UnhandledErrorEvent => "UNHANDLED_ERROR_EVENT",
            engine::IncidentKind::ResourceLimit => "RESOURCE_LIMIT",
            engine::IncidentKind::CalledElementError => "CALLED_ELEMENT_ERROR",
            engine::IncidentKind::DecisionEvaluationError => "DECISION_EVALUATION_ERROR",
            engine::IncidentKind::CalledDecisionError => "CALLED_DECISION_ERROR",
            engine::IncidentKind::ExecutionListenerNoRetries => "EXECUTION_LISTENER_NO_RETRIES",
            engine::IncidentKind::TaskListenerNoRetries => "TASK_LISTENER_NO_RETRIES",
            engine::IncidentKind::AdHocSubProcessNoRetries => "AD_HOC_SUB_PROCESS_NO_RETRIES",
        }
        .to_owned(),
        message: record.message.to_string(),
        created_at: record.created_at.0,
        resolved_at: record.resolved_at.map(|at| at.0),
    }
}

/// A message that a subscription of the instance got.
fn correlated(
    live: &Live,
    message: u64,
    met: &engine::Subscription,
    now: Timestamp,
) -> Option<CorrelatedMessage> {
    let engine::Awaited::Message {
        name,
        correlation_key,
    } = &met.awaits
    else {
        return None;
    };
    Some(CorrelatedMessage {
        instance: live.key(),
        message,
        subscription: met.key.0,
        definition_key: live.deployed.record.key,
        process_id: live.deployed.record.process_id.clone(),
        element_id: live.deployed.process.node(met.element).id.to_string(),
        element_instance: met.element_instance.0,
        message_name: name.to_string(),
        correlation_key: correlation_key.to_string(),
        correlated_at: now.0,
    })
}

fn subscriptions(rows: &mut TenantWriter<'_>, live: &Live, unsaved: &Unsaved, now: Timestamp) {
    for (open, opened) in unsaved.subscriptions.values() {
        let element_id = live.deployed.process.node(open.element).id.to_string();
        let (name, correlation_key) = match &open.awaits {
            engine::Awaited::Message {
                name,
                correlation_key,
            } => (name, correlation_key),
            engine::Awaited::Signal { name } => {
                let record = SignalSubscription {
                    key: open.key.0,
                    instance: live.key(),
                    element_id,
                    element_instance: open.element_instance.0,
                    name: name.to_string(),
                    opened_at: now.0,
                };
                match opened {
                    true => rows.put(&record),
                    false => rows.delete(&record),
                };
                continue;
            }
        };
        let record = MessageSubscription {
            key: open.key.0,
            instance: live.key(),
            definition_key: live.deployed.record.key,
            process_id: live.deployed.record.process_id.clone(),
            element_id,
            element_instance: open.element_instance.0,
            message_name: name.to_string(),
            correlation_key: correlation_key.to_string(),
            opened_at: now.0,
        };
        if *opened {
            rows.put(&record)
        } else {
            rows.delete(&record)
        };
    }
}

/// Blocks are aligned, so the owner of any key in one is found from its first key.
const _: () = assert!(BLOCK.is_power_of_two());
