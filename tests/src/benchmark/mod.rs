//! What the benchmark `platform` computes and writes: figures, goals and the report.
//!
//! It measures nothing itself, so that its arithmetic is tested like any other code.

pub mod figures;
pub mod goals;
pub mod markdown;
pub mod report;

pub use figures::{Figures, Latencies};
pub use goals::{Bound, Goal};
pub use report::{Machine, Report};
