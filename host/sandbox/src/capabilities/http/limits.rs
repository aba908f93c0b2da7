//! What the requests of one call may take.

use std::time::Duration;

/// The most that the outgoing requests of one call may take. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Requests of one call, the refused ones included.
    pub requests: usize,
    /// Requests of one call at one time, from its start until its response is read or dropped.
    pub concurrent_requests: usize,
    /// Size of a URL.
    pub url_bytes: usize,
    /// Header fields of a request, and of a response.
    pub headers: usize,
    /// Size of the header fields of a request, and of a response.
    pub header_bytes: usize,
    /// Size of the body of a request.
    pub request_bytes: u64,
    /// Size of the body of a response.
    pub response_bytes: u64,
    /// Size of all that one call sends: requests with their headers, before encryption.
    pub bytes_out: u64,
    /// Size of all that one call receives: responses with their headers, after decryption.
    pub bytes_in: u64,
    /// The longest a request may take to find its host, connect and agree on encryption.
    pub connect_time: Duration,
    /// The longest it may then take until the response begins.
    pub first_byte_time: Duration,
    /// The longest the response may pause.
    pub between_bytes_time: Duration,
    /// Handles to host resources that a call holds at one time, once it uses HTTP. Fewer than
    /// those of other calls, since one of them can stand for a buffer or a set of headers.
    pub handles: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            requests: 50,
            concurrent_requests: 8,
            url_bytes: 8 << 10,
            headers: 100,
            header_bytes: 32 << 10,
            request_bytes: 8 << 20,
            response_bytes: 16 << 20,
            bytes_out: 32 << 20,
            bytes_in: 64 << 20,
            connect_time: Duration::from_secs(5),
            first_byte_time: Duration::from_secs(30),
            between_bytes_time: Duration::from_secs(30),
            handles: 512,
        }
    }
}
