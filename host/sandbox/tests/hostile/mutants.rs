//! Components that nobody wrote: small ones of the catalogue, changed at random.
//!
//! The fuzz target in `fuzz/` does the same without an end.

use std::time::Duration;

use anyam_sandbox::Limits;

use crate::attack::End;
use crate::catalogue;
use crate::ground::Ground;
use mutation::{Random, mutate};

#[path = "../../fuzz/src/mutation.rs"]
mod mutation;

/// How many mutants are made. All are checked; those that pass are compiled and called.
const MUTANTS: u64 = 500;
/// The largest component that is changed.
const SEED_BYTES: usize = 8_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutants_are_contained() {
    let seeds: Vec<Vec<u8>> = catalogue()
        .into_iter()
        .map(|attack| attack.component)
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
        refused >= 100 && called >= 50,
        "{refused} refused, {called} called"
    );
}
