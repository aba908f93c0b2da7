//! Keys: 64-bit numbers that rise with time and never come twice.

use serde::{Deserialize, Serialize};

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

key!(
    /// A process instance. Also the key of its root scope as an element instance.
    InstanceKey
);
key!(
    /// One activation of an element; the process instance itself is one too.
    ElementInstanceKey
);
key!(
    /// A job: one service-task activation's work, whoever does it.
    JobKey
);
key!(
    /// A scheduled timer.
    TimerKey
);
key!(
    /// An open subscription to a message or signal.
    SubscriptionKey
);
key!(
    /// An open wait for a condition.
    ConditionKey
);
key!(
    /// An incident.
    IncidentKey
);
key!(
    /// A user task.
    UserTaskKey
);
key!(
    /// A variable in one scope.
    VariableKey
);
key!(
    /// A published message.
    MessageKey
);
key!(
    /// A version of a deployed file that is no model.
    ResourceKey
);
key!(
    /// A version of a decision.
    DecisionKey
);
key!(
    /// One evaluation of a decision, with everything it requires.
    DecisionEvaluationKey
);

/// Where [`crate::apply`] gets new keys from.
///
/// The same sequence of keys for the same command gives the same transition.
pub trait KeySource {
    /// A key greater than every key handed out before.
    fn next_key(&mut self) -> u64;
}
