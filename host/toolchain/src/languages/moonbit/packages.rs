//! The packages of MoonBit sources that generated bindings consist of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

/// What the packages' names begin with.
pub const MODULE: &str = "step";
/// The folder of the package whose functions the core module exports.
pub const MAIN: &str = "gen";
/// The name that generated packages describe themselves in.
pub const MANIFEST: &str = "moon.pkg";
/// The name of the file that declares what a step has to define.
pub const DECLARED: &str = "top.mbt";

/// A package, as the compiler is told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its sources.
    pub files: Vec<Source>,
    /// The packages that it uses.
    pub imports: BTreeSet<Import>,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// What the compiler calls it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// A package that another one uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Import {
    /// Its name.
    pub name: String,
    /// What it is called there, after an `@`.
    pub alias: String,
}

/// The packages that a `moon.pkg` imports: lines such as `"step/world/step" @step,`.
pub fn imports(manifest: &str) -> BTreeSet<Import> {
    let lines = manifest
        .lines()
        .skip_while(|line| line.trim() != "import {");
    let lines = lines.skip(1).take_while(|line| line.trim() != "}");
    lines
        .filter_map(|line| {
            let (name, alias) = line.trim().strip_prefix('"')?.split_once("\" @")?;
            Some(Import {
                name: name.to_owned(),
                alias: alias.trim_end_matches(',').to_owned(),
            })
        })
        .collect()
}

/// The functions that a `moon.pkg` exports: `"name:exported name"`.
pub fn exports(manifest: &str) -> Vec<String> {
    let list = manifest.split_once("\"exports\": [");
    let list = list.and_then(|(_, rest)| rest.split_once(']'));
    let list = list.map_or("", |(list, _)| list);
    list.split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The packages, each after those that it imports.
pub fn sorted(mut packages: BTreeMap<String, Package>) -> Vec<Package> {
    let mut sorted = Vec::with_capacity(packages.len());
    loop {
        let next = packages.values().find(|package| {
            let mut imports = package.imports.iter();
            !imports.any(|import| packages.contains_key(&import.name))
        });
        let Some(name) = next.map(|package| package.name.clone()) else {
            return sorted;
        };
        sorted.extend(packages.remove(&name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"import {
  "step/gen/world/step" @step,
  "step/world/step" @step1,
}

warnings = "-44"

options(
  link: { "wasm": { "exports": [
        "a:cabi_realloc",
        "b:example:x/y#greet"
      ],
  } },
)
"#;

    fn package(name: &str, imports: &[&str]) -> Package {
        let imports = imports.iter().map(|name| Import {
            name: (*name).into(),
            alias: (*name).into(),
        });
        Package {
            name: name.into(),
            files: Vec::new(),
            imports: imports.collect(),
        }
    }

    #[test]
    fn a_manifest_tells_imports_and_exports() {
        let found: Vec<_> = imports(MANIFEST).into_iter().collect();
        let names = found.iter().map(|import| (&*import.name, &*import.alias));
        assert_eq!(
            names.collect::<Vec<_>>(),
            [
                ("step/gen/world/step", "step"),
                ("step/world/step", "step1")
            ]
        );
        assert_eq!(exports(MANIFEST), ["a:cabi_realloc", "b:example:x/y#greet"]);
        assert!(imports("warnings = \"-44\"\n").is_empty());
        assert!(exports("warnings = \"-44\"\n").is_empty());
    }

    #[test]
    fn what_is_imported_comes_first() {
        let packages = [
            package("a", &["c"]),
            package("b", &[]),
            package("c", &["b"]),
        ];
        let packages = packages.into_iter().map(|it| (it.name.clone(), it));
        let names = sorted(packages.collect()).into_iter().map(|it| it.name);
        assert_eq!(names.collect::<Vec<_>>(), ["b", "c", "a"]);
    }
}
