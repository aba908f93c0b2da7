//! What lies outside of a step that is tried here: what the command line gives, and no data.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyam_sandbox::{Grants, NothingOutside, Outside, OutsideError, Quota, Space};
use clap::Args;

use crate::cli::failure::Failure;

/// Most bytes of a file of grants.
const GRANTS_BYTES: u64 = 1 << 20;
/// The file of a project that says what its step may reach.
const GRANTS_FILE: &str = "grants.json";

/// What the step may reach.
#[derive(Args, Debug)]
#[command(next_help_heading = "What the step may reach")]
pub struct Reach {
    /// A JSON file of grants; without it the grants.json in the project's folder, or nothing.
    #[arg(long, value_name = "FILE")]
    grants: Option<std::path::PathBuf>,
    /// A configuration value.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    config: Vec<(String, String)>,
    /// A secret, for the requests that the grants allow it in.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    secret: Vec<(String, String)>,
}

impl Reach {
    /// The grants for the step of the project in `folder`.
    ///
    /// # Errors
    /// [`Failure::Usage`] where the file is not one of grants.
    pub fn grants(&self, folder: Option<&Path>) -> Result<Arc<Grants>, Failure> {
        let own = folder
            .map(|folder| folder.join(GRANTS_FILE))
            .filter(|file| file.is_file());
        match self.grants.as_ref().or(own.as_ref()) {
            Some(file) => Ok(Arc::new(read_grants(file)?)),
            None => Ok(Arc::default()),
        }
    }

    /// What there is to reach.
    pub fn given(&self) -> Given {
        Given {
            config: self.config.iter().cloned().collect(),
            secrets: self.secret.iter().cloned().collect(),
        }
    }
}

/// Reads a file of grants.
///
/// # Errors
/// [`Failure::Usage`] with the line and the member.
pub fn read_grants(file: &Path) -> Result<Grants, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::usage(format!(
            "cannot use the grants in {}: {error}",
            file.display()
        ))
    };
    let size = std::fs::metadata(file)
        .map_err(|error| wrong(&error))?
        .len();
    if size > GRANTS_BYTES {
        return Err(wrong(&format_args!(
            "it has more than {GRANTS_BYTES} bytes"
        )));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    let grants: Grants = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    grants.check().map_err(|error| wrong(&error))?;
    Ok(grants)
}

/// Reads `KEY=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

/// The outside of one trial: stores and containers are empty when it begins, and nothing that it
/// wants to change is kept.
#[derive(Clone, Debug, Default)]
pub struct Given {
    config: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

impl Outside for Given {
    fn now(&self) -> Duration {
        NothingOutside.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        NothingOutside.random(bytes);
    }

    fn quota(&self, _: Space) -> Result<Quota, OutsideError> {
        Ok(Quota {
            used_bytes: 0,
            max_bytes: 1 << 30,
            used_keys: 0,
            max_keys: 1_000_000,
            max_value_bytes: 16 << 20,
        })
    }

    fn config(&self, key: &str) -> Option<String> {
        self.config.get(key).cloned()
    }

    fn configs(&self) -> Vec<(String, String)> {
        let all = self.config.iter();
        all.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.secrets.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_key() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(pair("a="), Ok(("a".into(), String::new())));
        for wrong in ["", "a", "=b"] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn grants_are_read_and_faults_told_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("grants.json");
        std::fs::write(&file, r#"{"keyValue": ["orders"]}"#).unwrap();
        assert_eq!(read_grants(&file).unwrap().key_value, ["orders"]);
        std::fs::write(&file, r#"{"keyvalue": []}"#).unwrap();
        let failure = read_grants(&file).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("keyvalue"), "{failure}");
    }
}
