//! What the server says of itself.

use serde_json::json;

use crate::server::Server;

#[tokio::test]
async fn the_server_tells_what_it_is() {
    let server = Server::start().await;
    let topology = server.get("/v2/topology").await.json(200);
    assert_eq!(topology["clusterSize"], 1);
    assert_eq!(topology["brokers"][0]["partitions"][0]["health"], "healthy");
    server.get("/v2/status").await.done();
    assert_eq!(
        server.get("/v2/license").await.json(200)["licenseType"],
        "Apache-2.0"
    );
    let me = server.get("/v2/authentication/me").await.json(200);
    assert_eq!(me["tenants"][0]["tenantId"], "<default>");
    assert_eq!(
        server.get("/health/live").await.json(200),
        json!({"status": "up"})
    );
    assert_eq!(
        server.get("/health/ready").await.json(200),
        json!({"status": "up"})
    );
    for page in ["/", "/docs"] {
        let page = server.get(page).await;
        assert_eq!(
            (page.status, page.headers["content-type"].to_str().unwrap()),
            (200, "text/html; charset=utf-8")
        );
    }
}

#[tokio::test]
async fn a_stopping_server_takes_no_work() {
    let server = Server::start().await;
    server.runtime.begin_stop();
    for path in ["/v2/status", "/health/ready"] {
        let reply = server.get(path).await;
        assert_eq!(reply.headers["retry-after"], "1");
        let problem = reply.problem(503, "starting or stopping");
        assert_eq!(problem["title"], "RESOURCE_EXHAUSTED");
    }
    server.get("/health/live").await.json(200);
}
