//! Compiles a file as BPMN, twice.

#![no_main]

use anyam_bpmn::{Limits, Severity, compile};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|file: &[u8]| -> Corpus {
    let limits = Limits::default();
    let compiled = compile(file, &limits);
    if let Err(rejected) = &compiled {
        // A refusal says why.
        assert!(
            rejected
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Error)
        );
    }
    assert_eq!(compiled, compile(file, &limits));
    Corpus::Keep
});
