//! XML as the rest of the crate sees it: bounded, without entities, every element with its place.

mod element;
mod guard;
mod tree;

pub(crate) use element::Element;
pub(crate) use guard::read_text;
pub(crate) use tree::Tree;

/// Namespace of BPMN 2.0 models.
pub(crate) const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

/// Namespace of the Camunda 8 extension elements.
pub(crate) const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";
