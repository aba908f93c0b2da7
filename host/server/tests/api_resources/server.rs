//! A server to send requests to, without a network between.

use std::fmt::Write as _;

use anyam::api;
use anyam::limits::Limits;
use anyam::runtime::{Runtime, RuntimeConfig};
use anyam_sandbox::{CompilerCommand, Config, Sandbox};
use anyam_store::{Database, RedbStore};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A running platform with its API.
pub struct Server {
    router: Router,
    pub runtime: Runtime,
    _data: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    path: String,
}

impl Server {
    /// With the default limits.
    pub async fn start() -> Self {
        Self::limited(|_| ()).await
    }

    /// With other limits.
    pub async fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = RedbStore::open(data.path().join("store"), 16 << 20).unwrap();
        let database = Database::open(store, anyam_store::Limits::default()).unwrap();
        let compiler = CompilerCommand {
            program: env!("CARGO_BIN_EXE_anyam").into(),
            args: vec![anyam::cli::COMPILE_COMMAND.into()],
        };
        let mut sandbox = Config::new(data.path().join("components"), compiler);
        sandbox.concurrent_calls = 2;
        let sandbox = Sandbox::new(sandbox).unwrap();
        let mut config = RuntimeConfig {
            uploads: Some(data.path().join("uploads")),
            ..RuntimeConfig::default()
        };
        change(&mut config.limits);
        let runtime = Runtime::start(database, sandbox, config).await.unwrap();
        Self {
            router: api::router(runtime.clone()),
            runtime,
            _data: data,
        }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let path = request.uri().path().to_owned();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            path,
        }
    }

    /// Sends a JSON text.
    pub async fn send_json(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send_json(Method::POST, path, body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send_json(Method::PUT, path, body.to_string()).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send_json(Method::PATCH, path, body.to_string()).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Request::delete(path).body(Body::empty()).unwrap())
            .await
    }

    /// Uploads the parts of a deployment: name, file name where it is a file, content.
    pub async fn upload(&self, parts: &[(&str, Option<&str>, &str)]) -> Reply {
        let mut body = String::new();
        for (name, file, content) in parts {
            let file = file
                .map(|file| format!("; filename=\"{file}\""))
                .unwrap_or_default();
            write!(body, "--cut\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
                .unwrap();
        }
        body.push_str("--cut--\r\n");
        let request = Request::post("/v2/deployments")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Deploys a model for the default tenant and gives the key of its process.
    pub async fn deploy(&self, model: &str) -> String {
        let reply = self
            .upload(&[("resources", Some("model.bpmn"), model)])
            .await
            .json(200);
        text(&reply["deployments"][0]["processDefinition"]["processDefinitionKey"])
    }

    /// Starts the latest version of a process and gives the instance's key.
    pub async fn create(&self, process_id: &str, variables: Value) -> String {
        let body = serde_json::json!({"processDefinitionId": process_id, "variables": variables});
        text(&self.post("/v2/process-instances", body).await.json(200)["processInstanceKey"])
    }

    /// The items that a search finds.
    pub async fn search(&self, resource: &str, filter: Value) -> Vec<Value> {
        let body = serde_json::json!({"filter": filter});
        let reply = self
            .post(&format!("/v2/{resource}/search"), body)
            .await
            .json(200);
        reply["items"].as_array().unwrap().clone()
    }

    /// The only item that a search finds.
    pub async fn only(&self, resource: &str, filter: Value) -> Value {
        let items = self.search(resource, filter.clone()).await;
        assert_eq!(items.len(), 1, "{resource} {filter}: {items:?}");
        items.into_iter().next().unwrap()
    }
}

impl Reply {
    /// The body, of an answer that must have this status.
    #[track_caller]
    pub fn json(self, status: u16) -> Value {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{}: {body}", self.path);
        serde_json::from_str(&body).unwrap()
    }

    /// That it is an answer without a body.
    #[track_caller]
    pub fn done(self) {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!((self.status, &*body), (204, ""), "{}", self.path);
    }

    /// That it is a problem with this status whose detail holds `text`.
    #[track_caller]
    pub fn problem(self, status: u16, text: &str) -> Value {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status, status, "{}: {body}", self.path);
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{body}"
        );
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"], self.path);
        assert_eq!(problem["type"], "about:blank");
        assert!(problem["title"].is_string());
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(text), "{}: {detail}", self.path);
        problem
    }
}

/// The text of a JSON text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
