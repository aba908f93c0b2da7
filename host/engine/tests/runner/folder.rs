//! The folder of cases.

use std::path::{Path, PathBuf};

use super::scenario::Scenario;

/// One case as it lies in its folder.
pub struct Case {
    pub element: String,
    pub title: String,
    pub path: PathBuf,
}

impl Case {
    pub fn name(&self) -> String {
        format!("{}/{}", self.element, self.title)
    }

    /// The bytes of one of its files.
    pub fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        let path = self.path.join(name);
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The names of what it deploys, `process.bpmn` last.
    pub fn models(&self) -> Result<Vec<String>, String> {
        let fault = |error| format!("{}: {error}", self.path.display());
        let mut models = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(fault)? {
            let name = entry.map_err(fault)?.file_name();
            models.extend(
                name.into_string()
                    .ok()
                    .filter(|name| !name.ends_with(".yaml")),
            );
        }
        models.sort_by_key(|name| (name == "process.bpmn", name.clone()));
        Ok(models)
    }

    pub fn scenario(&self) -> Result<Scenario, String> {
        let path = self.path.join("scenario.yaml");
        let read = std::fs::read_to_string(&path);
        let text = read.map_err(|error| format!("{}: {error}", path.display()))?;
        serde_norway::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// Whether a file is no model.
pub fn is_resource(name: &str) -> bool {
    ![".bpmn", ".dmn"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Every case, by element and title.
pub fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = Vec::new();
    for element in folders(&root) {
        for path in folders(&element) {
            cases.push(Case {
                element: name(&element),
                title: name(&path),
                path,
            });
        }
    }
    cases
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).expect("the folder of cases can be read");
    let mut found: Vec<_> = entries
        .map(|entry| entry.expect("the folder of cases can be read").path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name()
        .expect("a listed folder has a name")
        .to_string_lossy()
        .into_owned()
}
