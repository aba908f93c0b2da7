//! `anyam step push`.
//!
//! The server is asked first whether it has the bytes; what it lacks goes up in pieces, and a
//! broken connection only costs what had not arrived.

use std::path::PathBuf;
use std::time::Duration;

use anyam_artifact::Digest;
use anyam_artifact::signature::Signature;
use clap::Args;
use serde_json::json;
use ureq::http::Method;

use super::component::Component;
use super::sign::sign;
use super::{HEADING, row};
use crate::cli::client::{Client, escape};
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::cli::wire::{ComponentUpload, StepVersion};

/// Upload a component as a version of a step.
#[derive(Args, Debug)]
pub struct Push {
    /// A step's project, which is built, or a component.
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    step: PathBuf,
    /// The step's name, as service tasks name it in their task definition; without it the one in
    /// the project's step.toml.
    #[arg(long)]
    name: Option<String>,
    /// The version, such as 1.0.0; without it the one in the project's step.toml. A version keeps
    /// its bytes for ever.
    #[arg(long)]
    version: Option<String>,
    /// Sign it with this private key (Ed25519, PKCS#8 in PEM).
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A signature, as `anyam step sign` prints it.
    #[arg(long, value_name = "SIGNATURE")]
    signature: Vec<Signature>,
    /// Upload it although deployed processes cannot work with its interface.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Push) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let component = Component::at(&arguments.step)?;
    let file = component.project.as_ref().map(|project| &project.file);
    let missing = |option: &str| {
        Failure::usage(format!(
            "{} is no project with a step.toml, so --{option} must be given",
            arguments.step.display()
        ))
    };
    let name = arguments
        .name
        .clone()
        .or_else(|| file.map(|file| file.name.clone()))
        .ok_or_else(|| missing("name"))?;
    let version = arguments
        .version
        .clone()
        .or_else(|| file.map(|file| file.version.to_string()))
        .ok_or_else(|| missing("version"))?;
    let mut signatures = arguments.signature.clone();
    if let Some(key) = &arguments.key {
        signatures.push(sign(key, (&name, &version), &component.bytes)?);
    }
    let client = client.signing(signatures);
    let answer = push(
        &client,
        (&name, &version),
        &component.bytes,
        arguments.force,
    )?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let step: StepVersion = client.read(&answer)?;
    Ok(screen.table(HEADING, [row(step)])?)
}

/// Bytes of one piece.
const PIECE: usize = 2 << 20;
/// How often the upload is taken up again without having come any further.
const ATTEMPTS: u32 = 6;
/// The pause before the first of these; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Uploads a component, unless the server has it, as a version of a step; the server's answer. By
/// `force` it may break deployed processes.
///
/// # Errors
/// [`Failure::Refused`] where it is no step, the version has other bytes or a process would break,
/// and as every request.
pub fn push(
    client: &Client,
    (name, version): (&str, &str),
    component: &[u8],
    force: bool,
) -> Result<String, Failure> {
    let digest = Digest::of(component).to_string();
    send(
        client,
        &format!("uploading {name} {version}"),
        &digest,
        component,
    )?;
    let path = format!("/v2/steps/{}/versions/{}", escape(name), escape(version));
    let path = client.tenant_path(&path);
    let joint = if path.contains('?') { '&' } else { '?' };
    let force = if force { "&force=true" } else { "" };
    let path = format!("{path}{joint}digest={digest}{force}");
    let _progress = Progress::begin(format!("the server compiles {name} {version}"));
    client.upload(Method::PUT, &path, "application/wasm", 0, std::io::empty())
}

/// Sends the bytes that the server lacks.
fn send(client: &Client, what: &str, digest: &str, component: &[u8]) -> Result<(), Failure> {
    let mut offset = begin(client, digest, component.len())?;
    if offset == component.len() {
        return Ok(());
    }
    let progress = Progress::send(what, component.len());
    let path = client.tenant_path(&format!("/v2/component-uploads/{digest}"));
    let mut attempt = 0;
    while offset < component.len() {
        progress.at(offset);
        let piece = &component[offset..component.len().min(offset + PIECE)];
        let sent = client.send_piece(&path, offset, piece);
        let sent = sent.and_then(|answer| client.read::<ComponentUpload>(&answer));
        let reached = match sent {
            Ok(upload) => upload.offset,
            Err(failure) if !may_go_on(&failure) || attempt == ATTEMPTS => return Err(failure),
            Err(failure) => {
                std::thread::sleep(PAUSE * 2u32.pow(attempt));
                attempt += 1;
                match begin(client, digest, component.len()) {
                    Ok(reached) => reached,
                    Err(_) if attempt < ATTEMPTS => continue,
                    Err(_) => return Err(failure),
                }
            }
        };
        if reached > offset {
            attempt = 0;
        }
        offset = reached;
    }
    Ok(())
}

/// How many bytes the server has.
fn begin(client: &Client, digest: &str, size: usize) -> Result<usize, Failure> {
    let body = client.for_tenant(json!({ "digest": digest, "size": size }));
    let answer = client.post("/v2/component-uploads", &body)?;
    Ok(client.read::<ComponentUpload>(&answer)?.offset.min(size))
}

/// Whether it makes sense to ask the server how far it got and to go on.
fn may_go_on(failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { .. } | Failure::TimedOut(_) => true,
        // Broken off on the way, taken up elsewhere, or forgotten.
        Failure::Refused { status, .. } => matches!(status, 404 | 408 | 409 | 429 | 502..=504),
        _ => false,
    }
}
