//! `anyam step versions`.

use clap::Args;

use super::component;
use crate::cli::client::escape;
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;
use crate::cli::screen::moment;
use crate::cli::wire::Step;

/// List the versions of one step, the newest first.
#[derive(Args, Debug)]
pub struct Versions {
    /// The step's name.
    name: String,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Versions) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let path = format!("/v2/steps/{}", escape(&arguments.name));
    let answer = client.get(&client.tenant_path(&path))?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let step: Step = client.read(&answer)?;
    let rows = step.versions.into_iter().map(|version| {
        let size = usize::try_from(version.size).unwrap_or(usize::MAX);
        [
            version.version,
            version.effect,
            component::size(size),
            moment(&version.uploaded_at),
            version.digest,
        ]
    });
    Ok(screen.table(["VERSION", "EFFECTS", "SIZE", "UPLOADED", "DIGEST"], rows)?)
}
