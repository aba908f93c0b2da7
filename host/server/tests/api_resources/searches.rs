//! Filters, sorting and pages, as every search has them.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

async fn with_instances(count: usize, change: impl FnOnce(&mut anyam::limits::Limits)) -> Server {
    let server = Server::limited(change).await;
    server.deploy(&models::job("order")).await;
    for number in 0..count {
        server.create("order", json!({"number": number})).await;
    }
    server
}

async fn page(server: &Server, resource: &str, body: Value) -> Value {
    server
        .post(&format!("/v2/{resource}/search"), body)
        .await
        .json(200)
}

fn values(page: &Value, field: &str) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item[field]))
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_in_both_directions() {
    let server = with_instances(7, |_| ()).await;
    for (resource, field) in [
        ("process-instances", "processInstanceKey"),
        ("jobs", "jobKey"),
        ("variables", "variableKey"),
    ] {
        for sort in [
            json!([]),
            json!([{"field": field, "order": "DESC"}]),
            json!([{"field": "tenantless"}]),
            json!([{"field": if resource == "variables" { "value" } else { "state" }, "order": "DESC"}]),
        ] {
            if sort[0]["field"] == "tenantless" {
                let body = json!({"sort": sort});
                let path = format!("/v2/{resource}/search");
                server
                    .post(&path, body)
                    .await
                    .problem(400, "sort[0].field 'tenantless'");
                continue;
            }
            let whole = page(&server, resource, json!({"sort": sort})).await;
            let all = values(&whole, field);
            assert_eq!(all.len(), 7);
            assert_eq!(whole["page"]["totalItems"], 7);
            assert_eq!(whole["page"]["hasMoreTotalItems"], false);

            let mut forward = Vec::new();
            let mut position = json!({"limit": 3});
            let last = loop {
                let next = page(&server, resource, json!({"sort": sort, "page": position})).await;
                assert_eq!(next["page"]["totalItems"], 7);
                forward.extend(values(&next, field));
                if forward.len() >= 7 {
                    break next;
                }
                position = json!({"limit": 3, "after": next["page"]["endCursor"]});
            };
            assert_eq!(forward, all, "{resource} {sort}");
            let position = json!({"limit": 3, "before": last["page"]["startCursor"]});
            let before = page(&server, resource, json!({"sort": sort, "page": position})).await;
            assert_eq!(values(&before, field), all[3..6], "{resource} {sort}");
            let position = json!({"after": last["page"]["endCursor"]});
            let behind = page(&server, resource, json!({"sort": sort, "page": position})).await;
            assert_eq!(behind["items"], json!([]));
            assert!(
                behind["page"]["startCursor"].is_null() && behind["page"]["endCursor"].is_null()
            );
            let position = json!({"from": 5, "limit": 10});
            let from = page(&server, resource, json!({"sort": sort, "page": position})).await;
            assert_eq!(values(&from, field), all[5..]);
        }
    }
}

#[tokio::test]
async fn sorting_is_by_value_and_then_by_the_next_field() {
    let server = with_instances(3, |_| ()).await;
    let sort = json!([{"field": "value", "order": "DESC"}]);
    let found = page(&server, "variables", json!({"sort": sort})).await;
    assert_eq!(values(&found, "value"), ["2", "1", "0"]);
    let sort = json!([{"field": "name"}, {"field": "value"}]);
    let found = page(&server, "variables", json!({"sort": sort})).await;
    assert_eq!(values(&found, "value"), ["0", "1", "2"]);
}

#[tokio::test]
async fn a_cursor_of_another_search_is_refused() {
    let server = with_instances(1, |_| ()).await;
    let first = page(&server, "jobs", json!({})).await;
    let cursor = &first["page"]["endCursor"];
    let body = json!({"page": {"after": cursor}, "sort": [{"field": "type"}]});
    server
        .post("/v2/jobs/search", body)
        .await
        .problem(400, "page.after is not a cursor");
    let both = json!({"page": {"after": cursor, "before": cursor}});
    server
        .post("/v2/jobs/search", both)
        .await
        .problem(400, "more than one of");
    let both = json!({"page": {"after": cursor, "from": 0}});
    server
        .post("/v2/jobs/search", both)
        .await
        .problem(400, "more than one of");
}

#[tokio::test]
async fn what_a_search_counts_and_reads_is_bounded() {
    let server = with_instances(5, |limits| {
        limits.request.counted_items = 3;
        limits.request.scanned_rows = 6;
        limits.request.page_items = 4;
    });
    let server = server.await;
    let first = page(&server, "jobs", json!({"page": {"limit": 2}})).await;
    assert_eq!(first["page"]["totalItems"], 3);
    assert_eq!(first["page"]["hasMoreTotalItems"], true);
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    page(&server, "jobs", json!({"filter": {"type": "nothing"}})).await;
    server.create("order", json!({})).await;
    page(&server, "jobs", json!({"filter": {"type": "nothing"}})).await;
    server.create("order", json!({})).await;
    let body = json!({"filter": {"type": "nothing"}});
    server
        .post("/v2/jobs/search", body)
        .await
        .problem(400, "more than 6 rows");
    for body in [
        json!({"page": {"limit": 5}}),
        json!({"page": {"limit": 4, "from": 1}}),
    ] {
        server
            .post("/v2/jobs/search", body)
            .await
            .problem(400, "page.");
    }
}

#[tokio::test]
async fn bad_searches_are_refused_with_their_place() {
    let server = with_instances(1, |_| ()).await;
    for (body, detail) in [
        (json!({"filter": {"typo": 1}}), "filter.typo"),
        (
            json!({"filter": {"jobKey": {"$in": ["1", 2]}}}),
            "filter.jobKey.$in[1]",
        ),
        (
            json!({"filter": {"state": "DONE"}}),
            "filter.state must be one of CREATED",
        ),
        (
            json!({"filter": {"deadline": {"$gt": "now"}}}),
            "filter.deadline.$gt",
        ),
        (
            json!({"filter": {"retries": {"$like": "1"}}}),
            "filter.retries.$like",
        ),
        (json!({"filter": []}), "line 1"),
        (json!({"sort": [{"field": "type", "order": "UP"}]}), "UP"),
        (json!({"sort": [{}]}), "missing field `field`"),
        (json!({"page": {"limit": 0}}), "page.limit must be 1"),
        (json!({"page": {"after": "?"}}), "page.after"),
        (json!({"filters": {}}), "filters"),
    ] {
        server
            .post("/v2/jobs/search", body)
            .await
            .problem(400, detail);
    }
    let items = json!([{"name": "number"}]);
    let body = json!({"filter": {"variables": items}});
    let path = "/v2/process-instances/search";
    server
        .post(path, body)
        .await
        .problem(400, "filter.variables[0]");
}
