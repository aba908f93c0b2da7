//! `anyam step push`.

use std::path::PathBuf;

use clap::Args;
use ureq::http::Method;

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
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Push) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let component = Resource::read(&arguments.file)?.bytes;
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
