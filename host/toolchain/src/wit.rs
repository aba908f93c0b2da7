//! The WIT world a step is built for.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::Dir;
use wit_parser::{Resolve, WorldId};

use crate::embedded;
use crate::error::ToolchainError;
use crate::folder;
use crate::project::{PROJECT_FILE, StepProject};

/// What `imports` of a `step.toml` may name, and the interfaces that each stands for.
const IMPORTS: [(&str, &[&str]); 6] = [
    ("http", &["wasi:http/outgoing-handler@0.2.0"]),
    (
        "key-value",
        &[
            "wasi:keyvalue/store@0.2.0-draft2",
            "wasi:keyvalue/atomics@0.2.0-draft2",
        ],
    ),
    (
        "blob-store",
        &[
            "wasi:blobstore/blobstore@0.2.0-draft",
            "wasi:blobstore/container@0.2.0-draft",
        ],
    ),
    ("config", &["wasi:config/store@0.2.0-rc.1"]),
    ("logging", &["wasi:logging/logging@0.1.0-draft"]),
    ("messaging", &["anyam:step/messaging"]),
];

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

    /// Whether it exports an interface, in whatever version.
    pub fn exports(&self, interface: &str) -> bool {
        let exports = &self.resolve.worlds[self.id].exports;
        exports
            .keys()
            .map(|key| self.resolve.name_world_key(key))
            .any(|name| name.split('@').next() == Some(interface))
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
        if own.is_dir() {
            folder::copy(&own, to)?;
        } else {
            let mut text = format!(
                "package anyam:project;\n\nworld {world} {{\n  include {};\n",
                step_name(world)
            );
            for interface in &imports {
                let interface = match interface.strip_prefix("anyam:step/") {
                    Some(name) => step_name(name),
                    None => (*interface).to_owned(),
                };
                text.push_str(&format!("  import {interface};\n"));
            }
            text.push_str("}\n");
            embedded::put(&to.join("project.wit"), text.as_bytes())?;
        }
        add_packages(to)?;
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
        let pushed = resolve.push_dir(folder);
        let (package, _) = pushed.map_err(|error| {
            let text = resolve.render_error(&error);
            // The texts that were read are a copy of the project's.
            wrong(text.replace(&*folder.to_string_lossy(), "wit"))
        })?;
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

/// A world or an interface of `anyam:step` with its version.
fn step_name(name: &str) -> String {
    let line = package_line(&embedded::WIT);
    let version = line.rsplit('@').next().unwrap_or_default();
    let version = version.trim_end_matches(';');
    format!("anyam:step/{name}@{version}")
}

/// The first `package` line of a WIT text.
fn package_of(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .find(|line| line.starts_with("package "))
        .map(str::to_owned)
}

/// The `package` line of an embedded package.
fn package_line(package: &Dir) -> String {
    package
        .files()
        .filter_map(include_dir::File::contents_utf8)
        .find_map(package_of)
        .unwrap_or_default()
}

/// Writes below `deps/` what the WIT texts in `folder` mention and do not bring: `anyam:step`
/// and packages of WASI. Only those: of a package in two versions, generators of bindings put the
/// version into every name.
fn add_packages(folder: &Path) -> Result<(), ToolchainError> {
    let deps = folder.join("deps");
    let mut texts = texts(folder)?;
    let there: Vec<String> = texts.iter().filter_map(|text| package_of(text)).collect();
    let of_host = embedded::WASI_OF_HOST.dirs().filter(|package| {
        // The host has no more of this than it names itself.
        !package.path().ends_with("io")
    });
    let mut open: Vec<(&str, &Dir)> = embedded::WASI
        .dirs()
        .chain(of_host)
        .filter_map(|package| Some((package.path().file_name()?.to_str()?, package)))
        .chain([("anyam-step", &embedded::WIT)])
        .filter(|(_, package)| !there.contains(&package_line(package)))
        .collect();
    // A package that is added may mention another.
    while let Some(at) = open.iter().position(|(_, package)| {
        let line = package_line(package);
        texts.iter().any(|text| mentions(text, &line))
    }) {
        let (name, package) = open.swap_remove(at);
        embedded::write(package, &deps.join(name))?;
        let files = package.files().filter_map(include_dir::File::contents_utf8);
        texts.extend(files.map(str::to_owned));
    }
    Ok(())
}

/// Whether a WIT text uses something of the package of a `package` line.
fn mentions(text: &str, package: &str) -> bool {
    let package = package.trim_start_matches("package ").trim_end_matches(';');
    let (name, version) = package.split_once('@').unwrap_or((package, ""));
    text.match_indices(&format!("{name}/")).any(|(at, _)| {
        let rest = &text[at..];
        let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "-:/@.".contains(letter);
        let end = rest.find(|letter| !is_of_name(letter));
        let path = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        path.split_once('@')
            .is_some_and(|(_, used)| used == version)
    })
}

/// All WIT texts below `folder`.
fn texts(folder: &Path) -> Result<Vec<String>, ToolchainError> {
    let mut found = Vec::new();
    for file in folder::files(folder)? {
        if file.extension().is_some_and(|end| end == "wit") {
            let path = folder.join(file);
            found.push(fs::read_to_string(&path).map_err(ToolchainError::file(&path))?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn project(folder: &Path, imports: &[&str]) -> StepProject {
        let imports: Vec<String> = imports.iter().map(|&name| name.into()).collect();
        StepProject {
            folder: folder.to_owned(),
            file: crate::project::StepFile {
                name: "quote".into(),
                version: semver::Version::new(1, 0, 0),
                language: Language::C,
                imports,
                source: None,
                warm_up: Vec::new(),
            },
        }
    }

    fn prepare(folder: &Path, imports: &[&str]) -> Result<World, String> {
        let project = project(folder, imports);
        World::prepare(&project, folder, &folder.join("out"), "step").map_err(|e| e.to_string())
    }

    fn imported(world: &World) -> Vec<String> {
        let keys = world.resolve.worlds[world.id].imports.keys();
        keys.map(|key| world.resolve.name_world_key(key)).collect()
    }

    #[test]
    fn every_import_of_a_project_resolves() {
        let folder = tempfile::tempdir().unwrap();
        let all = IMPORTS.map(|(name, _)| name);
        let imported = imported(&prepare(folder.path(), &all).unwrap());
        for (_, interfaces) in IMPORTS {
            for interface in interfaces {
                let found = imported.iter().any(|key| key.starts_with(interface));
                assert!(found, "{interface} is not in {imported:?}");
            }
        }
    }

    #[test]
    fn without_imports_only_types_are_imported() {
        let folder = tempfile::tempdir().unwrap();
        let world = prepare(folder.path(), &[]).unwrap();
        let imported = imported(&world);
        assert!(
            imported.iter().all(|key| key.starts_with("anyam:step/")),
            "{imported:?}"
        );
        assert_eq!(world.name(), "step");
    }

    #[test]
    fn a_version_is_no_part_of_a_longer_one() {
        let text = "use wasi:keyvalue/store@0.2.0-draft2.{bucket};\nimport a:b/c@1.0.0;";
        assert!(mentions(text, "package wasi:keyvalue@0.2.0-draft2;"));
        assert!(!mentions(text, "package wasi:keyvalue@0.2.0-draft;"));
        assert!(mentions(text, "package a:b@1.0.0;"));
        assert!(!mentions(text, "package b:b@1.0.0;"));
    }

    #[test]
    fn an_unknown_import_is_told_with_those_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let error = prepare(folder.path(), &["files"]).err().unwrap();
        assert!(
            error.contains("'files'") && error.contains("key-value"),
            "{error}"
        );
    }

    #[test]
    fn a_world_of_ones_own_must_import_what_the_project_says() {
        let folder = tempfile::tempdir().unwrap();
        let wit = folder.path().join("wit");
        folder::make(&wit).unwrap();
        let write = |import: &str| {
            let text = format!("package a:b;\nworld w {{ {import} export f: func(); }}\n");
            fs::write(wit.join("w.wit"), text).unwrap();
        };
        write("");
        let error = prepare(folder.path(), &["http"]).err().unwrap();
        assert!(
            error.contains("import wasi:http/outgoing-handler@0.2.0;"),
            "{error}"
        );
        write("import wasi:http/outgoing-handler@0.2.0;");
        assert_eq!(prepare(folder.path(), &["http"]).unwrap().name(), "w");
    }

    #[test]
    fn of_several_worlds_the_one_named_step_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let wit = folder.path().join("wit");
        folder::make(&wit).unwrap();
        let write = |second: &str| {
            let text = format!("package a:b;\nworld w {{}}\nworld {second} {{}}\n");
            fs::write(wit.join("w.wit"), text).unwrap();
        };
        write("v");
        let error = prepare(folder.path(), &[]).err().unwrap();
        assert!(error.contains("[w, v]"), "{error}");
        write("step");
        assert_eq!(prepare(folder.path(), &[]).unwrap().name(), "step");
    }

    #[test]
    fn a_wrong_wit_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let wit = folder.path().join("wit");
        folder::make(&wit).unwrap();
        fs::write(
            wit.join("w.wit"),
            "package a:b;\nworld w { export f: fnc(); }",
        )
        .unwrap();
        let error = prepare(folder.path(), &[]).err().unwrap();
        assert!(error.contains("wit/w.wit:2"), "{error}");
    }
}
