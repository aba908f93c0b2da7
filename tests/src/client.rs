//! Requests to a server, and what they answered.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use ureq::http::Request;
use ureq::{Agent, AsSendBody};

use crate::awaiting;

/// What a request answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body; empty where there is none.
    pub content_type: String,
    /// The body, null where it is empty or not JSON.
    pub body: Value,
}

impl Answer {
    /// Checks that the request went well; the body.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:#?}");
        self.body
    }

    /// Checks that the request was refused with this status and problem details that say why; the
    /// detail, with every finding.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:#?}");
        assert_eq!(self.content_type, "application/problem+json", "{self:#?}");
        assert_eq!(self.body["status"], status, "{self:#?}");
        for member in ["type", "title", "detail", "instance"] {
            let text = self.body[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "no {member}: {self:#?}");
        }
        let findings = self.body["findings"].as_array().into_iter().flatten();
        let lines = std::iter::once(&self.body["detail"]).chain(findings);
        lines
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Speaks to one server on behalf of one tenant.
///
/// What it does not expect is a failed test. [`Client::try_send`] leaves that to the caller.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    server: String,
    tenant: Option<String>,
}

/// Bytes of a body above which the server is asked whether it wants it.
const LARGE: usize = 1 << 20;

/// The key of anything, as the API writes it.
pub type Key = String;

/// What is searched, by the name in its path.
pub const SEARCHES: [&str; 10] = [
    "process-definitions",
    "process-instances",
    "element-instances",
    "variables",
    "jobs",
    "user-tasks",
    "incidents",
    "message-subscriptions",
    "correlated-message-subscriptions",
    "steps",
];

impl Client {
    /// A client of the server at `address`, for the default tenant.
    pub fn new(address: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections_per_host(64)
            .max_idle_connections(64)
            .timeout_global(Some(awaiting::PATIENCE))
            .proxy(None);
        Self {
            agent: config.build().new_agent(),
            server: address.to_owned(),
            tenant: None,
        }
    }

    /// The same for another tenant.
    #[must_use]
    pub fn of(&self, tenant: &str) -> Self {
        Self {
            tenant: Some(tenant.to_owned()),
            ..self.clone()
        }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Where no answer came, as when the server was killed.
    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: impl AsRef<[u8]>,
    ) -> Result<Answer, ureq::Error> {
        let body = body.as_ref();
        if body.is_empty() {
            return self.run(method, path, content_type, false, ());
        }
        // A server that refuses the size says so before the bytes are sent.
        self.run(method, path, content_type, body.len() > LARGE, body)
    }

    fn run(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        expects: bool,
        body: impl AsSendBody,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server));
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        if expects {
            request = request.header("expect", "100-continue");
        }
        let request = request.body(body).expect("the tests write valid requests");
        let mut response = self.agent.run(request)?;
        let content_type = response.headers().get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let text = response
            .body_mut()
            .with_config()
            .limit(256 << 20)
            .read_to_vec()?;
        Ok(Answer {
            status: response.status().as_u16(),
            content_type,
            body: serde_json::from_slice(&text).unwrap_or(Value::Null),
        })
    }

    /// As [`Client::try_send`], with a JSON body in which the tenant is named.
    ///
    /// # Errors
    /// As [`Client::try_send`].
    pub fn try_post(&self, path: &str, mut body: Value) -> Result<Answer, ureq::Error> {
        if let (Some(tenant), Some(members)) = (&self.tenant, body.as_object_mut()) {
            let member = members.get_mut("filter").and_then(Value::as_object_mut);
            let named = match (member, path) {
                (Some(filter), _) => filter,
                (None, "/v2/jobs/activation") => {
                    members.insert("tenantIds".into(), json!([tenant]));
                    return self.try_send(
                        "POST",
                        path,
                        "application/json",
                        Value::from(members.clone()).to_string(),
                    );
                }
                (None, _) => members,
            };
            named.insert("tenantId".into(), json!(tenant));
        }
        self.try_send("POST", path, "application/json", body.to_string())
    }

    /// Sends a request whatever its body is.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let answer = self.try_send(method, path, content_type, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// `GET`.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        let answer = self.try_send("GET", path, "", b"");
        answer.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// `POST` with a JSON body in which the tenant is named where the resource takes one: the
    /// members `tenantId`, `tenantIds` or `filter.tenantId`.
    #[track_caller]
    pub fn post(&self, path: &str, body: Value) -> Answer {
        let answer = self.try_post(path, body);
        answer.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// `POST` of a request that names a thing by its key and so no tenant.
    #[track_caller]
    pub fn act(&self, path: &str, body: Value) -> Answer {
        self.send(
            "POST",
            path,
            "application/json",
            body.to_string().as_bytes(),
        )
    }

    /// Deploys models, each a file name and its text.
    #[track_caller]
    pub fn deploy(&self, files: &[(&str, &str)]) -> Answer {
        let answer = self.try_deploy(files);
        answer.unwrap_or_else(|error| panic!("POST /v2/deployments: {error}"))
    }

    /// As [`Client::deploy`].
    ///
    /// # Errors
    /// As [`Client::try_send`].
    pub fn try_deploy(&self, files: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        const BOUNDARY: &str = "anyam-tests-boundary";
        let mut body = String::new();
        for (name, text) in files {
            body += &format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"resources\"; \
                 filename=\"{name}\"\r\nContent-Type: application/xml\r\n\r\n{text}\r\n"
            );
        }
        if let Some(tenant) = &self.tenant {
            body += &format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"tenantId\"\r\n\r\n\
                 {tenant}\r\n"
            );
        }
        body += &format!("--{BOUNDARY}--\r\n");
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.try_send("POST", "/v2/deployments", &content_type, &body)
    }

    /// Deploys one model that must be accepted; the key of its process definition.
    #[track_caller]
    pub fn deployed(&self, text: &str) -> Key {
        let body = self.deploy(&[("process.bpmn", text)]).ok();
        key(&body["deployments"][0]["processDefinition"]["processDefinitionKey"])
    }

    /// Uploads a component as one version of a step.
    #[track_caller]
    pub fn push_step(&self, name: &str, version: &str, component: &[u8]) -> Answer {
        let path = format!("/v2/steps/{name}/versions/{version}{}", self.query());
        self.send("PUT", &path, "application/wasm", component)
    }

    /// The tenant as the query of a path.
    pub fn query(&self) -> String {
        match &self.tenant {
            Some(tenant) => format!("?tenantId={tenant}"),
            None => String::new(),
        }
    }

    /// Starts a process instance; its key.
    #[track_caller]
    pub fn create(&self, process: &str, variables: Value) -> Key {
        let body = json!({ "processDefinitionId": process, "variables": variables });
        key(&self.post("/v2/process-instances", body).ok()["processInstanceKey"])
    }

    /// Starts a process instance and waits for its end.
    #[track_caller]
    pub fn create_awaiting(&self, process: &str, variables: Value) -> Answer {
        let body = json!({
            "processDefinitionId": process,
            "variables": variables,
            "awaitCompletion": true,
            "requestTimeout": 100_000,
        });
        self.post("/v2/process-instances", body)
    }

    /// Everything that a search of `what` finds, over all pages.
    #[track_caller]
    pub fn search(&self, what: &str, filter: Value) -> Vec<Value> {
        let path = format!("/v2/{what}/search");
        let mut found = Vec::new();
        let mut page = json!({ "limit": 1000 });
        loop {
            let body = self
                .post(&path, json!({ "filter": filter, "page": page }))
                .ok();
            let items = body["items"].as_array().expect("a page has items");
            found.extend(items.iter().cloned());
            if items.len() < 1000 {
                return found;
            }
            page = json!({ "limit": 1000, "after": body["page"]["endCursor"] });
        }
    }

    /// Everything that is stored for the tenant, as far as searches show it.
    #[track_caller]
    pub fn everything(&self) -> BTreeMap<&'static str, Vec<Value>> {
        SEARCHES
            .iter()
            .map(|what| (*what, self.search(what, json!({}))))
            .collect()
    }

    /// A process instance.
    #[track_caller]
    pub fn instance(&self, key: &str) -> Value {
        self.get(&format!("/v2/process-instances/{key}")).ok()
    }

    /// Waits until a process instance is in a state; the instance then.
    #[track_caller]
    pub fn reaches(&self, key: &str, state: &str) -> Value {
        let mut last = Value::Null;
        let begin = std::time::Instant::now();
        while begin.elapsed() < awaiting::PATIENCE {
            last = self.instance(key);
            if last["state"] == state {
                return last;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let incidents = self.search("incidents", json!({ "processInstanceKey": key }));
        panic!("not {state}: {last:#}\n{incidents:#?}");
    }

    /// The elements an instance went through with the state of each, in order, the process itself
    /// left out.
    #[track_caller]
    pub fn elements(&self, key: &str) -> Vec<(String, String)> {
        let items = self.search("element-instances", json!({ "processInstanceKey": key }));
        items
            .iter()
            .filter(|item| item["type"] != "PROCESS")
            .map(|item| (text(&item["elementId"]), text(&item["state"])))
            .collect()
    }

    /// The ids of the elements that an instance went through, in order; all of them must be over.
    #[track_caller]
    pub fn path(&self, key: &str) -> Vec<String> {
        let elements = self.elements(key);
        let active = elements.iter().find(|(_, state)| state == "ACTIVE");
        assert_eq!(active, None, "{elements:?}");
        elements.into_iter().map(|(id, _)| id).collect()
    }

    /// The variables of an instance's own scope.
    #[track_caller]
    pub fn variables(&self, key: &str) -> Map<String, Value> {
        let filter = json!({ "processInstanceKey": key, "scopeKey": key });
        let items = self.search("variables", filter);
        let value = |item: &Value| serde_json::from_str(item["value"].as_str().unwrap_or_default());
        items
            .iter()
            .map(|item| {
                (
                    text(&item["name"]),
                    value(item).expect("a value is JSON text"),
                )
            })
            .collect()
    }

    /// Takes jobs of a type, waiting for a first one for `wait_ms` where that is above zero.
    #[track_caller]
    pub fn activate(&self, job_type: &str, most: u32, wait_ms: i64) -> Vec<Value> {
        let body = json!({
            "type": job_type,
            "timeout": 60_000,
            "maxJobsToActivate": most,
            "requestTimeout": if wait_ms > 0 { wait_ms } else { -1 },
        });
        let body = self.post("/v2/jobs/activation", body).ok();
        body["jobs"]
            .as_array()
            .expect("an activation has jobs")
            .clone()
    }

    /// Waits for one job of a type.
    #[track_caller]
    pub fn job(&self, job_type: &str) -> Value {
        awaiting::until(&format!("a job of type {job_type}"), || {
            self.activate(job_type, 1, 2_000).pop()
        })
    }

    /// Completes a job.
    #[track_caller]
    pub fn complete_job(&self, job: &str, variables: Value) -> Answer {
        let body = json!({ "variables": variables });
        self.act(&format!("/v2/jobs/{job}/completion"), body)
    }

    /// Waits for the user task of an instance that is to be done; its key.
    #[track_caller]
    pub fn user_task(&self, instance: &str) -> Key {
        let filter = json!({ "processInstanceKey": instance, "state": "CREATED" });
        let found = awaiting::until("a user task", || {
            self.search("user-tasks", filter.clone()).pop()
        });
        key(&found["userTaskKey"])
    }

    /// Completes a user task.
    #[track_caller]
    pub fn complete_task(&self, task: &str, variables: Value) -> Answer {
        let body = json!({ "variables": variables });
        self.act(&format!("/v2/user-tasks/{task}/completion"), body)
    }

    /// Publishes a message that is kept for `keep_ms`.
    #[track_caller]
    pub fn publish(&self, name: &str, correlation_key: &str, keep_ms: u64, variables: Value) {
        let body = json!({
            "name": name,
            "correlationKey": correlation_key,
            "timeToLive": keep_ms,
            "variables": variables,
        });
        self.post("/v2/messages/publication", body).ok();
    }

    /// Waits for an open incident of an instance.
    #[track_caller]
    pub fn incident(&self, instance: &str) -> Value {
        let filter = json!({ "processInstanceKey": instance, "state": "ACTIVE" });
        awaiting::until("an incident", || {
            self.search("incidents", filter.clone()).pop()
        })
    }
}

/// A key as text.
///
/// # Panics
/// Where it is none.
#[track_caller]
pub fn key(value: &Value) -> Key {
    let key = value.as_str().unwrap_or_default();
    assert!(key.parse::<u64>().is_ok(), "no key: {value}");
    key.to_owned()
}

/// A text that must be there.
///
/// # Panics
/// Where it is not.
#[track_caller]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
