//! The load generator: as many connections as requests are under way, each used again and again.
//!
//! It speaks just enough HTTP/1.1, on one thread, so that the machine is left to the server.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::process;

/// What a run of the load generator measured.
pub struct Load {
    /// Requests under way at once.
    pub concurrency: usize,
    /// How long it took.
    pub time: Duration,
    /// The time of every request in microseconds, in rising order.
    micros: Vec<u32>,
}

impl Load {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.time.as_secs_f64()
    }

    /// The time in milliseconds that this share of the requests stays below.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = (last as f64 * share / 100.0).round() as usize;
        self.micros
            .get(at)
            .map_or(0.0, |micros| f64::from(*micros) / 1e3)
    }
}

/// Starts process instances and awaits them for `time`.
pub fn run(address: &str, concurrency: usize, time: Duration) -> Load {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let host = address
        .strip_prefix("http://")
        .expect("the server speaks plain HTTP")
        .to_owned();
    let request = request(&host);
    runtime.block_on(async {
        let mut connections = JoinSet::new();
        let begin = Instant::now();
        for _ in 0..concurrency {
            let (host, request) = (host.clone(), request.clone());
            connections.spawn(async move { work(&host, &request, begin + time).await });
        }
        let mut micros = Vec::new();
        while let Some(done) = connections.join_next().await {
            micros.extend(done.expect("no connection panics"));
        }
        let time = begin.elapsed();
        micros.sort_unstable();
        Load {
            concurrency,
            time,
            micros,
        }
    })
}

fn request(host: &str) -> Vec<u8> {
    let body = process::request_body();
    format!(
        "POST /v2/process-instances HTTP/1.1\r\nHost: {host}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One connection, used until the time is over; the time of each of its requests.
async fn work(host: &str, request: &[u8], until: Instant) -> Vec<u32> {
    let mut stream = TcpStream::connect(host)
        .await
        .expect("the server takes connections");
    stream.set_nodelay(true).expect("TCP_NODELAY can be set");
    let mut micros = Vec::new();
    let mut answer = Vec::with_capacity(16 << 10);
    while Instant::now() < until {
        let begin = Instant::now();
        stream
            .write_all(request)
            .await
            .expect("the connection stays open");
        read_answer(&mut stream, &mut answer).await;
        let taken = begin.elapsed().as_micros();
        assert!(
            answer.starts_with(b"HTTP/1.1 200 "),
            "an instance was not completed: {}",
            String::from_utf8_lossy(&answer)
        );
        micros.push(u32::try_from(taken).unwrap_or(u32::MAX));
    }
    micros
}

/// Reads one answer whose length its head tells.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) {
    answer.clear();
    let mut whole = None;
    while whole.is_none_or(|whole| answer.len() < whole) {
        let read = stream
            .read_buf(answer)
            .await
            .expect("the connection stays open");
        assert!(read > 0, "the server closed the connection");
        whole = whole.or_else(|| length(answer));
    }
}

/// The bytes of head and body together, once the head is there.
fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).expect("a head is text");
    let body = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>())
    });
    Some(
        head + body
            .expect("the server tells the length")
            .expect("a length is a number"),
    )
}
