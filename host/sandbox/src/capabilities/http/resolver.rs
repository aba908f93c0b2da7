//! From names to addresses.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// The addresses of a name, once they are known.
pub type Resolved<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Finds the addresses of hosts.
///
/// A request asks once. What comes back is checked, and the connection is made to one of these
/// very addresses, so a name that changes meanwhile changes nothing.
pub trait Resolver: Send + Sync {
    /// The addresses of a name, which is in lower case and never an address itself.
    fn resolve<'a>(&'a self, name: &'a str) -> Resolved<'a>;
}

/// The resolver of the operating system.
#[derive(Debug)]
pub struct SystemResolver {
    places: Arc<Semaphore>,
}

/// Lookups at one time. Each holds a thread until the system has answered, also where nobody
/// waits any more.
const LOOKUPS: usize = 32;

impl Default for SystemResolver {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }
}

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolved<'a> {
        let name = name.to_owned();
        let places = self.places.clone();
        Box::pin(async move {
            let place = places.acquire_owned().await.map_err(io::Error::other)?;
            // A task of its own keeps the place until the lookup is over.
            let lookup = tokio::spawn(async move {
                let _place = place;
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}
