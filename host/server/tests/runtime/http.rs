//! A step of a deployed process that sends HTTP.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use anyam::Error;
use anyam::runtime::history;
use anyam::runtime::requests::CreateInstance;
use anyam::runtime::settings::names;
use anyam::toolchain::{Toolchain, repository};
use anyam_engine::value::{Json, Variables};
use anyam_store::Direction;
use anyam_store::records::{InstanceState, JobState, Variable};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::platform::{Platform, TENANT, chain, create};

const SECRET: &str = "s3cret-of-the-tenant";
const PLACEHOLDER: &str = "{{secret:KEY}}";

/// The component of `sandbox/tests/guests/fetch`, from its source.
async fn fetch() -> Vec<u8> {
    let build = || {
        let repository = repository().unwrap();
        let source = repository.join("host/sandbox/tests/guests/fetch");
        let steps = Toolchain::of_repository(&repository).rust_steps(&source);
        let step = steps.unwrap().remove(0);
        std::fs::read(step.file).unwrap()
    };
    tokio::task::spawn_blocking(build).await.unwrap()
}

/// A service on this machine that hangs up at the first request and answers the others.
struct Service {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::<Mutex<Vec<String>>>::default();
        let heads = received.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                while !bytes.ends_with(b"\r\n\r\n") {
                    let byte = stream.read_u8().await.unwrap();
                    bytes.push(byte);
                }
                let first = {
                    let mut heads = heads.lock().unwrap();
                    heads.push(String::from_utf8(bytes).unwrap());
                    heads.len() == 1
                };
                if !first {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine";
                    stream.write_all(answer).await.unwrap();
                }
            }
        });
        Self { port, received }
    }

    /// The heads of the requests that came, in order.
    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    fn grants(&self) -> Value {
        json!({"http": [{
            "host": "127.0.0.1", "scheme": "http", "port": self.port,
            "privateAddresses": true, "secrets": ["KEY"],
        }]})
    }
}

/// The value of a header field of a request.
fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let fields = head.lines().filter_map(|line| line.split_once(": "));
    let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    let (_, value) = values.next().unwrap_or_else(|| panic!("{name}: {head}"));
    value
}

/// What this program logs, in detail.
#[derive(Clone, Copy)]
struct Log;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl Log {
    fn start() -> Self {
        static STARTED: OnceLock<()> = OnceLock::new();
        STARTED.get_or_init(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("debug,anyam=trace,anyam_sandbox=trace"))
                .with_writer(|| Log)
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        Self
    }

    fn text(self) -> String {
        String::from_utf8_lossy(&LOGGED.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Whether a file of the platform has this text in it.
fn stored(folder: &Path, text: &str) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(path).unwrap();
            let mut parts = bytes.windows(text.len());
            if parts.any(|part| part == text.as_bytes()) {
                return true;
            }
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_sends_a_secret_that_nothing_else_sees_and_the_key_of_its_job() {
    let log = Log::start();
    let (service, folder) = (Service::start().await, tempfile::tempdir().unwrap());
    let platform = Platform::start(folder.path(), Default::default()).await;
    let (runtime, component) = (&platform.runtime, fetch().await);
    let grants = service.grants().to_string();
    let set = runtime.put_setting(TENANT, names::GRANTS, grants);
    set.await.unwrap();
    runtime.put_secret(TENANT, "KEY", SECRET).await.unwrap();
    let pushed = runtime.push_step(TENANT, "fetch", "1.0.0", component);
    assert_eq!(pushed.await.unwrap().record.effect, "effectful");
    platform.deploy(TENANT, chain("order", &["fetch@1"])).await;

    let authorization = format!("Bearer {PLACEHOLDER}");
    let requests = json!([{
        "url": format!("http://127.0.0.1:{}/orders", service.port),
        "headers": [["authorization", authorization]],
    }]);
    let request = CreateInstance {
        variables: Variables::from([
            ("requests".into(), Json::from_valid(requests.to_string())),
            ("onError".into(), Json::from_valid(r#""fail""#)),
        ]),
        ..create("order", false)
    };
    let instance = runtime.create(request).await.unwrap().key;
    let ended = platform.await_end(instance).await;
    assert_eq!(ended.state, InstanceState::Completed);

    let jobs = platform.jobs(instance);
    let [job] = &jobs[..] else {
        panic!("{jobs:?}");
    };
    assert_eq!((job.state, job.attempt), (JobState::Completed, 2));
    let received = service.received();
    assert_eq!(received.len(), 2, "{received:?}");
    for head in &received {
        assert!(head.starts_with("GET /orders HTTP/1.1\r\n"), "{head}");
        assert_eq!(header(head, "authorization"), format!("Bearer {SECRET}"));
        assert_eq!(header(head, "idempotency-key"), job.key.to_string());
    }

    let reader = runtime.read().unwrap();
    let entries = history::read(&reader, platform.tenant(), instance, 1_000).unwrap();
    let rows = reader.tenant(platform.tenant());
    let variables = rows.scan::<Variable>((instance,), Direction::Forward);
    let variables: Vec<Variable> = variables.map(Result::unwrap).collect();
    let of_name = |name: &str| {
        let variable = variables.iter().find(|variable| variable.name == name);
        &*variable.unwrap().value
    };
    let responses: Value = serde_json::from_str(of_name("responses")).unwrap();
    assert_eq!(
        (&responses[0]["status"], &responses[0]["body"]),
        (&json!(200), &json!("fine"))
    );
    assert!(of_name("requests").contains(PLACEHOLDER));
    let seen = format!("{entries:?} {variables:?} {jobs:?}");
    assert!(!seen.contains(SECRET), "{seen}");
    // Both attempts are there to be looked at.
    assert_eq!(seen.matches("StepCalled").count(), 2, "{seen}");
    assert!(stored(folder.path(), PLACEHOLDER));
    assert!(!stored(folder.path(), SECRET), "a file has the secret");
    tracing::trace!(target: "anyam", "all that is logged is looked at");
    let logged = log.text();
    assert!(logged.contains("all that is logged is looked at"));
    assert!(!logged.contains(SECRET), "{logged}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_sends_http_is_refused_with_what_to_grant() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    let (runtime, component) = (&platform.runtime, fetch().await);
    let push = || runtime.push_step(TENANT, "fetch", "1.0.0", component.clone());
    let refused = push().await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    let text = refused.to_string();
    for part in [
        "imports wasi:http/",
        "tenant '<default>'",
        r#"{"http": [{"host": "api.example.com"}]}"#,
        "anyam tenant grants set FILE",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let exactly = r#"{"http": [{"host": "api.example.com"}]}"#.to_owned();
    let set = runtime.put_setting(TENANT, names::GRANTS, exactly);
    set.await.unwrap();
    push().await.unwrap();
}
