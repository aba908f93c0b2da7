//! Every limit at its edge: what just fits passes, one more is refused and named.

use anyam_sandbox::{Failure, HttpLimits};
use serde_json::{Value, json};

use crate::bench::{Bench, bench, local, responses};
use crate::server::{Part, Server, response};

async fn limited(port: u16, change: impl FnOnce(&mut HttpLimits)) -> Bench {
    let mut bench = bench(json!([local(port)])).await;
    change(&mut bench.limits.http);
    bench
}

/// The last request is refused with this code, and the limit is named.
async fn refused(bench: &Bench, request: Value, code: &str, limit: &str) {
    let (error, message) = bench.refused(request).await;
    assert!(error.contains(code), "{error}");
    assert!(
        message.contains(&format!("(limit http.{limit})")),
        "{message}"
    );
}

#[tokio::test]
async fn requests_of_a_call() {
    let server = Server::answering("").await;
    let bench = limited(server.port, |limits| limits.requests = 3).await;
    let request = json!({"url": server.url("/")});
    let answers = bench.fetch(&vec![request.clone(); 4]).await;
    assert!(answers[..3].iter().all(|answer| answer["status"] == 200));
    assert!(
        answers[3]["error"]
            .as_str()
            .unwrap()
            .contains("HttpRequestDenied")
    );
    let input = json!({"requests": vec![request; 4], "onError": "fail"});
    let Err(Failure::Permanent { message }) = bench.call(&input).await.outcome else {
        panic!("a refused request is permanent");
    };
    assert!(message.contains("(limit http.requests)"), "{message}");
    assert_eq!(server.connections(), 6);
}

#[tokio::test]
async fn requests_that_are_none() {
    let server = Server::answering("").await;
    let bench = limited(server.port, |limits| limits.requests = 1).await;
    let vain = json!({"url": "ftp://127.0.0.1/"});
    let good = json!({"url": server.url("/")});
    let answers = bench.fetch(&[vain.clone(), good.clone()]).await;
    assert!(
        answers[0]["error"]
            .as_str()
            .unwrap()
            .contains("HttpProtocolError")
    );
    assert_eq!(answers[1]["status"], 200, "{answers:?}");
    // Twice as many as there may be requests.
    let answers = bench.fetch(&[vain.clone(), vain, good]).await;
    assert!(
        answers[2]["error"]
            .as_str()
            .unwrap()
            .contains("HttpProtocolError"),
        "{answers:?}"
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn requests_at_one_time() {
    let server = Server::answering("some body").await;
    let bench = limited(server.port, |limits| limits.concurrent_requests = 2).await;
    let request = json!({"url": server.url("/")});
    let together = |count| json!({"together": true, "requests": vec![request.clone(); count]});
    let answers = responses(&bench.call(&together(2)).await);
    assert!(
        answers.iter().all(|answer| answer["status"] == 200),
        "{answers:?}"
    );
    let call = bench.call(&together(3)).await;
    let error = responses(&call)[2]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("ConnectionLimitReached"), "{error}");
    assert_eq!(call.usage.http_requests, 2);
    // One after the other there may be as many as there are.
    let answers = bench.fetch(&vec![request; 10]).await;
    assert!(
        answers.iter().all(|answer| answer["status"] == 200),
        "{answers:?}"
    );
}

#[tokio::test]
async fn bytes_of_a_url() {
    let server = Server::answering("").await;
    let url = server.url("/path?query");
    let fits = limited(server.port, |limits| limits.url_bytes = url.len()).await;
    assert_eq!(fits.get(&url).await["status"], 200);
    let over = limited(server.port, |limits| limits.url_bytes = url.len() - 1).await;
    refused(
        &over,
        json!({"url": url}),
        "HttpRequestUriTooLong",
        "url_bytes",
    )
    .await;
}

#[tokio::test]
async fn header_fields_of_a_request() {
    let server = Server::answering("").await;
    let request = json!({"url": server.url("/"), "headers": [["a", "x".repeat(93)], ["b", "12"]]});
    let count = |headers| limited(server.port, move |limits| limits.headers = headers);
    assert_eq!(
        count(2).await.fetch(std::slice::from_ref(&request)).await[0]["status"],
        200
    );
    refused(
        &count(1).await,
        request.clone(),
        "HttpRequestHeaderSectionSize",
        "headers",
    )
    .await;
    // Names, values, and four bytes more for each.
    let bytes = |bytes| limited(server.port, move |limits| limits.header_bytes = bytes);
    assert_eq!(
        bytes(105).await.fetch(std::slice::from_ref(&request)).await[0]["status"],
        200
    );
    refused(
        &bytes(104).await,
        request,
        "HttpRequestHeaderSectionSize",
        "header_bytes",
    )
    .await;
}

#[tokio::test]
async fn header_fields_that_the_host_does_not_even_hold() {
    let bench = limited(1, |limits| limits.header_bytes = 1_000).await;
    for headers in [
        vec![("a".to_owned(), "x".repeat(10_000))],
        (0..1_000)
            .map(|index| (format!("x-{index}"), String::new()))
            .collect(),
    ] {
        let request = json!({"url": "http://127.0.0.1:1/", "headers": headers});
        let Err(Failure::Retryable { message, .. }) =
            bench.call(&json!({"requests": [request]})).await.outcome
        else {
            panic!("the host took it");
        };
        assert!(message.contains("http.header_bytes"), "{message}");
    }
}

#[tokio::test]
async fn header_fields_of_a_response() {
    let server = Server::start(|_| {
        // With the length three.
        vec![Part::Bytes(response(
            200,
            &[("a", "123"), ("b", "12")],
            b"",
        ))]
    })
    .await;
    let request = json!({"url": server.url("/")});
    let count = |headers| limited(server.port, move |limits| limits.headers = headers);
    let answers = count(3).await.fetch(std::slice::from_ref(&request)).await;
    assert_eq!(answers[0]["status"], 200, "{answers:?}");
    refused(
        &count(2).await,
        request.clone(),
        "HttpResponseHeaderSectionSize",
        "headers",
    )
    .await;
    // One more than that, and the head is not even read to its end.
    let (error, message) = count(1).await.refused(request.clone()).await;
    assert!(error.contains("HttpResponseHeaderSectionSize"), "{error}");
    assert!(message.contains("(limits http.headers,"), "{message}");
    let own = "content-length".len() + 1 + 4;
    let bytes = |bytes| limited(server.port, move |limits| limits.header_bytes = bytes);
    let answers = bytes(own + 15)
        .await
        .fetch(std::slice::from_ref(&request))
        .await;
    assert_eq!(answers[0]["status"], 200, "{answers:?}");
    refused(
        &bytes(own + 14).await,
        request,
        "HttpResponseHeaderSectionSize",
        "header_bytes",
    )
    .await;
}

#[tokio::test]
async fn a_response_whose_head_never_ends() {
    let server = Server::start(|_| {
        let line = "x: ".to_owned() + &"y".repeat(1_000) + "\r\n";
        let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
        head.extend(line.repeat(10_000).bytes());
        vec![Part::Bytes(head)]
    })
    .await;
    let bench = limited(server.port, |_| ()).await;
    let call = bench
        .call(&json!({"requests": [{"url": server.url("/")}]}))
        .await;
    let error = responses(&call)[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("HttpResponseHeaderSectionSize"), "{error}");
    // It is not read to its end.
    assert!(call.usage.bytes_in < 1 << 20, "{:?}", call.usage);
}

#[tokio::test]
async fn bytes_of_a_request() {
    let server = Server::answering("").await;
    let bench = limited(server.port, |limits| limits.request_bytes = 100_000).await;
    let post = |bytes: usize, chunked: bool| json!({"method": "POST", "url": server.url("/"), "bodyBytes": bytes, "chunked": chunked});
    for chunked in [false, true] {
        let fits = bench.fetch(&[post(100_000, chunked)]).await;
        assert_eq!(fits[0]["status"], 200, "{fits:?}");
        let over = post(100_001, chunked);
        refused(&bench, over, "HttpRequestBodySize", "request_bytes").await;
    }
    let received: Vec<_> = server
        .received()
        .iter()
        .map(|request| request.body)
        .collect();
    // What was announced as too large was not begun; what was not announced was broken off.
    assert_eq!(received[0], 100_000);
    let broken_off = &server.received()[2..];
    assert!(
        broken_off
            .iter()
            .all(|request| !request.head.contains("100001"))
    );
}

#[tokio::test]
async fn bytes_of_a_response() {
    for length in [true, false] {
        let server = Server::start(move |request| {
            let size: usize = request.line()[5..]
                .split(' ')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            let body = vec![b'x'; size];
            vec![Part::Bytes(if length {
                response(200, &[], &body)
            } else {
                // It ends with the connection.
                [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &body].concat()
            })]
        })
        .await;
        let bench = limited(server.port, |limits| limits.response_bytes = 100_000).await;
        let fits = bench.get(&server.url("/100000")).await;
        assert_eq!(fits["bytes"], 100_000, "{fits}");
        let over = json!({"url": server.url("/100001")});
        refused(&bench, over, "HttpResponseBodySize", "response_bytes").await;
    }
}

#[tokio::test]
async fn the_length_of_a_body_that_is_not_sent_is_no_matter() {
    let server = Server::start(|_| {
        vec![Part::Bytes(
            b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n".to_vec(),
        )]
    })
    .await;
    let bench = limited(server.port, |limits| limits.response_bytes = 10).await;
    let head = json!({"method": "HEAD", "url": server.url("/")});
    let answers = bench.fetch(&[head]).await;
    assert_eq!(answers[0]["status"], 200, "{answers:?}");
}

#[tokio::test]
async fn bytes_that_a_call_sends() {
    let server = Server::answering("").await;
    let request = json!({"method": "POST", "url": server.url("/"), "bodyBytes": 1_000});
    let two = json!({"requests": [request, request]});
    let free = limited(server.port, |_| ()).await;
    let needed = free.call(&two).await.usage.bytes_out;
    let bench = limited(server.port, |limits| limits.bytes_out = needed).await;
    let call = bench.call(&two).await;
    assert!(
        responses(&call)
            .iter()
            .all(|answer| answer["status"] == 200)
    );
    let bench = limited(server.port, |limits| limits.bytes_out = needed - 1).await;
    let call = bench.call(&two).await;
    assert_eq!(responses(&call)[0]["status"], 200);
    let error = responses(&call)[1]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("HttpRequestBodySize"), "{error}");
    assert!(call.usage.bytes_out < needed);
    let bench = limited(server.port, |limits| limits.bytes_out = 500).await;
    refused(&bench, request, "HttpRequestBodySize", "bytes_out").await;
}

#[tokio::test]
async fn bytes_that_a_call_receives() {
    let server = Server::answering("0123456789").await;
    let size = response(200, &[], b"0123456789").len() as u64;
    let request = json!({"url": server.url("/")});
    let two = json!({"requests": [request, request]});
    let bench = limited(server.port, |limits| limits.bytes_in = 2 * size).await;
    let call = bench.call(&two).await;
    assert!(responses(&call).iter().all(|answer| answer["bytes"] == 10));
    let bench = limited(server.port, |limits| limits.bytes_in = 2 * size - 1).await;
    let call = bench.call(&two).await;
    assert_eq!(responses(&call)[0]["bytes"], 10);
    let error = responses(&call)[1]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("HttpResponseBodySize"), "{error}");
    let bench = limited(server.port, |limits| limits.bytes_in = 10).await;
    refused(&bench, request, "HttpResponseBodySize", "bytes_in").await;
}

#[tokio::test]
async fn handles_that_a_call_holds() {
    let server = Server::answering("").await;
    let request = json!({"url": server.url("/")});
    let many = json!({"together": true, "requests": vec![request; 20]});
    let bench = limited(server.port, |limits| limits.concurrent_requests = 20).await;
    let answers = responses(&bench.call(&many).await);
    assert!(
        answers.iter().all(|answer| answer["status"] == 200),
        "{answers:?}"
    );
    let bench = limited(server.port, |limits| {
        limits.concurrent_requests = 20;
        limits.handles = 15;
    })
    .await;
    let Err(Failure::Retryable { message, .. }) = bench.call(&many).await.outcome else {
        panic!("more handles than there may be");
    };
    assert!(message.contains("http.handles"), "{message}");
}
