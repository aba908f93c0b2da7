//! The requests of one call: what is checked before one goes on its way.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::uri::Scheme;
use http::{HeaderMap, Method, Uri};
use wasmtime::component::ResourceTable;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
};

use crate::capabilities::http::body::{request_too_large, too_many_headers};
use crate::capabilities::http::client::{Client, Sending, Times, header_bytes};
use crate::capabilities::http::limits::HttpLimits;
use crate::capabilities::http::refusal::{Code, Refusal};
use crate::capabilities::http::rules::{Permission, permit};
use crate::capabilities::http::secrets;
use crate::capabilities::http::target::Target;
use crate::capabilities::http::traffic::Traffic;
use crate::grants::Access;

/// What a request that may be sent is known by to the service it goes to.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What the host takes from a guest in one write to a body; two of them may wait to be sent.
const WRITE_BYTES: usize = 64 << 10;
/// Bytes of a URL that are shown in a refusal.
const SHOWN_BYTES: usize = 256;

/// Where the requests of a call come from.
pub(super) struct Origin {
    pub(super) client: Arc<Client>,
    pub(super) access: Access,
    /// The same for every attempt at one job.
    pub(super) idempotency_key: Option<Arc<str>>,
}

/// The way out for the requests of one call.
pub(crate) struct Egress {
    context: WasiHttpCtx,
    hooks: Hooks,
}

struct Hooks {
    origin: Origin,
    traffic: Arc<Traffic>,
    /// Requests begun.
    begun: usize,
    /// How often the guest asked for one, also in vain.
    asked: usize,
}

type Sent = Result<(
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
)>;
type Result<T, E = Error> = std::result::Result<T, E>;

impl Egress {
    pub(super) fn new(origin: Origin, limits: &HttpLimits) -> Self {
        let mut context = WasiHttpCtx::new();
        // The measure is that of memory, where each name and value takes some 40 bytes more.
        let overhead = limits.headers.saturating_mul(80);
        context.set_field_size_limit(limits.header_bytes.saturating_add(overhead));
        Self {
            context,
            hooks: Hooks {
                origin,
                traffic: Arc::new(Traffic::new(limits.clone())),
                begun: 0,
                asked: 0,
            },
        }
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.hooks.traffic
    }

    pub(super) fn view<'a>(&'a mut self, table: &'a mut ResourceTable) -> WasiHttpCtxView<'a> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table,
            ctx: &mut self.context,
        }
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let client = self.origin.client.clone();
        let sending = self.begin(request, options.unwrap_or_default());
        Box::new(async move {
            let (response, carrier) = client.send(sending?).await?;
            let carried = async move {
                carrier.await;
                Ok(())
            };
            Ok((response, Box::new(carried) as Box<_>))
        })
    }

    // The library asks one of these two about each request before it looks at the rest of it, and
    // writes a line to the log of the host about some that are none. So that is bounded as well.

    fn is_supported_scheme(&mut self, scheme: &Scheme) -> bool {
        self.may_ask() && (*scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)
    }

    fn default_scheme(&mut self) -> Option<Scheme> {
        self.may_ask().then_some(Scheme::HTTPS)
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        WRITE_BYTES
    }

    // What guests do must not fill the log of the host.

    fn p2_error_from_hyper(&mut self, _: &hyper::Error) -> ErrorCode {
        ErrorCode::HttpProtocolError
    }

    fn p2_error_from_connect(&mut self, _: &std::io::Error) -> ErrorCode {
        ErrorCode::DestinationUnavailable
    }

    fn p2_error_from_tls(&mut self, _: &std::io::Error) -> ErrorCode {
        ErrorCode::TlsProtocolError
    }
}

impl Hooks {
    fn may_ask(&mut self) -> bool {
        self.asked += 1;
        self.asked <= self.traffic.limits.requests.saturating_mul(2)
    }

    fn begin(
        &mut self,
        request: http::Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Sending> {
        self.begun += 1;
        let shown = shown(request.method(), request.uri());
        self.check(request, options).map_err(|refusal| {
            self.traffic.refuse(&shown, &refusal);
            refusal.error()
        })
    }

    /// All that can be checked before the host is looked up.
    fn check(
        &self,
        mut request: http::Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Sending, Refusal> {
        let limits = &self.traffic.limits;
        if self.begun > limits.requests {
            return Err(Refusal::limit(
                Code::Denied,
                format_args!("is number {} of its call", self.begun),
                limits.requests,
                "http.requests",
            ));
        }
        // The limits are on what the guest wrote; this one the host writes.
        request.headers_mut().remove(HOST);
        check_url(request.uri(), limits)?;
        check_headers(request.headers(), limits)?;
        if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
            let reason = "has a method that steps may never use";
            return Err(Refusal::new(Code::Method, reason));
        }
        let target = Target::of(request.uri()).map_err(|why| Refusal::new(Code::Uri, why))?;
        let permission =
            permit(&self.origin.access, &target, request.method()).map_err(|whose| {
                Refusal::new(
                    Code::Denied,
                    format!("is not allowed by any `http` rule in the grants of the {whose}"),
                )
            })?;
        let private_addresses = permission.private_addresses();
        self.fill_in(&mut request, &target, &permission)?;
        let name = format!("{} {target}", request.method());
        let (flow, place) = self.traffic.open(crate::limits::clip(name, SHOWN_BYTES))?;
        Ok(Sending {
            request,
            target,
            private_addresses,
            times: Times::new(options, limits),
            flow,
            place,
        })
    }

    /// Puts in what only the host knows.
    fn fill_in(
        &self,
        request: &mut http::Request<WasiBody>,
        target: &Target,
        permission: &Permission<'_>,
    ) -> Result<(), Refusal> {
        let mut secret = |name: &str| {
            if !permission.secret(name) {
                return Err(format!(
                    "needs the secret {name}, which no `http` rule that allows it lists in \
                     `secrets`"
                ));
            }
            let value = self.origin.access.outside.secret(name);
            value.ok_or_else(|| format!("needs the secret {name}, which the tenant does not have"))
        };
        let denied = |why| Refusal::new(Code::Denied, why);
        for value in request.headers_mut().values_mut() {
            if let Some(filled) = secrets::fill_header(value, &mut secret).map_err(denied)? {
                *value = filled;
            }
        }
        let path = match request.uri().path_and_query() {
            Some(path) => secrets::fill_query(path, &mut secret)
                .map_err(denied)?
                .unwrap_or_else(|| path.clone()),
            None => http::uri::PathAndQuery::from_static("/"),
        };
        // The host stands in its header: a whole URL is for proxies.
        *request.uri_mut() = path.into();
        let invalid = |_| Refusal::new(Code::Uri, "has a host that no header can have");
        let authority = HeaderValue::from_str(&target.authority()).map_err(invalid)?;
        request.headers_mut().insert(HOST, authority);
        if let Some(key) = &self.origin.idempotency_key
            && !request.headers().contains_key(IDEMPOTENCY_KEY)
        {
            let key = match self.begun {
                1 => key.to_string(),
                number => format!("{key}-{number}"),
            };
            let invalid =
                |_| Refusal::new(Code::Denied, "has an idempotency key no header can have");
            let key = HeaderValue::from_str(&key).map_err(invalid)?;
            request.headers_mut().insert(IDEMPOTENCY_KEY, key);
        }
        Ok(())
    }
}

impl Times {
    /// Those of the guest, within the limits.
    fn new(options: RequestOptions, limits: &HttpLimits) -> Self {
        let within =
            |asked: Option<Duration>, most: Duration| asked.map_or(most, |asked| asked.min(most));
        Self {
            connect: within(options.connect_timeout, limits.connect_time),
            first_byte: within(options.first_byte_timeout, limits.first_byte_time),
            between_bytes: within(options.between_bytes_timeout, limits.between_bytes_time),
        }
    }
}

fn check_url(url: &Uri, limits: &HttpLimits) -> Result<(), Refusal> {
    // The scheme and `://` are the host's words.
    let authority = url
        .authority()
        .map_or(0, |authority| authority.as_str().len());
    let path = url.path_and_query().map_or(0, |path| path.as_str().len());
    let scheme = url.scheme_str().map_or(0, |scheme| scheme.len() + 3);
    let bytes = scheme + authority + path;
    if bytes > limits.url_bytes {
        return Err(Refusal::limit(
            Code::UriTooLong,
            format_args!("has a URL of {bytes} bytes"),
            limits.url_bytes,
            "http.url_bytes",
        ));
    }
    Ok(())
}

/// Checks them before secrets are put in, so that the edge of a limit says nothing about those.
fn check_headers(headers: &HeaderMap, limits: &HttpLimits) -> Result<(), Refusal> {
    if headers.len() > limits.headers {
        return Err(too_many_headers(
            Code::RequestHeaders,
            headers.len(),
            limits.headers,
        ));
    }
    let bytes = header_bytes(headers);
    if bytes > limits.header_bytes {
        return Err(Refusal::limit(
            Code::RequestHeaders,
            format_args!("has {bytes} bytes of header fields"),
            limits.header_bytes,
            "http.header_bytes",
        ));
    }
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match announced {
        Some(size) if size > limits.request_bytes => {
            Err(request_too_large(size, limits.request_bytes))
        }
        _ => Ok(()),
    }
}

/// A request as it is named to people, before its URL was read: without query and user name.
fn shown(method: &Method, url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or_default();
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or_default();
    let text = format!("{method} {scheme}://{host}{}", url.path());
    crate::limits::clip(text, SHOWN_BYTES)
}
