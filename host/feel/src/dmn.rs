//! DMN decisions: compiled once, evaluated many times, within the same budget as expressions.
//!
//! ```
//! use std::sync::Arc;
//! use anyam_feel::{Data, Limits, Now, dmn};
//!
//! let file = br##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
//!     id="g" name="Greetings" namespace="https://example.org">
//!   <decision id="greeting" name="Greeting">
//!     <literalExpression><text>"Hello " + name</text></literalExpression>
//!   </decision>
//! </definitions>"##;
//! let file = anyam_bpmn::dmn::read(file, &anyam_bpmn::Limits::default())?.definitions;
//! let model = dmn::Model::compile(&file, &[], &Limits::default()).expect("a sound model");
//! let mut data = Data::new();
//! data.insert("name", "\"Ann\"");
//! let request = dmn::Request::new(Arc::new(model), "greeting", &data, Now(0)).expect("there is one");
//! assert_eq!(&*dmn::evaluate(&request)?.output, "\"Hello Ann\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a decision sees
//! What it requires (decisions, input data, business knowledge models, decision services), each by
//! the name of its variable, by its own name and by its id; from an imported model with the import's
//! name and a point before it. Beyond DMN, and as in Camunda 8, any other name is a variable of whoever asks.
//!
//! # Types
//! A value that does not belong to an item definition is `null`, as DMN has it. The names of FEEL's
//! own types only convert: a value they do not fit is let through, as Camunda 8 does not look at
//! them and models carry wrong ones. Dates, times and durations of input data come as texts.
//!
//! # Decision tables
//! Where no rule matches the result is the default outputs, or `null`. Rules that must not match
//! together are an error, and so are outputs that cannot be aggregated.

mod boxed;
mod compile;
pub(crate) mod evaluate;
mod explanation;
mod hit_policy;
mod item_types;
mod link;
mod program;
mod request;
mod shared_names;
pub(crate) mod table;

use anyam_bpmn::Finding;
use anyam_bpmn::dmn::Definitions;

pub use explanation::{
    Evaluated, EvaluatedDecision, EvaluatedInput, EvaluatedOutput, Failed, MatchedRule,
};
pub use request::{Request, evaluate};

use crate::{Cost, Limits};
use program::{Program, Target};

/// The decisions of one file, compiled together with the files it imports.
#[derive(Debug)]
pub struct Model {
    pub(crate) program: Program,
    pub(crate) limits: Limits,
    /// Decisions and services of the file itself, by id.
    pub(crate) own: Vec<(Box<str>, Target)>,
    pub(crate) warnings: Vec<Finding>,
}

/// A decision of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionInfo<'m> {
    /// The `id`.
    pub id: &'m str,
    /// The name.
    pub name: &'m str,
    /// How it is made, in the words of the API, such as `DECISION_TABLE`; `UNSPECIFIED` where the
    /// file does not say.
    pub kind: &'static str,
}

/// Cells of decision tables that may be looked at where a decision is needed; one with more of them
/// goes to another thread.
const INLINE_CELLS: usize = 5_000;

impl Model {
    /// Compiles a file. Of `others`, which may be every file of a deployment, it uses those that
    /// are imported, however far around.
    ///
    /// # Errors
    /// Everything that is wrong, with its place in `main`. What is wrong in an imported file is told
    /// at the import.
    pub fn compile(
        main: &Definitions,
        others: &[&Definitions],
        limits: &Limits,
    ) -> Result<Self, Vec<Finding>> {
        compile::compile(main, others, limits)
    }

    /// What is doubtful in the file: what is `null` whatever the data, such as the call of a function
    /// that is not there.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// The decisions of the file, in its order.
    pub fn decisions(&self) -> impl Iterator<Item = DecisionInfo<'_>> {
        self.own.iter().filter_map(|(_, target)| match target {
            Target::Decision(number) => {
                let decision = &self.program.decisions[*number];
                Some(DecisionInfo {
                    id: &decision.id,
                    name: &decision.name,
                    kind: decision.kind,
                })
            }
            Target::Service(_) => None,
        })
    }

    /// Where a decision or decision service may be evaluated; `None` where there is none of this
    /// id.
    #[must_use]
    pub fn cost(&self, id: &str) -> Option<Cost> {
        self.target(id).map(|target| self.cost_of(target))
    }

    pub(crate) fn cost_of(&self, target: Target) -> Cost {
        let order = self.program.order_of(target);
        let cells = order
            .iter()
            .map(|decision| self.program.decisions[*decision].cells)
            .fold(0, usize::saturating_add);
        let inline = order
            .iter()
            .all(|decision| self.program.decisions[*decision].inline);
        if inline && cells <= INLINE_CELLS {
            Cost::Inline
        } else {
            Cost::Isolated
        }
    }

    /// The variables that a decision or decision service may read, sorted, with everything it
    /// requires; `None` where there is none of this id.
    #[must_use]
    pub fn names(&self, id: &str) -> Option<Vec<Box<str>>> {
        self.target(id).map(|target| self.program.names_of(target))
    }

    pub(crate) fn target(&self, id: &str) -> Option<Target> {
        let found = self.own.iter().find(|(own, _)| **own == *id);
        found.map(|(_, target)| *target)
    }
}
