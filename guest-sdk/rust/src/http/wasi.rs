//! Requests in terms of `wasi:http`.

use std::time::Duration;

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme, http_error_code,
};
use wasip2::io::streams::{OutputStream, StreamError};

use super::{Error, ErrorKind, Request, Response, Times};

/// The most that is read at one time.
const READ_BYTES: u64 = 64 << 10;

/// A request that is on its way.
#[derive(Debug)]
pub(super) struct Sent {
    name: String,
    response: FutureIncomingResponse,
}

/// Sends a request and its body.
pub(super) fn start(request: Request) -> Result<Sent, Error> {
    let name = format!("{} {}", request.method, request.url);
    let invalid = |why: &str| Error::new(ErrorKind::Invalid, format!("{name}: {why}"));
    let (scheme, authority, path) =
        parts(&request.url).ok_or_else(|| invalid("the URL has no scheme"))?;
    let fields = Fields::new();
    for (name, value) in &request.headers {
        fields
            .append(name, value)
            .map_err(|error| invalid(&format!("the header {name} cannot be set: {error:?}")))?;
    }
    let has_body = request.chunked || !request.body.is_empty();
    if has_body && !request.chunked && !fields.has("content-length") {
        let length = request.body.len().to_string();
        fields
            .set("content-length", &[length.into_bytes()])
            .map_err(|error| invalid(&format!("{error:?}")))?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let set = |set: Result<(), ()>, what: &str| {
        set.map_err(|()| invalid(&format!("the {what} is not one")))
    };
    set(outgoing.set_method(&method(&request.method)), "method")?;
    set(outgoing.set_scheme(Some(&scheme)), "scheme")?;
    set(outgoing.set_authority(Some(authority)), "host")?;
    set(outgoing.set_path_with_query(Some(path)), "path")?;
    let options = options(request.times);
    let body = match has_body {
        true => Some(
            outgoing
                .body()
                .map_err(|()| invalid("it has a body already"))?,
        ),
        false => None,
    };
    let response = handle(outgoing, options).map_err(|code| failed(&name, &code))?;
    if let Some(body) = body {
        write(body, &request.body).map_err(|code| failed(&name, &code))?;
    }
    Ok(Sent { name, response })
}

impl Sent {
    pub(super) fn wait(self) -> Result<Response, Error> {
        let Self { name, response } = self;
        let incoming = loop {
            match response.get() {
                Some(Ok(Ok(incoming))) => break incoming,
                Some(Ok(Err(code))) => return Err(failed(&name, &code)),
                Some(Err(())) => return Err(Error::new(ErrorKind::Failed, "taken already")),
                None => response.subscribe().block(),
            }
        };
        let status = incoming.status();
        let headers = incoming.headers().entries();
        let body = incoming
            .consume()
            .map_err(|()| Error::new(ErrorKind::Failed, "taken already"))?;
        let body = read(&body).map_err(|code| match code {
            Some(code) => failed(&name, &code),
            None => Error::new(ErrorKind::Failed, format!("{name}: the response broke off")),
        })?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }
}

/// Scheme, authority and path with query of a URL.
fn parts(url: &str) -> Option<(Scheme, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    // What comes behind `#` is for the reader of the response.
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = if path.is_empty() { "/" } else { path };
    Some((scheme, authority, path))
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

fn options(times: Times) -> Option<RequestOptions> {
    if times == Times::default() {
        return None;
    }
    let nanoseconds = |time: Option<Duration>| {
        time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    };
    let options = RequestOptions::new();
    // A host that does not know one of them has its own time for it.
    let _ = options.set_connect_timeout(nanoseconds(times.connect));
    let _ = options.set_first_byte_timeout(nanoseconds(times.first_byte));
    let _ = options.set_between_bytes_timeout(nanoseconds(times.between_bytes));
    Some(options)
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), ErrorCode> {
    let stream = body.write().map_err(|()| ErrorCode::HttpProtocolError)?;
    let written = write_all(&stream, bytes);
    drop(stream);
    match written {
        Ok(()) => OutgoingBody::finish(body, None),
        // Nobody takes it any more, and the response says why.
        Err(StreamError::Closed) => Ok(()),
        Err(StreamError::LastOperationFailed(error)) => {
            Err(http_error_code(&error).unwrap_or(ErrorCode::HttpProtocolError))
        }
    }
}

fn write_all(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    while !bytes.is_empty() {
        let most = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        if most == 0 {
            stream.subscribe().block();
            continue;
        }
        let (now, later) = bytes.split_at(most.min(bytes.len()));
        stream.write(now)?;
        bytes = later;
    }
    stream.blocking_flush()
}

fn read(body: &IncomingBody) -> Result<Vec<u8>, Option<ErrorCode>> {
    let stream = body.stream().map_err(|()| None)?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ_BYTES) {
            Ok(mut more) => bytes.append(&mut more),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => return Err(http_error_code(&error)),
        }
    }
}

fn failed(name: &str, code: &ErrorCode) -> Error {
    let kind = match code {
        ErrorCode::DestinationIpProhibited
        | ErrorCode::TlsCertificateError
        | ErrorCode::HttpRequestDenied
        | ErrorCode::HttpRequestLengthRequired
        | ErrorCode::HttpRequestBodySize(_)
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong
        | ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_)
        | ErrorCode::HttpRequestTrailerSectionSize(_)
        | ErrorCode::HttpRequestTrailerSize(_)
        | ErrorCode::HttpResponseHeaderSectionSize(_)
        | ErrorCode::HttpResponseHeaderSize(_)
        | ErrorCode::HttpResponseBodySize(_)
        | ErrorCode::HttpResponseTrailerSectionSize(_)
        | ErrorCode::HttpResponseTrailerSize(_) => ErrorKind::Refused,
        _ => ErrorKind::Failed,
    };
    let code = format!("{code:?}");
    let code = code.trim_start_matches("ErrorCode::");
    Error::new(kind, format!("{name}: {code}"))
}
