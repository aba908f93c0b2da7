//! What events wait for and throw (10.5.5).

use super::{ErrorIx, EscalationIx, ExprIx, MessageIx, NodeIx, SignalIx, Value};

/// What sets an event off, or what it throws. Which of them may stand where is the compiler's
/// business.
#[derive(Clone, Debug, PartialEq)]
pub enum EventTrigger {
    /// Nothing.
    None,
    /// A message.
    Message(MessageIx),
    /// A time.
    Timer(TimerDefinition),
    /// A signal.
    Signal(SignalIx),
    /// An error; `None` catches every code.
    Error(Option<ErrorIx>),
    /// An escalation; `None` catches every code.
    Escalation(Option<EscalationIx>),
    /// A condition becomes true.
    Conditional(Box<ConditionDefinition>),
    /// Compensation. To catch it has neither setting.
    Compensation {
        /// The activity to compensate; `None` is everything in the scope.
        activity: Option<NodeIx>,
        /// `waitForCompletion`: whether the throwing event waits for the handlers.
        wait: bool,
    },
    /// A transaction is cancelled.
    Cancel,
    /// A link of this name, from its throw events to its catch event in the same scope.
    Link(Box<str>),
    /// Ends the whole scope.
    Terminate,
    /// Several of the others, never one of this kind.
    Multiple {
        /// In document order, at most [`EventTrigger::MAX_PARTS`].
        triggers: Vec<EventTrigger>,
        /// Whether it takes all of them to set the event off.
        parallel: bool,
    },
}

impl EventTrigger {
    /// How many event definitions one event may have; their positions fit a byte.
    pub const MAX_PARTS: usize = 64;

    /// The single triggers: those of a multiple event, or the only one.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::None => &[],
            Self::Multiple { triggers, .. } => triggers,
            single => std::slice::from_ref(single),
        }
    }

    /// The single trigger at a position of [`EventTrigger::parts`].
    pub fn part(&self, at: u8) -> Option<&Self> {
        self.parts().get(usize::from(at))
    }
}

/// A timer (10.5.5, table 10.101). FEEL texts are evaluated when the timer is scheduled.
#[derive(Clone, Debug, PartialEq)]
pub enum TimerDefinition {
    /// `timeDate`: an ISO 8601 instant.
    Date(Value),
    /// `timeDuration`: an ISO 8601 duration.
    Duration(Value),
    /// `timeCycle`: an ISO 8601 repeating interval (`R5/PT10S`, `R/P1D`), or a cron text
    /// ([`crate::cron`]).
    Cycle(Value),
}

/// A condition (10.5.5) with its `zeebe:conditionalFilter`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionDefinition {
    /// `condition`.
    pub expression: ExprIx,
    /// `variableNames`: only changes of these have it evaluated; empty is every name it reads.
    pub variable_names: Vec<Box<str>>,
    /// `variableEvents`: only these changes have it evaluated; `None` is any.
    pub variable_change: Option<VariableChange>,
}

/// How a variable changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableChange {
    /// `create`: it did not exist.
    Create,
    /// `update`: it existed.
    Update,
}
