//! Names and the addresses behind them.

use serde_json::json;

use crate::bench::{Bench, bench};
use crate::server::{Part, Server, response};

/// A bench whose rules allow a name, but for private addresses.
async fn public(port: u16) -> Bench {
    bench(json!([{"host": "api.example.com", "scheme": "http", "port": port}])).await
}

fn url(port: u16) -> String {
    format!("http://api.example.com:{port}/")
}

#[tokio::test]
async fn a_name_with_an_address_that_is_not_public_is_refused() {
    let server = Server::answering("inner").await;
    let bench = public(server.port).await;
    for (address, kind) in [
        ("127.0.0.1", "loopback"),
        ("127.8.8.8", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "shared"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("192.0.0.8", "reserved"),
        ("192.0.2.1", "documentation"),
        ("198.18.0.1", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fe80::1", "link-local"),
        ("fd12::1", "private"),
        ("ff02::1", "multicast"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::127.0.0.1", "IPv4-compatible"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::1", "loopback"),
        ("2001:0:808:808::80ff:fffe", "loopback"),
        ("2001:db8::1", "documentation"),
    ] {
        // Beside a public one as well as alone.
        for answer in [&[address][..], &["8.8.8.8", address]] {
            bench.names.set("api.example.com", &[answer]);
            let (code, message) = bench.refused(json!({"url": url(server.port)})).await;
            assert!(
                code.ends_with("DestinationIpProhibited"),
                "{address}: {code}"
            );
            let says = message.contains(kind) && message.contains("privateAddresses");
            assert!(says, "{address}: {message}");
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_address_in_the_url_is_judged_like_one_behind_a_name() {
    let server = Server::answering("inner").await;
    let port = server.port;
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
    ] {
        let rules = json!([{"host": host, "scheme": "http", "port": port}]);
        let bench = bench(rules).await;
        let request = json!({"url": format!("http://{host}:{port}/")});
        let (code, _) = bench.refused(request).await;
        assert!(code.ends_with("DestinationIpProhibited"), "{host}: {code}");
        assert_eq!(bench.names.asked(), [""; 0]);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_connected_to() {
    let server = Server::answering("inner").await;
    let bench = public(server.port).await;
    // Public when it is checked, loopback an instant later.
    bench
        .names
        .set("api.example.com", &[&["192.31.196.1"], &["127.0.0.1"]]);
    let request = json!({"url": url(server.port), "connectTimeout": 200});
    let answer = bench.fetch(&[request]).await.remove(0);
    let error = answer["error"].as_str().unwrap();
    assert!(!error.ends_with("Prohibited"), "{error}");
    assert_eq!(bench.names.asked(), ["api.example.com"]);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn every_request_looks_a_name_up_once_and_again() {
    let answer = |text: &'static str| {
        move |_: &crate::server::Received| vec![Part::Bytes(response(200, &[], text.as_bytes()))]
    };
    let first = Server::on([127, 0, 0, 1].into(), 0, answer("first")).await;
    let second = Server::on([127, 0, 0, 2].into(), first.port, answer("second")).await;
    let bench = bench(
        json!([{"host": "api.example.com", "scheme": "http", "port": first.port,
        "privateAddresses": true}]),
    )
    .await;
    bench
        .names
        .set("api.example.com", &[&["127.0.0.1"], &["127.0.0.2"]]);
    let request = json!({"url": url(first.port).replace("api", "API")});
    let answers = bench.fetch(&[request.clone(), request]).await;
    assert_eq!(answers[0]["body"], "first");
    assert_eq!(answers[1]["body"], "second");
    assert_eq!(bench.names.asked(), ["api.example.com"; 2]);
    let host = format!("api.example.com:{}", first.port);
    assert_eq!(second.received()[0].header("host"), Some(host.as_str()));
}

#[tokio::test]
async fn an_address_that_does_not_answer_gives_way_to_the_next() {
    let server = Server::answering("here").await;
    let bench = bench(
        json!([{"host": "api.example.com", "scheme": "http", "port": server.port,
        "privateAddresses": true}]),
    )
    .await;
    // Nobody listens on the first.
    bench
        .names
        .set("api.example.com", &[&["127.0.0.9", "127.0.0.1"]]);
    assert_eq!(bench.get(&url(server.port)).await["body"], "here");
}

#[tokio::test]
async fn a_name_that_is_not_there_is_an_error_of_the_dns() {
    let bench = public(80).await;
    let answer = bench.get("http://api.example.com:80/").await;
    let error = answer["error"].as_str().unwrap();
    assert!(error.contains("DnsError"), "{error}");
    assert_eq!(answer["refused"], false);
    bench.names.set("api.example.com", &[&[]]);
    let answer = bench.get("http://api.example.com:80/").await;
    assert!(
        answer["error"].as_str().unwrap().contains("DnsError"),
        "{answer}"
    );
}
