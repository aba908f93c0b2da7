//! Builds, uploads and deploys what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyam_artifact::Digest;
use semver::{BuildMetadata, Version};
use ureq::http::Method;

use super::STANDARD;
use super::notice::{Notices, Tone};
use super::tree::{Tree, is_model};
use crate::cli::client::{Client, escape};
use crate::cli::deploy::{self, Resource};
use crate::cli::duration::show;
use crate::cli::screen::printable;
use crate::cli::wire::Deployment;
use crate::cli::{Failure, step};
use crate::runtime::tenants::DEFAULT_TENANT;
use crate::toolchain::{StepProject, Toolchain};

/// The file with what the steps may reach.
const GRANTS: &str = "grants.json";

/// A project that is followed.
pub struct Workshop {
    folder: PathBuf,
    client: Client,
    address: String,
    notices: Notices,
    toolchain: Toolchain,
    steps: BTreeMap<PathBuf, StepState>,
    /// The process of each model that is deployed.
    processes: BTreeMap<PathBuf, Vec<String>>,
    /// Models that wait for a step, or that were refused.
    pending: BTreeSet<PathBuf>,
    /// Whether it was told that there is no process.
    told_of_none: bool,
    /// Whether it was told how to start a process.
    told_ways: bool,
}

/// A step as it was last uploaded.
#[derive(Default)]
struct StepState {
    name: String,
    digest: Option<Digest>,
    /// How many were uploaded.
    count: u64,
}

/// As many digits of a digest as tell versions apart for a person.
const SHOWN_DIGITS: usize = 12;

impl Workshop {
    /// The project in `folder`, for the server at `address`.
    pub fn new(folder: PathBuf, client: Client, address: String, notices: Notices) -> Self {
        Self {
            folder,
            client,
            address,
            notices,
            toolchain: Toolchain::of_machine(),
            steps: BTreeMap::new(),
            processes: BTreeMap::new(),
            pending: BTreeSet::new(),
            told_of_none: false,
            told_ways: false,
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where it tells what it does.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Does what a change of these files asks for.
    pub fn work(&mut self, tree: &Tree, changes: &[PathBuf]) {
        if changes.iter().any(|path| path == Path::new(GRANTS)) {
            self.grant(tree);
        }
        let uploaded = self.build(tree, changes);
        let models = tree.models();
        self.processes.retain(|model, _| models.contains(model));
        self.pending.retain(|model| models.contains(model));
        for model in models {
            if uploaded || changes.contains(&model) || self.pending.contains(&model) {
                self.deploy(&model);
            }
        }
        if tree.models().is_empty() && !self.told_of_none {
            self.told_of_none = true;
            self.notices.say(format_args!(
                "there is no .bpmn file below {} yet; it is deployed as soon as there is one",
                self.folder.display()
            ));
        }
        if !self.processes.is_empty() && self.pending.is_empty() && !self.told_ways {
            self.told_ways = true;
            self.show_ways(tree);
        }
    }

    /// Grants the steps what the project's file says.
    fn grant(&self, tree: &Tree) {
        let text = match tree.has(Path::new(GRANTS)) {
            true => fs::read_to_string(self.folder.join(GRANTS)),
            false => Ok("{}".to_owned()),
        };
        let set = |text: String| {
            let path = format!("/v2/tenants/{}/grants", escape(DEFAULT_TENANT));
            let bytes = text.as_bytes();
            let set =
                self.client
                    .upload(Method::PUT, &path, "application/json", bytes.len(), bytes);
            set.map(|_| ())
        };
        let done = text
            .map_err(|error| Failure::failed(error.to_string()))
            .and_then(set);
        match done {
            Ok(()) => self.notices.say(format_args!("granted what {GRANTS} says")),
            Err(failure) => self.report(GRANTS, &failure),
        }
    }

    /// Builds the steps that may have changed; whether any was uploaded.
    fn build(&mut self, tree: &Tree, changes: &[PathBuf]) -> bool {
        let folders = tree.steps();
        self.steps.retain(|folder, _| folders.contains(folder));
        let shared = changes.iter().any(|path| is_shared(path, &folders));
        let mut uploaded = false;
        for folder in folders {
            let own = changes
                .iter()
                .any(|path| owner(path, &tree.steps()).is_some_and(|owner| *owner == folder));
            if own || shared || !self.steps.contains_key(&folder) {
                match self.step(&folder) {
                    Ok(new) => uploaded |= new,
                    Err(failure) => self.report(&self.shown(&folder), &failure),
                }
            }
        }
        uploaded
    }

    /// Builds and uploads one step; whether it is another than before.
    fn step(&mut self, folder: &Path) -> Result<bool, Failure> {
        let state = self.steps.entry(folder.to_owned()).or_default();
        let project = StepProject::open(&self.folder.join(folder))?;
        let (name, version) = (&project.file.name, &project.file.version);
        state.name.clone_from(name);
        let begin = Instant::now();
        let meanwhile = match state.digest {
            Some(_) => "; the one before serves until it is done",
            None => "",
        };
        let building = format!("building {name}{meanwhile}");
        self.notices.line(Tone::Quiet, &building);
        let file = self.toolchain.build(&project)?.file;
        let bytes = fs::read(&file)
            .map_err(|error| Failure::failed(format!("cannot read {}: {error}", file.display())))?;
        let digest = Digest::of(&bytes);
        let built = begin.elapsed();
        if state.digest == Some(digest) {
            let same = format!("{name} built in {}, the same as before", show(built));
            self.notices.line(Tone::Quiet, &same);
            return Ok(false);
        }
        self.notices.line(Tone::Quiet, &format!("compiling {name}"));
        let (begin, mut count) = (Instant::now(), state.count);
        let version = loop {
            count += 1;
            let version = numbered(version, count)?;
            // Its server is the author's own: processes that a change breaks are deployed anew.
            match step::push(&self.client, (name, &version), &bytes, true) {
                Ok(_) => break version,
                // Data that are kept have versions of an earlier run.
                Err(Failure::Refused {
                    status: 409,
                    detail,
                    ..
                }) if detail.contains("other bytes") => {}
                Err(failure) => return Err(failure),
            }
        };
        state.count = count;
        state.digest = Some(digest);
        self.notices.say(format_args!(
            "{name} {version} built in {}, compiled in {}: sha256:{:.SHOWN_DIGITS$}",
            show(built),
            show(begin.elapsed()),
            digest.to_string()
        ));
        Ok(true)
    }

    /// Deploys one model, unless a step that it may need has never been built.
    fn deploy(&mut self, model: &Path) {
        let missing = self
            .steps
            .values()
            .find(|step| step.digest.is_none())
            .map(|step| step.name.clone());
        self.pending.insert(model.to_owned());
        let shown = self.shown(model);
        if let Some(name) = missing {
            let why = format!("{shown} waits for the step {name} to build");
            self.notices.line(Tone::Quiet, &why);
            return;
        }
        let begin = Instant::now();
        let deployed = Resource::read(&self.folder.join(model))
            .and_then(|resource| deploy::deploy(&self.client, &[resource]))
            .and_then(|answer| self.client.read::<Deployment>(&answer));
        match deployed {
            Ok(deployment) => {
                let processes = deployment.deployments.into_iter();
                let processes = processes.filter_map(|one| one.process_definition);
                let mut ids = Vec::new();
                for process in processes {
                    self.notices.say(format_args!(
                        "{shown} deployed in {}: new instances are of {} version {}",
                        show(begin.elapsed()),
                        process.process_definition_id,
                        process.process_definition_version
                    ));
                    ids.push(process.process_definition_id);
                }
                self.processes.insert(model.to_owned(), ids);
                self.pending.remove(model);
            }
            Err(failure) => self.report(&shown, &failure),
        }
    }

    /// Says how to start what is deployed.
    fn show_ways(&self, tree: &Tree) {
        let server = match self.address == STANDARD {
            true => String::new(),
            false => format!(" --server {}", self.address),
        };
        let ids: Vec<&String> = self.processes.values().flatten().collect();
        let inputs = tree.inputs();
        let mut lines = Vec::new();
        for input in &inputs {
            let stem = input.file_stem().and_then(OsStr::to_str);
            // An input with the name of a process is for it.
            let process = ids.iter().find(|id| Some(id.as_str()) == stem);
            if let Some(process) = process.or(ids.first()) {
                lines.push(format!(
                    "  anyam start {process} --variables @{}{server}",
                    self.shown(input)
                ));
            }
        }
        if lines.is_empty() {
            let starts = ids.iter().map(|id| format!("  anyam start {id}{server}"));
            lines.extend(starts);
        }
        self.notices
            .say(format_args!("start it with:\n{}", lines.join("\n")));
    }

    /// A path as a person would type it.
    fn shown(&self, path: &Path) -> String {
        let path = match path.as_os_str().is_empty() {
            true => self.folder.clone(),
            false => self.folder.join(path),
        };
        let path = path.strip_prefix(".").unwrap_or(&path);
        path.display().to_string()
    }

    fn report(&self, what: &str, failure: &Failure) {
        let text = failure.report();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let lines = text.trim_end().lines().map(printable);
        let text = lines.collect::<Vec<_>>().join("\n");
        self.notices.error(&format!("{what}: {text}"));
    }
}

/// The version under which a step is uploaded for the `count`-th time. What follows the `+` takes
/// part in no comparison with a range, so a task finds it by the same range as the release.
fn numbered(version: &Version, count: u64) -> Result<String, Failure> {
    let build = BuildMetadata::new(&format!("dev.{count}"))
        .map_err(|error| Failure::failed(error.to_string()))?;
    let version = Version {
        build,
        ..version.clone()
    };
    Ok(version.to_string())
}

/// The step whose folder a file lies in: the innermost.
fn owner<'a>(path: &Path, steps: &'a [PathBuf]) -> Option<&'a PathBuf> {
    let around = steps.iter().filter(|folder| path.starts_with(folder));
    around.max_by_key(|folder| folder.components().count())
}

/// Whether a file may be a source of every step: it lies in none, and is of no kind that only
/// processes and people use.
fn is_shared(path: &Path, steps: &[PathBuf]) -> bool {
    let of_no_step = ["json", "md", "dmn", "form"]
        .iter()
        .any(|ending| path.extension() == Some(OsStr::new(ending)));
    owner(path, steps).is_none() && !is_model(path) && !of_no_step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbered_behind_a_plus() {
        let version = |text: &str| Version::parse(text).unwrap();
        assert_eq!(numbered(&version("1.2.3"), 4).unwrap(), "1.2.3+dev.4");
        assert_eq!(
            numbered(&version("1.0.0-rc.1+x"), 1).unwrap(),
            "1.0.0-rc.1+dev.1"
        );
        // The tenth is newer than the ninth.
        let number = |count| version(&numbered(&version("1.0.0"), count).unwrap());
        assert!(number(10) > number(9));
    }

    #[test]
    fn a_file_belongs_to_the_innermost_step_around_it() {
        let steps = ["", "steps/a", "steps/a/b"].map(PathBuf::from);
        for (path, folder) in [
            ("x", ""),
            ("steps/a/src/lib.rs", "steps/a"),
            ("steps/a/b/c", "steps/a/b"),
            ("steps/ab/c", ""),
        ] {
            let found = owner(Path::new(path), &steps);
            assert_eq!(found, Some(&PathBuf::from(folder)), "{path}");
        }
    }

    #[test]
    fn a_file_of_no_step_is_of_all_unless_it_is_no_source() {
        let steps = [PathBuf::from("steps/a")];
        assert!(is_shared(Path::new("Cargo.toml"), &steps));
        for path in ["a.bpmn", "README.md", "orders/a.json", "steps/a/x.rs"] {
            assert!(!is_shared(Path::new(path), &steps), "{path}");
        }
    }
}
