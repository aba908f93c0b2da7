//! Every template and example builds from its sources, into a component that exports what a step
//! must.

mod script;
mod shape;
mod templates;
