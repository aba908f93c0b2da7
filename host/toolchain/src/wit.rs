//! The WIT world a step is built for.

use std::fs;
use std::path::{Path, PathBuf};

use wit_parser::{Resolve, WorldId};

use crate::embedded;
use crate::error::ToolchainError;
use crate::folder;
use crate::project::{PROJECT_FILE, StepProject};

/// What `imports` of a `step.toml` may name, and the interfaces that each stands for.
const IMPORTS: [(&str, &[&str]); 1] = [("http", &["wasi:http/outgoing-handler@0.2.6"])];

/// A world, resolved, and the folder that holds its WIT texts.
pub struct World {
    /// All packages.
    pub resolve: Resolve,
    /// The world.
    pub id: WorldId,
    /// The folder of that package, with those it depends on below `deps/`.
    pub folder: PathBuf,
}

impl World {
    /// The world's name.
    pub fn name(&self) -> &str {
        &self.resolve.worlds[self.id].name
    }

    /// Writes the WIT texts of a project to `to` and resolves its world: that of its own `wit/`,
    /// where it has one, or else `world` of `anyam:step` with what `imports` names.
    pub fn prepare(
        project: &StepProject,
        sources: &Path,
        to: &Path,
        world: &str,
    ) -> Result<Self, ToolchainError> {
        let own = sources.join("wit");
        let imports = imports(project)?;
        folder::remove(to)?;
        folder::make(to)?;
        let deps = to.join("deps");
        if own.is_dir() {
            folder::copy(&own, to)?;
        } else {
            let mut text = format!(
                "package anyam:project;\n\nworld {world} {{\n  include {};\n",
                step_world(world)
            );
            for interface in &imports {
                text.push_str(&format!("  import {interface};\n"));
            }
            text.push_str("}\n");
            embedded::put(&to.join("project.wit"), text.as_bytes())?;
        }
        let there = packages(to)?;
        for package in [&embedded::WIT]
            .into_iter()
            .chain(embedded::WASI.dirs())
            .filter(|package| !there.contains(&package_line(package)))
        {
            let folder = match package.path().to_str() {
                Some("") | None => "anyam-step",
                Some(name) => name,
            };
            embedded::write(package, &deps.join(folder))?;
        }
        let found = Self::resolve(project, to, world)?;
        match own.is_dir() {
            true => found.having(project, &imports),
            false => Ok(found),
        }
    }

    /// Resolves the world in `folder`.
    fn resolve(project: &StepProject, folder: &Path, world: &str) -> Result<Self, ToolchainError> {
        let wrong = |message: String| ToolchainError::Project {
            path: project.folder.join("wit"),
            message,
        };
        let mut resolve = Resolve::default();
        let (package, _) = resolve
            .push_dir(folder)
            .map_err(|error| wrong(format!("{error:#}")))?;
        let worlds = &resolve.packages[package].worlds;
        let id = match (worlds.len(), worlds.get(world)) {
            (1, _) => worlds[0],
            (_, Some(id)) => *id,
            _ => {
                let names: Vec<_> = worlds.keys().cloned().collect();
                return Err(wrong(format!(
                    "it has the worlds [{}]; a step is built for the only one, or for the one \
                     named `{world}`",
                    names.join(", ")
                )));
            }
        };
        Ok(Self {
            resolve,
            id,
            folder: folder.to_owned(),
        })
    }

    /// The world, if it imports what `step.toml` says it does.
    fn having(self, project: &StepProject, imports: &[&str]) -> Result<Self, ToolchainError> {
        let there: Vec<String> = self.resolve.worlds[self.id]
            .imports
            .keys()
            .map(|key| self.resolve.name_world_key(key))
            .collect();
        for import in imports {
            let name = import.split('@').next().unwrap_or(import);
            if !there.iter().any(|key| key.split('@').next() == Some(name)) {
                return Err(ToolchainError::Project {
                    path: project.folder.join("wit"),
                    message: format!(
                        "`imports` of {PROJECT_FILE} asks for `{import}`, which the world `{}` \
                         does not import; add `import {import};` to it",
                        self.name()
                    ),
                });
            }
        }
        Ok(self)
    }
}

/// The interfaces that `imports` of a project stands for.
fn imports(project: &StepProject) -> Result<Vec<&'static str>, ToolchainError> {
    let mut interfaces = Vec::new();
    for name in &project.file.imports {
        let found = IMPORTS.iter().find(|(known, _)| known == name);
        let Some((_, found)) = found else {
            let known = IMPORTS.map(|(known, _)| known).join(", ");
            return Err(ToolchainError::Project {
                path: project.folder.join(PROJECT_FILE),
                message: format!("`imports` names '{name}'; there are {known}"),
            });
        };
        interfaces.extend(*found);
    }
    Ok(interfaces)
}

/// `world` of `anyam:step` with its version.
fn step_world(world: &str) -> String {
    let line = package_line(&embedded::WIT);
    let version = line.rsplit('@').next().unwrap_or_default();
    let version = version.trim_end_matches(';');
    format!("anyam:step/{world}@{version}")
}

/// The first `package` line of a WIT text.
fn package_of(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .find(|line| line.starts_with("package "))
        .map(str::to_owned)
}

/// The `package` line of an embedded package.
fn package_line(package: &include_dir::Dir) -> String {
    package
        .files()
        .filter_map(include_dir::File::contents_utf8)
        .find_map(package_of)
        .unwrap_or_default()
}

/// The `package` lines of all WIT texts below `folder`.
fn packages(folder: &Path) -> Result<Vec<String>, ToolchainError> {
    let mut found = Vec::new();
    for file in folder::files(folder)? {
        if file.extension().is_some_and(|end| end == "wit") {
            let path = folder.join(file);
            let text = fs::read_to_string(&path).map_err(ToolchainError::file(&path))?;
            found.extend(package_of(&text));
        }
    }
    Ok(found)
}
