//! FEEL expressions: compiled once, evaluated many times, bounded.
//!
//! ```
//! use anyam_feel::{Data, Expression, Limits, Now};
//!
//! let expression = Expression::compile("order.amount > 1000", &Limits::default())?;
//! let mut data = Data::new();
//! data.insert("order", r#"{"amount": 1200.50}"#);
//! assert_eq!(&*expression.evaluate(&data, Now(0))?, "true");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Why an evaluator of its own
//!
//! A tenant's expression must not hang, exhaust or overflow the host, must not reach the network,
//! and must give the same result whenever it is evaluated again. Considered were:
//!
//! - **dsntk in process.** Nothing in it counts time, memory or stack, so a loop over a billion or
//!   an endless recursion takes the host with it; `external` functions send HTTP requests; `now()`
//!   reads the system's clock. A white list of harmless expressions leaves out loops and most
//!   functions over texts and lists.
//! - **An evaluator in a killable child process.** The operating system bounds it, but every
//!   evaluation pays for a round trip, results at the edge depend on the machine's load, and a
//!   pool of processes has to be kept.
//! - **An evaluator that counts** (chosen). Every step, every byte of every value and every level
//!   of nesting is paid for from a [`Budget`] before it is spent, so an evaluation ends the same
//!   way on every machine, and the worst one is known beforehand. It shares dsntk's decimal
//!   library, and results are compared with dsntk's in `tests/against_dsntk.rs`, where every
//!   deviation is listed with its reason.
//!
//! The price is that the language is this crate's to maintain, and that a bound holds only as far
//! as every operation is charged for; `tests/hazards.rs` has a test for each hazard known.
//!
//! `tests/dsntk/measure.rs` times the same expressions in one process, in dsntk with its values
//! ready, and by a round trip to this evaluator in a child process. On a shared machine with two
//! cores, relative to this crate:
//!
//! | Expression | dsntk, values ready | dsntk, data read as FEEL text | child process |
//! |---|---|---|---|
//! | `a > 3` | 0.09 | 4 | 28 |
//! | `order.amount > 1000` | 2.3 | 49 | 34 |
//! | `order.customer.vip and order.amount > 1000` | 1.6 | 26 | 18 |
//! | `sum(order.lines.price)` | 0.5 | 8 | 6 |
//! | `order.lines[price > 10].n` | 1.8 | 15 | 11 |
//! | `some line in order.lines satisfies ...` (compiled each time) | 0.7 | 4 | 5 |
//! | `string join(for t in texts ...)` (compiled each time) | 0.6 | 0.6 | 2.4 |
//!
//! Reading JSON text is part of every evaluation here, as variables are stored as text; the first
//! column leaves it out. The second reads the data with dsntk's own parser, which is no JSON
//! reader, so it is an upper bound.
//!
//! # Where to evaluate
//!
//! An expression of [`Cost::Inline`] is evaluated where it is needed. One of [`Cost::Isolated`]
//! may use up a budget that takes about a second: it goes as a [`isolated::Request`] to a thread
//! that nobody waits for. Either thread needs [`isolated::STACK_BYTES`] of stack.

#![doc = include_str!("../FUNCTIONS.md")]

mod ast;
mod builtins;
mod data;
pub mod dmn;
mod error;
mod evaluate;
mod expression;
pub mod isolated;
mod json;
mod lexer;
mod limits;
mod names;
mod number;
mod parser;
mod random;
mod scope;
mod shape;
mod spelling;
mod temporal;
mod types;
mod value;
mod variables;

pub use data::{Data, Now};
pub use error::{CompileError, EvaluationError};
pub use expression::{Cost, Expression};
pub use limits::{Budget, Limits};
pub use random::Seed;
