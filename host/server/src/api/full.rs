//! Requests while the disk is full: reads are answered, nothing else is begun.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::runtime::Runtime;

/// How long a request that was begun before waits for space.
const PATIENCE: Duration = Duration::from_secs(1);

/// Refuses what would store something where there is no space for it.
pub async fn refuse(State(runtime): State<Runtime>, request: Request, next: Next) -> Response {
    if only_reads(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    if let Err(full) = runtime.room() {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, full.to_string()).into_response();
    }
    // What it has begun is not undone: it is stored when there is space.
    tokio::select! {
        biased;
        answer = next.run(request) => answer,
        full = runtime.full_for(PATIENCE) => Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!("{full}; what this request has begun may be stored then"),
        )
        .into_response(),
    }
}

/// Whether a request never stores anything.
fn only_reads(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || (*method == Method::POST
            && (path.ends_with("/search")
                || path.contains("/statistics/")
                || path == "/v2/expression/evaluation"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::document;

    #[test]
    fn every_search_only_reads_and_what_changes_something_does_not() {
        let (mut reads, mut writes) = (0, 0);
        let document = serde_json::to_value(document()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let only_reads = only_reads(&method, path);
                let is_search = path.ends_with("/search") || path.contains("/statistics/");
                assert!(only_reads || !is_search, "{method} {path}");
                if [Method::PUT, Method::PATCH, Method::DELETE].contains(&method) {
                    assert!(!only_reads, "{method} {path}");
                }
                *if only_reads { &mut reads } else { &mut writes } += 1;
            }
        }
        assert!(reads > 20 && writes > 20, "{reads} {writes}");
        for path in [
            "/v2/process-instances",
            "/v2/jobs/activation",
            "/v2/deployments",
        ] {
            assert!(!only_reads(&Method::POST, path));
        }
    }
}
