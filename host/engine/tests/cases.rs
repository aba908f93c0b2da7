//! Every folder `tests/cases/<element>/<case>` is one case: a process, and a scenario that says what
//! is done to an instance of it and what must come of it.

mod random_models;
mod runner;

use runner::{folder, play};

/// Cases there must be at least: a folder that is lost must not go unseen.
const FEWEST: usize = 500;

#[test]
fn every_case_comes_out_as_its_scenario_says() {
    let only = std::env::var("ANYAM_CASE").unwrap_or_default();
    let cases = folder::cases();
    assert!(
        cases.len() >= FEWEST,
        "only {} cases were found",
        cases.len()
    );
    let chosen: Vec<_> = cases
        .iter()
        .filter(|case| case.name().contains(&only))
        .collect();
    assert!(!chosen.is_empty(), "no case has `{only}` in its name");
    let mut failures = Vec::new();
    for case in chosen {
        match play::guarded(|| play::play(case)) {
            Ok(()) => eprintln!("ok      {}", case.name()),
            Err(why) => {
                eprintln!("FAILED  {}", case.name());
                failures.push(format!(
                    "--- {} ({})\n{why}",
                    case.name(),
                    case.path.display()
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} cases failed\n{}\nrun one alone with ANYAM_CASE=<part of its name>",
        failures.len(),
        failures.join("\n")
    );
}
