//! What activities carry.

use super::{ExprIx, Scope, Value};

/// `zeebe:taskDefinition`.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDefinition {
    /// `type`: a job type, or the name of a step (`credit-check`, `credit-check@1.2`).
    pub job_type: Value,
    /// `retries`; 3 where absent.
    pub retries: Value,
}

/// `zeebe:userTask`, `zeebe:assignmentDefinition` and their like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserTaskDefinition {
    /// `assignee`.
    pub assignee: Option<Value>,
    /// `candidateGroups`: FEEL list of texts, or a comma-separated literal.
    pub candidate_groups: Option<Value>,
    /// `candidateUsers`: FEEL list of texts, or a comma-separated literal.
    pub candidate_users: Option<Value>,
    /// `zeebe:taskSchedule dueDate`: ISO 8601 instant.
    pub due_date: Option<Value>,
    /// `zeebe:taskSchedule followUpDate`: ISO 8601 instant.
    pub follow_up_date: Option<Value>,
    /// `zeebe:priorityDefinition`, 0 to 100; 50 where absent.
    pub priority: Option<Value>,
    /// `zeebe:formDefinition`.
    pub form: Option<FormDefinition>,
}

/// `zeebe:formDefinition`: the form that is shown for a user task.
#[derive(Clone, Debug, PartialEq)]
pub enum FormDefinition {
    /// `externalReference` or `formKey`: a form that is kept elsewhere.
    External(Value),
    /// `formId`: a deployed form.
    Deployed {
        /// Its id.
        id: Value,
        /// Which version.
        binding: Binding,
    },
}

/// A sub-process (10.3.5).
#[derive(Clone, Debug, PartialEq)]
pub struct SubProcess {
    /// What it holds.
    pub scope: Scope,
    /// Which of the kinds it is.
    pub flavour: SubProcessFlavour,
}

impl SubProcess {
    /// The settings of an ad-hoc sub-process.
    pub fn ad_hoc(&self) -> Option<&AdHoc> {
        match &self.flavour {
            SubProcessFlavour::AdHoc(ad_hoc) => Some(ad_hoc),
            _ => None,
        }
    }
}

/// The kinds of sub-processes.
#[derive(Clone, Debug, PartialEq)]
pub enum SubProcessFlavour {
    /// Embedded: begins at its none start event.
    Embedded,
    /// Event sub-process (`triggeredByEvent`): begins when its start event is set off.
    Event,
    /// Transaction: may be cancelled, which compensates it.
    Transaction,
    /// Ad-hoc: what runs in it is decided while it runs.
    AdHoc(AdHoc),
}

/// An ad-hoc sub-process (10.3.5) with its `zeebe:adHoc`.
#[derive(Clone, Debug, PartialEq)]
pub struct AdHoc {
    /// `activeElementsCollection`: ids of the elements that begin at once.
    pub active_elements: Option<ExprIx>,
    /// `completionCondition`: FEEL, or the literal `true` or `false`.
    pub completion_condition: Option<Value>,
    /// `cancelRemainingInstances`; true where absent.
    pub cancel_remaining: bool,
    /// `ordering="Sequential"`: one element at a time.
    pub sequential: bool,
    /// `outputCollection`: the variable that collects results.
    pub output_collection: Option<Box<str>>,
    /// `outputElement`: what of each inner instance is collected.
    pub output_element: Option<ExprIx>,
    /// The worker that decides what is activated, with `zeebe:taskDefinition`.
    pub job: Option<JobDefinition>,
}

/// Which version of a called process, decision or resource is meant (`bindingType`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// `latest`: the newest at the time of the call.
    #[default]
    Latest,
    /// `deployment`: the one that was deployed together with this process.
    Deployment,
    /// `versionTag`: the newest with this tag.
    VersionTag(Box<str>),
}

/// A call activity (10.3.6) with its `zeebe:calledElement`.
#[derive(Clone, Debug, PartialEq)]
pub struct CalledElement {
    /// `processId`.
    pub process_id: Value,
    /// Which version.
    pub binding: Binding,
    /// `propagateAllParentVariables`: whether the called instance begins with every visible
    /// variable, not only with what the input mappings make.
    pub all_parent_variables: bool,
    /// `propagateAllChildVariables`: whether all its variables come back where there are no output
    /// mappings.
    pub all_child_variables: bool,
}

/// `zeebe:calledDecision`.
#[derive(Clone, Debug, PartialEq)]
pub struct CalledDecision {
    /// `decisionId`.
    pub decision_id: Value,
    /// The variable that gets its value.
    pub result_variable: Box<str>,
    /// Which version.
    pub binding: Binding,
}

/// `zeebe:executionListener` or `zeebe:taskListener`.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// `eventType`.
    pub event: ListenerEvent,
    /// `type` and `retries`.
    pub job: JobDefinition,
    /// Its own `zeebe:taskHeaders`, in document order.
    pub headers: Vec<(Box<str>, Box<str>)>,
}

/// When a listener runs. The first two are those of any element, the others of user tasks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum ListenerEvent {
    /// Before the element does anything itself.
    Start,
    /// After it is done, before its output mappings.
    End,
    /// Before a user task is created.
    Creating,
    /// Before an assignee is set.
    Assigning,
    /// Before a user task is changed.
    Updating,
    /// Before a user task is completed.
    Completing,
    /// Before a user task is cancelled.
    Canceling,
}

/// `zeebe:linkedResource`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkedResource {
    /// `resourceId`.
    pub resource_id: Value,
    /// `resourceType`.
    pub resource_type: Box<str>,
    /// `linkName`: the name the worker knows it by.
    pub link_name: Box<str>,
    /// Which version.
    pub binding: Binding,
}
