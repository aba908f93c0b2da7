//! What an expression and its data may measure.

use serde::{Deserialize, Serialize};

/// Upper bounds of one expression, its data and its result.
///
/// Every bound is inclusive: a value equal to it is accepted, one more is refused with the error
/// variant named at the field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Source text, in bytes ([`CompileError::TooLong`](crate::CompileError::TooLong)).
    pub max_source_bytes: usize,
    /// Tokens in the source text ([`CompileError::TooManyTokens`](crate::CompileError::TooManyTokens)).
    pub max_tokens: usize,
    /// Nesting of the source: brackets, `if`, unary minus and the like
    /// ([`CompileError::TooDeep`](crate::CompileError::TooDeep)).
    pub max_nesting: usize,
    /// All variables an expression reads, in bytes of JSON text
    /// ([`EvaluationError::DataTooLarge`](crate::EvaluationError::DataTooLarge)).
    pub max_data_bytes: usize,
    /// The result, in bytes of JSON text
    /// ([`EvaluationError::ResultTooLarge`](crate::EvaluationError::ResultTooLarge)).
    pub max_result_bytes: usize,
    /// Nesting of lists and contexts, in data
    /// ([`EvaluationError::DataTooDeep`](crate::EvaluationError::DataTooDeep)) and in every value
    /// made from them ([`EvaluationError::ResultTooDeep`](crate::EvaluationError::ResultTooDeep)).
    pub max_value_nesting: usize,
    /// Nested evaluations, function calls among them
    /// ([`EvaluationError::TooDeepRecursion`](crate::EvaluationError::TooDeepRecursion)).
    pub max_evaluation_depth: usize,
    /// What an evaluation of [`Cost::Inline`](crate::Cost::Inline) may use.
    pub inline: Budget,
    /// What an evaluation of [`Cost::Isolated`](crate::Cost::Isolated) may use.
    pub isolated: Budget,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_source_bytes: 16 * 1024,
            max_tokens: 4096,
            max_nesting: 48,
            max_data_bytes: 4 * 1024 * 1024,
            max_result_bytes: 4 * 1024 * 1024,
            max_value_nesting: 64,
            max_evaluation_depth: 160,
            inline: Budget {
                steps: 2_000_000,
                bytes: 64 * 1024 * 1024,
            },
            isolated: Budget {
                steps: 10_000_000,
                bytes: 256 * 1024 * 1024,
            },
        }
    }
}

/// Work and memory of one evaluation. Both are counted, not measured: the same expression over the
/// same data always ends the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Evaluated parts of the expression, visited elements and 64-byte pieces of text
    /// ([`EvaluationError::TooManySteps`](crate::EvaluationError::TooManySteps)). A step takes
    /// some 10 to 100 ns.
    pub steps: u64,
    /// Bytes of all values made, freed ones included
    /// ([`EvaluationError::TooMuchMemory`](crate::EvaluationError::TooMuchMemory)).
    pub bytes: u64,
}
