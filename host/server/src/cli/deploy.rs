//! `anyam deploy`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest, Sha256};
use ureq::http::Method;

use super::client::Client;
use super::connection::Connection;
use super::failure::Failure;
use super::progress::Progress;
use super::screen;
use super::wire::Deployment;

/// Deploy BPMN files: all of them or none.
#[derive(Args, Debug)]
pub struct Deploy {
    /// Files to deploy together.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// One file of a deployment.
#[derive(Debug)]
pub struct Resource {
    /// The name it is stored under.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Resource {
    /// Reads a file; its name is the last part of the path.
    ///
    /// # Errors
    /// [`Failure::Usage`] where it cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        Ok(Self { name, bytes })
    }
}

pub(super) fn run(arguments: &Deploy) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let resources = arguments
        .files
        .iter()
        .map(|file| Resource::read(file))
        .collect::<Result<Vec<_>, _>>()?;
    let answer = deploy(&client, &resources)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let deployment: Deployment = client.read(&answer)?;
    for finding in &deployment.findings {
        screen::tell(&finding.to_string());
    }
    let processes = deployment
        .deployments
        .into_iter()
        .filter_map(|one| one.process_definition);
    let rows = processes.map(|process| {
        [
            process.process_definition_id,
            process.process_definition_version.to_string(),
            process.process_definition_key,
            process.resource_name,
        ]
    });
    Ok(screen.table(["PROCESS", "VERSION", "KEY", "FILE"], rows)?)
}

/// Deploys files in one request; the server's answer.
///
/// # Errors
/// [`Failure::Refused`] with every finding of the server, and as every request.
pub fn deploy(client: &Client, resources: &[Resource]) -> Result<String, Failure> {
    let boundary = boundary(resources);
    let body = form(client.tenant(), resources, &boundary);
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let progress = Progress::send("deploying", body.len());
    let bytes = progress.count(body.as_slice());
    client.upload(
        Method::POST,
        "/v2/deployments",
        &content_type,
        body.len(),
        bytes,
    )
}

/// A delimiter that no file contains: it depends on every byte of them.
fn boundary(resources: &[Resource]) -> String {
    let mut hash = Sha256::new();
    for resource in resources {
        hash.update(&resource.bytes);
    }
    let digits: String = hash
        .finalize()
        .iter()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("anyam-{digits}")
}

/// A `multipart/form-data` body (RFC 7578).
fn form(tenant: Option<&str>, resources: &[Resource], boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |disposition: &str, bytes: &[u8]| {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    if let Some(tenant) = tenant {
        part("name=\"tenantId\"", tenant.as_bytes());
    }
    for resource in resources {
        // As browsers escape a file name in a quoted parameter.
        let name = resource.name.replace('"', "%22").replace(['\r', '\n'], " ");
        part(
            &format!("name=\"resources\"; filename=\"{name}\""),
            &resource.bytes,
        );
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_a_part_for_the_tenant_and_each_file() {
        let files = [Resource {
            name: "a \"b\".bpmn".into(),
            bytes: b"<xml/>".to_vec(),
        }];
        let body = String::from_utf8(form(Some("acme"), &files, "B")).unwrap();
        assert_eq!(
            body,
            "--B\r\nContent-Disposition: form-data; name=\"tenantId\"\r\n\r\nacme\r\n\
             --B\r\nContent-Disposition: form-data; name=\"resources\"; \
             filename=\"a %22b%22.bpmn\"\r\n\r\n<xml/>\r\n--B--\r\n"
        );
    }

    #[test]
    fn the_boundary_depends_on_the_bytes() {
        let file = |bytes: &[u8]| {
            [Resource {
                name: "a".into(),
                bytes: bytes.to_vec(),
            }]
        };
        assert_ne!(boundary(&file(b"a")), boundary(&file(b"b")));
    }
}
