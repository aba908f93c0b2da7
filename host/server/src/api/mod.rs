//! The HTTP API: the shape of Camunda 8's Orchestration Cluster REST API v2, and resources of our
//! own in the same style.
//!
//! One file a resource. A handler checks its request completely, then asks the [`Runtime`] or reads
//! a snapshot; it holds no rule of execution. Reads see every write that was answered before.
//!
//! # Invariants
//! - Every error answer is `application/problem+json` and says what is wrong and where.
//! - A refused request has changed nothing.
//! - A tenant's rows are reached through that tenant alone.
//! - No request reads, holds or returns more than [`limits::RequestLimits`] says.
//! - The OpenAPI document is made from the routes themselves, so that it lists them all.

mod ad_hoc;
mod answer;
mod authentication;
mod backup;
mod body;
mod calls;
mod cluster;
mod component_uploads;
mod conditionals;
mod connections;
mod correlated_messages;
mod decisions;
mod deployments;
mod docs;
mod element_instances;
mod expressions;
mod full;
mod health;
mod history;
mod incident_scopes;
mod incidents;
mod jobs;
mod keys;
pub mod limits;
mod message_subscriptions;
mod messages;
mod nesting;
mod openapi;
mod path;
mod problem;
mod process_definitions;
mod process_instances;
mod resources;
mod routes;
mod search;
mod serve;
mod signals;
mod stalled;
mod steps;
mod tenancy;
mod tenants;
pub(crate) mod time;
mod unread;
mod user_tasks;
mod variables;
mod variables_json;

use std::sync::Arc;

use tokio::sync::Semaphore;

pub(crate) use jobs::{result as job_result, user_task};
pub use openapi::document;
pub use routes::router;
pub use serve::serve;

use crate::runtime::Runtime;

/// What every handler has.
#[derive(Clone)]
struct Api {
    runtime: Runtime,
    /// One permit for each search that may read.
    searches: Arc<Semaphore>,
    /// One permit for each backup that may be taken.
    backups: Arc<Semaphore>,
}

impl Api {
    fn new(runtime: Runtime) -> Self {
        let limits = &runtime.limits().request;
        let (searches, backups) = (limits.searches, limits.backups);
        Self {
            runtime,
            searches: Arc::new(Semaphore::new(searches)),
            backups: Arc::new(Semaphore::new(backups)),
        }
    }

    fn limits(&self) -> &limits::RequestLimits {
        &self.runtime.limits().request
    }
}
