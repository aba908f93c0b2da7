//! A process that uses a step from every language, built from source: `plugins/parcel-shipping`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use anyam::toolchain::{Language, StepProject, Toolchain};
use anyam_tests::client::Client;
use anyam_tests::{Served, binary};
use serde_json::{Value, json};

const PROCESS: &str = "parcel-shipping";

/// What every parcel goes through before it has an address.
const BEGIN: [&str; 2] = ["parcel-received", "parse-address"];

/// The way from a valid postcode to the price.
const PRICING: [&str; 4] = [
    "postcode-settled",
    "volume-weight",
    "parcel-class",
    "tariff",
];

/// A step, built.
struct Step {
    project: StepProject,
    component: Vec<u8>,
}

fn folder() -> PathBuf {
    binary::repository().join("plugins").join(PROCESS)
}

/// Every step of the project, built from its sources once a run.
fn steps() -> &'static BTreeMap<String, Step> {
    static STEPS: OnceLock<BTreeMap<String, Step>> = OnceLock::new();
    STEPS.get_or_init(|| {
        let toolchain = Toolchain::of_repository(binary::repository());
        let steps = fs::read_dir(folder().join("steps")).expect("the project has steps");
        steps
            .map(|entry| built(&toolchain, &entry.expect("it can be read").path()))
            .map(|step| (step.project.file.name.clone(), step))
            .collect()
    })
}

fn built(toolchain: &Toolchain, folder: &Path) -> Step {
    let project = StepProject::open(folder).unwrap_or_else(|error| panic!("{error}"));
    let step = toolchain
        .build(&project)
        .unwrap_or_else(|error| panic!("{} does not build: {error}", project.file.name));
    let file = match project.file.warm_up.is_empty() {
        true => step.file,
        false => warmed_up(folder),
    };
    let component = fs::read(file).expect("what was built is there");
    Step { project, component }
}

/// What `anyam step build` makes of a project that asks for a warm-up.
fn warmed_up(folder: &Path) -> PathBuf {
    let mut command = Command::new(binary::anyam());
    command.args(["step", "build", "--json"]).arg(folder);
    let output = command
        .current_dir(binary::repository())
        .output()
        .expect("anyam runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {told}", folder.display());
    let built: Value = serde_json::from_slice(&output.stdout).expect("it answers in JSON");
    built["file"].as_str().expect("it names the file").into()
}

/// The server that the tests of this file share while any of them runs, with every step pushed and
/// the process deployed. It ends with the last of them: what is static is never dropped.
struct Depot {
    served: Served,
}

/// A test's share of the server, and a client of it.
struct Share {
    client: Client,
    _depot: Arc<Depot>,
}

impl Deref for Share {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Depot {
    fn client() -> Share {
        static DEPOT: Mutex<Weak<Depot>> = Mutex::new(Weak::new());
        let mut shared = DEPOT.lock().expect("no test fails with the lock");
        let depot = shared.upgrade().unwrap_or_else(|| {
            let depot = Arc::new(Self::furnish());
            *shared = Arc::downgrade(&depot);
            depot
        });
        Share {
            client: depot.served.client(),
            _depot: depot,
        }
    }

    fn furnish() -> Self {
        let served = Served::start();
        let client = served.client();
        for (name, step) in steps() {
            let version = step.project.file.version.to_string();
            let pushed = client.push_step(name, &version, &step.component);
            assert_eq!(pushed.status, 201, "{name}: {pushed:#?}");
            assert_eq!(pushed.body["effect"], "pure", "{name}: {pushed:#?}");
        }
        let model = folder().join("parcel-shipping.bpmn");
        client.deployed(&fs::read_to_string(model).expect("the project has a process"));
        Self { served }
    }
}

/// A parcel of the example, as the start of an instance.
fn order(name: &str) -> Value {
    let file = folder().join("orders").join(name);
    let text = fs::read_to_string(file).expect("the project has orders");
    serde_json::from_str(&text).expect("an order is JSON")
}

/// Ships a parcel to its end: the way it went, and its variables.
#[track_caller]
fn ship(client: &Client, parcel: Value) -> (Vec<String>, serde_json::Map<String, Value>) {
    let instance = client.create(PROCESS, parcel);
    client.reaches(&instance, "COMPLETED");
    (client.path(&instance), client.variables(&instance))
}

#[test]
fn there_is_a_step_of_every_language() {
    let used: BTreeSet<Language> = steps()
        .values()
        .map(|step| step.project.file.language)
        .collect();
    assert_eq!(used, BTreeSet::from(Language::ALL));
    let model = fs::read_to_string(folder().join("parcel-shipping.bpmn")).expect("a process");
    for name in steps().keys() {
        assert!(
            model.contains(&format!("type=\"{name}@1\"")),
            "{name} is not used"
        );
    }
}

#[test]
fn a_parcel_is_shipped_by_steps_of_every_language() {
    let client = Depot::client();
    let (way, variables) = ship(&client, order("domestic.json"));
    let begin = [&BEGIN[..], &["check-postcode", "postcode-valid"], &PRICING].concat();
    assert_eq!(way[..begin.len()], begin, "{way:?}");
    let ran: BTreeSet<&str> = way.iter().map(String::as_str).collect();
    for step in steps().keys() {
        assert!(ran.contains(step.as_str()), "{step} did not run: {way:?}");
    }
    assert_eq!(way.last().map(String::as_str), Some("parcel-shipped"));
    assert_eq!(way.len(), begin.len() + 8, "{way:?}");

    assert_eq!(variables["address"]["street"], "Invalidenstr.");
    assert_eq!(variables["address"]["postcode"], "10115");
    // 300 x 200 x 150 mm; a gram for 5000 cubic millimetres.
    assert_eq!(variables["volumeGrams"], 1800);
    assert_eq!(variables["chargeableGrams"], 2500);
    assert_eq!(variables["zone"], "domestic");
    // The check digit of UPU S10: (4x8 + 7x6 + 3x4 + 1x2 + 2x3 + 4x5 + 8x9 + 2x7) mod 11 = 2.
    assert_eq!(variables["trackingNumber"], "CP473124829DE");
    // D, E, 1, 0, 1, 1, 5 by their places: (1x13 + 2x14 + 3x1 + 5x1 + 6x1 + 7x5) mod 36 = 18.
    assert_eq!(variables["sortingCode"], "DE-10115-I");
    let cents = |name: &str| variables[name].as_u64().expect("an amount");
    // 7 per cent, to the nearest cent.
    assert_eq!(cents("surchargeCents"), (cents("baseCents") * 7 + 50) / 100);
    assert_eq!(
        cents("totalCents"),
        cents("baseCents") + cents("surchargeCents")
    );
    assert_eq!(variables["earliest"], "2026-11-26");
    assert_eq!(variables["latest"], "2026-11-27");
    let (whole, rest) = (cents("totalCents") / 100, cents("totalCents") % 100);
    let label = format!("CP473124829DE\n{whole}.{rest:02} EUR\n2026-11-26 to 2026-11-27");
    assert_eq!(variables["label"], label);
}

#[test]
fn a_parcel_to_another_country_takes_longer_and_costs_more() {
    let client = Depot::client();
    let (_, domestic) = ship(&client, order("domestic.json"));
    let (way, abroad) = ship(&client, order("abroad.json"));
    assert_eq!(way.last().map(String::as_str), Some("parcel-shipped"));
    assert_eq!(abroad["zone"], "eu");
    assert_eq!(abroad["address"]["postcode"], "1012 JS");
    assert_eq!(
        (&abroad["earliest"], &abroad["latest"]),
        (&json!("2026-11-27"), &json!("2026-12-01"))
    );
    assert!(abroad["totalCents"].as_u64() > domestic["totalCents"].as_u64());
    let number = abroad["trackingNumber"].as_str().expect("a number");
    assert!(
        number.starts_with("CP47312496") && number.ends_with("NL"),
        "{number}"
    );
}

#[test]
fn bpmn_errors_of_steps_are_caught_by_the_process() {
    let client = Depot::client();
    let (way, variables) = ship(&client, order("unreadable-address.json"));
    assert_eq!(
        way,
        [&BEGIN[..], &["address-unreadable", "returned-to-sender"]].concat()
    );
    assert_eq!(variables["part"], "postcode");

    let (way, variables) = ship(&client, order("unknown-country.json"));
    let end = ["check-postcode", "country-unknown", "returned-to-sender"];
    assert_eq!(way, [&BEGIN[..], &end].concat());
    let known = variables["known"].as_array().expect("a list");
    assert!(known.contains(&json!("DE")), "{known:?}");

    // The case of a typed step's error is the code, and its payload are the variables.
    let (way, variables) = ship(&client, order("too-heavy.json"));
    let end = ["parcel-class", "parcel-too-heavy", "sent-by-freight"];
    assert_eq!(way[way.len() - 3..], end, "{way:?}");
    assert_eq!(variables["excessGrams"], 500);

    // Large parcels stay within the union.
    let mut parcel = order("abroad.json");
    parcel["parcel"]["addressText"] = json!("10 Downing Street, SW1A 2AA London, GB");
    parcel["parcel"]["weightGrams"] = json!(31_000);
    let (way, _) = ship(&client, parcel);
    assert_eq!(
        way[way.len() - 3..],
        ["tariff", "no-tariff", "refused"],
        "{way:?}"
    );
    assert_eq!(client.search("incidents", json!({})), [] as [Value; 0]);
}

#[test]
fn a_wrong_postcode_is_corrected_by_a_person() {
    let client = Depot::client();
    let instance = client.create(PROCESS, order("wrong-postcode.json"));
    let task = client.user_task(&instance);
    client
        .complete_task(&task, json!({ "postcode": "10115" }))
        .ok();
    client.reaches(&instance, "COMPLETED");
    let way = client.path(&instance);
    assert_eq!(way.last().map(String::as_str), Some("parcel-shipped"));
    assert!(way.contains(&"correct-postcode".to_owned()), "{way:?}");
    assert_eq!(client.variables(&instance)["address"]["postcode"], "10115");
}

/// The cases of a step: `cases/*.json`.
fn cases(step: &Step) -> Vec<(String, Value)> {
    let folder = step.project.folder.join("cases");
    let entries = fs::read_dir(&folder).expect("every step has cases");
    let mut cases: Vec<_> = entries
        .map(|entry| entry.expect("it can be read").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a case can be read");
            let case = serde_json::from_str(&text);
            (
                path.display().to_string(),
                case.unwrap_or_else(|error| panic!("{path:?}: {error}")),
            )
        })
        .collect();
    cases.sort_by(|(one, _), (other, _)| one.cmp(other));
    cases
}

#[test]
fn every_case_of_every_step_comes_out_as_it_says() {
    let client = Depot::client();
    for (name, step) in steps() {
        let cases = cases(step);
        assert!(cases.len() >= 2, "{name} has {} cases", cases.len());
        let version = &step.project.file.version;
        for (file, case) in cases {
            let mut request = json!({ "input": case["input"] });
            for member in ["headers", "function"] {
                if let Some(value) = case.get(member) {
                    request[member] = value.clone();
                }
            }
            let path = format!("/v2/steps/{name}/versions/{version}/invocation");
            let answer = client.act(&path, request).ok();
            compare(&file, &case, &answer);
        }
    }
}

/// Compares what a case expects with what a call answered.
fn compare(file: &str, case: &Value, answer: &Value) {
    let failure = &answer["failure"];
    if let Some(output) = case.get("output") {
        assert_eq!(&answer["output"], output, "{file}: {answer:#}");
    } else if let Some(error) = case["bpmnError"].as_object() {
        assert_eq!(failure["kind"], "bpmnError", "{file}: {answer:#}");
        for (member, value) in error {
            assert_eq!(&failure[member], value, "{file}: {answer:#}");
        }
    } else {
        let text = case["failure"].as_str().expect("a case expects something");
        let message = failure["message"].as_str().unwrap_or_default();
        assert!(message.contains(text), "{file}: {answer:#}");
        assert_ne!(failure["kind"], "bpmnError", "{file}: {answer:#}");
    }
}
