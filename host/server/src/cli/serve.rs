//! `anyam serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyam_sandbox::CompilerCommand;
use clap::Args;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::COMPILE_COMMAND;
use super::failure::Failure;
use super::logs::LogArguments;
use super::screen::Screen;
use crate::limits::Limits;
use crate::server::{CompiledCode, Server, ServerConfig};

/// Run the server.
#[derive(Args, Debug)]
pub struct Serve {
    /// The folder that holds everything the server stores; made if there is none.
    #[arg(
        long,
        value_name = "DIR",
        env = "ANYAM_DATA",
        default_value = "./anyam-data"
    )]
    data: PathBuf,
    /// Where to listen. Port 0 takes any free port.
    #[arg(
        long,
        value_name = "ADDR",
        env = "ANYAM_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,
    /// The file with the key that the secrets of tenants are sealed with; made if there is none
    /// [default: secrets.key in the folder of --data].
    #[arg(long, value_name = "FILE", env = "ANYAM_SECRETS_KEY_FILE")]
    secrets_key: Option<PathBuf>,
    /// Bytes of the disk to leave free: where there are fewer, the server answers what only reads,
    /// and stores nothing until there is space again [default: 64 MiB].
    #[arg(long, value_name = "BYTES", env = "ANYAM_MIN_FREE")]
    min_free: Option<u64>,
    #[command(flatten)]
    log: LogArguments,
}

pub(super) fn run(arguments: &Serve) -> Result<(), Failure> {
    arguments.log.start("info")?;
    let mut config = ServerConfig {
        secrets_key: arguments.secrets_key.clone(),
        ..configured(arguments.data.clone(), arguments.listen)?
    };
    if let Some(bytes) = arguments.min_free {
        config.limits.runtime.free_disk_bytes = bytes;
    }
    with_configured(config, |runtime, server| {
        let address = server.address();
        tracing::info!(%address, data = %arguments.data.display(), "ready");
        // For people, and for whoever asked for port 0.
        Screen::new(false).line(format_args!("Anyam listens at http://{address}"))?;
        runtime.block_on(until_told_or_failed(server))
    })
}

/// A server that is this binary, with the default limits.
fn configured(data: PathBuf, listen: SocketAddr) -> Result<ServerConfig, Failure> {
    Ok(ServerConfig {
        data,
        listen,
        limits: Limits::default(),
        secrets_key: None,
        compiler: compiler_command()?,
        compiled: None,
    })
}

/// Starts a server, runs `work` beside it, and stops it again. It keeps compiled components in the
/// folder that is named, or else with its data.
///
/// # Errors
/// Where the server cannot start or stop, or `work` fails.
pub fn with_server(
    data: PathBuf,
    listen: SocketAddr,
    compiled: Option<CompiledCode>,
    work: impl FnOnce(&Runtime, &Server) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let config = ServerConfig {
        compiled,
        ..configured(data, listen)?
    };
    with_configured(config, work)
}

fn with_configured(
    config: ServerConfig,
    work: impl FnOnce(&Runtime, &Server) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("anyam")
        .build()
        .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
    raise_open_files();
    let server = runtime.block_on(async {
        // A file that may not grow any more is a full disk; unheard, the signal ends the process.
        let unheard = signal(SignalKind::from_raw(FILE_SIZE_SIGNAL));
        drop(unheard.map_err(|error| cannot_listen(&error))?);
        Ok::<_, Failure>(Server::start(config).await?)
    })?;
    let outcome = work(&runtime, &server);
    tracing::info!("stopping: finishing what runs");
    runtime.block_on(async {
        tokio::select! {
            () = server.stop() => outcome,
            told = told_to_stop() => {
                told?;
                Err(Failure::failed("stopped at once: told twice, work was still running"))
            }
        }
    })
}

/// `SIGXFSZ` of Linux and macOS.
const FILE_SIZE_SIGNAL: i32 = 25;

/// Connections are files, of which a process has few unless it asks for more.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is not allowed, there are fewer connections.
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the number of open files could not be raised");
    }
}

fn cannot_listen(error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot listen for signals: {error}"))
}

/// How this binary compiles a component: in a child process of itself.
///
/// # Errors
/// Where the path of the binary is not known.
pub fn compiler_command() -> Result<CompilerCommand, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("cannot find this program's file: {error}")))?;
    Ok(CompilerCommand {
        program,
        args: vec![COMPILE_COMMAND.into()],
    })
}

/// Waits for a signal to stop, or for the server to fail.
pub async fn until_told_or_failed(server: &Server) -> Result<(), Failure> {
    tokio::select! {
        told = told_to_stop() => told,
        () = server.stopped() => Err(Failure::failed(
            "the server's store has failed and nothing more can be kept; the log says why",
        )),
    }
}

/// Waits for SIGINT or SIGTERM.
async fn told_to_stop() -> Result<(), Failure> {
    let listen = |kind: SignalKind| -> Result<Signal, Failure> {
        signal(kind).map_err(|error| cannot_listen(&error))
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
