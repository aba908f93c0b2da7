//! Errors as RFC 9457 problem details.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::findings::FileFinding;

/// The media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused or failed. [`describe`] writes the body, which names the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The cause in a sentence, with what to mend.
    pub detail: String,
    /// Every single thing that is wrong, where there is a list.
    pub findings: Vec<FileFinding>,
}

/// The body of every error answer (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemDetail)]
pub struct ProblemDetail<'a> {
    /// Always `about:blank`: the status says what kind of problem it is.
    r#type: &'a str,
    /// The status in words, or an error class that clients know.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong, where, and what to do.
    detail: &'a str,
    /// The path that was asked for.
    instance: &'a str,
    /// Every finding in a refused deployment; `detail` lists them as text.
    #[serde(skip_serializing_if = "<[FileFinding]>::is_empty")]
    #[schema(required = false)]
    findings: &'a [FileFinding],
}

impl Problem {
    /// A problem with this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            findings: Vec::new(),
        }
    }

    /// 400.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 413.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// 500, with a sentence that keeps the cause inside; the cause is logged.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server failed to answer this request; its log says why",
        )
    }

    fn title(&self) -> &str {
        match self.status {
            // The class that published clients take as a sign to slow down and try again.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "RESOURCE_EXHAUSTED",
            status => status.canonical_reason().unwrap_or("Error"),
        }
    }

    fn write(&self, instance: &str) -> Vec<u8> {
        let body = ProblemDetail {
            r#type: "about:blank",
            title: self.title(),
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
            findings: &self.findings,
        };
        serde_json::to_vec(&body).expect("texts and numbers are always JSON")
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Refused { findings, .. } => {
                let problem = Self::invalid(error.to_string());
                return Self {
                    findings: findings.clone(),
                    ..problem
                };
            }
            Error::Invalid(_) => StatusCode::BAD_REQUEST,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TenantBusy(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
            Error::Internal(cause) => return Self::internal(cause),
        };
        Self::new(status, error.to_string())
    }
}

impl From<anyam_store::StoreError> for Problem {
    fn from(error: anyam_store::StoreError) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Gives every error answer its problem body, those of the routing included.
pub async fn describe(request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = match response.extensions_mut().remove::<Arc<Problem>>() {
        Some(problem) => problem,
        None => Arc::new(Problem::new(status, unexplained(status, uri.path()))),
    };
    let body = problem.write(uri.path());
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    *response.body_mut() = body.into();
    response
}

/// What to say of an answer that the router made itself.
fn unexplained(status: StatusCode, path: &str) -> String {
    match status {
        StatusCode::NOT_FOUND => {
            format!("there is no resource {path}; /v2/openapi.json lists what there is")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            format!("{path} does not take this method; the Allow header lists those it takes")
        }
        _ => status
            .canonical_reason()
            .unwrap_or("the request was refused")
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::FindingSeverity;

    #[test]
    fn a_problem_has_the_members_of_the_rfc() {
        let body = Problem::invalid("no \"name\"").write("/v2/x");
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"no \"name\"","instance":"/v2/x"}"#
        );
    }

    #[test]
    fn every_runtime_error_has_its_status() {
        let text = String::new;
        for (error, status) in [
            (Error::Invalid(text()), 400),
            (Error::Forbidden(text()), 403),
            (Error::NotFound(text()), 404),
            (Error::Conflict(text()), 409),
            (Error::TooLarge(text()), 413),
            (Error::TenantBusy(text()), 429),
            (Error::Unavailable(text()), 503),
            (Error::TimedOut(text()), 504),
            (Error::Internal(text()), 500),
        ] {
            assert_eq!(Problem::from(error).status.as_u16(), status);
        }
    }

    #[test]
    fn every_finding_of_a_refusal_is_told() {
        let finding = |line: u32, message: &str| FileFinding {
            severity: FindingSeverity::Error,
            rule: "unreachable".to_owned(),
            file: "a.bpmn".to_owned(),
            element_id: Some("x".to_owned()),
            line,
            column: 2,
            message: message.to_owned(),
        };
        let error = Error::Refused {
            detail: "it was refused".into(),
            findings: vec![finding(1, "this"), finding(3, "that")],
        };
        let body = Problem::from(error).write("/v2/deployments");
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body["detail"],
            "it was refused\n  - a.bpmn:1:2: error: element 'x': this (unreachable)\n  - \
             a.bpmn:3:2: error: element 'x': that (unreachable)"
        );
        assert_eq!(
            body["findings"][1],
            serde_json::json!({
                "severity": "error", "rule": "unreachable", "file": "a.bpmn", "elementId": "x",
                "line": 3, "column": 2, "message": "that",
            })
        );
    }

    #[test]
    fn an_internal_cause_stays_inside() {
        let problem = Problem::from(Error::Internal("table 7 is damaged".into()));
        assert!(!problem.detail.contains("table 7"));
    }
}
