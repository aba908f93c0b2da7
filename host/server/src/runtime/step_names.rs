//! Step names, versions and the version ranges that task types ask for.

use semver::{Version, VersionReq};

/// Longest step name, in bytes.
pub const MAX_NAME: usize = 128;
/// Longest version text, in bytes.
pub const MAX_VERSION: usize = 64;

/// Whether `name` may name a step: letters, digits, `.`, `_` and `-`, beginning with a letter or
/// digit, at most [`MAX_NAME`] bytes.
pub fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty()
        && name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(allowed)
}

/// Whether `name` may name a function of a step: a WIT name, or one after the name of its
/// interface and a point, such as `tariff.quote`.
pub fn is_function(name: &str) -> bool {
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    name.len() <= MAX_NAME && name.splitn(2, '.').all(word)
}

/// A task type read as a step: `credit-check`, `credit-check@1` or `credit-check@1.2.3`; with one
/// of several functions, `pricing/quote` or `pricing/quote@1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRequest<'a> {
    /// The step's name.
    pub name: &'a str,
    /// The function of it that is to be called, where one is named.
    pub function: Option<&'a str>,
    /// Which versions fit.
    pub versions: VersionReq,
}

impl<'a> StepRequest<'a> {
    /// Reads a task type. `None` where it cannot name a step; it is a job type then.
    pub fn parse(task_type: &'a str) -> Option<Self> {
        let (name, range) = match task_type.split_once('@') {
            Some((name, range)) => (name, Some(range)),
            None => (task_type, None),
        };
        let (name, function) = match name.split_once('/') {
            Some((name, function)) => (name, Some(function)),
            None => (name, None),
        };
        if !is_name(name) || function.is_some_and(|function| !is_function(function)) {
            return None;
        }
        let versions = match range {
            None => VersionReq::STAR,
            // Three numbers mean exactly that version, fewer mean the newest that begins so.
            Some(text) if Version::parse(text).is_ok() => {
                VersionReq::parse(&format!("={text}")).ok()?
            }
            Some(text) if text.len() <= MAX_VERSION => {
                VersionReq::parse(&format!("~{text}")).ok()?
            }
            Some(_) => return None,
        };
        Some(Self {
            name,
            function,
            versions,
        })
    }

    /// Whether a version is one of those asked for. Without a range any is, previews included.
    pub fn fits(&self, version: &Version) -> bool {
        self.versions == VersionReq::STAR || self.versions.matches(version)
    }

    /// Which of `versions` is meant: the highest that fits. A plain name never means a pre-release
    /// while there is a release.
    pub fn choose(&self, versions: impl Iterator<Item = Version>) -> Option<Version> {
        let mut fitting: Vec<Version> = versions.filter(|version| self.fits(version)).collect();
        fitting.sort_by(|a, b| (a.pre.is_empty(), a).cmp(&(b.pre.is_empty(), b)));
        fitting.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(task_type: &str, versions: &[&str]) -> Option<String> {
        let request = StepRequest::parse(task_type)?;
        let versions = versions.iter().map(|text| Version::parse(text).unwrap());
        request.choose(versions).map(|version| version.to_string())
    }

    #[test]
    fn the_highest_fitting_version_is_chosen() {
        let all = ["1.2.3", "1.10.0", "2.0.0", "3.0.0-rc.1"];
        assert_eq!(choose("pay", &all).as_deref(), Some("2.0.0"));
        assert_eq!(choose("pay@1", &all).as_deref(), Some("1.10.0"));
        assert_eq!(choose("pay@1.2", &all).as_deref(), Some("1.2.3"));
        assert_eq!(choose("pay@1.2.3", &all).as_deref(), Some("1.2.3"));
        assert_eq!(choose("pay@1.2.4", &all), None);
        assert_eq!(
            choose("pay", &["3.0.0-rc.1"]).as_deref(),
            Some("3.0.0-rc.1")
        );
    }

    #[test]
    fn a_function_stands_behind_the_name() {
        let read = |text| {
            let request = StepRequest::parse(text)?;
            Some((request.name, request.function, request.versions.to_string()))
        };
        assert_eq!(read("pay"), Some(("pay", None, "*".to_owned())));
        assert_eq!(
            read("tariffs/quote-it"),
            Some(("tariffs", Some("quote-it"), "*".to_owned()))
        );
        assert_eq!(
            read("tariffs/motor.quote@1.2"),
            Some(("tariffs", Some("motor.quote"), "~1.2".to_owned()))
        );
        let longest = format!("pay/{}", "x".repeat(MAX_NAME));
        assert!(read(&longest).is_some());
        for text in [
            "pay/",
            "/quote",
            "pay/a/b",
            "pay/-a",
            "pay/a.b.c",
            "pay/a_b",
            "pay/a@",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("{longest}x")), None);
    }

    #[test]
    fn what_cannot_be_a_name_is_a_job_type() {
        let longest = "x".repeat(MAX_NAME);
        assert!(is_name(&longest) && !is_name(&format!("{longest}x")));
        for text in ["io.camunda:http-json:1", "", "a b", "-x", "pay@", "pay@x"] {
            assert_eq!(StepRequest::parse(text), None, "{text}");
        }
    }
}
