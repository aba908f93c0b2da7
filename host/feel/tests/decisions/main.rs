//! DMN decisions.

mod bounds;
mod cases;
