//! `anyam dev`: a server of one's own that follows a project while it is written.
//!
//! It builds every step below a folder, uploads each under a version of its own, deploys the
//! processes, and does so again for whatever changes. Instances that run stay on what they began
//! with. What does not build or is refused is told at once, and what ran before runs on.
//!
//! - `tree`: what lies in the folder, and what changed.
//! - `workshop`: builds, uploads and deploys.
//! - `live`: tells what instances do.

mod live;
mod notice;
mod tree;
mod workshop;

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::cli::client::Client;
use crate::cli::compiled::Compiled;
use crate::cli::{Failure, LogArguments, until_told_or_failed, with_server};
use notice::Notices;
use tree::Tree;
use workshop::Workshop;

/// How often the folder is looked at.
const LOOK: Duration = Duration::from_millis(300);
/// How long the end waits for a build that is under way.
const PATIENCE: Duration = Duration::from_secs(5);
/// The folder for what this command keeps in a project. Builds pass it over.
const OWN: &str = ".anyam-dev";

/// Serve a project while it is written: build, deploy, and do so again on every change.
///
/// Every folder below DIR with a step.toml is a step, every .bpmn file is deployed, and what
/// DIR/grants.json grants is granted.
#[derive(Args, Debug)]
pub struct Dev {
    /// The project's folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Where to listen. Port 0 takes any free port.
    #[arg(long, value_name = "ADDR", default_value = STANDARD)]
    listen: SocketAddr,
    /// Keep the server's data here. Without it they begin afresh, in DIR/.anyam-dev.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    log: LogArguments,
}

/// Where clients look for a server by themselves.
const STANDARD: &str = "127.0.0.1:8080";

pub(crate) fn run(arguments: &Dev) -> Result<(), Failure> {
    arguments.log.start("error")?;
    let folder = &arguments.dir;
    if !folder.is_dir() {
        return Err(Failure::usage(format!("{} is no folder", folder.display())));
    }
    let own = folder.join(OWN);
    let _lock = take(&own)?;
    let data = match &arguments.data {
        Some(data) => data.clone(),
        None => fresh(&own)?,
    };
    let compiled = Compiled::of_user()?;
    let code = Some(compiled.code().clone());
    with_server(data, arguments.listen, code, |runtime, server| {
        let address = server.address().to_string();
        let client = Client::new(&address, None)?;
        let notices = Notices::new();
        notices.say(format_args!(
            "Anyam serves {} at http://{address}; Ctrl-C ends it",
            folder.display()
        ));
        let ending = Arc::new(AtomicBool::new(false));
        let threads = [
            spawn("live", {
                let (client, notices, ending) = (client.clone(), notices.clone(), ending.clone());
                move || live::follow(&client, &notices, &ending)
            })?,
            spawn("workshop", {
                let workshop = Workshop::new(folder.clone(), client, address, notices);
                let ending = ending.clone();
                move || work(workshop, &ending)
            })?,
        ];
        let told = runtime.block_on(until_told_or_failed(server));
        ending.store(true, Ordering::Release);
        // A tool that builds is told to end by the same Ctrl-C; what goes on is left behind.
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && !threads.iter().all(thread::JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(20));
        }
        told
    })
}

fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<thread::JoinHandle<()>, Failure> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|error| Failure::failed(format!("cannot start a thread: {error}")))
}

/// Looks at the folder again and again and works on what changed.
fn work(mut workshop: Workshop, ending: &AtomicBool) {
    let mut seen = Tree::default();
    let mut trouble = String::new();
    while !ending.load(Ordering::Acquire) {
        match settled(workshop.folder()) {
            Ok(now) => {
                let changes = now.changes_since(&seen);
                if !changes.is_empty() {
                    workshop.work(&now, &changes);
                    seen = now;
                }
                trouble.clear();
            }
            Err(failure) => {
                // Told once, not with every look.
                let text = failure.to_string();
                if text != trouble {
                    workshop.notices().error(&text);
                    trouble = text;
                }
            }
        }
        thread::sleep(LOOK);
    }
}

/// The folder as it is when nobody writes to it: an editor that saves many files is let finish.
fn settled(folder: &Path) -> Result<Tree, Failure> {
    let mut before = Tree::look(folder)?;
    for _ in 0..10 {
        thread::sleep(LOOK / 6);
        let now = Tree::look(folder)?;
        if now == before {
            break;
        }
        before = now;
    }
    Ok(before)
}

/// Takes the folder for this process alone.
fn take(own: &Path) -> Result<File, Failure> {
    let cannot =
        |error: std::io::Error| Failure::failed(format!("cannot use {}: {error}", own.display()));
    fs::create_dir_all(own).map_err(cannot)?;
    // Nothing in it belongs into a repository.
    fs::write(own.join(".gitignore"), "*\n").map_err(cannot)?;
    let lock = File::create(own.join("lock")).map_err(cannot)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(Failure::failed(format!(
            "another `anyam dev` works on the folder of {}; end it first",
            own.display()
        ))),
        Err(fs::TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// An empty folder for the server's data.
fn fresh(own: &Path) -> Result<PathBuf, Failure> {
    let data = own.join("data");
    match fs::remove_dir_all(&data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::failed(
            format!("cannot empty {}: {error}", data.display()),
        )),
        _ => Ok(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_commands_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(OWN);
        let first = take(&own).unwrap();
        let second = take(&own).unwrap_err().to_string();
        assert!(second.contains("another `anyam dev`"), "{second}");
        drop(first);
        take(&own).unwrap();
    }

    #[test]
    fn data_begin_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let data = fresh(folder.path()).unwrap();
        fs::create_dir_all(&data).unwrap();
        fs::write(data.join("old"), "").unwrap();
        assert!(!fresh(folder.path()).unwrap().exists());
    }
}
