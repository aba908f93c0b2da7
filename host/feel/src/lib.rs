//! FEEL expressions: compiled once, evaluated many times, bounded.

mod data;
mod error;
mod expression;
pub mod isolated;
mod limits;

pub use data::{Data, Now};
pub use error::{CompileError, EvaluationError};
pub use expression::{Cost, Expression};
pub use limits::Limits;
