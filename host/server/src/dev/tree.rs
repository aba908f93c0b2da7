//! What lies in a project's folder, and what of it changed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::Failure;
use crate::toolchain::PROJECT_FILE;

/// Most files of a project.
const MOST_FILES: usize = 20_000;
/// Names that tools leave behind: no sources. So are names that begin with a dot.
const LEFT_BEHIND: [&str; 4] = ["__pycache__", "target", "node_modules", "venv"];

/// Every source file below a folder, by its path relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<PathBuf, Stamp>);

/// By what a change of a file is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Tree {
    /// Looks at a folder. Links are not followed.
    ///
    /// # Errors
    /// Where it cannot be read or holds too much.
    pub fn look(folder: &Path) -> Result<Self, Failure> {
        let mut files = BTreeMap::new();
        let mut open = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            let entries = match fs::read_dir(&next) {
                Ok(entries) => entries,
                // It was there a moment ago.
                Err(_) if next != folder && !next.exists() => continue,
                Err(error) => {
                    return Err(Failure::failed(format!(
                        "cannot read {}: {error}",
                        next.display()
                    )));
                }
            };
            for entry in entries.map_while(Result::ok) {
                if is_left_behind(&entry.file_name()) {
                    continue;
                }
                let Ok(known) = entry.metadata() else {
                    continue;
                };
                if known.is_dir() {
                    open.push(entry.path());
                } else if known.is_file() {
                    let stamp = Stamp {
                        bytes: known.len(),
                        modified: known.modified().ok(),
                    };
                    let path = entry.path();
                    let path = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                    files.insert(path, stamp);
                }
                if files.len() + open.len() > MOST_FILES {
                    return Err(Failure::failed(format!(
                        "{} has more than {MOST_FILES} files; name the folder of one project",
                        folder.display()
                    )));
                }
            }
        }
        Ok(Self(files))
    }

    /// The files that are new, gone or other than in `before`.
    pub fn changes_since(&self, before: &Self) -> Vec<PathBuf> {
        let changed = self
            .0
            .iter()
            .filter(|(path, stamp)| before.0.get(*path) != Some(stamp));
        let gone = before.0.keys().filter(|path| !self.0.contains_key(*path));
        changed
            .map(|(path, _)| path.clone())
            .chain(gone.cloned())
            .collect()
    }

    /// The folders of steps.
    pub fn steps(&self) -> Vec<PathBuf> {
        let projects = self
            .0
            .keys()
            .filter(|path| path.file_name() == Some(OsStr::new(PROJECT_FILE)));
        projects
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect()
    }

    /// The process models.
    pub fn models(&self) -> Vec<PathBuf> {
        let models = self.0.keys().filter(|path| is_model(path));
        models.cloned().collect()
    }

    /// The inputs to start processes with: the JSON files in `inputs/` and `orders/`.
    pub fn inputs(&self) -> Vec<PathBuf> {
        let inputs = self.0.keys().filter(|path| {
            path.extension() == Some(OsStr::new("json"))
                && ["inputs", "orders"]
                    .iter()
                    .any(|folder| path.parent() == Some(Path::new(folder)))
        });
        inputs.cloned().collect()
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

/// Whether a file is a process model.
pub fn is_model(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("bpmn"))
}

fn is_left_behind(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || LEFT_BEHIND.iter().any(|left| name == *left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn sources_are_seen_and_leftovers_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for path in [
            "a.bpmn",
            "steps/greet/step.toml",
            "steps/greet/src/lib.rs",
            "orders/one.json",
            "steps/greet/cases/one.json",
            ".anyam/data/x.bpmn",
            "target/x.bpmn",
            "steps/greet/node_modules/y/step.toml",
        ] {
            write(folder, path, "");
        }
        let tree = Tree::look(folder).unwrap();
        assert_eq!(tree.models(), [Path::new("a.bpmn")]);
        assert_eq!(tree.steps(), [Path::new("steps/greet")]);
        assert_eq!(tree.inputs(), [Path::new("orders/one.json")]);
        assert!(tree.has(Path::new("steps/greet/src/lib.rs")));
        assert!(!tree.has(Path::new(".anyam/data/x.bpmn")));
    }

    #[test]
    fn a_step_may_be_the_folder_itself() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "step.toml", "");
        let tree = Tree::look(folder.path()).unwrap();
        assert_eq!(tree.steps(), [Path::new("")]);
    }

    #[test]
    fn new_other_and_gone_files_are_changes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(folder, "same", "1");
        write(folder, "other", "1");
        write(folder, "gone", "1");
        let before = Tree::look(folder).unwrap();
        assert!(before.changes_since(&before).is_empty());
        write(folder, "other", "12");
        write(folder, "new", "1");
        fs::remove_file(folder.join("gone")).unwrap();
        let changes = Tree::look(folder).unwrap().changes_since(&before);
        assert_eq!(changes, ["new", "other", "gone"].map(PathBuf::from));
    }

    #[test]
    fn what_an_installation_leaves_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(folder, "steps/greet/step.toml", "");
        let before = Tree::look(folder).unwrap();
        for left in ["node_modules", "venv", ".venv", "target", "__pycache__"] {
            write(folder, &format!("steps/greet/{left}/a/package.json"), "{}");
        }
        write(folder, "steps/greet/node_modules/a/index.js", "");
        let changes = Tree::look(folder).unwrap().changes_since(&before);
        assert!(changes.is_empty(), "{changes:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        assert!(Tree::look(Path::new("/does/not/exist")).is_err());
    }
}
