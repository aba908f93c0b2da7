//! The peer: Restate, with its server and the service that it calls each in a process of its own.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyam_tests::awaiting;
use anyam_tests::report::say;
use tempfile::TempDir;
use ureq::Agent;

const PACKAGE: &str = include_str!("restate/package.json");
const SERVICE: &str = include_str!("restate/service.mjs");

/// The path of scenario (a).
pub const PATH: &str = "/order/run";
/// Its body.
pub const BODY: &str = "{\"amount\":120}";

/// How long it may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running peer.
pub struct Restate {
    server: Child,
    service: Child,
    host: String,
    _data: TempDir,
}

impl Restate {
    /// Installs it below `folder` where it is not there yet, and starts it.
    ///
    /// # Errors
    /// Says what this machine lacks, or what failed.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let binary = install(folder)?;
        let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let [service_port, ingress, admin, node] = free_ports();
        let log = |name: &str| File::create(folder.join(name)).map_err(|error| error.to_string());
        let service = Command::new("node")
            .arg("service.mjs")
            .current_dir(folder)
            .env("PORT", service_port.to_string())
            .env("RESTATE_LOGGING", "ERROR")
            .stdin(Stdio::null())
            .stdout(log("service.log")?)
            .stderr(log("service.err")?)
            .spawn()
            .map_err(|error| format!("node does not start: {error}"))?;
        let local = |port: u16| format!("127.0.0.1:{port}");
        let server = Command::new(binary)
            .arg("--base-dir")
            .arg(data.path())
            .env("RESTATE_LOG_FILTER", "warn")
            .env("RESTATE_INGRESS__BIND_ADDRESS", local(ingress))
            .env("RESTATE_ADMIN__BIND_ADDRESS", local(admin))
            .env("RESTATE_BIND_ADDRESS", local(node))
            .env(
                "RESTATE_ADVERTISED_ADDRESS",
                format!("http://{}", local(node)),
            )
            .stdin(Stdio::null())
            .stdout(log("server.log")?)
            .stderr(log("server.err")?)
            .spawn();
        let server = match server {
            Ok(server) => server,
            Err(error) => {
                end(service);
                return Err(format!("its server does not start: {error}"));
            }
        };
        let peer = Self {
            server,
            service,
            host: local(ingress),
            _data: data,
        };
        let deployment = format!("{{\"uri\":\"http://{}\"}}", local(service_port));
        succeeds(&format!("http://{}/deployments", local(admin)), &deployment)?;
        succeeds(&format!("http://{}{PATH}", peer.host), BODY)?;
        Ok(peer)
    }

    /// Where it takes invocations.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its processes: the server, and the service with the steps.
    pub fn processes(&self) -> Vec<u32> {
        vec![self.server.id(), self.service.id()]
    }
}

impl Drop for Restate {
    fn drop(&mut self) {
        for child in [&mut self.server, &mut self.service] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Installs the peer from npm; its server's binary.
fn install(folder: &Path) -> Result<PathBuf, String> {
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write("package.json", PACKAGE)?;
    write("service.mjs", SERVICE)?;
    if let Some(binary) = binary(folder) {
        return Ok(binary);
    }
    say("installing the peer Restate from npm");
    let installed = Command::new("npm")
        .args(["install", "--no-fund", "--no-audit", "--ignore-scripts"])
        .current_dir(folder)
        .output()
        .map_err(|error| format!("npm does not start: {error}"))?;
    if !installed.status.success() {
        let why = String::from_utf8_lossy(&installed.stderr);
        return Err(format!("npm does not install it: {why}"));
    }
    binary(folder).ok_or_else(|| "its package holds no server for this machine".to_owned())
}

fn binary(folder: &Path) -> Option<PathBuf> {
    let packages = folder.join("node_modules/@restatedev");
    packages.join("restate-sdk").exists().then_some(())?;
    let binaries = packages.read_dir().ok()?.flatten();
    binaries
        .map(|package| package.path().join("bin/restate-server"))
        .find(|binary| binary.is_file() && !is_script(binary))
}

/// Whether it is the script that only looks for the binary.
fn is_script(file: &Path) -> bool {
    file.metadata().is_ok_and(|meta| meta.len() < 1 << 20)
}

fn free_ports() -> [u16; 4] {
    // All are bound before one is given free, so that they differ.
    let listeners = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port is free"));
    listeners.map(|listener| listener.local_addr().expect("it listens").port())
}

/// Posts until it succeeds.
fn succeeds(url: &str, body: &str) -> Result<(), String> {
    let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(5)));
    let agent = config.proxy(None).build().new_agent();
    let begin = std::time::Instant::now();
    loop {
        let answer = agent
            .post(url)
            .header("content-type", "application/json")
            .send(body);
        match answer {
            Ok(_) => return Ok(()),
            Err(error) if begin.elapsed() > PATIENCE.min(awaiting::PATIENCE) => {
                return Err(format!("{url} does not answer: {error}"));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}
