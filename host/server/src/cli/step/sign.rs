//! `anyam step sign`.

use std::fs;
use std::path::{Path, PathBuf};

use anyam_artifact::Digest;
use anyam_artifact::signature::{PrivateKey, Signature, Statement};
use clap::Args;
use serde_json::json;

use crate::cli::client::escape;
use crate::cli::connection::Connection;
use crate::cli::deploy::Resource;
use crate::cli::failure::Failure;

/// Sign a component as a version of a step. Prints the signature, for `anyam step push
/// --signature`; with `--add` gives it to a version that the server has already.
#[derive(Args, Debug)]
pub struct Sign {
    /// The component, a `.wasm` file.
    file: PathBuf,
    /// The step's name.
    #[arg(long)]
    name: String,
    /// The version.
    #[arg(long)]
    version: String,
    /// The private key (Ed25519, PKCS#8 in PEM), as `anyam step keygen` makes it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Add the signature to the version on the server.
    #[arg(long)]
    add: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Sign) -> Result<(), Failure> {
    let component = Resource::read(&arguments.file)?.bytes;
    let signature = sign(
        &arguments.key,
        (&arguments.name, &arguments.version),
        &component,
    )?;
    if arguments.add {
        let path = format!(
            "/v2/steps/{}/versions/{}/signatures",
            escape(&arguments.name),
            escape(&arguments.version)
        );
        let client = arguments.connection.client()?;
        let body = json!({"signature": signature.to_string()});
        client.post(&client.tenant_path(&path), &body)?;
    }
    let screen = arguments.connection.screen();
    if screen.json() {
        let answer = json!({"keyId": signature.key_id, "signature": signature.to_string()});
        return Ok(screen.answer(&answer.to_string())?);
    }
    Ok(screen.line(&signature)?)
}

/// Signs a component as a version of a step with the key in a file.
///
/// # Errors
/// [`Failure::Usage`] where there is no key in it.
pub fn sign(
    key: &Path,
    (name, version): (&str, &str),
    component: &[u8],
) -> Result<Signature, Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot sign with {}: {error}", key.display()))
    };
    let pem = fs::read_to_string(key).map_err(|error| cannot(&error))?;
    let key = PrivateKey::from_pem(&pem).map_err(|error| cannot(&error))?;
    Ok(key.sign(&Statement {
        name,
        version,
        digest: Digest::of(component),
    }))
}
