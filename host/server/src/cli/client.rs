//! A blocking client of the HTTP API.

use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use anyam_artifact::signature::Signature;
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::{Method, Request, Uri};
use ureq::{Agent, AsSendBody, SendBody, Timeout};

use super::failure::Failure;
use super::wire::Page;
use crate::findings::FileFinding;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the server may take to answer what does not wait for a process.
const ANSWER: Duration = Duration::from_secs(60);
/// Largest answer to read, in bytes.
const ANSWER_BYTES: u64 = 256 << 20;

/// A connection to one server on behalf of one tenant.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    server: String,
    tenant: Option<String>,
    /// Signatures that go with every upload.
    signatures: Vec<String>,
}

/// The problem details of an error answer (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    findings: Vec<FileFinding>,
}

impl Client {
    /// A client of the server at `address`; `http://` may be left out.
    ///
    /// # Errors
    /// [`Failure::Usage`] where the address is none.
    pub fn new(address: &str, tenant: Option<String>) -> Result<Self, Failure> {
        let server = match address.contains("://") {
            true => address.trim_end_matches('/').to_owned(),
            false => format!("http://{}", address.trim_end_matches('/')),
        };
        let host = server
            .parse::<Uri>()
            .ok()
            .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
            .and_then(|uri| uri.host().map(str::to_owned))
            .ok_or_else(|| {
                Failure::usage(format!(
                    "'{address}' is not the address of a server; write it as http://host:port"
                ))
            })?;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .max_redirects(0)
            .user_agent(concat!("anyam/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(&host) {
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            server,
            tenant,
            signatures: Vec::new(),
        })
    }

    /// The tenant that was named.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// This client, sending signatures along with every component.
    #[must_use]
    pub fn signing(self, signatures: impl IntoIterator<Item = Signature>) -> Self {
        let signatures = signatures
            .into_iter()
            .map(|signature| signature.to_string());
        Self {
            signatures: signatures.collect(),
            ..self
        }
    }

    /// `body` with the `tenantId` of the named tenant.
    pub fn for_tenant(&self, mut body: Value) -> Value {
        if let (Some(tenant), Some(members)) = (&self.tenant, body.as_object_mut()) {
            members.insert("tenantId".into(), json!(tenant));
        }
        body
    }

    /// `path` with the named tenant as its query, for requests without a JSON body.
    pub fn tenant_path(&self, path: &str) -> String {
        match &self.tenant {
            Some(tenant) => format!("{path}?tenantId={}", escape(tenant)),
            None => path.to_owned(),
        }
    }

    /// `GET`; the answer's body.
    ///
    /// # Errors
    /// As every request: [`Failure::Unreachable`], [`Failure::Refused`], [`Failure::TimedOut`].
    pub fn get(&self, path: &str) -> Result<String, Failure> {
        self.send(Method::GET, path, None, (), ANSWER)
    }

    /// `GET` of a file; its bytes.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn download(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let request = Request::get(format!("{}{path}", self.server)).body(());
        let request = request.map_err(|error| Failure::usage(error.to_string()))?;
        self.exchange(request, ANSWER)
    }

    /// `GET` of something large, written to `out` as it arrives, however long that takes.
    ///
    /// # Errors
    /// As [`Client::get`]; [`Failure::Output`] where `out` takes no more.
    pub fn download_to(&self, path: &str, out: &mut dyn std::io::Write) -> Result<(), Failure> {
        let request = Request::get(format!("{}{path}", self.server)).body(());
        let request = request.map_err(|error| Failure::usage(error.to_string()))?;
        let request = self.agent.configure_request(request);
        let request = request.timeout_recv_response(Some(ANSWER)).build();
        let mut response = self
            .agent
            .run(request)
            .map_err(|error| self.broken(error, ANSWER))?;
        let status = response.status().as_u16();
        if !(200..300).contains(&status) {
            let body = response.body_mut().read_to_string();
            let body = body.map_err(|error| self.broken(error, ANSWER))?;
            return Err(refused(status, &body));
        }
        let mut reader = response.body_mut().as_reader();
        let mut piece = vec![0; 64 << 10];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(read) => out.write_all(&piece[..read])?,
                Err(error) => return Err(self.unreachable(error)),
            }
        }
    }

    /// `POST` with a JSON body; the answer's body, empty where there is none.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn post(&self, path: &str, body: &Value) -> Result<String, Failure> {
        self.post_text(path, &body.to_string(), Duration::ZERO)
    }

    /// As [`Client::post`], with a body that is JSON already and an answer that may take `wait`
    /// longer.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn post_text(&self, path: &str, body: &str, wait: Duration) -> Result<String, Failure> {
        self.send(
            Method::POST,
            path,
            Some("application/json"),
            body,
            ANSWER + wait,
        )
    }

    /// `PUT` of JSON text.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn put_text(&self, path: &str, body: &str) -> Result<String, Failure> {
        self.send(Method::PUT, path, Some("application/json"), body, ANSWER)
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn delete(&self, path: &str) -> Result<String, Failure> {
        self.send(Method::DELETE, path, None, (), ANSWER)
    }

    /// `PATCH` with a JSON body.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn patch(&self, path: &str, body: &Value) -> Result<String, Failure> {
        self.send(
            Method::PATCH,
            path,
            Some("application/json"),
            &body.to_string(),
            ANSWER,
        )
    }

    /// `PATCH` with the piece of an upload that begins at `offset`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn send_piece(&self, path: &str, offset: usize, piece: &[u8]) -> Result<String, Failure> {
        let request = Request::builder()
            .method(Method::PATCH)
            .uri(format!("{}{path}", self.server))
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset)
            .body(piece)
            .map_err(|error| Failure::usage(error.to_string()))?;
        self.run(request, ANSWER)
    }

    /// Sends `length` bytes of `body`, which are of this type.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn upload(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        length: usize,
        mut body: impl Read,
    ) -> Result<String, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server))
            .header("content-type", content_type)
            .header("content-length", length)
            // A server that refuses the size says so before the bytes are sent.
            .header("expect", "100-continue");
        for signature in &self.signatures {
            request = request.header("anyam-signature", signature);
        }
        let request = request
            .body(SendBody::from_reader(&mut body))
            .map_err(|error| Failure::usage(error.to_string()))?;
        // Compiling a large component takes the server a while.
        self.run(request, ANSWER * 5)
    }

    /// `POST` to a search: the first `limit` matches of `filter` in the order of `sort`.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn search<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        filter: Value,
        sort: Value,
        limit: usize,
    ) -> Result<Page<T>, Failure> {
        let answer = self.search_text(path, filter, sort, limit)?;
        self.read(&answer)
    }

    /// As [`Client::search`]; the answer as it was sent.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn search_text(
        &self,
        path: &str,
        filter: Value,
        sort: Value,
        limit: usize,
    ) -> Result<String, Failure> {
        let filter = self.for_tenant(filter);
        let body = json!({ "filter": filter, "sort": sort, "page": { "limit": limit } });
        self.post(path, &body)
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`Failure::Failed`] where it is not what the API promises.
    pub fn read<T: serde::de::DeserializeOwned>(&self, answer: &str) -> Result<T, Failure> {
        serde_json::from_str(answer).map_err(|error| {
            Failure::failed(format!(
                "{} gave an answer this client does not understand ({error}); is it an Anyam \
                 server of the same version?",
                self.server
            ))
        })
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: impl AsSendBody,
        answer: Duration,
    ) -> Result<String, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let request = request
            .body(body)
            .map_err(|error| Failure::usage(error.to_string()))?;
        self.run(request, answer)
    }

    fn run(&self, request: Request<impl AsSendBody>, answer: Duration) -> Result<String, Failure> {
        let body = self.exchange(request, answer)?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    fn exchange(
        &self,
        request: Request<impl AsSendBody>,
        answer: Duration,
    ) -> Result<Vec<u8>, Failure> {
        let request = self
            .agent
            .configure_request(request)
            .timeout_recv_response(Some(answer))
            .timeout_recv_body(Some(ANSWER))
            .build();
        let mut response = self
            .agent
            .run(request)
            .map_err(|error| self.broken(error, answer))?;
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_vec()
            .map_err(|error| self.broken(error, answer))?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        Err(refused(status, &String::from_utf8_lossy(&body)))
    }

    fn unreachable(&self, cause: impl std::fmt::Display) -> Failure {
        Failure::Unreachable {
            server: self.server.clone(),
            cause: cause.to_string(),
        }
    }

    fn broken(&self, error: ureq::Error, answer: Duration) -> Failure {
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                self.unreachable(format_args!("no connection within {} s", CONNECT.as_secs()))
            }
            ureq::Error::Timeout(_) => Failure::TimedOut(format!(
                "{} gave no answer within {} s",
                self.server,
                answer.as_secs()
            )),
            ureq::Error::Io(error) => self.unreachable(error),
            error => self.unreachable(error),
        }
    }
}

fn refused(status: u16, body: &str) -> Failure {
    match serde_json::from_str::<Problem>(body) {
        Ok(problem) if !problem.detail.is_empty() || !problem.title.is_empty() => {
            let detail = if problem.detail.is_empty() {
                problem.title
            } else {
                problem.detail
            };
            Failure::Refused {
                status,
                detail,
                findings: problem.findings.iter().map(ToString::to_string).collect(),
            }
        }
        _ => Failure::Refused {
            status,
            detail: format!("the server answered with HTTP status {status} and no explanation"),
            findings: Vec::new(),
        },
    }
}

/// Whether a host name means this machine, which no proxy can reach.
fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// `text` as one segment of a path or one value of a query (RFC 3986 section 2.1).
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_of_an_address_may_be_left_out() {
        for (given, server) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://anyam.example/", "https://anyam.example"),
            ("[::1]:80", "http://[::1]:80"),
        ] {
            assert_eq!(Client::new(given, None).unwrap().server, server);
        }
        for given in ["", "ftp://x", "http://", "a b"] {
            assert_eq!(
                Client::new(given, None).unwrap_err().exit_code(),
                2,
                "{given}"
            );
        }
    }

    #[test]
    fn the_tenant_goes_into_body_and_query() {
        let client = Client::new("localhost:1", Some("<a>".into())).unwrap();
        assert_eq!(
            client.for_tenant(json!({"a": 1})),
            json!({"a": 1, "tenantId": "<a>"})
        );
        assert_eq!(client.tenant_path("/x"), "/x?tenantId=%3Ca%3E");
        let client = Client::new("localhost:1", None).unwrap();
        assert_eq!(client.for_tenant(json!({})), json!({}));
        assert_eq!(client.tenant_path("/x"), "/x");
    }

    #[test]
    fn a_problem_keeps_its_sentence_and_findings() {
        let body = r#"{"title":"Bad Request","detail":"no","findings":[{"severity":"error","rule":"r","file":"f","elementId":null,"line":1,"column":2,"message":"m"}]}"#;
        assert_eq!(
            refused(400, body).report(),
            "error: no\n  - f:1:2: error: m (r)\n"
        );
        assert_eq!(
            refused(409, r#"{"title":"Conflict"}"#).report(),
            "error: Conflict\n"
        );
        assert!(refused(502, "<html>").report().contains("HTTP status 502"));
    }

    #[test]
    fn loopback_is_this_machine() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        assert!(!is_this_machine("10.0.0.1") && !is_this_machine("localhost.example"));
    }
}
