//! What lies between the host and the services that its steps call.

use std::fmt;
use std::sync::Arc;

use crate::capabilities::http::resolver::{Resolver, SystemResolver};

/// How outgoing requests find and trust their hosts.
#[derive(Clone)]
pub struct Network {
    /// From names to addresses.
    pub resolver: Arc<dyn Resolver>,
    /// Root certificates that are trusted beside those of Mozilla, each in DER.
    pub extra_roots: Vec<Vec<u8>>,
}

impl Default for Network {
    /// The system's resolver, and Mozilla's root certificates alone.
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver::default()),
            extra_roots: Vec::new(),
        }
    }
}

/// Two are the same where they share a resolver and trust the same certificates.
impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.resolver, &other.resolver) && self.extra_roots == other.extra_roots
    }
}

impl Eq for Network {}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("extra_roots", &self.extra_roots.len())
            .finish_non_exhaustive()
    }
}
