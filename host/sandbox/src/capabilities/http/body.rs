//! Bodies that are measured while they pass.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::capabilities::http::client::broken;
use crate::capabilities::http::refusal::{Code, Refusal};
use crate::capabilities::http::traffic::{Flow, Place};

/// The body of a request.
pub(super) struct Outgoing {
    body: WasiBody,
    flow: Arc<Flow>,
    size: u64,
}

impl Outgoing {
    pub(super) fn new(body: WasiBody, flow: Arc<Flow>) -> Self {
        Self {
            body,
            flow,
            size: 0,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let limit = self.flow.limits().request_bytes;
            let trailers = frame.trailers_ref().map_or(0, |fields| fields.len());
            if trailers > self.flow.limits().headers {
                return Poll::Ready(Some(Err(self.flow.refuse(too_many_headers(
                    Code::RequestHeaders,
                    trailers,
                    self.flow.limits().headers,
                )))));
            }
            self.size += frame.data_ref().map_or(0, |data| data.len() as u64);
            if self.size > limit {
                return Poll::Ready(Some(Err(self
                    .flow
                    .refuse(request_too_large(self.size, limit)))));
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pub(super) fn request_too_large(size: u64, limit: u64) -> Refusal {
    Refusal::limit(
        Code::RequestBody(Some(size)),
        format_args!("has a body of {size} bytes or more"),
        limit,
        "http.request_bytes",
    )
}

pub(super) fn too_many_headers(code: Code, count: usize, limit: usize) -> Refusal {
    let whose = match code {
        Code::ResponseHeaders => "is answered with",
        _ => "has",
    };
    let what = format_args!("{whose} {count} header fields");
    Refusal::limit(code, what, limit, "http.headers")
}

/// The body of a response.
pub(super) struct Response {
    body: Incoming,
    flow: Arc<Flow>,
    /// Gone once the body is at its end.
    place: Option<Place>,
    size: u64,
    pause: Duration,
    /// The end of the pause.
    waiting: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl Response {
    pub(super) fn new(
        body: Incoming,
        (flow, place): (Arc<Flow>, Place),
        pause: Duration,
    ) -> Result<Self, Refusal> {
        let limit = flow.limits().response_bytes;
        if let Some(size) = body.size_hint().exact().filter(|size| *size > limit) {
            return Err(response_too_large(size, limit));
        }
        Ok(Self {
            // A body that is empty is at its end without being read.
            place: (!body.is_end_stream()).then_some(place),
            body,
            flow,
            size: 0,
            pause,
            waiting: Box::pin(tokio::time::sleep(pause)),
            is_waiting: false,
        })
    }

    fn check(&mut self, frame: Result<Frame<Bytes>, hyper::Error>) -> Result<Frame<Bytes>, Error> {
        let frame = frame.map_err(|error| broken(&error, &self.flow))?;
        let limit = self.flow.limits().response_bytes;
        self.size += frame.data_ref().map_or(0, |data| data.len() as u64);
        if self.size > limit {
            return Err(self.flow.refuse(response_too_large(self.size, limit)));
        }
        Ok(frame)
    }
}

impl Body for Response {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.place.is_none() {
            return Poll::Ready(None);
        }
        let frame = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(frame)) => self.check(frame),
            Poll::Ready(None) => {
                self.place = None;
                return Poll::Ready(None);
            }
            Poll::Pending => {
                // The pause begins when the guest waits, and not while it works on what it has.
                if !self.is_waiting {
                    self.is_waiting = true;
                    let end = Instant::now() + self.pause;
                    self.waiting.as_mut().reset(end);
                }
                ready!(self.waiting.as_mut().poll(context));
                Err(Error::ConnectionReadTimeout)
            }
        };
        self.is_waiting = false;
        if frame.is_err() {
            self.place = None;
        }
        Poll::Ready(Some(frame))
    }

    fn is_end_stream(&self) -> bool {
        self.place.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn response_too_large(size: u64, limit: u64) -> Refusal {
    Refusal::limit(
        Code::ResponseBody(Some(size)),
        format_args!("is answered with a body of {size} bytes or more"),
        limit,
        "http.response_bytes",
    )
}
