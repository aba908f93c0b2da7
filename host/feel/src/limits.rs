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
    /// Nesting of one variable's JSON text
    /// ([`EvaluationError::DataTooDeep`](crate::EvaluationError::DataTooDeep)).
    pub max_data_nesting: usize,
    /// The result, in bytes of JSON text
    /// ([`EvaluationError::ResultTooLarge`](crate::EvaluationError::ResultTooLarge)).
    pub max_result_bytes: usize,
    /// Nesting of the result's JSON text
    /// ([`EvaluationError::ResultTooDeep`](crate::EvaluationError::ResultTooDeep)).
    pub max_result_nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_source_bytes: 16 * 1024,
            max_tokens: 4096,
            max_nesting: 48,
            max_data_bytes: 4 * 1024 * 1024,
            max_data_nesting: 64,
            max_result_bytes: 4 * 1024 * 1024,
            max_result_nesting: 64,
        }
    }
}
