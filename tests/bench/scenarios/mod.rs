//! The scenarios: what each of them prepares, asks and reports.

mod idle;
mod messages;
mod parked;
mod progress;
mod straight;
mod tenants;
mod timers;
mod uploads;

use super::run::Run;

/// Scenarios that are measured together.
type Together = (&'static [&'static str], fn(&mut Run));

/// All of them, in the order in which they run.
pub const ALL: [Together; 7] = [
    (&["a", "b", "c", "d", "e", "j", "m"], straight::measure),
    (&["f"], messages::measure),
    (&["g"], timers::measure),
    (&["h"], tenants::measure),
    (&["i", "k"], parked::measure),
    (&["l"], uploads::measure),
    (&["m"], idle::measure),
];
