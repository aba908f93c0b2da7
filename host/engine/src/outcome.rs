//! How [`crate::apply`] answers.

use crate::evaluation::Request;
use crate::instance::Instance;
use crate::transition::Transition;

/// What became of a command.
#[derive(Debug)]
pub enum Outcome {
    /// Done: the changed instance and what to do and store.
    Applied(Instance, Transition),
    /// Refused: the instance is unchanged.
    Rejected(Instance, Rejection),
    /// An expression or decision that may be costly must be evaluated first, in isolation. Apply the same
    /// command to the same (unchanged) instance again with the result appended to
    /// [`crate::Environment::evaluated`].
    Evaluate(Instance, Request),
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No such job, task, timer, subscription, scope or incident in this instance.
    #[error("{what} {key} does not exist or is already over")]
    NotFound {
        /// What was asked for, such as `job`.
        what: &'static str,
        /// Its key.
        key: u64,
    },
    /// It exists, and its state forbids the command.
    #[error("{0}")]
    WrongState(String),
    /// An argument is out of range.
    #[error("{0}")]
    Invalid(String),
    /// The instance is over.
    #[error("the process instance is already over")]
    Ended,
}
