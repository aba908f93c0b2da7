//! Components that nobody wrote: small ones of the catalogue, changed at random.
//!
//! The fuzz target in `fuzz/` does the same without an end.

use std::time::Duration;

use anyam_sandbox::Limits;

use crate::attack::End;
use crate::ground::Ground;
use crate::small;
use mutation::{Random, mutate};

#[path = "../../fuzz/src/mutation.rs"]
mod mutation;

/// How many mutants are made. All are checked; those that pass are compiled and called.
const MUTANTS: u64 = 2_000;
/// The largest component that is changed.
const SEED_BYTES: usize = 8_000;

/// What the fuzz target begins with: well-behaved components that use much of what there is.
fn well_behaved() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds");
    let mut seeds: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.display().to_string(), wat::parse_file(path).unwrap())
        })
        .collect();
    seeds.sort();
    seeds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_mutated_answers() {
    let ground = Ground::new().await;
    let seeds = well_behaved();
    assert!(seeds.len() >= 7, "{}", seeds.len());
    for (name, component) in seeds {
        let (end, text) = ground.strike(&name, &component, &Limits::default()).await;
        let is_error = text.starts_with("BPMN error too-poor");
        assert!(end == End::Answered || is_error, "{name}: {end:?} {text}");
        ground.is_well(&name).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutants_are_contained() {
    let seeds: Vec<Vec<u8>> = small()
        .into_iter()
        .map(|attack| attack.component)
        .chain(well_behaved().into_iter().map(|(_, component)| component))
        .filter(|component| component.len() <= SEED_BYTES)
        .collect();
    let ground = Ground::new().await;
    let limits = Limits {
        call_time: Duration::from_millis(40),
        compile_time: Duration::from_secs(20),
        memory_bytes: 32 << 20,
        host_calls: 100_000,
        ..Limits::default()
    };
    let (mut refused, mut called) = (0, 0);
    for number in 0..MUTANTS {
        let mut random = Random::new(number);
        let mut mutant = seeds[random.below(seeds.len())].clone();
        let other = &seeds[random.below(seeds.len())];
        mutate(&mut mutant, other, &mut random);
        let name = format!("mutant {number}");
        match ground.strike(&name, &mutant, &limits).await.0 {
            End::Refused => refused += 1,
            End::Failed | End::Answered => called += 1,
        }
        if number % 10 == 0 {
            ground.is_well(&name).await;
        }
    }
    ground.is_well("all mutants").await;
    assert!(
        refused >= 100 && called >= 30,
        "{refused} refused, {called} called"
    );
}
