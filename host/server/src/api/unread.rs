//! What a refused request left unread of its body.
//!
//! A connection that is closed while its client still sends is reset, and the answer may be lost
//! with it. So the rest is read and forgotten before a refusal is answered.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

use super::limits::RequestLimits;

/// A body up to this size has arrived with its request, or will not be missed.
const SMALL: u64 = 16 << 10;

/// How much is read of a body that nobody wants, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    bytes: usize,
    time: Duration,
}

impl Patience {
    /// As much as the largest request that is accepted.
    pub fn of(limits: &RequestLimits) -> Self {
        Self {
            bytes: limits.deployment_bytes.max(limits.component_bytes),
            time: limits.body_time,
        }
    }
}

/// Reads the rest of a refused request's body.
pub async fn drain(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    if request
        .body()
        .size_hint()
        .upper()
        .is_some_and(|size| size <= SMALL)
    {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let mut kept = Lent(Arc::new(Mutex::new(body)));
    let lent = Body::new(Lent(kept.0.clone()));
    let response = next.run(Request::from_parts(head, lent)).await;
    if response.status().is_client_error() && !kept.is_end_stream() {
        // Out of time, the connection is closed as it is.
        let _ = tokio::time::timeout(patience.time, kept.read_away(patience.bytes)).await;
    }
    response
}

/// A body that its handler reads and the middleware keeps.
struct Lent(Arc<Mutex<Body>>);

impl Lent {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_away(&mut self, mut most: usize) {
        while most > 0 {
            let Some(Ok(frame)) = self.frame().await else {
                return;
            };
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            most = most.saturating_sub(bytes);
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}
