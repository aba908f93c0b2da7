//! Signals.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::JsonBody;
use super::keys::Key;
use super::tenancy;
use super::variables_json::{self, VariablesIn};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(broadcast_signal))
}

/// A signal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BroadcastSignal {
    signal_name: String,
    variables: Option<VariablesIn>,
    tenant_id: Option<String>,
}

/// A signal that was broadcast.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalBroadcastResult {
    signal_key: Key,
    tenant_id: String,
}

/// Broadcast a signal to everything in the tenant that waits for it or begins with it. It is not
/// kept.
#[utoipa::path(post, path = "/v2/signals/broadcast", tag = "Signals",
    request_body = BroadcastSignal,
    responses((status = 200, body = SignalBroadcastResult)))]
async fn broadcast_signal(
    State(api): State<Api>,
    JsonBody(request): JsonBody<BroadcastSignal>,
) -> Answer {
    let tenant = tenancy::named(request.tenant_id)?;
    let variables = variables_json::checked(request.variables, api.limits())?;
    let broadcast = api
        .runtime
        .broadcast(&tenant, &request.signal_name, &variables);
    let signal_key = Key(broadcast.await?);
    answer::json(&SignalBroadcastResult {
        signal_key,
        tenant_id: tenant,
    })
}
