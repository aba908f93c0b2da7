//! The steps of `plugins/parcel-shipping`.

use anyam_toolchain::{StepProject, repository};

use crate::{build, shape};

/// Interfaces that reach beyond the component's own memory: no example needs one.
const OUTSIDE: [&str; 3] = ["wasi:http", "wasi:keyvalue", "wasi:blobstore"];

fn check(name: &str, exports: &[&str]) {
    let folder = repository().unwrap().join("plugins/parcel-shipping/steps");
    let built = build(&StepProject::open(&folder.join(name)).unwrap());
    assert_eq!(built.name, name);
    assert_eq!(shape::exports(&built.file), exports);
    let imports = shape::imports(&built.file);
    let outside = |import: &String| OUTSIDE.iter().any(|part| import.starts_with(part));
    assert!(!imports.iter().any(outside), "{imports:?}");
}

const HANDLER: [&str; 2] = ["anyam:step/handler@0.1.0", "anyam:step/manifest@0.1.0"];

#[test]
fn volume_weight() {
    check(
        "volume-weight",
        &[
            "volume-weight: func(length-mm: u32, width-mm: u32, height-mm: u32) -> \
           result<weight { volume-grams: u32 }, refusal { bad-size }>",
        ],
    );
}

#[test]
fn parcel_class() {
    check(
        "parcel-class",
        &[
            "parcel-class: func(weight-grams: u32, volume-grams: u32) -> \
           result<class { chargeable-grams: u32, parcel-class: size { S, M, L } }, \
           refusal { too-heavy(excess { limit-grams: u32, excess-grams: u32 }) }>",
        ],
    );
}

#[test]
fn fuel_surcharge() {
    check(
        "fuel-surcharge",
        &["fuel-surcharge: func(base-cents: u64, percent: u32) -> \
           result<surcharge { surcharge-cents: u64 }, refusal { bad-percent }>"],
    );
}

#[test]
fn sorting_code() {
    check(
        "sorting-code",
        &["sorting-code: func(country: string, postcode: string) -> \
           result<sorting { sorting-code: string }, refusal { bad-character(char), no-postcode(_) }>"],
    );
}

#[test]
fn tracking_number() {
    check(
        "tracking-number",
        &[
            "tracking-number: func(parcel-number: u32, country: string) -> \
           result<tracking { tracking-number: string }, refusal { bad-number, bad-country }>",
        ],
    );
}

#[test]
fn tariff() {
    check("tariff", &HANDLER);
}

#[test]
fn price_label() {
    check("price-label", &HANDLER);
}
