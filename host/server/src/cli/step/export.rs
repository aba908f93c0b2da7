//! `anyam step export`.

use std::path::{Path, PathBuf};

use anyam_artifact::Digest;
use anyam_artifact::oci::{self, Artifact, OciError};
use anyam_artifact::signature::Signature;
use clap::Args;
use serde::Deserialize;

use crate::cli::client::escape;
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;

/// Write a version of a step as an OCI image layout, as registries carry it.
#[derive(Args, Debug)]
pub struct Export {
    /// The step's name.
    name: String,
    /// The version.
    version: String,
    /// The folder, or the archive where it ends in `.tar`. A folder that holds a layout gets the
    /// version added to it.
    #[arg(long, short, value_name = "PATH")]
    output: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provenance {
    digest: String,
    uploaded_at: String,
    signatures: Vec<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    signature: String,
}

pub(super) fn run(arguments: &Export) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let (name, version) = (&arguments.name, &arguments.version);
    let path = format!("/v2/steps/{}/versions/{}", escape(name), escape(version));
    let about = client.get(&client.tenant_path(&format!("{path}/provenance")))?;
    let about: Provenance = client.read(&about)?;
    let component = client.download(&client.tenant_path(&format!("{path}/component")))?;
    if Digest::of(&component).to_string() != about.digest {
        return Err(Failure::failed(format!(
            "step {name} {version} arrived damaged: its SHA-256 is not {}; try again",
            about.digest
        )));
    }
    let inspection = anyam_sandbox::inspect(&component, &anyam_sandbox::Limits::default());
    let inspection = inspection.map_err(|error| Failure::failed(error.to_string()))?;
    let signatures = about
        .signatures
        .iter()
        .map(|signed| signed.signature.parse());
    let signatures = signatures
        .collect::<Result<Vec<Signature>, _>>()
        .map_err(|error| Failure::failed(error.to_string()))?;
    let artifact = Artifact {
        name: name.clone(),
        version: version.clone(),
        component,
        signatures,
    };
    let interfaces = (&*inspection.imports, &*inspection.exports);
    write(&arguments.output, &artifact, &about.uploaded_at, interfaces)
        .map_err(|error| Failure::failed(error.to_string()))?;
    let digest = about.digest;
    let output = arguments.output.display();
    let screen = arguments.connection.screen();
    Ok(screen.line(format!("{name} {version} sha256:{digest} -> {output}"))?)
}

fn write(
    output: &Path,
    artifact: &Artifact,
    created: &str,
    interfaces: (&[String], &[String]),
) -> Result<(), OciError> {
    if output.extension().is_none_or(|end| end != "tar") {
        return oci::write(output, artifact, created, interfaces);
    }
    let failed = |source| OciError::File {
        path: output.to_owned(),
        source,
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    oci::write(folder.path(), artifact, created, interfaces)?;
    oci::pack(folder.path(), output)
}
