//! Choosing how an ordinary failure ends a step.

use std::fmt::Display;

use crate::StepError;

/// Says how a `Result` or an `Option` that holds no value ends the step.
///
/// ```
/// use anyam_sdk::{OrFail, StepError, StepErrorKind};
///
/// fn limit(header: Option<&str>) -> Result<u32, StepError> {
///     header
///         .or_permanent("the task needs a header `limit`")?
///         .parse::<u32>()
///         .or_bpmn("BAD_LIMIT", "the limit is no number")
/// }
///
/// assert_eq!(limit(Some("7")).unwrap(), 7);
/// assert_eq!(limit(None).unwrap_err().message(), "the task needs a header `limit`");
/// let error = limit(Some("x")).unwrap_err();
/// assert_eq!(error.kind(), StepErrorKind::Bpmn);
/// assert_eq!(error.message(), "the limit is no number: invalid digit found in string");
/// ```
pub trait OrFail<T>: Sized {
    /// As a [`StepError::retry`].
    ///
    /// # Errors
    ///
    /// Where there is no value.
    fn or_retry(self, message: impl Display) -> Result<T, StepError>;

    /// As a [`StepError::permanent`].
    ///
    /// # Errors
    ///
    /// Where there is no value.
    fn or_permanent(self, message: impl Display) -> Result<T, StepError>;

    /// As a [`StepError::bpmn`].
    ///
    /// # Errors
    ///
    /// Where there is no value.
    fn or_bpmn(self, code: impl Into<String>, message: impl Display) -> Result<T, StepError>;
}

impl<T, E: Display> OrFail<T> for Result<T, E> {
    fn or_retry(self, message: impl Display) -> Result<T, StepError> {
        self.map_err(|error| StepError::retry(format!("{message}: {error}")))
    }

    fn or_permanent(self, message: impl Display) -> Result<T, StepError> {
        self.map_err(|error| StepError::permanent(format!("{message}: {error}")))
    }

    fn or_bpmn(self, code: impl Into<String>, message: impl Display) -> Result<T, StepError> {
        self.map_err(|error| StepError::bpmn(code, format!("{message}: {error}")))
    }
}

impl<T> OrFail<T> for Option<T> {
    fn or_retry(self, message: impl Display) -> Result<T, StepError> {
        self.ok_or_else(|| StepError::retry(message.to_string()))
    }

    fn or_permanent(self, message: impl Display) -> Result<T, StepError> {
        self.ok_or_else(|| StepError::permanent(message.to_string()))
    }

    fn or_bpmn(self, code: impl Into<String>, message: impl Display) -> Result<T, StepError> {
        self.ok_or_else(|| StepError::bpmn(code, message.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StepErrorKind;

    #[test]
    fn each_kind_can_be_chosen_for_a_result_and_an_option() {
        let failed = || "x".parse::<u8>();
        assert_eq!(
            failed().or_retry("a").unwrap_err().kind(),
            StepErrorKind::Retry
        );
        assert_eq!(
            failed().or_permanent("a").unwrap_err().kind(),
            StepErrorKind::Permanent
        );
        assert_eq!(failed().or_bpmn("C", "a").unwrap_err().code(), Some("C"));
        assert_eq!(
            None::<u8>.or_retry("a").unwrap_err().kind(),
            StepErrorKind::Retry
        );
        assert_eq!(None::<u8>.or_bpmn("C", "a").unwrap_err().code(), Some("C"));
        assert_eq!(Some(1).or_permanent("a").unwrap(), 1);
    }
}
