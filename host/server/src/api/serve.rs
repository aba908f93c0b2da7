//! Serving the API over HTTP/1.1.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::connections::{Connections, Open};
use super::routes::router;
use super::stalled::Stalled;
use crate::runtime::Runtime;

/// How long requests in flight have to come to their end when the server stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Files that the process has open beside its connections, at the most.
const OTHER_FILES: usize = 512;

/// How long to wait where the machine has no more connections to give.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` resolves, then finishes the requests in flight.
///
/// At most `connections` of the limits are open at once, and no more than the process may have
/// files. For the next one the oldest that answers nothing is closed; where all are at work it waits.
///
/// # Errors
/// None yet: a connection that fails is its client's trouble, and accepting is tried again.
pub async fn serve(
    listener: TcpListener,
    runtime: Runtime,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let limits = &runtime.limits().request;
    let answer_time = limits.answer_time;
    let places = Connections::new(limits.connections.min(most_by_files()));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .pipeline_flush(true);
    let router = router(runtime);
    let closing = CancellationToken::new();
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    let mut number = 0;
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok(stream) => {
                number += 1;
                let place = tokio::select! {
                    place = places.place(number) => place,
                    () = &mut shutdown => break,
                };
                let connection = converse(
                    http.clone(),
                    Stalled::after(answer_time, stream),
                    router.clone(),
                    place.connection(),
                    closing.clone(),
                );
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    closing.cancel();
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!(
            open = connections.len(),
            "requests did not end in time and are dropped"
        );
        connections.shutdown().await;
    }
    Ok(())
}

async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// How many connections the process may have beside its other files.
fn most_by_files() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    files.saturating_sub(OTHER_FILES).max(OTHER_FILES)
}

async fn converse(
    http: http1::Builder,
    stream: Stalled<TcpStream>,
    router: Router,
    open: Arc<Open>,
    closing: CancellationToken,
) {
    let answering = open.clone();
    let service = tower::service_fn(move |request: Request<Incoming>| {
        let answering = answering.answering();
        let router = router.clone();
        async move {
            let _answering = answering;
            router.oneshot(request).await
        }
    });
    let service = TowerToHyperService::new(service);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = open.must_leave() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(PAUSE, connection).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended with an error");
    }
}
