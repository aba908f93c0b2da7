//! Compilation of components, in a process that can be killed.
//!
//! A compiler is large and a component may be made to make it slow, greedy or broken. So each
//! compilation is a child process with limits on time and memory, few run at a time, and few wait.

mod child;

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use child::compile_main;

use crate::config::{CompilerCommand, Config};
use crate::error::UploadError;
use crate::limits::{Limits, clip};

/// The most of a child's stderr that is read.
const STDERR_BYTES: usize = 64 << 10;
/// Threads of a compilation. Each takes address space, which is limited, for its heap and stack.
const THREADS: usize = 4;
/// The signal of a process that gave up, as Rust programs do when memory runs out.
const SIGABRT: i32 = 6;
/// The signal of a process that was killed.
const SIGKILL: i32 = 9;
/// The signal of a process that used up its processor time.
const SIGXCPU: i32 = 24;

#[derive(Debug)]
pub(crate) struct Compiler {
    command: CompilerCommand,
    /// Places to run.
    running: Arc<Semaphore>,
    /// Places to run or wait.
    admitted: Arc<Semaphore>,
    waiting: usize,
}

/// A place to run a compilation. It is given back when the process is gone and nobody holds it.
#[derive(Clone, Debug)]
pub(crate) struct Turn(#[expect(dead_code, reason = "held")] Arc<[OwnedSemaphorePermit; 2]>);

impl Compiler {
    pub(crate) fn new(config: &Config) -> Self {
        let running = config.concurrent_compilations.max(1);
        Self {
            command: config.compiler.clone(),
            running: Arc::new(Semaphore::new(running)),
            admitted: Arc::new(Semaphore::new(running + config.waiting_compilations)),
            waiting: config.waiting_compilations,
        }
    }

    /// Waits for a place to run.
    pub(crate) async fn turn(&self) -> Result<Turn, UploadError> {
        let busy = || UploadError::Busy {
            waiting: self.waiting,
        };
        let admitted = self
            .admitted
            .clone()
            .try_acquire_owned()
            .map_err(|_| busy())?;
        let running = self
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| busy())?;
        Ok(Turn(Arc::new([running, admitted])))
    }

    /// Compiles. Dropping the future kills the process.
    pub(crate) async fn compile(
        &self,
        component: Arc<[u8]>,
        limits: &Limits,
        turn: Turn,
    ) -> Result<Vec<u8>, UploadError> {
        let (mut answer, answered) = oneshot::channel();
        let command = self.command.clone();
        let limits = limits.clone();
        // A task of its own, so that the process is waited for even if nobody waits for the task.
        tokio::spawn(async move {
            let _turn = turn;
            let result = run(&command, &component, &limits, &mut answer).await;
            let _ = answer.send(result);
        });
        answered.await.unwrap_or_else(|_| {
            Err(UploadError::Compiler {
                program: self.command.program.clone(),
                message: "it was given up because the host stops".to_owned(),
            })
        })
    }
}

type Answer = oneshot::Sender<Result<Vec<u8>, UploadError>>;

async fn run(
    command: &CompilerCommand,
    component: &[u8],
    limits: &Limits,
    answer: &mut Answer,
) -> Result<Vec<u8>, UploadError> {
    let failed = |error: std::io::Error| UploadError::Compiler {
        program: command.program.clone(),
        message: error.to_string(),
    };
    let mut child = start(command, limits).map_err(failed)?;
    let outcome = tokio::select! {
        outcome = tokio::time::timeout(limits.compile_time, talk(&mut child, component, limits)) => {
            outcome.unwrap_or(Err(UploadError::CompileTime { limit: limits.compile_time }))
        }
        () = answer.closed() => {
            Err(UploadError::CompileTime { limit: Duration::ZERO })
        }
    };
    // Where it ended by itself this only waits for it.
    let _ = child.start_kill();
    let status = child.wait().await.map_err(failed)?;
    let (artifact, stderr) = outcome?;
    verdict(command, limits, status, artifact, &stderr)
}

fn start(command: &CompilerCommand, limits: &Limits) -> std::io::Result<Child> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(THREADS);
    let seconds = limits
        .compile_time
        .as_secs()
        .saturating_add(1)
        .saturating_mul(threads as u64);
    Command::new(&command.program)
        .args(&command.args)
        .env_clear()
        .env(child::MEMORY, limits.compile_memory_bytes.to_string())
        .env(child::CPU, seconds.to_string())
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// Hands over the component and takes what the process answers on stdout and stderr, until it
/// closes both.
async fn talk(
    child: &mut Child,
    component: &[u8],
    limits: &Limits,
) -> Result<(Vec<u8>, String), UploadError> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let send = async {
        if let Some(mut stdin) = stdin {
            // A process that ends early says why in its own way.
            let _ = stdin.write_all(component).await;
        }
    };
    let (stdout, stderr, ()) = tokio::join!(
        async { read(stdout, limits.artifact_bytes).await },
        async { read(stderr, STDERR_BYTES).await },
        send
    );
    let Ok(artifact) = stdout else {
        return Err(UploadError::ArtifactTooLarge {
            limit: limits.artifact_bytes,
        });
    };
    let stderr = match &stderr {
        Ok(text) | Err(text) => String::from_utf8_lossy(text).trim().to_owned(),
    };
    // It must have ended before it is killed, or its own word on how it ended would be lost.
    let _ = child.wait().await;
    Ok((artifact, stderr))
}

/// Reads to the end.
///
/// # Errors
/// The beginning, where there is more than `limit`.
async fn read(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> Result<Vec<u8>, Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(limit as u64 + 1).read_to_end(&mut bytes).await;
    }
    if bytes.len() > limit {
        Err(bytes)
    } else {
        Ok(bytes)
    }
}

fn verdict(
    command: &CompilerCommand,
    limits: &Limits,
    status: ExitStatus,
    artifact: Vec<u8>,
    stderr: &str,
) -> Result<Vec<u8>, UploadError> {
    let text = |text: &str| clip(text.to_owned(), limits.error_text_bytes);
    if status.success() {
        return Ok(artifact);
    }
    if status.code() == Some(i32::from(child::REFUSED)) && !out_of_memory(stderr) {
        return Err(UploadError::Compile {
            message: text(stderr),
        });
    }
    match status.signal() {
        Some(SIGXCPU) => Err(UploadError::CompileTime {
            limit: limits.compile_time,
        }),
        // The host kills only where it has its own word; this was the system, short of memory.
        Some(SIGABRT | SIGKILL) => Err(UploadError::CompileMemory {
            limit: limits.compile_memory_bytes,
        }),
        _ if out_of_memory(stderr) => Err(UploadError::CompileMemory {
            limit: limits.compile_memory_bytes,
        }),
        Some(signal) => Err(UploadError::Compile {
            message: text(&format!(
                "the compiler was ended by signal {signal}. {stderr}"
            )),
        }),
        None => Err(UploadError::Compiler {
            program: command.program.clone(),
            message: text(&format!("{status}. {stderr}")),
        }),
    }
}

/// Whether a process says of itself that it got no more memory.
fn out_of_memory(stderr: &str) -> bool {
    [
        "memory allocation of",
        "Cannot allocate memory",
        "out of memory",
        "Resource temporarily",
    ]
    .iter()
    .any(|sign| stderr.contains(sign))
}
