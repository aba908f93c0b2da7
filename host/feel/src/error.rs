//! What can be wrong with an expression, and with one evaluation of it.

use serde::{Deserialize, Serialize};

/// Why a source text is no expression. Found at deployment, before anything runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The source is empty or white space.
    #[error("the expression is empty")]
    Empty,
    /// The source is longer than [`Limits::max_source_bytes`](crate::Limits::max_source_bytes).
    #[error("the expression has {actual} bytes, allowed are {limit}")]
    TooLong {
        /// Bytes of the source.
        actual: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The source has more tokens than [`Limits::max_tokens`](crate::Limits::max_tokens).
    #[error(
        "the expression has more than {limit} tokens; split it, or move the data into a variable"
    )]
    TooManyTokens {
        /// Tokens allowed.
        limit: usize,
    },
    /// The source nests deeper than [`Limits::max_nesting`](crate::Limits::max_nesting).
    #[error("the expression nests deeper than {limit} levels at {line}:{column}")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
        /// Line in the source, from 1.
        line: usize,
        /// Column in the line, in characters, from 1.
        column: usize,
    },
    /// The text does not follow the FEEL grammar.
    #[error("syntax error at {line}:{column} near `{near}`: {message}")]
    Syntax {
        /// What was wrong.
        message: Box<str>,
        /// Line in the source, from 1.
        line: usize,
        /// Column in the line, in characters, from 1.
        column: usize,
        /// The text at that place, shortened.
        near: Box<str>,
    },
    /// The expression uses something the host does not offer, such as an external function.
    #[error("{what} is not allowed in an expression, at {line}:{column}")]
    Forbidden {
        /// The construct.
        what: &'static str,
        /// Line in the source, from 1.
        line: usize,
        /// Column in the line, in characters, from 1.
        column: usize,
    },
}

/// Why an evaluation has no result. An ordinary failed operation is none of these: in FEEL it is
/// the value `null`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The expression is [`Cost::Isolated`](crate::Cost::Isolated); it must be evaluated as an
    /// [`isolated::Request`](crate::isolated::Request).
    #[error("the expression has no bound on its cost and must be evaluated in isolation")]
    NeedsIsolation,
    /// A variable is not JSON.
    #[error("variable `{name}` is not valid JSON: {message}")]
    InvalidData {
        /// The variable.
        name: Box<str>,
        /// What was wrong.
        message: Box<str>,
    },
    /// A number has more digits or a larger exponent than FEEL's decimal128 holds (34 digits).
    #[error("number `{number}` in variable `{name}` does not fit FEEL's 34 decimal digits")]
    NumberOutOfRange {
        /// The variable.
        name: Box<str>,
        /// The number, shortened.
        number: Box<str>,
    },
    /// The variables are larger than [`Limits::max_data_bytes`](crate::Limits::max_data_bytes).
    #[error("the variables the expression reads have {actual} bytes, allowed are {limit}")]
    DataTooLarge {
        /// Bytes of the variables.
        actual: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A variable nests deeper than
    /// [`Limits::max_value_nesting`](crate::Limits::max_value_nesting).
    #[error("variable `{name}` nests deeper than {limit} levels")]
    DataTooDeep {
        /// The variable.
        name: Box<str>,
        /// Levels allowed.
        limit: usize,
    },
    /// The result is larger than [`Limits::max_result_bytes`](crate::Limits::max_result_bytes).
    #[error("the result has more than {limit} bytes")]
    ResultTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// A value nests deeper than
    /// [`Limits::max_value_nesting`](crate::Limits::max_value_nesting).
    #[error("a value nests deeper than {limit} levels")]
    ResultTooDeep {
        /// Levels allowed.
        limit: usize,
    },
    /// The result is something that JSON has no form for, such as a function or a range.
    #[error("the result is a {kind}, which has no JSON form")]
    NoJsonForm {
        /// The kind of value.
        kind: Box<str>,
    },
    /// The evaluation used up [`Budget::steps`](crate::Budget::steps).
    #[error("the expression takes too many steps")]
    TooManySteps,
    /// The evaluation used up [`Budget::bytes`](crate::Budget::bytes).
    #[error("the expression takes too much memory")]
    TooMuchMemory,
    /// Evaluations nest deeper than
    /// [`Limits::max_evaluation_depth`](crate::Limits::max_evaluation_depth).
    #[error("the expression recurses deeper than {limit} levels")]
    TooDeepRecursion {
        /// Levels allowed.
        limit: usize,
    },
    /// `assert()` was called with a condition that is not `true`.
    #[error("assertion failed: {cause}")]
    AssertionFailed {
        /// What the expression says about it.
        cause: Box<str>,
    },
    /// `uuid()` or `random number()` was called without a [`Seed`](crate::Seed).
    #[error("the expression draws a random value, but there is no seed here")]
    NoSeed,
    /// The instant given as `now` lies outside the years FEEL can express.
    #[error("the time {0} ms since the epoch is out of range")]
    NowOutOfRange(i64),
    /// The source of an isolated request does not compile. A deployed expression never gives this.
    #[error("the expression does not compile: {0}")]
    DoesNotCompile(Box<str>),
    /// The child process used up its time, memory or stack, or died of another cause.
    #[error("the expression was stopped: {0}")]
    Stopped(Box<str>),
    /// No child process could be had or talked to; the expression itself may be sound.
    #[error("no isolated evaluator is available: {0}")]
    Unavailable(Box<str>),
    /// The evaluator failed inside; a fault of the host, not of the expression.
    #[error("the expression evaluator failed: {0}")]
    Internal(Box<str>),
}

/// Line and column of a byte offset, both from 1.
pub(crate) fn position(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// A syntax error at a byte offset.
pub(crate) fn syntax(source: &str, at: usize, message: impl Into<Box<str>>) -> CompileError {
    let (line, column) = position(source, at);
    let near: String = source.get(at..).unwrap_or("").chars().take(20).collect();
    let near = if near.is_empty() {
        "end of text".into()
    } else {
        near.into()
    };
    CompileError::Syntax {
        message: message.into(),
        line,
        column,
        near,
    }
}
