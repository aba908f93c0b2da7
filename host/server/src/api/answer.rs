//! Answers as JSON.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::problem::Problem;

/// What a handler gives back.
pub type Answer = Result<Response, Problem>;

/// 200 with a JSON body.
///
/// # Errors
/// 500 where the value is not JSON.
pub fn json(value: &impl Serialize) -> Answer {
    json_with(StatusCode::OK, value)
}

/// A JSON body under a status.
///
/// # Errors
/// As [`json`].
pub fn json_with(status: StatusCode, value: &impl Serialize) -> Answer {
    let bytes = serde_json::to_vec(value).map_err(Problem::internal)?;
    let mut response = typed("application/json", bytes);
    *response.status_mut() = status;
    Ok(response)
}

/// 200 with bytes of a media type.
pub fn typed(media_type: &'static str, bytes: impl Into<Body>) -> Response {
    let mut response = Response::new(bytes.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// 204.
pub fn done() -> Answer {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
