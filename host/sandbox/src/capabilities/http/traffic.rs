//! What the requests of one call have used up, and what was refused to them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::capabilities::http::limits::HttpLimits;
use crate::capabilities::http::refusal::{Code, Refusal};

/// The traffic of one call, shared with the tasks that carry it.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(super) limits: HttpLimits,
    /// Requests that went on their way.
    requests: AtomicU64,
    open: AtomicUsize,
    bytes_out: AtomicU64,
    bytes_in: AtomicU64,
    /// The last refusal, as a sentence.
    refused: Mutex<Option<String>>,
}

/// What went over the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) requests: u64,
    pub(crate) bytes_out: u64,
    pub(crate) bytes_in: u64,
}

/// One of the two directions.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Out,
    In,
}

/// One request on its way.
#[derive(Debug)]
pub(super) struct Flow {
    traffic: Arc<Traffic>,
    /// The request, as it is named to people: without its query and its headers.
    name: String,
    refusal: OnceLock<Refusal>,
}

/// As long as it lives, a request counts as open.
#[derive(Debug)]
pub(super) struct Place(Arc<Traffic>);

impl Traffic {
    pub(super) fn new(limits: HttpLimits) -> Self {
        Self {
            limits,
            requests: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            bytes_out: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            refused: Mutex::new(None),
        }
    }

    pub(crate) fn sent(&self) -> Sent {
        Sent {
            requests: self.requests.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
        }
    }

    /// The last refusal, as a sentence.
    pub(crate) fn refused(&self) -> Option<String> {
        self.refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn refuse(&self, request: &str, refusal: &Refusal) {
        let text = format!("the request {request} {}", refusal.reason);
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    /// Begins a request.
    pub(super) fn open(self: &Arc<Self>, name: String) -> Result<(Arc<Flow>, Place), Refusal> {
        let most = self.limits.concurrent_requests;
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        let place = Place(self.clone());
        if before >= most {
            return Err(Refusal::limit(
                Code::TooManyConnections,
                "is one more at the same time than there may be",
                most,
                "http.concurrent_requests",
            ));
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let flow = Arc::new(Flow {
            traffic: self.clone(),
            name,
            refusal: OnceLock::new(),
        });
        Ok((flow, place))
    }

    fn counted(&self, direction: Direction) -> (&AtomicU64, u64) {
        match direction {
            Direction::Out => (&self.bytes_out, self.limits.bytes_out),
            Direction::In => (&self.bytes_in, self.limits.bytes_in),
        }
    }
}

impl Flow {
    pub(super) fn limits(&self) -> &HttpLimits {
        &self.traffic.limits
    }

    /// Refuses to go on with the request.
    pub(super) fn refuse(&self, refusal: Refusal) -> wasmtime_wasi_http::Error {
        self.traffic.refuse(&self.name, &refusal);
        let error = refusal.error();
        // The first refusal is the cause of all that follows.
        let _ = self.refusal.set(refusal);
        error
    }

    /// What the guest gets where the request was refused on its way.
    pub(super) fn refused(&self) -> Option<wasmtime_wasi_http::Error> {
        self.refusal.get().map(Refusal::error)
    }

    /// Takes so many bytes, or what is left, off what the call may send or receive.
    pub(super) fn take(&self, direction: Direction, bytes: u64) -> u64 {
        let (used, limit) = self.traffic.counted(direction);
        let taken = |used: u64| bytes.min(limit.saturating_sub(used));
        let before = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            Some(used + taken(used))
        });
        taken(before.unwrap_or_else(|used| used))
    }

    /// Gives back what was taken and not used.
    pub(super) fn give_back(&self, direction: Direction, bytes: u64) {
        let (used, _) = self.traffic.counted(direction);
        used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The refusal of a byte beyond what the call may send or receive.
    pub(super) fn used_up(&self, direction: Direction) -> wasmtime_wasi_http::Error {
        let limits = self.limits();
        self.refuse(match direction {
            Direction::Out => Refusal::limit(
                Code::RequestBody(None),
                "sends more than all requests of a call may",
                limits.bytes_out,
                "http.bytes_out",
            ),
            Direction::In => Refusal::limit(
                Code::ResponseBody(None),
                "receives more than all requests of a call may",
                limits.bytes_in,
                "http.bytes_in",
            ),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}
