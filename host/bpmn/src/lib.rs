//! BPMN 2.0 XML to a checked, executable graph.
//!
//! [`compile`] takes the bytes of a file and gives the [graph](graph::ProcessGraph) of each
//! executable process in it, or every [`Finding`] that speaks against it. The crate is pure: no
//! file, clock or network. XML is known here and nowhere else.
//!
//! ```
//! let model = br#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
//!   <process id="hello" isExecutable="true">
//!     <startEvent id="start"/>
//!     <sequenceFlow id="flow" sourceRef="start" targetRef="end"/>
//!     <endEvent id="end"/>
//!   </process>
//! </definitions>"#;
//! let compiled = anyam_bpmn::compile(model, &anyam_bpmn::Limits::default())?;
//! let process = &compiled.processes[0];
//! assert_eq!(&*process.id, "hello");
//! assert_eq!(process.nodes[1].element_type(), "START_EVENT");
//! # Ok::<(), anyam_bpmn::Rejected>(())
//! ```
//!
//! # How a model is compiled
//! 1. The guard (`xml/guard.rs`) counts bytes, elements, depth, attributes against [`Limits`] before
//!    anything is built, then the XML is parsed; document types and entities are refused.
//! 2. Names and ids are checked over the whole file (`identity.rs`).
//! 3. For each executable process the scopes are walked and every flow node looked up in the
//!    dispatch table of `elements.rs` (`discover.rs`); each element's file reads what only that
//!    element has, each file of `event_definitions/` one kind of trigger, `repetition.rs` loop
//!    markers, `data.rs` data associations, each file of `extensions/` one `zeebe:` element.
//! 4. Sequence flows are connected (`flows.rs`) and the structural rules checked (`structure.rs`).
//!
//! Checking goes on after an error wherever that makes sense, so that one answer holds everything
//! there is to mend. FEEL texts are collected, not compiled: that is the engine's part.
//!
//! # Adding an element
//! Write `src/elements/<element>.rs` with a `KIND` that states the element's XML name, its type in
//! the Camunda 8 API, its class, the extension elements it reads and a `read` function that gives
//! its [`graph::NodeKind`]; add one line to the table in `src/elements.rs` and take the name out of
//! `src/vocabulary.rs`. The rules that hold for its class (what may connect to it) come with the
//! class. Test it in `tests/model/elements.rs`; each rule of its own has a line in `src/rules/` and a
//! folder in `tests/rules/`.

mod collaboration;
mod compensation;
mod compile;
mod conditions;
mod connections;
mod containment;
pub mod cron;
mod data;
mod data_references;
mod definitions;
mod discover;
pub mod dmn;
mod draft;
mod elements;
mod ends;
mod event_definitions;
mod event_gateways;
mod expression_language;
mod extensions;
mod finding;
mod flows;
pub mod graph;
mod identity;
mod iso8601;
mod lanes;
mod limits;
mod links;
mod reach;
mod repetition;
pub mod rules;
mod scopes;
mod structure;
mod vocabulary;
mod xml;

pub use compile::{Compiled, compile};
pub use finding::{Finding, Rejected, Severity};
pub use limits::Limits;
