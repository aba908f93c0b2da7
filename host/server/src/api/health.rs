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

/// 503 where the server takes no work, with why.
pub(super) fn takes_work(api: &Api) -> Result<(), Problem> {
    let unavailable = |why: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why);
    if !api.runtime.is_ready() {
        return Err(unavailable("the server is starting or stopping".to_owned()));
    }
    api.runtime
        .room()
        .map_err(|full| unavailable(full.to_string()))
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
    takes_work(&api)?;
    answer::json(&Health { status: "up" })
}
