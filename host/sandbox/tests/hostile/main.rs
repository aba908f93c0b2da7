//! Components that want to hurt: a catalogue of attacks, by what they attack.
//!
//! An attack is an entry with a name, a component, and what its end must say ([`attack::Attack`]).
//! [`ground::contained`] runs each against a sandbox that serves a neighbour's tenant at the same
//! time and afterwards. `edges` holds the limits at their exact edges, `mutants` the components that
//! nobody wrote. What goes out over HTTP has a real guest and real sockets in `tests/http`: addresses
//! that are not public (IPv4 in IPv6, names that point inside, names that change) in `addresses.rs`,
//! URLs with credentials and with two readings in `allow.rs`, redirects to loopback in `allow.rs`,
//! floods of requests, headers and bytes in `limits.rs`, slow peers in `times.rs`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod attack;
mod ground;
mod imports;

mod canonical_abi;
mod clocks;
mod compile_bombs;
mod edges;
mod egress;
mod floods;
mod handles;
mod host_calls;
mod memory;
mod mutants;
mod reentrance;
mod stack;
mod tables;
mod time;

use std::collections::BTreeSet;

use attack::Attack;
use ground::contained;

/// Every attack there is.
fn catalogue() -> Vec<Attack> {
    [
        time::attacks(),
        memory::attacks(),
        tables::attacks(),
        stack::attacks(),
        host_calls::attacks(),
        reentrance::attacks(),
        canonical_abi::attacks(),
        handles::attacks(),
        floods::attacks(),
        clocks::attacks(),
        egress::attacks(),
        compile_bombs::attacks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn the_attacks_differ() {
    let catalogue = catalogue();
    let names: BTreeSet<_> = catalogue.iter().map(|attack| attack.name).collect();
    let components: BTreeSet<_> = catalogue.iter().map(|attack| &attack.component).collect();
    assert_eq!(names.len(), catalogue.len());
    assert_eq!(components.len(), catalogue.len());
    assert!(components.len() >= 100, "{}", components.len());
}

macro_rules! each_is_contained {
    ($($subject:ident)*) => {$(
        mod $subject {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn is_contained() {
                crate::contained(crate::$subject::attacks()).await;
            }
        }
    )*};
}

mod attack_on {
    each_is_contained!(time memory tables stack host_calls reentrance canonical_abi handles floods
        clocks egress compile_bombs);
}
