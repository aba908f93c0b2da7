//! What the engine says of an instance, as the rows that are stored.

use anyam_engine::transition::{
    self as engine, ElementRecord, IncidentRecord, JobRecord, UserTaskRecord, VariableRecord,
};
use anyam_engine::value::Timestamp;
use anyam_store::records::{
    CorrelatedMessage, ElementInstance, Incident, InstanceState, Job, JobKind, JobState,
    ListenerEvent, ParentInstance, ProcessInstance, UserTask, UserTaskState, Variable,
};

use crate::runtime::instance::Live;

pub(super) fn instance_row(live: &Live) -> ProcessInstance {
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
pub(crate) fn state(state: engine::InstanceState) -> InstanceState {
    match state {
        engine::InstanceState::Active => InstanceState::Active,
        engine::InstanceState::Completed => InstanceState::Completed,
        engine::InstanceState::Terminated => InstanceState::Terminated,
    }
}

pub(super) fn element(live: &Live, record: &ElementRecord) -> ElementInstance {
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

pub(super) fn variable(live: &Live, record: &VariableRecord) -> Variable {
    Variable {
        key: record.key.0,
        instance: live.key(),
        scope: record.scope.0,
        name: record.name.to_string(),
        value: record.value.as_str().to_owned(),
    }
}

pub(super) fn job(live: &Live, record: &JobRecord) -> Job {
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
        headers: record
            .all_headers(node)
            .into_iter()
            .map(|(k, v)| (k.into(), v.into()))
            .collect(),
        created_at: record.created_at.0,
        ended_at: record.ended_at.map(|at| at.0),
        kind: kind(record.kind),
        listener: record.listener.map(listener),
        priority: record.priority,
        denied: record.denied,
        denied_reason: text(&record.denied_reason),
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

pub(super) fn user_task(live: &Live, record: &UserTaskRecord) -> UserTask {
    let node = live.deployed.process.node(record.element);
    let texts = |texts: &[Box<str>]| texts.iter().map(|text| text.to_string()).collect();
    let date = |at: Option<Timestamp>| at.map(|at| crate::api::time::Time(at.0).to_string());
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
        form: record.external_form.as_deref().map(str::to_owned),
        form_key: record.form.map(|key| key.0),
        created_at: record.created_at.0,
        ended_at: record.ended_at.map(|at| at.0),
    }
}

pub(super) fn incident(live: &Live, record: &IncidentRecord) -> Incident {
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
            engine::IncidentKind::FormNotFound => "FORM_NOT_FOUND",
            engine::IncidentKind::ResourceNotFound => "RESOURCE_NOT_FOUND",
            engine::IncidentKind::JoinDeadlock => "JOIN_DEADLOCK",
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
pub(super) fn correlated(
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
