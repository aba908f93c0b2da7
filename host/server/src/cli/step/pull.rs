//! `anyam step pull`.

use std::fs;
use std::path::PathBuf;

use anyam_artifact::Digest;
use clap::Args;
use semver::Version;
use serde_json::json;

use crate::cli::client::{Client, escape};
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;
use crate::cli::wire::{Step, StepVersion};
use crate::runtime::step_names::StepRequest;

/// Download a component of a step.
#[derive(Args, Debug)]
pub struct Pull {
    /// The step, perhaps with versions, as a task definition names it: credit-check,
    /// credit-check@1 or credit-check@1.2.3. The newest that fits is taken.
    #[arg(value_name = "NAME[@RANGE]")]
    step: String,
    /// Where to write it; without it NAME-VERSION.wasm here.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Pull) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let step = resolve(&client, &arguments.step)?;
    let path = format!(
        "/v2/steps/{}/versions/{}/component",
        escape(&step.name),
        escape(&step.version)
    );
    let bytes = client.download(&client.tenant_path(&path))?;
    let digest = Digest::of(&bytes).to_string();
    if digest != step.digest {
        return Err(Failure::failed(format!(
            "the component that came has the SHA-256 {digest}, but {} {} has {}; nothing was \
             written, try again",
            step.name, step.version, step.digest
        )));
    }
    let file = match &arguments.output {
        Some(file) => file.clone(),
        None => PathBuf::from(format!("{}-{}.wasm", step.name, step.version)),
    };
    fs::write(&file, &bytes)
        .map_err(|error| Failure::usage(format!("cannot write {}: {error}", file.display())))?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.line(json!({
            "name": step.name, "version": step.version, "digest": digest, "file": file,
        }))?);
    }
    Ok(screen.line(format_args!(
        "{} {} is in {}, sha256 {digest}",
        step.name,
        step.version,
        file.display()
    ))?)
}

/// The newest stored version that fits.
fn resolve(client: &Client, wanted: &str) -> Result<StepVersion, Failure> {
    let request = StepRequest::parse(wanted)
        .ok_or_else(|| Failure::usage(format!("'{wanted}' does not name a step")))?;
    let path = format!("/v2/steps/{}", escape(request.name));
    let step: Step = client.read(&client.get(&client.tenant_path(&path))?)?;
    let versions = step.versions.iter();
    let versions = versions.filter_map(|one| Version::parse(&one.version).ok());
    let chosen = request.choose(versions).map(|version| version.to_string());
    let found = step
        .versions
        .into_iter()
        .find(|one| Some(&one.version) == chosen.as_ref());
    found.ok_or_else(|| Failure::Refused {
        status: 404,
        detail: format!("step {} has no version that fits {wanted}", request.name),
        findings: Vec::new(),
    })
}
