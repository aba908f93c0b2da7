//! FEEL expressions: compiled once, evaluated many times, bounded.

mod ast;
mod builtins;
mod data;
mod error;
mod evaluate;
mod expression;
pub mod isolated;
mod json;
mod lexer;
mod limits;
mod number;
mod parser;
mod scope;
mod temporal;
mod value;

pub use data::{Data, Now};
pub use error::{CompileError, EvaluationError};
pub use expression::{Cost, Expression};
pub use limits::{Budget, Limits};
