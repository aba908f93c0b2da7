//! How a step ends without a result.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

/// Why a step has no result. There are three kinds, and the process treats each differently:
///
/// * [`StepError::bpmn`]: an outcome the process expects. It is thrown at the task as a BPMN error
///   and may be caught by an error boundary event. Without a catcher it becomes an incident.
/// * [`StepError::retry`]: a technical fault that another attempt may cure. The task is tried again
///   while it has retries left; then it becomes an incident.
/// * [`StepError::permanent`]: another attempt cannot help. It becomes an incident at once.
///
/// Any other error converts with `?`:
///
/// * An [`io::Error`] is retryable, except for the kinds that speak of wrong data
///   (`InvalidInput`, `InvalidData`, `UnexpectedEof`, `Unsupported`, `PermissionDenied`).
/// * An error of `anyam_sdk::http` is permanent where the request was not one or was refused.
/// * An error of `anyam_sdk::keyvalue`, `config` or `messaging` is permanent, unless a store failed
///   or a quota or limit of one is reached.
/// * A JSON error and the parse errors of the standard library (numbers, booleans, UTF-8,
///   addresses) are permanent: the same input fails the same way every time.
/// * Everything else is retryable, the safe guess: at worst it is tried in vain a few times before
///   it becomes an incident.
///
/// To choose instead of guess, use [`OrFail`](crate::OrFail).
///
/// ```
/// use anyam_sdk::{StepError, StepErrorKind};
///
/// fn quantity(text: &str) -> Result<u32, StepError> {
///     Ok(text.parse::<u32>()?)
/// }
///
/// let error = quantity("many").unwrap_err();
/// assert_eq!(error.kind(), StepErrorKind::Permanent);
/// assert_eq!(error.message(), "invalid digit found in string");
/// ```
// Not a `std::error::Error` itself: that would forbid the blanket conversion below.
#[derive(Clone, PartialEq)]
pub struct StepError {
    message: String,
    detail: Detail,
}

#[derive(Clone, PartialEq)]
enum Detail {
    Bpmn {
        code: String,
        variables: Map<String, Value>,
    },
    Retry {
        after: Option<Duration>,
    },
    Permanent,
}

/// Which of the three kinds a [`StepError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepErrorKind {
    /// Thrown at the task as a BPMN error.
    Bpmn,
    /// Another attempt may cure it.
    Retry,
    /// Another attempt cannot help.
    Permanent,
}

impl StepError {
    /// A BPMN error. `code` is what an error boundary event is matched by; `message` is for people.
    pub fn bpmn(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: Detail::Bpmn {
                code: code.into(),
                variables: Map::new(),
            },
        }
    }

    /// A fault that another attempt may cure. The task's own back-off applies, unless
    /// [`after`](Self::after) says otherwise.
    pub fn retry(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: Detail::Retry { after: None },
        }
    }

    /// A fault that no further attempt cures. `message` says what an operator must mend.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: Detail::Permanent,
        }
    }

    /// Adds variables to a BPMN error: the fields of `variables` become variables of the scope
    /// that catches it.
    ///
    /// `variables` must serialise as a JSON object (a struct or a map with text keys). Of anything
    /// else the error becomes a permanent one that says so.
    ///
    /// # Panics
    ///
    /// If this is not a BPMN error: only those carry variables.
    #[must_use]
    pub fn with_variables(mut self, variables: impl Serialize) -> Self {
        let Detail::Bpmn {
            code,
            variables: slot,
        } = &mut self.detail
        else {
            panic!(
                "`with_variables` belongs to `StepError::bpmn`; only a BPMN error carries variables"
            );
        };
        match crate::json::object(&variables) {
            Ok(object) => {
                *slot = object;
                self
            }
            Err(reason) => Self::permanent(format!(
                "the variables of BPMN error `{code}` ({}) are unusable: {reason}",
                self.message
            )),
        }
    }

    /// Sets the time to wait before the next attempt. The host bounds it.
    ///
    /// # Panics
    ///
    /// If this is not a retryable error: only those are tried again.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        let Detail::Retry { after } = &mut self.detail else {
            panic!("`after` belongs to `StepError::retry`; no other error is tried again");
        };
        *after = Some(delay);
        self
    }

    /// Which of the three kinds this is.
    pub fn kind(&self) -> StepErrorKind {
        match self.detail {
            Detail::Bpmn { .. } => StepErrorKind::Bpmn,
            Detail::Retry { .. } => StepErrorKind::Retry,
            Detail::Permanent => StepErrorKind::Permanent,
        }
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The code of a BPMN error.
    pub fn code(&self) -> Option<&str> {
        match &self.detail {
            Detail::Bpmn { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The variables of a BPMN error.
    pub fn variables(&self) -> Option<&Map<String, Value>> {
        match &self.detail {
            Detail::Bpmn { variables, .. } => Some(variables),
            _ => None,
        }
    }

    /// The wait that a retryable error asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.detail {
            Detail::Retry { after } => after,
            _ => None,
        }
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Detail::Bpmn { code, .. } => write!(f, "BPMN error `{code}`: {}", self.message),
            Detail::Retry { after: Some(after) } => {
                write!(f, "retry after {after:?}: {}", self.message)
            }
            Detail::Retry { after: None } => write!(f, "retry: {}", self.message),
            Detail::Permanent => write!(f, "permanent: {}", self.message),
        }
    }
}

impl fmt::Debug for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match self.variables() {
            Some(variables) if !variables.is_empty() => write!(f, " with {variables:?}"),
            _ => Ok(()),
        }
    }
}

impl<E: Error + 'static> From<E> for StepError {
    fn from(error: E) -> Self {
        let message = with_sources(&error);
        if is_hopeless(&error) {
            Self::permanent(message)
        } else {
            Self::retry(message)
        }
    }
}

fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Many errors already repeat their source in their own text.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

fn is_hopeless(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind;
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return matches!(
            error.kind(),
            ErrorKind::InvalidInput
                | ErrorKind::InvalidData
                | ErrorKind::UnexpectedEof
                | ErrorKind::Unsupported
                | ErrorKind::PermissionDenied
        );
    }
    #[cfg(feature = "decimal")]
    if error.is::<crate::decimal::DecimalError>() {
        return true;
    }
    #[cfg(feature = "http")]
    if let Some(error) = error.downcast_ref::<crate::http::Error>() {
        return error.kind() != crate::http::ErrorKind::Failed;
    }
    #[cfg(feature = "keyvalue")]
    if let Some(error) = error.downcast_ref::<crate::keyvalue::Error>() {
        return error.kind() != crate::keyvalue::ErrorKind::Other;
    }
    #[cfg(feature = "config")]
    if error.is::<crate::config::Error>() {
        return true;
    }
    #[cfg(feature = "messaging")]
    if error.is::<crate::messaging::Error>() {
        return true;
    }
    error.is::<serde_json::Error>()
        || error.is::<std::num::ParseIntError>()
        || error.is::<std::num::ParseFloatError>()
        || error.is::<std::num::TryFromIntError>()
        || error.is::<std::str::ParseBoolError>()
        || error.is::<std::str::Utf8Error>()
        || error.is::<std::string::FromUtf8Error>()
        || error.is::<std::net::AddrParseError>()
        || error.is::<fmt::Error>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bpmn_error_carries_code_and_variables() {
        let error = StepError::bpmn("OUT_OF_STOCK", "2 of 5").with_variables(json!({"missing": 3}));
        assert_eq!(error.kind(), StepErrorKind::Bpmn);
        assert_eq!(error.code(), Some("OUT_OF_STOCK"));
        assert_eq!(error.variables().unwrap()["missing"], 3);
        assert_eq!(error.retry_after(), None);
        assert_eq!(error.to_string(), "BPMN error `OUT_OF_STOCK`: 2 of 5");
    }

    #[test]
    fn variables_that_are_no_object_make_the_error_permanent() {
        let error = StepError::bpmn("A", "why").with_variables([1, 2]);
        assert_eq!(error.kind(), StepErrorKind::Permanent);
        assert_eq!(
            error.message(),
            "the variables of BPMN error `A` (why) are unusable: a JSON object is needed, but this is an array"
        );
    }

    #[test]
    #[should_panic(expected = "only a BPMN error carries variables")]
    fn a_retryable_error_takes_no_variables() {
        let _ = StepError::retry("busy").with_variables(json!({}));
    }

    #[test]
    #[should_panic(expected = "no other error is tried again")]
    fn a_permanent_error_takes_no_delay() {
        let _ = StepError::permanent("wrong").after(Duration::from_secs(1));
    }

    #[test]
    fn a_retryable_error_may_ask_for_a_wait() {
        let error = StepError::retry("busy").after(Duration::from_millis(1500));
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
        assert_eq!(format!("{error:?}"), "retry after 1.5s: busy");
    }

    #[test]
    fn other_errors_are_sorted_by_whether_another_attempt_can_help() {
        let kind_of = |error: io::ErrorKind| StepError::from(io::Error::from(error)).kind();
        assert_eq!(
            kind_of(io::ErrorKind::ConnectionRefused),
            StepErrorKind::Retry
        );
        assert_eq!(
            kind_of(io::ErrorKind::InvalidData),
            StepErrorKind::Permanent
        );

        let json = serde_json::from_str::<Value>("{").unwrap_err();
        assert_eq!(StepError::from(json).kind(), StepErrorKind::Permanent);
        let utf8 = String::from_utf8(vec![0xff]).unwrap_err();
        assert_eq!(StepError::from(utf8).kind(), StepErrorKind::Permanent);
    }

    #[test]
    fn the_causes_of_an_error_are_told() {
        #[derive(Debug)]
        struct Outer(io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cannot reach the warehouse")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        let error = StepError::from(Outer(io::Error::other("line is dead")));
        assert_eq!(error.message(), "cannot reach the warehouse: line is dead");
        assert_eq!(error.kind(), StepErrorKind::Retry);
    }
}
