//! DMN XML to plain data: decisions, what they require, and their boxed expressions.
//!
//! [`read`] takes the bytes of a DMN 1.1 to 1.5 file and gives its [`Definitions`], or every
//! [`Finding`] that speaks against it. Everything has its place in the file. FEEL texts are kept as
//! they are; who evaluates compiles them. Diagrams, annotations, knowledge sources and the like are
//! passed over.
//!
//! ```
//! let file = br##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
//!     id="greetings" name="Greetings" namespace="https://example.org">
//!   <decision id="greeting" name="Greeting">
//!     <literalExpression><text>"Hello " + name</text></literalExpression>
//!   </decision>
//! </definitions>"##;
//! let read = anyam_bpmn::dmn::read(file, &anyam_bpmn::Limits::default())?;
//! assert_eq!(&*read.definitions.decisions[0].id, "greeting");
//! # Ok::<(), anyam_bpmn::Rejected>(())
//! ```

mod boxed;
mod check;
mod elements;
mod model;
mod reader;
mod table;

pub use model::*;

use crate::finding::{Findings, refuse};
use crate::xml::{Tree, read_text};
use crate::{Finding, Limits, Rejected};

/// Namespaces of DMN 1.1 to 1.5; the last one is that of a minor revision with the same elements.
const NAMESPACES: [&str; 6] = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
];

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// What it defines.
    pub definitions: Definitions,
    /// What is doubtful in it.
    pub warnings: Vec<Finding>,
}

/// Reads a DMN file and checks what can be checked of it alone: ids, references inside the file,
/// cycles, the shape of decision tables.
///
/// # Errors
/// [`Rejected`] with every finding, where at least one is an error. A file that is not UTF-8, not
/// well-formed, not DMN or beyond a limit of the file gives that single finding.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Read, Rejected> {
    let text = read_text(bytes, limits)?;
    let tree = Tree::parse(text)?;
    let root = tree.root();
    let namespace = root.namespace().unwrap_or_default();
    if root.name() != "definitions" || !NAMESPACES.contains(&namespace) {
        let message = format!(
            "the root element is '{}' of the namespace '{namespace}', not 'definitions' of DMN; \
             export the model as DMN 1.1 to 1.5 XML",
            root.name()
        );
        return Err(refuse("not-dmn", root.location(), message));
    }
    let mut findings = Findings::by_nearest_id(limits.findings);
    let mut reader = reader::Reader {
        findings: &mut findings,
        limits,
    };
    let definitions = elements::definitions(&mut reader, root);
    check::check(&mut reader, root, &definitions);
    let failed = findings.has_errors();
    let list = findings.into_list();
    if failed {
        return Err(Rejected { findings: list });
    }
    Ok(Read {
        definitions,
        warnings: list,
    })
}
