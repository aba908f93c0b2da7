//! How a request that is allowed is made.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, DnsName, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::capabilities::http::address::not_public;
use crate::capabilities::http::body::{Outgoing, Response, too_many_headers};
use crate::capabilities::http::network::Network;
use crate::capabilities::http::refusal::{Code, Refusal};
use crate::capabilities::http::target::{Host, Target};
use crate::capabilities::http::traffic::{Flow, Place};
use crate::capabilities::http::wire::{Stream, Wire};
use crate::error::SandboxError;

/// The most addresses of a host that are looked at.
const ADDRESSES: usize = 16;
/// The least buffer of a connection.
const BUFFER_BYTES: usize = 16 << 10;
/// What a header field takes beside its name and value: `: ` and the end of the line.
const FIELD_BYTES: usize = 4;

/// What all requests of a sandbox share.
pub(crate) struct Client {
    network: Network,
    tls: Arc<ClientConfig>,
}

/// How long a request may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) connect: Duration,
    pub(super) first_byte: Duration,
    pub(super) between_bytes: Duration,
}

/// A request that may be sent, but for the address of its host.
pub(super) struct Sending {
    pub(super) request: http::Request<WasiBody>,
    pub(super) target: Target,
    pub(super) private_addresses: bool,
    pub(super) times: Times,
    pub(super) flow: Arc<Flow>,
    pub(super) place: Place,
}

/// The task that carries a connection.
pub(super) type Carrier = AbortOnDropJoinHandle<()>;

impl Client {
    /// # Errors
    /// A root certificate that is not one.
    pub(crate) fn new(network: &Network) -> Result<Self, SandboxError> {
        let unusable = |message| SandboxError::Network { message };
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        for root in &network.extra_roots {
            roots
                .add(CertificateDer::from(root.clone()))
                .map_err(|error| unusable(format!("a root certificate cannot be used: {error}")))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(format!("TLS cannot be set up: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            network: network.clone(),
            tls: Arc::new(tls),
        })
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(
        &self,
        sending: Sending,
    ) -> Result<(http::Response<WasiBody>, Carrier), Error> {
        let Sending {
            request,
            target,
            private_addresses,
            times,
            flow,
            place,
        } = sending;
        let deadline = Instant::now() + times.connect;
        let addresses = self
            .addresses(&target, private_addresses, deadline, &flow)
            .await?;
        let stream = connect(&addresses, deadline).await?;
        let stream: Box<dyn Stream> = if target.tls {
            Box::new(self.encrypt(&target.host, stream, deadline).await?)
        } else {
            Box::new(stream)
        };
        let wire = Wire {
            stream,
            flow: flow.clone(),
        };
        let limits = flow.limits();
        let (mut sender, connection) = http1::Builder::new()
            .max_headers(limits.headers.saturating_add(1))
            .max_header_size(limits.header_bytes.saturating_mul(2).max(BUFFER_BYTES))
            .max_buf_size(limits.header_bytes.saturating_mul(2).max(BUFFER_BYTES))
            .handshake::<_, Outgoing>(TokioIo::new(wire))
            .await
            .map_err(|error| broken(&error, &flow))?;
        let carrier = spawn(async move {
            // Whoever waits for the response or its body hears of an error there.
            let _ = connection.await;
        });
        let request = request.map(|body| Outgoing::new(body, flow.clone()));
        let response = timeout(times.first_byte, sender.send_request(request))
            .await
            .map_err(|_| Error::ConnectionReadTimeout)?
            .map_err(|error| broken(&error, &flow))?;
        check_headers(&response, &flow).map_err(|refusal| flow.refuse(refusal))?;
        let (head, body) = response.into_parts();
        let body = Response::new(body, (flow.clone(), place), times.between_bytes)
            .map_err(|refusal| flow.refuse(refusal))?;
        Ok((
            http::Response::from_parts(head, body.boxed_unsync()),
            carrier,
        ))
    }

    /// The addresses of the host, all of which may be connected to.
    async fn addresses(
        &self,
        target: &Target,
        private_addresses: bool,
        deadline: Instant,
        flow: &Flow,
    ) -> Result<Vec<SocketAddr>, Error> {
        let found = match &target.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => {
                let failed = || Error::DnsError {
                    rcode: None,
                    info_code: None,
                };
                let lookup = timeout_at(deadline, self.network.resolver.resolve(name));
                let found = lookup.await.map_err(|_| Error::DnsTimeout)?;
                let mut found: Vec<IpAddr> = found.map_err(|_| failed())?;
                if found.is_empty() {
                    return Err(failed());
                }
                found.truncate(ADDRESSES);
                found
            }
        };
        let refused = |address: &IpAddr| not_public(*address).filter(|_| !private_addresses);
        // One of them is enough: a name with a public and a private address is most often one
        // that was made to get in. Which it is is not told: names of the host's own network are
        // nothing to find out here.
        if let Some(kind) = found.iter().find_map(refused) {
            return Err(flow.refuse(Refusal::new(
                Code::AddressProhibited,
                format!(
                    "goes to a host with an address that is not public but {kind}; a rule that \
                     says \"privateAddresses\": true is needed for it"
                ),
            )));
        }
        Ok(found
            .into_iter()
            .map(|address| SocketAddr::new(address, target.port))
            .collect())
    }

    async fn encrypt(
        &self,
        host: &Host,
        stream: TcpStream,
        deadline: Instant,
    ) -> Result<impl Stream + use<>, Error> {
        let name = match host {
            Host::Name(name) => DnsName::try_from(name.clone())
                .map(ServerName::DnsName)
                .map_err(|_| Error::TlsCertificateError)?,
            Host::Address(address) => ServerName::from(*address),
        };
        let connector = TlsConnector::from(self.tls.clone());
        timeout_at(deadline, connector.connect(name, stream))
            .await
            .map_err(|_| Error::ConnectionTimeout)?
            .map_err(|error| tls_error(&error))
    }
}

/// Connects to the first address that answers. Each gets its part of the time that is left.
async fn connect(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, Error> {
    let mut last = Error::DestinationUnavailable;
    for (index, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let parts = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        last = match timeout(left / parts, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Latency counts, and hyper writes in large pieces.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => match error.kind() {
                std::io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
                std::io::ErrorKind::NetworkUnreachable | std::io::ErrorKind::HostUnreachable => {
                    Error::DestinationIpUnroutable
                }
                _ => Error::DestinationUnavailable,
            },
            Err(_) => Error::ConnectionTimeout,
        };
    }
    Err(last)
}

fn tls_error(error: &std::io::Error) -> Error {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            Error::TlsCertificateError
        }
        Some(rustls::Error::AlertReceived(alert)) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: None,
        },
        Some(_) => Error::TlsProtocolError,
        None => Error::ConnectionTerminated,
    }
}

/// What the guest gets where a connection breaks.
pub(super) fn broken(error: &hyper::Error, flow: &Flow) -> Error {
    if let Some(refused) = flow.refused() {
        return refused;
    }
    if error.is_parse_too_large() {
        let limits = flow.limits();
        return flow.refuse(Refusal::new(
            Code::ResponseHeaders,
            format!(
                "is answered with too many header fields, or too many bytes in them; the limits \
                 are {} and {} (limits http.headers, http.header_bytes)",
                limits.headers, limits.header_bytes
            ),
        ));
    }
    if error.is_incomplete_message() || ended_early(error) {
        Error::HttpResponseIncomplete
    } else if error.is_parse() || error.is_user() {
        Error::HttpProtocolError
    } else {
        Error::ConnectionTerminated
    }
}

/// The connection was closed in the middle of a body.
fn ended_early(error: &hyper::Error) -> bool {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof)
}

fn check_headers<B>(response: &http::Response<B>, flow: &Flow) -> Result<(), Refusal> {
    let limits = flow.limits();
    let headers = response.headers();
    if headers.len() > limits.headers {
        return Err(too_many_headers(
            Code::ResponseHeaders,
            headers.len(),
            limits.headers,
        ));
    }
    let bytes = header_bytes(headers);
    if bytes > limits.header_bytes {
        return Err(Refusal::limit(
            Code::ResponseHeaders,
            format_args!("is answered with {bytes} bytes of header fields"),
            limits.header_bytes,
            "http.header_bytes",
        ));
    }
    Ok(())
}

/// What header fields take on the wire.
pub(super) fn header_bytes(headers: &http::HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + FIELD_BYTES)
        .sum()
}
