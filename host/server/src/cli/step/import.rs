//! `anyam step import`.

use std::path::{Path, PathBuf};

use anyam_artifact::oci::{self, Artifact, OciError};
use clap::Args;

use super::{HEADING, push, row};
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;
use crate::cli::wire::StepVersion;

/// Upload a version of a step from an OCI image layout, with the signatures that it holds.
#[derive(Args, Debug)]
pub struct Import {
    /// The layout: a folder, or an archive that ends in `.tar`.
    layout: PathBuf,
    /// Which artifact of the layout, by its reference name or digest, where there are several.
    #[arg(long)]
    reference: Option<String>,
    /// The step's name, where the layout does not say it.
    #[arg(long)]
    name: Option<String>,
    /// The version, where the layout does not say it.
    #[arg(long)]
    version: Option<String>,
    /// Upload it although deployed processes cannot work with its interface.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Import) -> Result<(), Failure> {
    let artifact = read(&arguments.layout, arguments.reference.as_deref())
        .map_err(|error| Failure::failed(error.to_string()))?;
    let named = |given: &Option<String>, said: String, what: &str| {
        let name = given.clone().unwrap_or(said);
        match name.is_empty() {
            true => Err(Failure::usage(format!(
                "the layout does not say the step's {what}; give it with --{what}"
            ))),
            false => Ok(name),
        }
    };
    let name = named(&arguments.name, artifact.name, "name")?;
    let version = named(&arguments.version, artifact.version, "version")?;
    let client = arguments.connection.client()?.signing(artifact.signatures);
    let answer = push(
        &client,
        (&name, &version),
        &artifact.component,
        arguments.force,
    )?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let step: StepVersion = client.read(&answer)?;
    Ok(screen.table(HEADING, [row(step)])?)
}

fn read(layout: &Path, reference: Option<&str>) -> Result<Artifact, OciError> {
    if !layout.is_file() {
        return oci::read(layout, reference);
    }
    let folder = tempfile::tempdir().map_err(|source| OciError::File {
        path: layout.to_owned(),
        source,
    })?;
    oci::unpack(layout, folder.path())?;
    oci::read(folder.path(), reference)
}
