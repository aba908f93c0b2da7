//! Tenants: what an operator sets for them.

mod config;
mod grants;
mod limits;
mod secrets;
mod setting;
mod signature_policy;
mod usage;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(
            grants::get_grants,
            grants::put_grants,
            grants::delete_grants
        ))
        .routes(routes!(config::list_config))
        .routes(routes!(
            config::get_config,
            config::put_config,
            config::delete_config
        ))
        .routes(routes!(secrets::list_secrets))
        .routes(routes!(secrets::put_secret, secrets::delete_secret))
        .routes(routes!(
            limits::get_limits,
            limits::put_limits,
            limits::delete_limits
        ))
        .routes(routes!(usage::get_usage))
        .routes(routes!(
            signature_policy::get_signature_policy,
            signature_policy::put_signature_policy,
            signature_policy::delete_signature_policy
        ))
}
