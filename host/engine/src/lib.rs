//! The BPMN execution engine as a pure function.

pub mod command;
pub mod key;
pub mod transition;
pub mod value;
