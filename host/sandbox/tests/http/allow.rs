//! What rules allow and refuse, seen from the service.

use serde_json::{Value, json};

use crate::bench::{bench, local};
use crate::server::{Part, Server, response};

#[tokio::test]
async fn what_no_rule_allows_is_refused_before_anything_is_looked_up() {
    let server = Server::answering("secret").await;
    let mut rule = local(server.port);
    rule["methods"] = json!(["GET"]);
    rule["paths"] = json!(["/v1/*"]);
    let bench = bench(json!([rule, {"host": "*.example.com"}])).await;
    assert_eq!(bench.get(&server.url("/v1/a")).await["body"], "secret");
    let port = server.port;
    for request in [
        json!({"url": server.url("/v2/a")}),
        json!({"url": server.url("/")}),
        json!({"url": server.url("/v1%2Fa")}),
        json!({"url": server.url("/v1/a"), "method": "POST"}),
        json!({"url": format!("http://localhost:{port}/v1/a")}),
        json!({"url": format!("http://127.0.0.2:{port}/v1/a")}),
        json!({"url": format!("https://127.0.0.1:{port}/v1/a")}),
        json!({"url": "http://127.0.0.1/v1/a"}),
        json!({"url": "https://example.com/"}),
        json!({"url": "http://a.example.com/"}),
        json!({"url": "https://a.example.com.evil/"}),
    ] {
        let (code, message) = bench.refused(request.clone()).await;
        assert!(code.ends_with("HttpRequestDenied"), "{request}: {code}");
        assert!(
            message.contains("not allowed by any `http` rule in the grants of the tenant"),
            "{message}"
        );
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(bench.names.asked(), [""; 0]);
}

#[tokio::test]
async fn urls_with_two_readings_are_refused() {
    let server = Server::answering("secret").await;
    let bench = bench(json!([local(server.port)])).await;
    let port = server.port;
    let before = "not.granted";
    for host in [
        format!("user@127.0.0.1:{port}"),
        format!("user:password@127.0.0.1:{port}"),
        format!("{before}@127.0.0.1:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f000001:{port}"),
        format!("0x7f.1:{port}"),
        format!("0177.0.0.1:{port}"),
        format!("127.1:{port}"),
        format!("127.0.0.1.:{port}"),
        format!("localhost.:{port}"),
    ] {
        let (code, message) = bench
            .refused(json!({"url": format!("http://{host}/")}))
            .await;
        assert!(code.ends_with("HttpRequestUriInvalid"), "{host}: {code}");
        assert!(
            message.contains("before, it was denied something"),
            "{message}"
        );
        // The step's own words are its own.
        let told = message.split("denied something").last().unwrap();
        assert!(!told.contains("password"), "{told}");
    }
    for path in [
        "/..",
        "/a/%2e%2e/b",
        "/a/..;/b",
        "/a%2f..%2fb",
        "/%00",
        "/%252e%252e/",
    ] {
        let (code, _) = bench.refused(json!({"url": server.url(path)})).await;
        assert!(code.ends_with("HttpRequestUriInvalid"), "{path}: {code}");
    }
    for method in ["CONNECT", "TRACE"] {
        let request = json!({"url": server.url("/"), "method": method});
        let (code, message) = bench.refused(request).await;
        assert!(code.ends_with("HttpRequestMethodInvalid"), "{code}");
        assert!(message.contains("steps may never use"), "{message}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_step_gets_what_tenant_and_process_both_leave_to_it() {
    let server = Server::answering("yes").await;
    let mut bench = bench(json!([local(server.port)])).await;
    let with = |change: fn(&mut Value)| {
        let mut rule = local(server.port);
        change(&mut rule);
        Some(json!({ "http": [rule] }))
    };
    bench.step = with(|_| ());
    assert_eq!(bench.get(&server.url("/")).await["body"], "yes");
    bench.step = with(|rule| rule["paths"] = json!(["/v1/*"]));
    let (code, message) = bench.refused(json!({"url": server.url("/")})).await;
    assert!(code.ends_with("HttpRequestDenied"), "{code}");
    assert!(message.contains("in the grants of the step"), "{message}");
    // What the process grants beyond its tenant counts for nothing.
    bench.tenant["http"][0]["port"] = json!(1);
    bench.step = with(|_| ());
    let (_, message) = bench.refused(json!({"url": server.url("/")})).await;
    assert!(message.contains("in the grants of the tenant"), "{message}");
    // Nor does a private address that only one of them allows.
    bench.tenant["http"] = json!([local(server.port)]);
    bench.step = with(|rule| rule["privateAddresses"] = json!(false));
    let (code, _) = bench.refused(json!({"url": server.url("/")})).await;
    assert!(code.ends_with("DestinationIpProhibited"), "{code}");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn each_hop_of_a_redirect_is_checked_like_any_request() {
    let inner = Server::answering("inner").await;
    let to = |url: String| {
        Server::start(move |_| vec![Part::Bytes(response(302, &[("location", &url)], b""))])
    };
    let outer = to(inner.url("/admin")).await;
    let mut bench = bench(json!([local(outer.port)])).await;
    let hop = bench.get(&outer.url("/")).await;
    // It is not followed by itself.
    assert_eq!(
        (hop["status"].as_u64(), inner.connections()),
        (Some(302), 0)
    );
    let location = hop["headers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|header| header[0] == "location")
        .unwrap()[1]
        .as_str()
        .unwrap();
    let (code, _) = bench.refused(json!({"url": location})).await;
    assert!(code.ends_with("HttpRequestDenied"), "{code}");
    // Where a rule allows the name, its address still has to be a public one.
    bench.names.set("inner.example.com", &[&["127.0.0.1"]]);
    bench.tenant["http"] = json!([
        {"host": "*.example.com", "scheme": "http", "port": inner.port}, local(outer.port)]);
    let url = format!("http://inner.example.com:{}/admin", inner.port);
    let (code, _) = bench.refused(json!({"url": url})).await;
    assert!(code.ends_with("DestinationIpProhibited"), "{code}");
    assert_eq!(inner.connections(), 0);
}
