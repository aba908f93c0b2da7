//! A step that sends the HTTP requests that its input names and tells what came of them.

use std::time::Duration;

use anyam_sdk::http::{Error, ErrorKind, Pending, Request, Response};
use anyam_sdk::{Context, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Order {
    /// The requests.
    pub requests: Vec<Wanted>,
    /// Sends them all before it waits for the first response.
    #[serde(default)]
    pub together: bool,
    /// Gives up the first request that fails, in this way.
    #[serde(default)]
    pub on_error: OnError,
}

/// What becomes of a request that fails.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// It is part of the output.
    #[default]
    Tell,
    /// The step fails with it.
    Fail,
    /// The step ends with a BPMN error.
    Bpmn,
    /// The step panics.
    Panic,
}

/// One request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Wanted {
    /// Its method.
    #[serde(default = "get")]
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// Names and values.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// That many bytes as its body.
    #[serde(default)]
    pub body_bytes: usize,
    /// Does not tell the length of the body.
    #[serde(default)]
    pub chunked: bool,
    /// Milliseconds.
    pub connect_timeout: Option<u64>,
    /// Milliseconds.
    pub first_byte_timeout: Option<u64>,
    /// Milliseconds.
    pub between_bytes_timeout: Option<u64>,
    /// Does not wait for a response.
    #[serde(default)]
    pub drop: bool,
}

fn get() -> String {
    "GET".to_owned()
}

/// What came of them.
#[derive(Serialize, JsonSchema)]
pub struct Answer {
    /// In the order of the requests.
    pub responses: Vec<Outcome>,
}

/// What came of a request.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Outcome {
    /// A response.
    Response {
        /// Its status.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// Its body, if that is short.
        body: String,
        /// Size of the body.
        bytes: usize,
    },
    /// None.
    Error {
        /// Why.
        error: String,
        /// Whether the host refused the request.
        refused: bool,
    },
}

/// The longest body that is told.
const TOLD: usize = 1 << 16;

/// Sends them.
#[anyam_sdk::step]
pub fn fetch(_ctx: &Context, order: Order) -> Result<Answer, StepError> {
    let waits: Vec<_> = order.requests.iter().map(|wanted| !wanted.drop).collect();
    let sent = order.requests.into_iter().map(start);
    let sent: Box<dyn Iterator<Item = _>> = if order.together {
        Box::new(sent.collect::<Vec<_>>().into_iter())
    } else {
        Box::new(sent)
    };
    let mut responses = Vec::new();
    for (sent, wait) in sent.zip(waits) {
        if !wait {
            continue;
        }
        let outcome = sent.and_then(Pending::wait);
        if let Err(error) = &outcome {
            match order.on_error {
                OnError::Tell => {}
                OnError::Fail => return Err(outcome.unwrap_err().into()),
                OnError::Bpmn => return Err(StepError::bpmn("NO_RESPONSE", error.to_string())),
                OnError::Panic => panic!("{error}"),
            }
        }
        responses.push(told(outcome));
    }
    Ok(Answer { responses })
}

fn start(wanted: Wanted) -> Result<Pending, Error> {
    let mut request = Request::new(wanted.method, wanted.url).body(vec![b'x'; wanted.body_bytes]);
    for (name, value) in wanted.headers {
        request = request.header(name, value);
    }
    if wanted.chunked {
        request = request.chunked();
    }
    if let Some(time) = wanted.connect_timeout {
        request = request.connect_timeout(Duration::from_millis(time));
    }
    if let Some(time) = wanted.first_byte_timeout {
        request = request.first_byte_timeout(Duration::from_millis(time));
    }
    if let Some(time) = wanted.between_bytes_timeout {
        request = request.between_bytes_timeout(Duration::from_millis(time));
    }
    request.start()
}

fn told(outcome: Result<Response, Error>) -> Outcome {
    match outcome {
        Ok(response) => Outcome::Response {
            status: response.status(),
            headers: response
                .headers()
                .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
                .collect(),
            bytes: response.body().len(),
            body: match response.body().len() {
                0..=TOLD => String::from_utf8_lossy(response.body()).into_owned(),
                _ => String::new(),
            },
        },
        Err(error) => Outcome::Error {
            refused: error.kind() == ErrorKind::Refused,
            error: error.to_string(),
        },
    }
}
