//! What is evaluated away from the engine.

use anyam_feel::dmn::{self, Evaluated, Failed};
use anyam_feel::{EvaluationError, isolated};

/// An expression or decision that may be costly.
#[derive(Clone, Debug)]
pub enum Request {
    /// An expression.
    Expression(Box<isolated::Request>),
    /// A decision.
    Decision(dmn::Request),
}

/// The answer to a [`Request`], of the same kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// The value of an expression as JSON text, or why there is none.
    Expression(isolated::Response),
    /// The result of a decision, or why there is none.
    Decision(Result<Evaluated, Box<Failed>>),
}

impl Request {
    /// Evaluates it. It may take seconds: call it where nobody waits for the thread, which must
    /// have [`isolated::STACK_BYTES`] of stack left.
    #[must_use]
    pub fn evaluate(&self) -> Response {
        match self {
            Self::Expression(request) => Response::Expression(isolated::evaluate(request)),
            Self::Decision(request) => Response::Decision(dmn::evaluate(request)),
        }
    }

    /// The answer where nothing could be evaluated.
    #[must_use]
    pub fn unavailable(&self, why: &str) -> Response {
        let error = EvaluationError::Unavailable(why.into());
        match self {
            Self::Expression(_) => Response::Expression(Err(error)),
            Self::Decision(request) => Response::Decision(Err(Box::new(Failed {
                decision_id: request.decision_id().into(),
                decision_name: request.decision_id().into(),
                error,
                decisions: Vec::new(),
            }))),
        }
    }
}
