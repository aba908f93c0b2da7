//! The steps that are measured.

use std::fs;
use std::path::Path;

use anyam::toolchain::{StepProject, Toolchain};
use anyam_sandbox::{Limits, Sandbox, WarmUpCall};
use anyam_tests::binary::repository;
use serde_json::Value;

/// A step with the input it is called with.
pub struct Measured {
    pub language: &'static str,
    pub component: Vec<u8>,
    /// Whether its project asks for a warm-up.
    pub warms_up: bool,
    pub input: String,
    pub headers: Vec<(Box<str>, Box<str>)>,
}

/// One step of each language.
pub fn all() -> Vec<Measured> {
    let toolchain = Toolchain::of_repository(repository());
    let steps = repository().join("plugins/parcel-shipping/steps");
    [
        ("price-label", "two-days"),
        ("volume-weight", "shoe-box"),
        ("parcel-class", "by-weight"),
        ("fuel-surcharge", "rounded"),
        ("tracking-number", "from-the-standard"),
        ("sorting-code", "letters-and-a-gap"),
        ("tariff", "domestic"),
        ("parse-address", "berlin"),
        ("check-postcode", "valid"),
        ("delivery-window", "over-a-weekend"),
    ]
    .into_iter()
    .map(|(name, case)| read(&toolchain, &steps.join(name), case))
    .collect()
}

fn read(toolchain: &Toolchain, folder: &Path, case: &str) -> Measured {
    let project = StepProject::open(folder).unwrap_or_else(|error| panic!("{error}"));
    let built = toolchain
        .build(&project)
        .unwrap_or_else(|error| panic!("{error}"));
    let case = folder.join("cases").join(format!("{case}.json"));
    let case: Value = serde_json::from_slice(&fs::read(&case).expect("the case is there"))
        .expect("the case is JSON");
    let headers = case["headers"].as_object().into_iter().flatten();
    Measured {
        language: project.file.language.name(),
        component: fs::read(built.file).expect("what was built is there"),
        warms_up: !project.file.warm_up.is_empty(),
        input: case["input"].to_string(),
        headers: headers
            .map(|(key, value)| {
                let value = value.as_str().expect("headers are texts");
                (key.as_str().into(), value.into())
            })
            .collect(),
    }
}

impl Measured {
    /// The component after the call that is measured.
    pub async fn warmed_up(&self, sandbox: &Sandbox) -> Vec<u8> {
        let call = WarmUpCall {
            function: None,
            input: self.input.clone(),
            headers: self.headers.clone().into(),
        };
        let component = self.component.as_slice().into();
        let (calls, limits) = ([call], Limits::default());
        let snapshot = sandbox.snapshot(component, &calls, &limits);
        snapshot.await.expect("a snapshot can be made")
    }
}
