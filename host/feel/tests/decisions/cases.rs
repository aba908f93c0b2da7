//! Decision models and what they come to: each folder in `tests/dmn` is a model and its cases.
//!
//! `model.dmn` is compiled with every other `.dmn` file of the folder at hand. `cases.json` lists
//! `cases`: a `decision`, what is `given`, and what it `gives` or how it `fails` (a part of the
//! sentence, `at` which decision). `matched` names the rules that count for each decision, `inputs`
//! what was tested, `made` all decisions in their order, `cost` and `reads` what is known before.
//! `warnings` are told beside. Where the model is
//! `refused`, a finding for each line of that list must be there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyam_bpmn::dmn::{Definitions, read};
use anyam_feel::dmn::{Evaluated, EvaluatedDecision, Failed, Model, Request, evaluate};
use anyam_feel::{Budget, Cost, Data, Limits, Now, Seed, isolated};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    /// What the cases are about.
    about: String,
    #[serde(default)]
    cases: Vec<Case>,
    #[serde(default)]
    refused: Vec<String>,
    /// A part of each warning, in their order.
    #[serde(default)]
    warnings: Vec<String>,
    /// Steps an evaluation may take.
    steps: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    decision: String,
    #[serde(default)]
    given: Map<String, Value>,
    /// `None` where the case fails.
    #[serde(default, deserialize_with = "present")]
    gives: Option<Value>,
    fails: Option<String>,
    at: Option<String>,
    matched: Option<Map<String, Value>>,
    inputs: Option<Map<String, Value>>,
    made: Option<Vec<String>>,
    cost: Option<String>,
    reads: Option<Vec<String>>,
}

/// Tells `null` from what is not there.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn file(path: &Path) -> Definitions {
    let bytes = fs::read(path).expect("the file is there");
    let read = read(&bytes, &anyam_bpmn::Limits::default());
    read.unwrap_or_else(|rejected| panic!("{}: {rejected}", path.display()))
        .definitions
}

fn limits(cases: &Cases) -> Limits {
    let mut limits = Limits::default();
    if let Some(steps) = cases.steps {
        limits.isolated = Budget {
            steps,
            ..limits.isolated
        };
        limits.inline = limits.isolated;
    }
    limits
}

pub(crate) fn folders() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dmn");
    let entries = fs::read_dir(all).expect("the folder is there");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("model.dmn").exists())
        .collect();
    folders.sort();
    folders
}

/// Everything that is not as the folder says.
fn differences(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("cases.json")).expect("cases.json is there");
    let cases: Cases =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    assert!(!cases.about.is_empty());
    assert!(cases.cases.is_empty() != cases.refused.is_empty());
    let main = file(&folder.join("model.dmn"));
    let entries = fs::read_dir(folder).expect("the folder is there");
    let others: Vec<Definitions> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension().is_some_and(|it| it == "dmn") && !path.ends_with("model.dmn")
        })
        .map(|path| file(&path))
        .collect();
    let others: Vec<&Definitions> = others.iter().collect();
    let limits = limits(&cases);
    let model = match Model::compile(&main, &others, &limits) {
        Err(findings) => {
            let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
            let mut wrong: Vec<String> = cases
                .refused
                .iter()
                .filter(|wanted| !told.iter().any(|told| told.contains(&***wanted)))
                .map(|wanted| format!("no finding has `{wanted}`: {told:#?}"))
                .collect();
            if cases.refused.len() != told.len() {
                wrong.push(format!("these are the findings: {told:#?}"));
            }
            return wrong;
        }
        Ok(model) if cases.refused.is_empty() => Arc::new(model),
        Ok(_) => return vec!["it compiles".to_owned()],
    };
    let mut wrong = Vec::new();
    let told: Vec<String> = model.warnings().iter().map(ToString::to_string).collect();
    let pairs = told.iter().zip(&cases.warnings);
    if told.len() != cases.warnings.len()
        || pairs.clone().any(|(told, part)| !told.contains(&**part))
    {
        wrong.push(format!("these are the warnings: {told:#?}"));
    }
    for (number, case) in cases.cases.iter().enumerate() {
        for difference in case.differences(&model) {
            wrong.push(format!("case {}: {difference}", number + 1));
        }
    }
    wrong
}

impl Case {
    fn differences(&self, model: &Arc<Model>) -> Vec<String> {
        let texts: Vec<(&str, String)> = self
            .given
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_string()))
            .collect();
        let mut data: Data<'_> = texts
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        data.seed(Seed(1));
        let now = Now(1_700_000_000_000);
        let Some(request) = Request::new(model.clone(), &self.decision, &data, now) else {
            return vec!["there is no such decision".to_owned()];
        };
        let result = evaluate(&request);
        assert_eq!(
            result,
            evaluate(&request),
            "the second time is as the first"
        );
        let mut wrong = Vec::new();
        match (&result, &self.gives, &self.fails) {
            (Ok(evaluated), Some(gives), None) => {
                let output: Value = serde_json::from_str(&evaluated.output).expect("JSON");
                if output != *gives {
                    wrong.push(format!("it gives {output}, not {gives}"));
                }
            }
            (Err(failed), None, Some(fails)) => self.check_failure(failed, fails, &mut wrong),
            _ => wrong.push(format!("it comes to {result:?}")),
        }
        let made = match &result {
            Ok(Evaluated { decisions, .. }) => decisions,
            Err(failed) => &failed.decisions,
        };
        self.check_explanation(made, &mut wrong);
        let cost = match model.cost(&self.decision).expect("the decision is there") {
            Cost::Inline => "inline",
            Cost::Isolated => "isolated",
        };
        if self.cost.as_deref().is_some_and(|wanted| wanted != cost) {
            wrong.push(format!("its cost is {cost}"));
        }
        let reads = model.names(&self.decision).expect("the decision is there");
        let reads: Vec<String> = reads.into_iter().map(Into::into).collect();
        if self.reads.as_ref().is_some_and(|wanted| *wanted != reads) {
            wrong.push(format!("it reads {reads:?}"));
        }
        wrong
    }

    fn check_failure(&self, failed: &Failed, fails: &str, wrong: &mut Vec<String>) {
        let told = failed.error.to_string();
        if !told.contains(fails) {
            wrong.push(format!("it fails with `{told}`"));
        }
        if self
            .at
            .as_deref()
            .is_some_and(|at| at != &*failed.decision_id)
        {
            wrong.push(format!("it fails at {}", failed.decision_id));
        }
    }

    fn check_explanation(&self, made: &[EvaluatedDecision], wrong: &mut Vec<String>) {
        let ids: Vec<&str> = made.iter().map(|decision| &*decision.id).collect();
        if self.made.as_ref().is_some_and(|wanted| *wanted != ids) {
            wrong.push(format!("it makes {ids:?}"));
        }
        let of = |id: &str| made.iter().find(|decision| *decision.id == *id);
        for (id, wanted) in self.matched.iter().flatten() {
            let rules = of(id).map(|decision| {
                let numbers = decision.rules.iter().map(|rule| rule.index.into());
                Value::Array(numbers.collect())
            });
            if rules.as_ref() != Some(wanted) {
                wrong.push(format!("in {id} these rules match: {rules:?}"));
            }
        }
        for (id, wanted) in self.inputs.iter().flatten() {
            let inputs = of(id).map(|decision| {
                let inputs = decision.inputs.iter().map(|input| {
                    let value = serde_json::from_str(&input.value).expect("JSON");
                    (input.name.to_string(), value)
                });
                Value::Object(inputs.collect())
            });
            if inputs.as_ref() != Some(wanted) {
                wrong.push(format!("in {id} this is tested: {inputs:?}"));
            }
        }
    }
}

#[test]
fn every_model_comes_to_what_its_cases_say() {
    let work = || {
        let mut wrong = Vec::new();
        for folder in folders() {
            let name = folder
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let differences = differences(&folder).into_iter();
            wrong.extend(differences.map(|difference| format!("{name}: {difference}")));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(folders().len() >= FEWEST, "a folder is gone");
    };
    // As little stack as is promised.
    let thread = std::thread::Builder::new().stack_size(isolated::STACK_BYTES);
    let thread = thread.spawn(work).expect("the thread starts");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Folders there are; one less is a mistake.
const FEWEST: usize = 51;
