//! `anyam step push`.

use std::path::PathBuf;

use anyam_artifact::signature::Signature;
use clap::Args;
use ureq::http::Method;

use super::sign::sign;
use super::{HEADING, row};
use crate::cli::client::{Client, escape};
use crate::cli::connection::Connection;
use crate::cli::deploy::Resource;
use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::cli::wire::StepVersion;

/// Upload a component as a version of a step.
#[derive(Args, Debug)]
pub struct Push {
    /// The component, a `.wasm` file.
    file: PathBuf,
    /// The step's name, as service tasks name it in their task definition.
    #[arg(long)]
    name: String,
    /// The version, such as 1.0.0. A version keeps its bytes for ever.
    #[arg(long)]
    version: String,
    /// Sign it with this private key (Ed25519, PKCS#8 in PEM).
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A signature, as `anyam step sign` prints it.
    #[arg(long, value_name = "SIGNATURE")]
    signature: Vec<Signature>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Push) -> Result<(), Failure> {
    let component = Resource::read(&arguments.file)?.bytes;
    let mut signatures = arguments.signature.clone();
    if let Some(key) = &arguments.key {
        let of = (&*arguments.name, &*arguments.version);
        signatures.push(sign(key, of, &component)?);
    }
    let client = arguments.connection.client()?.signing(signatures);
    let answer = push(&client, &arguments.name, &arguments.version, &component)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let step: StepVersion = client.read(&answer)?;
    Ok(screen.table(HEADING, [row(step)])?)
}

/// Uploads a component; the server's answer.
///
/// # Errors
/// [`Failure::Refused`] where it is no step or the version has other bytes, and as every request.
pub fn push(
    client: &Client,
    name: &str,
    version: &str,
    component: &[u8],
) -> Result<String, Failure> {
    let path = format!("/v2/steps/{}/versions/{}", escape(name), escape(version));
    let progress = Progress::send(format!("uploading {name} {version}"), component.len());
    let bytes = progress.count(component);
    let path = client.tenant_path(&path);
    client.upload(
        Method::PUT,
        &path,
        "application/wasm",
        component.len(),
        bytes,
    )
}
