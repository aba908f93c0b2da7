//! BPMN 2.0 XML to a checked, executable graph.

pub mod graph;
