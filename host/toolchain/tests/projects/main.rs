//! Every template and example builds from its sources, into a component that exports what a step
//! must.

mod shape;
mod templates;
