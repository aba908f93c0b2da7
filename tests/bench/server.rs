//! The measured server: this program once more, serving as the `anyam` binary does.
//!
//! Beside what the binary does it tells what its store has done, which HTTP does not show, and
//! starts many process instances at once where there are too many to ask for one by one.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyam::limits::Limits;
use anyam::server::{CompiledCode, Server, ServerConfig};
use anyam_sandbox::CompilerCommand;
use anyam_store::Stats;
use anyam_tests::Client;
use anyam_tests::benchmark::Figures;
use tempfile::TempDir;

use super::bulk;

/// The first argument that makes this program the server.
pub const SERVE: &str = "serve-for-the-benchmark";
/// The first argument that makes it the compiler of components.
pub const COMPILE: &str = "compile-for-the-benchmark";

/// The line that ends it in good order.
const STOP: &str = "stop";

/// Serves the folder of the second argument until stdin ends or says so. Each other line of stdin is answered by a
/// line: `stats` by what the store has done so far, and [`bulk`]'s by how many instances it started.
pub fn serve() {
    let mut arguments = std::env::args().skip(2);
    let mut folder = || PathBuf::from(arguments.next().expect("two folders are the arguments"));
    let (data, compiled) = (folder(), folder());
    let program = std::env::current_exe().expect("this program has a file");
    let config = ServerConfig {
        secrets_key: None,
        compiled: Some(CompiledCode {
            folder: compiled,
            max_bytes: 8 << 30,
        }),
        data,
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
        let line = line.expect("stdin can be read");
        if line == STOP {
            break;
        }
        match line.strip_prefix(bulk::START) {
            Some(order) => {
                let started = runtime.block_on(bulk::start(server.runtime(), order));
                println!("{started}");
            }
            None => {
                let Stats {
                    commits,
                    batches,
                    operations,
                    bytes,
                    ..
                } = server.runtime().store_stats();
                println!("{commits} {batches} {operations} {bytes}");
            }
        }
    }
    runtime.block_on(server.stop());
}

/// A server process on a folder of its own.
pub struct BenchedServer {
    child: Child,
    address: String,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
    data: Rc<TempDir>,
    compiled: PathBuf,
    ready_after: Duration,
}

impl BenchedServer {
    /// Starts it on a folder below `target/`, which is on a disk where `/tmp` may not be.
    /// `compiled` is a folder for compiled components that servers share.
    pub fn start(compiled: &Path) -> Self {
        let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        Self::start_on(Rc::new(data), compiled)
    }

    fn start_on(data: Rc<TempDir>, compiled: &Path) -> Self {
        let begin = Instant::now();
        let mut child = Command::new(std::env::current_exe().expect("this program has a file"))
            .arg(SERVE)
            .args([data.path(), compiled])
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
            data,
            compiled: compiled.to_owned(),
            ready_after: begin.elapsed(),
        }
    }

    /// Kills it at once and starts it again on the same folder.
    pub fn killed_and_restarted(mut self) -> Self {
        self.end();
        Self::start_on(self.data.clone(), &self.compiled)
    }

    /// Stops it in good order and starts it again on the same folder.
    pub fn stopped_and_restarted(mut self) -> Self {
        let (stdin, _) = self.pipes.get_mut();
        writeln!(stdin, "{STOP}").expect("the server lives");
        self.child.wait().expect("an own child can be awaited");
        Self::start_on(self.data.clone(), &self.compiled)
    }

    /// How long it took to listen.
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Where it listens, such as `127.0.0.1:8080`.
    pub fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Bytes of its folder's files.
    pub fn stored_bytes(&self) -> u64 {
        let file = self.data.path().join("anyam.redb");
        file.metadata().map_or(0, |meta| meta.len())
    }

    /// Says a line and reads the line that answers it.
    pub fn say(&self, line: &str) -> String {
        let (stdin, stdout) = &mut *self.pipes.borrow_mut();
        writeln!(stdin, "{line}").expect("the server lives");
        let mut answer = String::new();
        stdout.read_line(&mut answer).expect("the server lives");
        answer
    }

    /// What its store has done so far.
    pub fn store_stats(&self) -> StoreStats {
        let line = self.say("stats");
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

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for BenchedServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a store has done in some time.
#[derive(Clone, Debug, Default)]
pub struct StoreStats {
    /// Transactions, each synced once.
    pub commits: u64,
    /// Batches in them.
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

    /// Adds what was done in another time.
    pub fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.batches += other.batches;
        self.operations += other.operations;
        self.bytes += other.bytes;
    }

    /// Writes it into figures.
    pub fn tell(&self, figures: &mut Figures) {
        figures.syncs = Some(self.commits);
        figures.batches = Some(self.batches);
        figures.rows = Some(self.operations);
        figures.row_bytes = Some(self.bytes);
    }
}
