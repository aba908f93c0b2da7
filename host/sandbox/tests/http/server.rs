//! Servers that note every byte they get and answer what a test says.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

/// A part of an answer.
#[derive(Clone)]
pub enum Part {
    Bytes(Vec<u8>),
    Pause(Duration),
    /// Waits until so many requests are there.
    Meet(Arc<Barrier>),
    /// Neither goes on nor closes the connection.
    Hang,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub head: String,
    pub body: usize,
    /// All bytes of it.
    pub bytes: u64,
}

impl Received {
    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(": ")?;
            field.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }
}

type Answer = dyn Fn(&Received) -> Vec<Part> + Send + Sync;

pub struct Server {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// A server on 127.0.0.1.
    pub async fn start(answer: impl Fn(&Received) -> Vec<Part> + Send + Sync + 'static) -> Self {
        Self::on(Ipv4Addr::LOCALHOST.into(), 0, answer).await
    }

    pub async fn on(
        address: IpAddr,
        port: u16,
        answer: impl Fn(&Received) -> Vec<Part> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((address, port)).await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            received: Arc::default(),
        };
        let (connections, received) = (server.connections.clone(), server.received.clone());
        let answer: Arc<Answer> = Arc::new(answer);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(talk(stream, received.clone(), answer.clone()));
            }
        });
        server
    }

    /// A server that answers 200 and its body.
    pub async fn answering(body: &'static str) -> Self {
        Self::start(move |_| vec![Part::Bytes(response(200, &[], body.as_bytes()))]).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// A whole response.
pub fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        bytes += &format!("{name}: {value}\r\n");
    }
    bytes += "\r\n";
    let mut bytes = bytes.into_bytes();
    bytes.extend(body);
    bytes
}

/// Reads one request and answers it.
pub async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    received: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Answer>,
) {
    let mut bytes = Vec::new();
    let mut noted = None;
    loop {
        let request = read(&bytes);
        if let Some((request, whole)) = request {
            // A request whose body is still coming is known from its head on.
            let mut received = received.lock().unwrap();
            let index = *noted.get_or_insert_with(|| {
                received.push(Received::default());
                received.len() - 1
            });
            received[index] = request;
            if whole {
                break;
            }
        }
        let mut buffer = [0; 16 << 10];
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => bytes.extend(&buffer[..count]),
            // The client has given up.
            Ok(_) | Err(_) => return,
        }
    }
    let request = read(&bytes).unwrap().0;
    for part in answer(&request) {
        match part {
            Part::Bytes(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Part::Pause(time) => tokio::time::sleep(time).await,
            Part::Meet(barrier) => {
                barrier.wait().await;
            }
            Part::Hang => std::future::pending().await,
        }
    }
    let _ = stream.shutdown().await;
}

/// What of a request has come, and whether that is all.
fn read(bytes: &[u8]) -> Option<(Received, bool)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let mut received = Received {
        head: String::from_utf8(bytes[..head].to_vec()).unwrap(),
        body: bytes.len() - head,
        bytes: bytes.len() as u64,
    };
    let whole = match received.header("content-length") {
        Some(length) => received.body >= length.parse().unwrap(),
        None if received.header("transfer-encoding").is_some() => bytes.ends_with(b"0\r\n\r\n"),
        None => {
            received.body = 0;
            true
        }
    };
    Some((received, whole))
}
