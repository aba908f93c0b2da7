//! Every rule with a file that breaks it and one that does not: a folder `<rule>` with
//! `fails.bpmn`, `passes.bpmn` and `expected.txt`, which has the findings of the first as
//! `line:column element rule`, a line each, with `warning` before those that are. Files of DMN end
//! in `.dmn`. Where the rule is a limit, a file `limits` sets it: `name = value`, a line each.
//!
//! The table of the rules in the README of the crate is written with
//! `ANYAM_WRITE=1 cargo test -p anyam-bpmn --test rules`, and so is an `expected.txt` that is not
//! there.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyam_bpmn::rules::{self, Rule};
use anyam_bpmn::{Finding, Limits, Severity};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

fn writes() -> bool {
    std::env::var_os("ANYAM_WRITE").is_some()
}

/// The limits of a case.
fn limits(case: &Path) -> Limits {
    let mut limits = Limits::default();
    let text = fs::read_to_string(case.join("limits")).unwrap_or_default();
    for line in text.lines() {
        let (name, value) = line.split_once('=').expect("name = value");
        let limit = match name.trim() {
            "model_bytes" => &mut limits.model_bytes,
            "elements" => &mut limits.elements,
            "depth" => &mut limits.depth,
            "attributes" => &mut limits.attributes,
            "namespaces" => &mut limits.namespaces,
            "text_bytes" => &mut limits.text_bytes,
            "id_bytes" => &mut limits.id_bytes,
            "flows" => &mut limits.flows,
            "expressions" => &mut limits.expressions,
            "join_bits" => &mut limits.join_bits,
            "findings" => &mut limits.findings,
            name => panic!("{}: '{name}' is no limit", case.display()),
        };
        *limit = value.trim().parse().unwrap();
    }
    limits
}

/// Everything found in `stem.bpmn` or `stem.dmn`.
fn findings(case: &Path, stem: &str) -> Vec<Finding> {
    let limits = limits(case);
    let decisions = case.join(format!("{stem}.dmn"));
    if let Ok(bytes) = fs::read(&decisions) {
        return match anyam_bpmn::dmn::read(&bytes, &limits) {
            Ok(read) => read.warnings,
            Err(rejected) => rejected.findings,
        };
    }
    let model = case.join(format!("{stem}.bpmn"));
    let bytes = fs::read(&model).unwrap_or_else(|error| panic!("{}: {error}", model.display()));
    match anyam_bpmn::compile(&bytes, &limits) {
        Ok(compiled) => compiled.warnings,
        Err(rejected) => rejected.findings,
    }
}

fn places(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let severity = match finding.severity {
            Severity::Error => "",
            Severity::Warning => "warning ",
        };
        let (line, column) = (finding.location.line, finding.location.column);
        let id = finding.element_id.as_deref().unwrap_or("-");
        format!("{severity}{line}:{column} {id} {}\n", finding.rule)
    });
    lines.collect()
}

/// What is wrong with the case of a rule.
fn check(rule: &Rule) -> Result<(), String> {
    let case = folder().join(rule.id);
    if !case.is_dir() {
        return Err(format!("{}: the folder is not there", rule.id));
    }
    let failing = findings(&case, "fails");
    let actual = places(&failing);
    let named = |finding: &Finding| finding.rule == rule.id && finding.severity == rule.severity;
    if !failing.iter().any(named) {
        return Err(format!("{}: it does not fail:\n{actual}", rule.id));
    }
    let expected = case.join("expected.txt");
    if !expected.exists() && writes() {
        fs::write(&expected, &actual).unwrap();
    }
    let expected = fs::read_to_string(expected).unwrap_or_default();
    if expected != actual {
        return Err(format!("{}: expected\n{expected}found\n{actual}", rule.id));
    }
    let passing = findings(&case, "passes");
    if !passing.is_empty() {
        let found: Vec<_> = passing.iter().map(ToString::to_string).collect();
        return Err(format!(
            "{}: it does not pass:\n{}",
            rule.id,
            found.join("\n")
        ));
    }
    Ok(())
}

#[test]
fn every_rule_has_a_file_that_breaks_it_and_one_that_does_not() {
    let wrong: Vec<_> = rules::all().filter_map(|rule| check(rule).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_that_of_a_rule() {
    for entry in fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            assert!(rules::find(&name).is_some(), "'{name}' is no rule");
        }
    }
}

#[test]
fn a_rule_has_one_name_and_a_sentence() {
    let mut names = BTreeSet::new();
    for rule in rules::all() {
        assert!(names.insert(rule.id), "{} is there twice", rule.id);
        assert!(!rule.section.is_empty(), "{rule:?}");
        assert!(rule.sentence.ends_with('.'), "{rule:?}");
    }
}

const BEGIN: &str = "<!-- rules: begin -->\n";
const END: &str = "<!-- rules: end -->";

#[test]
fn the_table_in_the_readme_is_that_of_the_catalogue() {
    let path = folder().join("../../README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let mut expected =
        String::from("| Rule | Severity | Stated in | What holds |\n|---|---|---|---|\n");
    for rule in rules::all() {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        expected.push_str(&format!(
            "| `{}` | {severity} | {} | {} |\n",
            rule.id, rule.section, rule.sentence
        ));
    }
    if writes() {
        fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
        return;
    }
    assert!(
        table == expected,
        "the table is not as the catalogue; run ANYAM_WRITE=1 cargo test -p anyam-bpmn --test rules"
    );
}
