//! Requests that are not made, or not finished, and what the guest and its author hear of it.

use std::fmt;

use wasmtime_wasi_http::Error;

/// Why the host refuses a request. The text is for the author; the guest gets the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    /// The rest of a sentence that begins with the request.
    pub(super) reason: String,
}

/// The error code of `wasi:http` that fits best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Denied,
    AddressProhibited,
    TooManyConnections,
    Method,
    Uri,
    UriTooLong,
    RequestHeaders,
    RequestBody(Option<u64>),
    ResponseHeaders,
    ResponseBody(Option<u64>),
}

impl Refusal {
    pub(super) fn new(code: Code, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// More than a limit allows.
    pub(super) fn limit(
        code: Code,
        what: impl fmt::Display,
        limit: impl fmt::Display,
        name: &str,
    ) -> Self {
        Self::new(code, format!("{what}; the limit is {limit} (limit {name})"))
    }

    /// What the guest gets.
    pub(super) fn error(&self) -> Error {
        match self.code {
            Code::Denied => Error::HttpRequestDenied,
            Code::AddressProhibited => Error::DestinationIpProhibited,
            Code::TooManyConnections => Error::ConnectionLimitReached,
            Code::Method => Error::HttpRequestMethodInvalid,
            Code::Uri => Error::HttpRequestUriInvalid,
            Code::UriTooLong => Error::HttpRequestUriTooLong,
            Code::RequestHeaders => Error::HttpRequestHeaderSectionSize(None),
            Code::RequestBody(size) => Error::HttpRequestBodySize(size),
            Code::ResponseHeaders => Error::HttpResponseHeaderSectionSize(None),
            Code::ResponseBody(size) => Error::HttpResponseBodySize(size),
        }
    }
}
