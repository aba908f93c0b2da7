//! Reads a file as a decision model, compiles it, and makes every decision in it.

#![no_main]

use std::sync::Arc;

use anyam_feel::dmn::{Model, Request, evaluate};
use anyam_feel::{Budget, Data, EvaluationError, Limits, Now, Seed};
use libfuzzer_sys::{Corpus, fuzz_target};

const BUDGET: Budget = Budget {
    steps: 20_000,
    bytes: 4 << 20,
};

/// Decisions of one model that are made.
const MAX_DECISIONS: usize = 20;

fuzz_target!(|file: &[u8]| -> Corpus {
    let Ok(read) = anyam_bpmn::dmn::read(file, &anyam_bpmn::Limits::default()) else {
        return Corpus::Keep;
    };
    let limits = Limits {
        inline: BUDGET,
        isolated: BUDGET,
        ..Limits::default()
    };
    let Ok(model) = Model::compile(&read.definitions, &[], &limits) else {
        return Corpus::Keep;
    };
    let model = Arc::new(model);
    for decision in model.decisions().take(MAX_DECISIONS) {
        let mut data = Data::new();
        data.seed(Seed(1));
        let names = model.names(decision.id).expect("the decision is there");
        for (name, value) in names.iter().zip(["5", "\"x\"", "[1,2]", "{\"a\":1}", "true"]) {
            data.insert(name, value);
        }
        let request = Request::new(model.clone(), decision.id, &data, Now(0));
        let request = request.expect("the decision is there");
        let made = evaluate(&request);
        if let Err(failed) = &made {
            let internal = matches!(failed.error, EvaluationError::Internal(_));
            assert!(!internal, "{failed}");
        }
        assert_eq!(made, evaluate(&request));
    }
    Corpus::Keep
});
