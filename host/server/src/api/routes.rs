//! Every route, with its documentation.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use utoipa_axum::router::OpenApiRouter;

use super::full;
use super::limits::RequestLimits;
use super::unread::{self, Patience};
use super::{
    Api, authentication, backup, cluster, component_uploads, conditionals, correlated_messages,
    decisions, deployments, docs, element_instances, expressions, health, history, incidents, jobs,
    message_subscriptions, messages, openapi, problem, process_definitions, process_instances,
    resources, signals, steps, tenants, user_tasks, variables,
};
use crate::runtime::Runtime;

/// The whole API as one service.
pub fn router(runtime: Runtime) -> Router {
    let limits = &runtime.limits().request;
    let (router, _) = documented(limits).split_for_parts();
    let patience = Patience::of(limits);
    router
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(middleware::from_fn_with_state(
            runtime.clone(),
            full::refuse,
        ))
        .layer(middleware::from_fn(problem::describe))
        .layer(middleware::from_fn_with_state(patience, unread::drain))
        .with_state(Api::new(runtime))
}

/// The routes with their documentation.
pub(super) fn documented(limits: &RequestLimits) -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(openapi::head())
        .merge(cluster::routes())
        .merge(authentication::routes())
        .merge(backup::routes())
        .merge(deployments::routes(limits))
        .merge(resources::routes())
        .merge(process_definitions::routes())
        .merge(decisions::routes())
        .merge(process_instances::routes())
        .merge(history::routes())
        .merge(element_instances::routes())
        .merge(variables::routes())
        .merge(jobs::routes())
        .merge(user_tasks::routes())
        .merge(incidents::routes())
        .merge(messages::routes())
        .merge(message_subscriptions::routes())
        .merge(correlated_messages::routes())
        .merge(signals::routes())
        .merge(conditionals::routes())
        .merge(expressions::routes())
        .merge(steps::routes())
        .merge(component_uploads::routes())
        .merge(tenants::routes())
        .merge(health::routes())
        .merge(openapi::routes())
        .merge(docs::routes())
}
