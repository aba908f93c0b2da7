//! Deployed files that are no models: forms of user tasks, and what jobs are linked to.

mod deletion;
mod deployment;
mod lookup;

use std::collections::HashSet;

use anyam_bpmn::graph::Location;
use anyam_bpmn::{Finding, Severity};
use anyam_store::records::FileKind;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::findings::FileFinding;

pub(super) use deletion::delete;
pub use deployment::FileVersion;
pub(super) use deployment::{Terms, add, binds_fresh};
pub(super) use lookup::CommandFiles;

/// The name ending of forms.
const FORM: &str = ".form";

/// The name ending of scripts for robots, which say their id themselves.
const SCRIPT: &str = ".rpa";

/// Longest id or version tag of a file, in bytes.
const MAX_ID: usize = 255;

/// What models begin with, in whatever file they are.
const MODELS: [(&str, &str); 2] = [
    ("omg.org/spec/BPMN/", ".bpmn"),
    ("omg.org/spec/DMN/", ".dmn"),
];

/// How far into a file the look for a model goes, in bytes.
const LOOK: usize = 4_096;

/// A file of a deployment, accepted.
pub(super) struct CheckedFile {
    /// Its position among the files of the deployment.
    pub(super) file: usize,
    pub(super) kind: FileKind,
    pub(super) id: String,
    pub(super) version_tag: Option<String>,
}

/// What a form or script says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    id: Option<String>,
    version_tag: Option<String>,
}

/// Reads what files call themselves, and finds what is wrong.
///
/// # Errors
/// [`Error::Invalid`] for a model whose name does not say that it is one.
pub(super) fn check(
    files: &[(usize, &str, &[u8])],
) -> Result<(Vec<CheckedFile>, Vec<FileFinding>)> {
    let (mut checked, mut findings) = (Vec::new(), Vec::new());
    let mut ids = HashSet::new();
    for (at, name, bytes) in files {
        check_no_model(name, bytes)?;
        let refuse = |rule, message| FileFinding::new(name, wrong(rule, message));
        let header = match header(name, bytes) {
            Ok(header) => header,
            Err(message) => {
                findings.push(refuse("file-unreadable", message));
                continue;
            }
        };
        let kind = match name.ends_with(FORM) {
            true => FileKind::Form,
            false => FileKind::Other,
        };
        let id = header.id.unwrap_or_else(|| (*name).to_owned());
        let tag = header.version_tag.as_deref().unwrap_or_default();
        if id.is_empty() || id.len() > MAX_ID || tag.len() > MAX_ID {
            let message = format!(
                "its id must have 1 to {MAX_ID} bytes, and its versionTag {MAX_ID} at most"
            );
            findings.push(refuse("file-unreadable", message));
        } else if !ids.insert((kind, id.clone())) {
            let message = format!("the id '{id}' is in the deployment twice; give one another id");
            findings.push(refuse("file-id-duplicate", message));
        } else {
            checked.push(CheckedFile {
                file: *at,
                kind,
                id,
                version_tag: header.version_tag.filter(|tag| !tag.is_empty()),
            });
        }
    }
    Ok((checked, findings))
}

fn check_no_model(name: &str, bytes: &[u8]) -> Result<()> {
    let start = &bytes[..bytes.len().min(LOOK)];
    let holds = |text: &str| {
        start
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    if !start.trim_ascii_start().starts_with(b"<") {
        return Ok(());
    }
    match MODELS.iter().find(|(namespace, _)| holds(namespace)) {
        Some((_, ending)) => Err(Error::Invalid(format!(
            "resource '{name}' holds a model; let its name end in {ending}"
        ))),
        None => Ok(()),
    }
}

/// What a file says of itself; of most kinds nothing is known.
fn header(name: &str, bytes: &[u8]) -> std::result::Result<Header, String> {
    if !name.ends_with(FORM) && !name.ends_with(SCRIPT) {
        return Ok(Header {
            id: None,
            version_tag: None,
        });
    }
    let header: Header = serde_json::from_slice(bytes)
        .map_err(|error| format!("it is no JSON object with a text as its id: {error}"))?;
    match header.id {
        Some(_) => Ok(header),
        None => Err("it has no id; give it one".to_owned()),
    }
}

fn wrong(rule: &'static str, message: String) -> Finding {
    Finding {
        severity: Severity::Error,
        rule,
        element_id: None,
        location: Location { line: 1, column: 1 },
        message,
    }
}
