//! The SDK of a project: that of the clone around it, or a copy of the one this program carries,
//! below `.anyam/` in the project.

use std::fs;
use std::path::Path;

use include_dir::Dir;
use toml::{Table, Value};

use crate::embedded;
use crate::error::ToolchainError;

use crate::language::Language;
use crate::project::StepProject;

/// The folder of everything written into a project that is no source of it.
const OWN: &str = ".anyam";

/// The manifests that may name the SDK of a project by its path.
const MANIFESTS: [&str; 4] = ["Cargo.toml", "go.mod", "package.json", "pyproject.toml"];

/// The SDK's files, for the languages whose own tools look for it beside the project.
fn files(language: Language) -> Option<&'static Dir<'static>> {
    match language {
        Language::Rust => Some(&embedded::RUST),
        Language::Go => Some(&embedded::GO),
        Language::Python => Some(&embedded::PYTHON),
        Language::TypeScript | Language::JavaScript => Some(&embedded::TYPESCRIPT),
        _ => None,
    }
}

/// The folder of a language's SDK among those of all languages.
fn folder_name(language: Language) -> &'static str {
    match language {
        Language::JavaScript => Language::TypeScript.name(),
        other => other.name(),
    }
}

/// Where a new project in `folder` finds the SDK, relative to it, beginning with a `.`.
pub fn path_for(language: Language, project: &Path) -> String {
    let inside = format!("guest-sdk/{}", folder_name(language));
    let absolute = std::path::absolute(project).unwrap_or_else(|_| project.to_owned());
    let around = absolute
        .ancestors()
        .skip(1)
        .position(|folder| folder.join(&inside).is_dir() && folder.join("wit").is_dir());
    match around {
        Some(levels) => format!("{}{inside}", "../".repeat(levels + 1)),
        None => format!("./{OWN}/sdk/{}", folder_name(language)),
    }
}

/// Writes the SDK into a project whose manifest looks for it there.
pub fn provide(project: &StepProject) -> Result<(), ToolchainError> {
    let language = project.file.language;
    let Some(sdk) = files(language) else {
        return Ok(());
    };
    let path = format!("{OWN}/sdk/{}", folder_name(language));
    let is_wanted = MANIFESTS.iter().any(|manifest| {
        fs::read_to_string(project.folder.join(manifest)).is_ok_and(|text| text.contains(&path))
    });
    if !is_wanted {
        return Ok(());
    }
    let place = project.folder.join(&path);
    match language {
        Language::Rust => {
            embedded::write_each(sdk, &place, &standalone)?;
            // The SDK reads the WIT files two folders up, as in the repository.
            embedded::write(&embedded::WIT, &project.folder.join(OWN).join("wit"))
        }
        _ => embedded::write(sdk, &place),
    }
}

/// A manifest of the SDK without what it inherits from the workspace of the repository. Other
/// texts stay as they are.
fn standalone(text: &str) -> String {
    let Ok(mut manifest) = text.parse::<Table>() else {
        return text.to_owned();
    };
    let Some(Value::Table(workspace)) = embedded::WORKSPACE
        .parse::<Table>()
        .ok()
        .and_then(|mut root| root.remove("workspace"))
    else {
        return text.to_owned();
    };
    if !manifest.contains_key("package") {
        return text.to_owned();
    }
    for of_the_repository in ["lints", "dev-dependencies"] {
        manifest.remove(of_the_repository);
    }
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        inherit(package, workspace.get("package"));
    }
    let dependencies = workspace.get("dependencies");
    if let Some(Value::Table(own)) = manifest.get_mut("dependencies") {
        inherit(own, dependencies);
    }
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        for (_, target) in targets.iter_mut() {
            if let Some(Value::Table(own)) = target.get_mut("dependencies") {
                inherit(own, dependencies);
            }
        }
    }
    manifest.to_string()
}

/// Replaces each `{ workspace = true, .. }` by what the workspace says, with its own additions.
fn inherit(table: &mut Table, workspace: Option<&Value>) {
    let names: Vec<String> = table.keys().cloned().collect();
    for name in names {
        let Some(Value::Table(own)) = table.get(&name) else {
            continue;
        };
        let Some(from) = workspace.and_then(|all| all.get(&name)) else {
            continue;
        };
        if own.get("workspace") != Some(&Value::Boolean(true)) {
            continue;
        }
        let mut own = own.clone();
        own.remove("workspace");
        let mut whole = match from {
            Value::String(version) if !own.is_empty() => {
                Table::from_iter([("version".to_owned(), Value::String(version.clone()))])
            }
            Value::Table(whole) => whole.clone(),
            plain => {
                table.insert(name, plain.clone());
                continue;
            }
        };
        if let Some(path) = whole.get("path").and_then(Value::as_str) {
            let below = path
                .strip_prefix("guest-sdk/rust/")
                .unwrap_or(path)
                .to_owned();
            whole.insert("path".into(), Value::String(below));
        }
        for (key, value) in own {
            match (whole.get_mut(&key), value) {
                (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
                (_, value) => {
                    whole.insert(key, value);
                }
            }
        }
        table.insert(name, Value::Table(whole));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder;

    #[test]
    fn no_manifest_of_the_sdk_leans_on_the_workspace() {
        let mut open = vec![&embedded::RUST];
        let mut manifests = 0;
        while let Some(dir) = open.pop() {
            open.extend(dir.dirs());
            for file in dir
                .files()
                .filter(|file| file.path().ends_with("Cargo.toml"))
            {
                let text = standalone(file.contents_utf8().unwrap());
                assert!(!text.contains("workspace"), "{text}");
                assert!(text.contains("[package]"), "{text}");
                manifests += 1;
            }
        }
        assert_eq!(manifests, 2, "the SDK and its macros");
    }

    #[test]
    fn what_a_dependency_adds_is_kept() {
        let text = "[package]\nname = \"x\"\nedition.workspace = true\n[dependencies]\n\
                    serde = { workspace = true, features = [\"alloc\"], optional = true }\n\
                    anyam-sdk-macros.workspace = true\nschemars.workspace = true\n";
        let table: Table = standalone(text).parse().unwrap();
        let of = |name: &str| table["dependencies"][name].clone();
        assert_eq!(table["package"]["edition"].as_str(), Some("2024"));
        assert_eq!(of("anyam-sdk-macros")["path"].as_str(), Some("macros"));
        assert_eq!(of("schemars").as_str(), Some("1"));
        assert_eq!(of("serde")["optional"].as_bool(), Some(true));
        let features = of("serde")["features"].as_array().cloned().unwrap();
        assert!(
            features.contains(&Value::String("derive".into())),
            "{features:?}"
        );
        assert!(
            features.contains(&Value::String("alloc".into())),
            "{features:?}"
        );
    }

    #[test]
    fn a_project_in_a_clone_uses_the_sdk_of_the_clone() {
        let clone = tempfile::tempdir().unwrap();
        for inside in ["wit", "guest-sdk/go", "guest-sdk/rust", "mine/steps"] {
            folder::make(&clone.path().join(inside)).unwrap();
        }
        let project = clone.path().join("mine/steps/quote");
        assert_eq!(path_for(Language::Go, &project), "../../../guest-sdk/go");
        assert_eq!(path_for(Language::Zig, &project), "./.anyam/sdk/zig");
    }
}
