//! Health, for whoever runs the server.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::problem::Problem;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_liveness))
        .routes(routes!(get_readiness))
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `up`.
    status: &'static str,
}

/// Whether the process answers at all; if not, start it again.
#[utoipa::path(get, path = "/health/live", tag = "Health",
    responses((status = 200, body = Health)))]
async fn get_liveness() -> Answer {
    answer::json(&Health { status: "up" })
}

/// Whether the server takes work; if not, send it none.
#[utoipa::path(get, path = "/health/ready", tag = "Health",
    responses((status = 200, body = Health)))]
async fn get_readiness(State(api): State<Api>) -> Answer {
    if api.runtime.is_ready() {
        return answer::json(&Health { status: "up" });
    }
    Err(Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the server is starting or stopping",
    ))
}
