//! What the server says of itself: topology, status, licence.

use axum::extract::State;
use axum::http::{HeaderMap, header, uri::Authority};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::health::takes_work;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_topology))
        .routes(routes!(get_status))
        .routes(routes!(get_license))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The servers that work together: this one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TopologyResult {
    brokers: Vec<Broker>,
    #[schema(required)]
    cluster_id: Option<String>,
    cluster_size: u32,
    partitions_count: u32,
    replication_factor: u32,
    gateway_version: &'static str,
    /// Always empty: nothing changes the cluster.
    last_completed_change_id: &'static str,
}

/// A server.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Broker {
    node_id: u32,
    /// As the request named it.
    host: String,
    port: u16,
    partitions: Vec<PartitionState>,
    version: &'static str,
}

/// A part of the data.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Partition)]
struct PartitionState {
    partition_id: u32,
    /// Always `leader`.
    role: &'static str,
    /// `healthy`, or `unhealthy` while the server starts or stops, or the disk is full.
    health: &'static str,
}

/// Get the servers that work together.
#[utoipa::path(get, path = "/v2/topology", tag = "Cluster",
    responses((status = 200, body = TopologyResult)))]
async fn get_topology(State(api): State<Api>, headers: HeaderMap) -> Answer {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let address = host.and_then(|host| host.parse::<Authority>().ok());
    let health = if takes_work(&api).is_ok() {
        "healthy"
    } else {
        "unhealthy"
    };
    let broker = Broker {
        node_id: 0,
        host: address
            .as_ref()
            .map_or("localhost", |address| address.host())
            .to_owned(),
        port: address.and_then(|address| address.port_u16()).unwrap_or(80),
        partitions: vec![PartitionState {
            partition_id: 1,
            role: "leader",
            health,
        }],
        version: VERSION,
    };
    answer::json(&TopologyResult {
        brokers: vec![broker],
        cluster_id: None,
        cluster_size: 1,
        partitions_count: 1,
        replication_factor: 1,
        gateway_version: VERSION,
        last_completed_change_id: "",
    })
}

/// Whether the server takes work.
#[utoipa::path(get, path = "/v2/status", tag = "Cluster",
    responses((status = 204, description = "It does.")))]
async fn get_status(State(api): State<Api>) -> Answer {
    takes_work(&api)?;
    answer::done()
}

/// The licence of the server.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LicenseResult {
    valid_license: bool,
    /// The SPDX name.
    license_type: &'static str,
    is_commercial: bool,
    /// Never.
    #[schema(required)]
    expires_at: Option<String>,
}

/// Get the licence of the server.
#[utoipa::path(get, path = "/v2/license", tag = "Cluster",
    responses((status = 200, body = LicenseResult)))]
async fn get_license() -> Answer {
    answer::json(&LicenseResult {
        valid_license: true,
        license_type: env!("CARGO_PKG_LICENSE"),
        is_commercial: false,
        expires_at: None,
    })
}
