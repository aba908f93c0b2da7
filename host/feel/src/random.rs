//! Numbers that look random and follow from a seed.

use serde::{Deserialize, Serialize};

/// Where the random functions begin. The same seed gives the same draws in the same order, so an
/// evaluation can be repeated; who wants others draws another seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed(pub u64);

impl Seed {
    /// A seed for one of several evaluations that begin with this one. Different numbers give
    /// unrelated seeds.
    #[must_use]
    pub fn part(self, number: u64) -> Self {
        Self(mixed(self.0 ^ mixed(number.wrapping_add(STEP))))
    }
}

/// The odd number nearest to 2^64 divided by the golden ratio (SplitMix64).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Draws one after the other: SplitMix64, which passes the usual tests and has no weak seeds. It is
/// no source of secrets.
#[derive(Debug)]
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: Seed) -> Self {
        Self(seed.0)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// From 0 to below `end`, each as likely.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let scaled = u128::from(self.next()) * u128::from(end);
        u64::try_from(scaled >> 64).unwrap_or(0)
    }
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_splitmix64() {
        // The reference implementation, seeded with 1234567.
        let mut draws = Draws::new(Seed(1_234_567));
        let first: Vec<u64> = (0..3).map(|_| draws.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn parts_differ_and_stay_below_the_end() {
        let seeds: std::collections::BTreeSet<u64> =
            (0..1000).map(|number| Seed(7).part(number).0).collect();
        assert_eq!(seeds.len(), 1000);
        let mut draws = Draws::new(Seed(0));
        assert!((0..1000).all(|_| draws.below(10) < 10));
    }
}
