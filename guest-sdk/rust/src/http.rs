//! Outgoing HTTP requests (feature `http`).
//!
//! A step that sends requests imports `wasi:http`, so the tenant has to grant it the hosts, and the
//! process may narrow them further for one task:
//!
//! ```json
//! {"http": [{"host": "api.example.com", "methods": ["POST"], "paths": ["/v1/*"],
//!            "secrets": ["API_KEY"]}]}
//! ```
//!
//! What is not granted is refused when it is sent, whatever the step was written to do.
//!
//! ```
//! use anyam_sdk::http::{Request, secret};
//! use anyam_sdk::{Context, OrFail, StepError};
//! # use schemars::JsonSchema;
//! # use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Invoice { id: String, total: u64 }
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Booking { number: String }
//!
//! #[anyam_sdk::step]
//! fn book(_ctx: &Context, invoice: Invoice) -> Result<Booking, StepError> {
//!     let response = Request::post("https://api.example.com/v1/bookings")
//!         .header("authorization", format!("Bearer {}", secret("API_KEY")))
//!         .json(&invoice)?
//!         .send()?
//!         .accepted()?;
//!     let booking: Booking = response.json()?;
//!     Ok(booking)
//! }
//! ```
//!
//! In a native test there is no network: [`answering`] says what the service answers.
//!
//! # Once and again
//!
//! A request leaves while the step runs, and a step may be run again. So each request carries the
//! header `Idempotency-Key` with the key of the job (and `-2`, `-3` for the second and third
//! request of a call) unless it has one already: a service that honours it does the work once. The
//! keys come in the order of the requests, so send them in the same order at every attempt.
//!
//! # Redirects
//!
//! They are not followed. `Location` is a header like any other, and a request to where it points
//! has to be granted like any other.

mod error;
#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasi;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::{Error, ErrorKind};
#[cfg(not(target_family = "wasm"))]
pub use native::answering;

/// What stands for a secret of the tenant in a header value or in the query of a URL.
///
/// The host puts the value in when the request leaves it, if a rule that allows the request lists
/// the secret. The step never sees it. A body and a path are sent as they are.
pub fn secret(name: &str) -> String {
    format!("{{{{secret:{name}}}}}")
}

/// A request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    chunked: bool,
    times: Times,
}

/// How long to wait, where the step says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times {
    connect: Option<Duration>,
    first_byte: Option<Duration>,
    between_bytes: Option<Duration>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// A request that is on its way. Dropping it gives the request up.
#[derive(Debug)]
pub struct Pending {
    #[cfg(target_family = "wasm")]
    sent: wasi::Sent,
    #[cfg(not(target_family = "wasm"))]
    sent: native::Sent,
}

macro_rules! methods {
    ($($name:ident $method:literal),*) => {
        $(
            #[doc = concat!("A `", $method, "` request.")]
            pub fn $name(url: impl Into<String>) -> Self {
                Self::new($method, url)
            }
        )*
    };
}

impl Request {
    methods!(get "GET", head "HEAD", post "POST", put "PUT", patch "PATCH", delete "DELETE");

    /// A request with any method to an `https://` or `http://` URL.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            chunked: false,
            times: Times::default(),
        }
    }

    /// Adds a header field. Those that belong to the connection, such as `Host`, are refused.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body to JSON, and `Content-Type` where there is none yet.
    ///
    /// # Errors
    /// The value has no JSON form.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        self.body = serde_json::to_vec(body).map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                format!("the body has no JSON form: {error}"),
            )
        })?;
        let typed = |(name, _): &(String, _)| name.eq_ignore_ascii_case("content-type");
        if !self.headers.iter().any(typed) {
            self = self.header("content-type", "application/json");
        }
        Ok(self)
    }

    /// Sends the body in chunks, without telling its length before.
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// The longest to wait for a connection. The host has a limit of its own.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.times.connect = Some(time);
        self
    }

    /// The longest to wait then for the response to begin. The host has a limit of its own.
    pub fn first_byte_timeout(mut self, time: Duration) -> Self {
        self.times.first_byte = Some(time);
        self
    }

    /// The longest the response may pause. The host has a limit of its own.
    pub fn between_bytes_timeout(mut self, time: Duration) -> Self {
        self.times.between_bytes = Some(time);
        self
    }

    /// Sends the request and waits for the whole response. Any status is a response.
    ///
    /// # Errors
    /// The request is not one, is refused by the host, or gets no response.
    pub fn send(self) -> Result<Response, Error> {
        self.start()?.wait()
    }

    /// Sends the request, and waits for nothing but its body to be taken. Several requests can so
    /// be on their way at one time.
    ///
    /// # Errors
    /// The request is not one.
    pub fn start(self) -> Result<Pending, Error> {
        #[cfg(target_family = "wasm")]
        let sent = wasi::start(self)?;
        #[cfg(not(target_family = "wasm"))]
        let sent = native::start(&self)?;
        Ok(Pending { sent })
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Where it goes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The header fields as names and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// What is sent in it.
    pub fn content(&self) -> &[u8] {
        &self.body
    }
}

impl Pending {
    /// Waits for the whole response.
    ///
    /// # Errors
    /// The request is refused by the host or gets no response.
    pub fn wait(self) -> Result<Response, Error> {
        self.sent.wait()
    }
}

impl Response {
    /// A response for a native test; see `answering`.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// Adds a header field.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The status, such as 200.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The response itself where its status is one of success (200 to 299).
    ///
    /// # Errors
    /// Another status. Those that another attempt may cure (408, 425, 429 and 500 to 599) are
    /// retryable as a [`StepError`](crate::StepError), the others permanent.
    pub fn accepted(self) -> Result<Self, Error> {
        let kind = match self.status {
            200..=299 => return Ok(self),
            408 | 425 | 429 | 500..=599 => ErrorKind::Failed,
            _ => ErrorKind::Refused,
        };
        let status = self.status;
        Err(Error::new(
            kind,
            format!("the service answered with the status {status}"),
        ))
    }

    /// The first value of a header field, if it is text. The name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// All header fields, but for those that belong to the connection.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body itself.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// The body as text in UTF-8.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub fn text(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.body)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is not JSON, or not of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StepError, StepErrorKind};

    fn answered(status: u16) -> Response {
        Response::new(status, "[1, 2]").with_header("Content-Type", "text/plain")
    }

    #[test]
    fn a_secret_is_named_in_double_braces() {
        assert_eq!(secret("API_KEY"), "{{secret:API_KEY}}");
    }

    #[test]
    fn json_says_what_it_is_unless_something_else_is_said() {
        let request = Request::post("https://a.example").json(&[1, 2]).unwrap();
        assert_eq!(request.body, b"[1,2]");
        assert_eq!(
            request.headers,
            [("content-type".to_owned(), b"application/json".to_vec())]
        );
        let request = Request::post("https://a.example")
            .header("Content-Type", "application/ld+json")
            .json(&[1, 2])
            .unwrap();
        assert_eq!(request.headers.len(), 1);
    }

    #[test]
    fn a_response_is_read_in_each_form() {
        let response = answered(200);
        assert_eq!(response.header("content-TYPE"), Some("text/plain"));
        assert_eq!(response.header("location"), None);
        assert_eq!(response.text().unwrap(), "[1, 2]");
        assert_eq!(response.json::<Vec<u8>>().unwrap(), [1, 2]);
        assert!(response.json::<String>().is_err());
        assert_eq!(response.into_body(), b"[1, 2]");
    }

    #[test]
    fn a_status_decides_whether_another_attempt_can_help() {
        for status in [200, 204, 299] {
            assert_eq!(answered(status).accepted().unwrap().status(), status);
        }
        let kind = |status| StepError::from(answered(status).accepted().unwrap_err()).kind();
        for status in [408, 425, 429, 500, 503, 599] {
            assert_eq!(kind(status), StepErrorKind::Retry, "{status}");
        }
        for status in [199, 301, 400, 401, 403, 404, 422] {
            assert_eq!(kind(status), StepErrorKind::Permanent, "{status}");
        }
    }
}
