//! `anyam store`.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyam_store::{BackupSummary, Checked, RedbStore, StoreError};
use clap::{Args, Subcommand};

use super::client::Client;
use super::failure::Failure;
use super::screen::{Screen, printable};
use crate::server::STORE_FILE;

/// Check, back up, restore and compact what a server stores.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Read everything, and say what is damaged and where; exit code 1 where anything is.
    Check(Check),
    /// Back up a running server, or the folder of one that does not run.
    Backup(Backup),
    /// Make a store of a backup.
    Restore(Restore),
    /// Give space that a store no longer needs back to the disk.
    Compact(Compact),
}

/// Check a store that no server has open. Nothing of it is changed.
#[derive(Args, Debug)]
pub struct Check {
    /// The data folder of the server, or the file of the store in it.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// How many findings to tell.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    findings: usize,
}

/// Back up everything of all tenants, as one consistent snapshot. The key of the secrets is not in
/// it: keep that file apart from the backups.
#[derive(Args, Debug)]
pub struct Backup {
    /// The file to make; it must not be there.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Address of the running server.
    #[arg(
        long,
        value_name = "URL",
        env = "ANYAM_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    server: String,
    /// Instead of a server, its data folder or the file of the store in it; no server may have it
    /// open.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
}

/// Make a store of a backup; refused where the backup is not whole.
#[derive(Args, Debug)]
pub struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The data folder for the server, made if there is none; no store may be in it.
    #[arg(
        long,
        value_name = "DIR",
        env = "ANYAM_DATA",
        default_value = "./anyam-data"
    )]
    data: PathBuf,
}

/// Compact a store that no server has open.
#[derive(Args, Debug)]
pub struct Compact {
    /// The data folder of the server, or the file of the store in it.
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

pub(super) fn run(command: &StoreCommand) -> Result<(), Failure> {
    match command {
        StoreCommand::Check(arguments) => check(arguments),
        StoreCommand::Backup(arguments) => back_up(arguments),
        StoreCommand::Restore(arguments) => restore(arguments),
        StoreCommand::Compact(arguments) => compact(arguments),
    }
}

/// Pages that a compaction keeps in memory, in bytes.
const CACHE_BYTES: usize = 64 << 20;

/// The store that a path means; it must be there.
fn store_at(path: &Path) -> Result<PathBuf, Failure> {
    let file = match path.is_dir() {
        true => path.join(STORE_FILE),
        false => path.to_owned(),
    };
    match file.is_file() {
        true => Ok(file),
        false => Err(Failure::usage(format!(
            "there is no store at {}",
            file.display()
        ))),
    }
}

fn failed(path: &Path) -> impl Fn(StoreError) -> Failure + '_ {
    move |error| Failure::failed(format!("{}: {error}", path.display()))
}

fn check(arguments: &Check) -> Result<(), Failure> {
    let path = store_at(&arguments.path)?;
    let checked = anyam_store::check_file(&path, arguments.findings).map_err(failed(&path))?;
    let screen = Screen::new(false);
    let Checked { rows, findings, .. } = &checked;
    for finding in findings {
        screen.line(printable(&finding.to_string()))?;
    }
    let count: u64 = rows.iter().map(|(_, rows)| rows).sum();
    let found = findings.len() as u64 + checked.left_out;
    if found == 0 {
        screen.line(format_args!(
            "{}: {count} rows, nothing is damaged",
            path.display()
        ))?;
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{}: {count} rows, findings: {found} (not listed: {}); restore the last backup",
        path.display(),
        checked.left_out
    )))
}

fn back_up(arguments: &Backup) -> Result<(), Failure> {
    let file = NewFile::create(&arguments.file)?;
    let mut out = BufWriter::new(&file.file);
    match &arguments.data {
        Some(data) => {
            let path = store_at(data)?;
            anyam_store::back_up_file(&path, &mut out).map_err(failed(&path))?;
        }
        None => Client::new(&arguments.server, None)?.download_to("/v2/backup", &mut out)?,
    }
    out.flush()?;
    drop(out);
    // A download that breaks off may look like its end.
    let summary = anyam_store::verify(&mut open(&file.path)?).map_err(failed(&file.path))?;
    file.keep(&arguments.file)?;
    told("backed up", &arguments.file, summary)
}

fn restore(arguments: &Restore) -> Result<(), Failure> {
    let mut backup = open(&arguments.file)?;
    std::fs::create_dir_all(&arguments.data).map_err(|error| {
        Failure::failed(format!(
            "cannot create {}: {error}",
            arguments.data.display()
        ))
    })?;
    let path = arguments.data.join(STORE_FILE);
    let summary = anyam_store::restore(&mut backup, &path).map_err(failed(&arguments.file))?;
    told("restored", &path, summary)
}

fn told(done: &str, path: &Path, summary: BackupSummary) -> Result<(), Failure> {
    let digest: String = summary
        .digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Screen::new(false).line(format_args!(
        "{done} {}: {} rows, {} bytes, digest {digest}",
        path.display(),
        summary.rows,
        summary.bytes
    ))?)
}

fn compact(arguments: &Compact) -> Result<(), Failure> {
    let path = store_at(&arguments.path)?;
    let size = || std::fs::metadata(&path).map(|about| about.len());
    let before = size()?;
    let mut store = RedbStore::open(&path, CACHE_BYTES).map_err(failed(&path))?;
    store.compact().map_err(failed(&path))?;
    drop(store);
    Ok(Screen::new(false).line(format_args!(
        "compacted {}: {before} bytes before, {} bytes now",
        path.display(),
        size()?
    ))?)
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path);
    file.map(BufReader::new)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}

/// A file that gets its name once it is finished, and is removed where it never is.
struct NewFile {
    path: PathBuf,
    file: File,
}

impl NewFile {
    fn create(path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            return Err(Failure::usage(format!(
                "{} is there already",
                path.display()
            )));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let options = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .clone();
        let file = options
            .open(&part)
            .map_err(|error| Failure::usage(format!("cannot write {}: {error}", part.display())))?;
        Ok(Self { path: part, file })
    }

    fn keep(self, path: &Path) -> Result<(), Failure> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, path)?;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Renamed or unfinished.
        let _ = std::fs::remove_file(&self.path);
    }
}
