//! One connection of the load generator.

use std::fmt::Write as _;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects, sending each request at once.
    pub async fn open(host: &str) -> Self {
        let stream = TcpStream::connect(host)
            .await
            .expect("the server takes connections");
        stream.set_nodelay(true).expect("TCP_NODELAY can be set");
        Self {
            stream,
            answer: Vec::with_capacity(16 << 10),
        }
    }

    /// Sends a request and reads its answer; the answer's body.
    ///
    /// # Panics
    /// Where the answer is not a success.
    pub async fn ask(&mut self, request: &[u8]) -> &[u8] {
        self.stream
            .write_all(request)
            .await
            .expect("the connection stays open");
        let head = self.read().await;
        assert!(
            self.answer.starts_with(b"HTTP/1.1 20"),
            "the answer is no success: {}",
            String::from_utf8_lossy(&self.answer[..self.answer.len().min(2_000)])
        );
        &self.answer[head..]
    }

    /// Reads one answer whose length its head tells; where its body begins.
    async fn read(&mut self) -> usize {
        self.answer.clear();
        let mut whole = None;
        while whole.is_none_or(|(_, end)| self.answer.len() < end) {
            let read = self
                .stream
                .read_buf(&mut self.answer)
                .await
                .expect("the connection stays open");
            assert!(read > 0, "the server closed the connection");
            whole = whole.or_else(|| length(&self.answer));
        }
        whole.map_or(0, |(head, _)| head)
    }
}

/// Where the body begins and ends, once the head is there.
fn length(answer: &[u8]) -> Option<(usize, usize)> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).expect("a head is text");
    let body = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>())
    });
    // An answer without content has no length.
    let body = body.map_or(0, |length| length.expect("a length is a number"));
    assert!(
        body > 0 || !text.to_ascii_lowercase().contains("transfer-encoding"),
        "the server does not tell the length: {text}"
    );
    Some((head, head + body))
}

/// The bytes of a request.
pub fn request(host: &str, path: &str, body: &str) -> Rc<[u8]> {
    let mut text = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n");
    let length = body.len();
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    Rc::from(text.into_bytes())
}
