//! The measured server: this program once more, serving as the `anyam` binary does.
//!
//! Beside what the binary does it tells what its store has done, which HTTP does not show.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyam::limits::Limits;
use anyam::server::{Server, ServerConfig};
use anyam_sandbox::CompilerCommand;
use anyam_store::Stats;
use tempfile::TempDir;

/// The first argument that makes this program the server.
pub const SERVE: &str = "serve-for-the-benchmark";
/// The first argument that makes it the compiler of components.
pub const COMPILE: &str = "compile-for-the-benchmark";

/// Serves the folder of the second argument until stdin ends; each line of stdin is answered by
/// what the store has done so far.
pub fn serve() {
    let data = std::env::args()
        .nth(2)
        .expect("the folder is the second argument");
    let program = std::env::current_exe().expect("this program has a file");
    let config = ServerConfig {
        secrets_key: None,
        compiled: None,
        data: data.into(),
        listen: "127.0.0.1:0".parse().expect("an address"),
        limits: Limits::default(),
        compiler: CompilerCommand {
            program,
            args: vec![COMPILE.into()],
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads can be started");
    let server = runtime
        .block_on(Server::start(config))
        .expect("the server starts");
    println!("{}", server.address());
    for line in std::io::stdin().lines() {
        line.expect("stdin can be read");
        let Stats {
            commits,
            batches,
            operations,
            bytes,
            ..
        } = server.runtime().store_stats();
        println!("{commits} {batches} {operations} {bytes}");
    }
    runtime.block_on(server.stop());
}

/// A server process on a folder of its own.
pub struct BenchedServer {
    child: Child,
    address: String,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
    _data: TempDir,
}

impl BenchedServer {
    /// Starts it on a folder below `target/`, which is on a disk where `/tmp` may not be.
    pub fn start() -> Self {
        let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let mut child = Command::new(std::env::current_exe().expect("this program has a file"))
            .arg(SERVE)
            .arg(data.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let stdin = child.stdin.take().expect("stdin is piped");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut address = String::new();
        stdout.read_line(&mut address).expect("stdout can be read");
        Self {
            child,
            address: format!("http://{}", address.trim()),
            pipes: RefCell::new((stdin, stdout)),
            _data: data,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What its store has done so far.
    pub fn store_stats(&self) -> StoreStats {
        let (stdin, stdout) = &mut *self.pipes.borrow_mut();
        writeln!(stdin, "stats").expect("the server lives");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("the server lives");
        let numbers: Vec<u64> = line
            .split_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect();
        let [commits, batches, operations, bytes] = numbers[..] else {
            panic!("four numbers were expected, not {line:?}");
        };
        StoreStats {
            commits,
            batches,
            operations,
            bytes,
        }
    }

    /// The most memory it has had so far, in bytes.
    pub fn peak_rss(&self) -> u64 {
        let status = Path::new("/proc")
            .join(self.child.id().to_string())
            .join("status");
        let status = std::fs::read_to_string(status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.unwrap_or(0) << 10
    }
}

impl Drop for BenchedServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a store has done in some time.
pub struct StoreStats {
    /// Transactions, each synced once.
    pub commits: u64,
    /// Batches in them: one for each process instance here.
    pub batches: u64,
    /// Rows written, index entries included.
    pub operations: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

impl StoreStats {
    /// What came after `before`.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            commits: self.commits - before.commits,
            batches: self.batches - before.batches,
            operations: self.operations - before.operations,
            bytes: self.bytes - before.bytes,
        }
    }

    /// How many batches a commit holds.
    pub fn batches_per_commit(&self) -> f64 {
        self.batches as f64 / self.commits.max(1) as f64
    }

    /// How many rows a batch holds.
    pub fn rows_per_batch(&self) -> f64 {
        self.operations as f64 / self.batches.max(1) as f64
    }

    /// How many bytes a batch holds.
    pub fn bytes_per_batch(&self) -> f64 {
        self.bytes as f64 / self.batches.max(1) as f64
    }
}
