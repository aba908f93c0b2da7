//! Random models driven by random commands.
//!
//! A model is made of nested blocks, so that it is known of every element how often it completes,
//! given what the conditions say. Driven with nothing but completions, in any order, an instance
//! completes and every element has completed that often. Driven with anything else (errors,
//! failures, boundary events, event sub-processes) it never panics, no element of the normal flow
//! completes more often, it always waits for something that has a name, and once everything that it
//! waits for happens it ends. Driven the same way again it is the same, byte for byte.

mod block;
mod drive;
mod xml;

use anyam_engine::{Limits, Process};

use crate::runner::play::guarded;
use crate::runner::random::Dice;
use crate::runner::world::World;

/// Models that are tried; `ANYAM_MODELS` asks for others.
const MODELS: u64 = 150;

#[test]
fn random_models_keep_their_tokens() {
    let asked = std::env::var("ANYAM_MODELS").ok();
    let seeds = match asked.as_deref().and_then(|text| text.split_once("..")) {
        Some((from, to)) => from.parse().expect("a number")..to.parse().expect("a number"),
        None => 0..MODELS,
    };
    for seed in seeds {
        let model = model(seed);
        if let Err(why) = guarded(|| try_model(&model, seed)) {
            panic!(
                "seed {seed}: {why}\nrun it alone with ANYAM_MODELS={seed}..{}\n{}",
                seed + 1,
                model.xml
            );
        }
    }
}

fn model(seed: u64) -> xml::Model {
    let mut dice = Dice::new(seed);
    let conditions: Vec<bool> = (0..8).map(|_| dice.below(2) == 0).collect();
    let size = 3 + dice.below(14) as u32;
    let mut maker = block::Maker::new(&mut dice, size);
    let blocks = maker.sequence(0);
    let catchers = maker.catchers();
    xml::write(&blocks, &catchers, &conditions)
}

fn try_model(model: &xml::Model, seed: u64) -> Result<(), String> {
    for drive in [drive::steadily, drive::wildly] {
        let mut first = world(model, false)?;
        drive(&mut first, model, &mut Dice::new(seed ^ 0xBEEF))?;
        let mut second = world(model, true)?;
        drive(&mut second, model, &mut Dice::new(seed ^ 0xBEEF))?;
        if first.shared.log != second.shared.log {
            return Err("the same commands went another way the second time".to_owned());
        }
    }
    Ok(())
}

fn world(model: &xml::Model, stored: bool) -> Result<World, String> {
    let compiled = anyam_bpmn::compile(model.xml.as_bytes(), &anyam_bpmn::Limits::default());
    let compiled = compiled.map_err(|rejected| rejected.to_string())?;
    if let Some(warning) = compiled.warnings.first() {
        return Err(format!("the model is not well-formed: {warning}"));
    }
    let graph = compiled.processes.into_iter().next().ok_or("no process")?;
    let process = Process::new(graph, &anyam_feel::Limits::default(), |_, _, _| false);
    let process = process.map_err(|findings| format!("{findings:?}"))?;
    Ok(World::of(process, Limits::default(), stored))
}
