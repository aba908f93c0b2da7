//! The baseline of HTTP: axum alone, which takes the body of scenario (a) and answers what Anyam
//! answers to it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Json, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::Value;

/// The first argument that makes this program the baseline.
pub const SERVE: &str = "serve-http-alone";
/// The path that it serves.
pub const PATH: &str = "/v2/process-instances";

/// Serves until it is killed. Its first line of stdin is what it answers; its first line of stdout
/// says where it listens.
pub fn serve() {
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .expect("stdin can be read");
    let answer: Arc<str> = answer.trim_end().into();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads can be started");
    runtime.block_on(async {
        let routes = Router::new().route(PATH, post(respond)).with_state(answer);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        println!("{address}");
        use axum::serve::ListenerExt as _;
        let listener = listener.tap_io(|stream| {
            // As the server does.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, routes).await.expect("it serves");
    });
}

async fn respond(State(answer): State<Arc<str>>, Json(body): Json<Value>) -> impl IntoResponse {
    // The body has been read as JSON, as the server has to read it.
    drop(body);
    ([(CONTENT_TYPE, "application/json")], answer.to_string())
}

/// The baseline in a process of its own.
pub struct Axum {
    child: Child,
    host: String,
}

impl Axum {
    /// Starts it, to answer this line of JSON.
    pub fn start(answer: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program has a file"))
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        writeln!(stdin, "{answer}").expect("it reads its answer");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut host = String::new();
        stdout.read_line(&mut host).expect("stdout can be read");
        Self {
            child,
            host: host.trim().to_owned(),
        }
    }

    /// Where it listens.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Axum {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
