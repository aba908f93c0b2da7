//! The real binary, serving a folder.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::binary;
use crate::client::Client;

/// A server process and its folder. Dropping it kills the process.
#[derive(Debug)]
pub struct Served {
    child: Child,
    address: String,
    folder: Folder,
    arguments: Vec<String>,
}

#[derive(Debug)]
enum Folder {
    /// Removed in the end.
    Own(TempDir),
    /// Somebody else's.
    Lent(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Lent(folder) => folder,
        }
    }
}

impl Served {
    /// Serves a new folder, which is removed in the end.
    pub fn start() -> Self {
        Self::serve(Folder::Own(
            tempfile::tempdir().expect("a folder can be made"),
        ))
    }

    /// Serves `folder`.
    pub fn start_on(folder: &Path) -> Self {
        Self::serve(Folder::Lent(folder.to_owned()))
    }

    /// The folder that it serves.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn serve(folder: Folder) -> Self {
        Self::serve_with(folder, &[])
    }

    fn serve_with(folder: Folder, arguments: &[&str]) -> Self {
        let (child, address) = spawn(folder.path(), arguments);
        Self {
            child,
            address,
            folder,
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    /// Serves a new folder with further arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        let folder = Folder::Own(tempfile::tempdir().expect("a folder can be made"));
        Self::serve_with(folder, arguments)
    }

    /// Serves `folder` with further arguments.
    pub fn start_on_with(folder: &Path, arguments: &[&str]) -> Self {
        Self::serve_with(Folder::Lent(folder.to_owned()), arguments)
    }

    /// A client of it, for the default tenant.
    pub fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process at once, wherever it is in its work (`kill -9`).
    pub fn kill(&mut self) {
        self.child.kill().expect("an own child can be killed");
        self.child.wait().expect("an own child can be awaited");
    }

    /// Makes the process stand still wherever it is in its work (SIGSTOP).
    pub fn hold(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on (SIGCONT).
    pub fn let_go(&self) {
        self.signal(Signal::CONT);
    }

    /// Tells the process to stop as an operator does (SIGTERM), without waiting for its end.
    pub fn tell_to_stop(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("the child has a process id");
        kill_process(pid, signal).expect("an own child can be signalled");
    }

    /// Waits for the end of the process.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().expect("an own child can be awaited")
    }

    /// Starts a new process on the same folder, after the old one's end.
    pub fn restart(&mut self) {
        // A second wait only repeats the outcome of the first.
        self.child.wait().expect("an own child can be awaited");
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        (self.child, self.address) = spawn(self.folder.path(), &arguments);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, arguments: &[&str]) -> (Child, String) {
    let mut command = Command::new(binary::anyam());
    for variable in ["ANYAM_SERVER", "ANYAM_TENANT", "ANYAM_DATA", "ANYAM_LISTEN"] {
        command.env_remove(variable);
    }
    if std::env::var_os("RUST_LOG").is_none() {
        command.env("RUST_LOG", "warn");
    }
    let mut child = command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the anyam binary can be started");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut line = String::new();
    stdout
        .read_line(&mut line)
        .expect("the server's stdout can be read");
    let Some((_, address)) = line.trim().split_once("http://") else {
        let _ = child.kill();
        panic!("the server did not say where it listens, but: {line:?}");
    };
    let address = format!("http://{address}");
    // A pipe that nobody reads would stop a server that writes much.
    std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
    (child, address)
}
