//! Messages.

use std::time::Duration;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::JsonBody;
use super::keys::Key;
use super::problem::Problem;
use super::tenancy;
use super::variables_json::{self, VariablesIn};
use crate::runtime::requests;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(publish_message))
        .routes(routes!(correlate_message))
}

/// A message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PublishMessage {
    name: String,
    /// The value that a waiting element's correlation key must equal.
    correlation_key: Option<String>,
    /// How long the message waits for an element that wants it, in milliseconds; 0, as where it
    /// is absent, does not keep it.
    time_to_live: Option<i64>,
    /// While a message with an id is kept, another with the same name, key and id is refused.
    message_id: Option<String>,
    variables: Option<VariablesIn>,
    tenant_id: Option<String>,
}

/// A published message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessagePublicationResult {
    message_key: Key,
    tenant_id: String,
}

/// Publish a message.
#[utoipa::path(post, path = "/v2/messages/publication", tag = "Messages",
    request_body = PublishMessage,
    responses((status = 200, body = MessagePublicationResult)))]
async fn publish_message(
    State(api): State<Api>,
    JsonBody(request): JsonBody<PublishMessage>,
) -> Answer {
    if request.name.is_empty() {
        return Err(Problem::invalid("name must not be empty"));
    }
    let tenant = tenancy::named(request.tenant_id)?;
    let time_to_live = request.time_to_live.unwrap_or(0);
    let time_to_live = u64::try_from(time_to_live).map_err(|_| {
        Problem::invalid(format!(
            "timeToLive must be 0 or more, it is {time_to_live}"
        ))
    })?;
    let message = requests::PublishMessage {
        tenant: tenant.clone(),
        name: request.name,
        correlation_key: request.correlation_key.unwrap_or_default(),
        message_id: request.message_id.filter(|id| !id.is_empty()),
        time_to_live: Duration::from_millis(time_to_live),
        variables: variables_json::checked(request.variables, api.limits())?,
    };
    let message_key = Key(api.runtime.publish(message).await?);
    answer::json(&MessagePublicationResult {
        message_key,
        tenant_id: tenant,
    })
}

/// A message for what waits for it now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CorrelateMessage {
    name: String,
    /// The value that a waiting element's correlation key must equal.
    correlation_key: Option<String>,
    variables: Option<VariablesIn>,
    tenant_id: Option<String>,
}

/// A message that was taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageCorrelationResult {
    tenant_id: String,
    message_key: Key,
    /// The first process instance that took it.
    process_instance_key: Key,
}

/// Correlate a message: to what waits for it now, or to start an instance. It is not kept.
#[utoipa::path(post, path = "/v2/messages/correlation", tag = "Messages",
    request_body = CorrelateMessage,
    responses((status = 200, body = MessageCorrelationResult)))]
async fn correlate_message(
    State(api): State<Api>,
    JsonBody(request): JsonBody<CorrelateMessage>,
) -> Answer {
    let tenant = tenancy::named(request.tenant_id)?;
    let message = requests::PublishMessage {
        tenant: tenant.clone(),
        name: request.name,
        correlation_key: request.correlation_key.unwrap_or_default(),
        message_id: None,
        time_to_live: Duration::ZERO,
        variables: variables_json::checked(request.variables, api.limits())?,
    };
    let (message_key, instance) = api.runtime.correlate(message).await?;
    answer::json(&MessageCorrelationResult {
        tenant_id: tenant,
        message_key: Key(message_key),
        process_instance_key: Key(instance),
    })
}
