//! The components of steps, built from their sources once a run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use anyam::toolchain::{Toolchain, ToolchainError};

use crate::binary::repository;

/// The steps of `plugins/order-fulfilment` in Rust, by name: `credit-check` and `reserve-stock`.
pub fn order_fulfilment() -> &'static BTreeMap<String, Vec<u8>> {
    static STEPS: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    STEPS.get_or_init(|| rust(&repository().join("plugins/order-fulfilment")))
}

/// The step that misbehaves as its input says: `tests/guests/hostile`.
pub fn hostile() -> &'static [u8] {
    static STEP: OnceLock<Vec<u8>> = OnceLock::new();
    STEP.get_or_init(|| {
        let mut steps = rust(&repository().join("tests/guests/hostile"));
        steps
            .remove("hostile")
            .expect("its package is called hostile")
    })
}

/// A step like `credit-check` that also writes down what it decided, in the tenant's key-value store
/// `ledger`, and so has an effect: `tests/guests/ledger`.
pub fn ledger() -> Vec<u8> {
    let mut steps = rust(&repository().join("tests/guests/ledger"));
    steps
        .remove("ledger")
        .expect("its package is called ledger")
}

/// The Python step of `plugins/order-fulfilment`, or why this machine cannot build it.
///
/// # Errors
/// Where Python or its packages are missing. Anything else is a failed test.
pub fn price_order() -> Result<Vec<u8>, String> {
    let source = repository().join("plugins/order-fulfilment/steps/price-order");
    match toolchain().python_step(&source, &repository().join("wit")) {
        Ok(step) => Ok(read(&step.file)),
        Err(error) if error.lacks_python() => Err(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

fn toolchain() -> Toolchain {
    Toolchain::of_repository(repository())
}

fn rust(source: &Path) -> BTreeMap<String, Vec<u8>> {
    let built = toolchain().rust_steps(source);
    let failed = |error: ToolchainError| panic!("the steps do not build: {error}");
    built
        .unwrap_or_else(failed)
        .into_iter()
        .map(|step| (step.name, read(&step.file)))
        .collect()
}

fn read(file: &Path) -> Vec<u8> {
    std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
