//! The whole server in one value: store, sandbox, runtime and HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyam_sandbox::{CompilerCommand, Sandbox};
use anyam_store::{Database, RedbStore};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::api;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::runtime::randomness::SystemRandomness;
use crate::runtime::secrets::SecretsKey;
use crate::runtime::{Runtime, RuntimeConfig};

/// Pages of the store kept in memory, in bytes.
const CACHE_BYTES: usize = 512 << 20;

/// The store's file in the data folder.
pub(crate) const STORE_FILE: &str = "anyam.redb";

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The folder that holds everything; made where it is absent. One server at a time may have it.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What tenants may make it do.
    pub limits: Limits,
    /// The file with the key of the tenants' secrets, which is made where it is absent; it is
    /// `secrets.key` in the data folder where none is named.
    pub secrets_key: Option<PathBuf>,
    /// How to start the child process that compiles components.
    pub compiler: CompilerCommand,
    /// Where compiled components are kept; `components` in the data folder where nothing is named.
    pub compiled: Option<CompiledCode>,
}

/// A folder for compiled components. What lies in it is run as native code, so nobody but the user
/// of the server may be able to write to it; servers and commands of that user may share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledCode {
    /// The folder.
    pub folder: PathBuf,
    /// Bytes it is kept below.
    pub max_bytes: u64,
}

/// A running server.
pub struct Server {
    runtime: Runtime,
    address: SocketAddr,
    closing: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Opens the data folder, resumes what was under way and begins to listen. Must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the folder or the address cannot be had; the store's.
    pub async fn start(config: ServerConfig) -> Result<Self> {
        let data = config.data.clone();
        std::fs::create_dir_all(&data).map_err(|error| cannot("create", &data, &error))?;
        let free = config.limits.runtime.free_disk_bytes;
        let opened = tokio::task::spawn_blocking(move || {
            let store = RedbStore::open(data.join(STORE_FILE), CACHE_BYTES)?;
            Database::open(store.keep_free(free), anyam_store::Limits::default())
        });
        let database = opened
            .await
            .map_err(|error| Error::Internal(error.to_string()))??;
        let mut sandbox =
            anyam_sandbox::Config::new(config.data.join("components"), config.compiler);
        if let Some(compiled) = config.compiled {
            sandbox.cache_dir = compiled.folder;
            sandbox.cache_bytes = compiled.max_bytes;
        }
        let sandbox =
            Sandbox::new(sandbox).map_err(|error| Error::Unavailable(error.to_string()))?;
        // Bound first: an address in use must not start anything.
        let listener = TcpListener::bind(config.listen).await;
        let listener = listener.map_err(|error| {
            Error::Unavailable(format!("cannot listen on {}: {error}", config.listen))
        })?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::Unavailable(format!("cannot listen: {error}")))?;
        let key = config.secrets_key;
        let key = key.unwrap_or_else(|| config.data.join("secrets.key"));
        let setup = RuntimeConfig {
            limits: config.limits,
            secrets: SecretsKey::in_file(&key, &SystemRandomness)?,
            uploads: Some(config.data.join("uploads")),
            ..RuntimeConfig::default()
        };
        let runtime = Runtime::start(database, sandbox, setup).await?;
        let closing = CancellationToken::new();
        let close = closing.clone().cancelled_owned();
        let serving = tokio::spawn(api::serve(listener, runtime.clone(), close));
        Ok(Self {
            runtime,
            address,
            closing,
            serving,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it runs on.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Resolves when the store has failed; the process should end then.
    pub async fn stopped(&self) {
        self.runtime.failed().await;
    }

    /// Takes nothing new, finishes what it can and closes the store.
    pub async fn stop(self) {
        self.closing.cancel();
        self.runtime.begin_stop();
        if let Ok(Err(error)) = self.serving.await {
            tracing::warn!(%error, "the listener ended with an error");
        }
        self.runtime.stop().await;
    }
}

fn cannot(what: &str, path: &std::path::Path, error: &std::io::Error) -> Error {
    Error::Unavailable(format!("cannot {what} {}: {error}", path.display()))
}
