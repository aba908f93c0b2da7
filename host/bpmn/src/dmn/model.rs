//! The plain data of a DMN file.

use crate::graph::Location;

/// One file: its decisions and what they are made of, each in document order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions {
    /// The `id`: of the decision requirements graph, in the words of Camunda 8.
    pub id: Box<str>,
    /// The name.
    pub name: Box<str>,
    /// The namespace other files import it by, without a slash at its end.
    pub namespace: Box<str>,
    /// Files it uses.
    pub imports: Vec<Import>,
    /// Types it defines.
    pub item_definitions: Vec<ItemDefinition>,
    /// What is given from outside.
    pub input_data: Vec<InputData>,
    /// Decisions.
    pub decisions: Vec<Decision>,
    /// Functions.
    pub knowledge: Vec<BusinessKnowledgeModel>,
    /// Decision services.
    pub services: Vec<DecisionService>,
}

/// Another file that is used (DMN 1.5, 6.3.3).
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What stands before the names of its elements; empty where they need nothing before them.
    pub name: Box<str>,
    /// The namespace of the other file.
    pub namespace: Box<str>,
    /// Where it stands.
    pub location: Location,
}

/// A type (7.3.2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemDefinition {
    /// The name.
    pub name: Box<str>,
    /// Whether it is a list of what is described.
    pub is_collection: bool,
    /// The type it restricts.
    pub type_ref: Option<Box<str>>,
    /// Unary tests that a value (each item of a collection) must pass.
    pub allowed_values: Option<Text>,
    /// Unary tests that the whole value must pass.
    pub type_constraint: Option<Text>,
    /// Entries of a context.
    pub components: Vec<ItemDefinition>,
    /// Parameters and result, where it is a type of functions.
    pub function: Option<FunctionItem>,
    /// Where it stands.
    pub location: Location,
}

/// A type of functions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionItem {
    /// Parameters.
    pub parameters: Vec<InformationItem>,
    /// Type of the result.
    pub output: Option<Box<str>>,
}

/// A name and its type (7.3.4).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InformationItem {
    /// The name, with single spaces.
    pub name: Box<str>,
    /// The type.
    pub type_ref: Option<Box<str>>,
    /// Where it stands.
    pub location: Location,
}

/// Something given from outside (6.3.11).
#[derive(Clone, Debug, PartialEq)]
pub struct InputData {
    /// The `id`.
    pub id: Box<str>,
    /// Its variable, or its name where it has none.
    pub variable: InformationItem,
    /// Where it stands.
    pub location: Location,
}

/// A decision (6.3.7).
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The `id`: in the words of Camunda 8 the decision definition's.
    pub id: Box<str>,
    /// The name.
    pub name: Box<str>,
    /// Its `zeebe:versionTag`.
    pub version_tag: Option<Box<str>>,
    /// Its variable, or its name where it has none.
    pub variable: InformationItem,
    /// What it requires.
    pub requirements: Vec<Requirement>,
    /// How it is made; `None` where the file does not say.
    pub logic: Option<Expression>,
    /// Where it stands.
    pub location: Location,
}

/// A function that decisions use (6.3.9).
#[derive(Clone, Debug, PartialEq)]
pub struct BusinessKnowledgeModel {
    /// The `id`.
    pub id: Box<str>,
    /// The name.
    pub name: Box<str>,
    /// Its variable, or its name where it has none.
    pub variable: InformationItem,
    /// What it requires.
    pub requirements: Vec<Requirement>,
    /// Parameters and body.
    pub logic: Option<Function>,
    /// Where it stands.
    pub location: Location,
}

/// Decisions behind one call (6.3.10).
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionService {
    /// The `id`.
    pub id: Box<str>,
    /// The name.
    pub name: Box<str>,
    /// Its variable, or its name where it has none.
    pub variable: InformationItem,
    /// Decisions whose results it gives.
    pub output_decisions: Vec<Reference>,
    /// Decisions made inside.
    pub encapsulated_decisions: Vec<Reference>,
    /// Decisions whose results the caller gives.
    pub input_decisions: Vec<Reference>,
    /// Input data the caller gives.
    pub input_data: Vec<Reference>,
    /// Where it stands.
    pub location: Location,
}

/// An element of this file or of an imported one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Namespace of the other file; `None` for this one.
    pub namespace: Option<Box<str>>,
    /// The `id`.
    pub id: Box<str>,
}

/// Something that must be known before (6.3.13 to 6.3.15).
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// What kind of element it names.
    pub kind: RequirementKind,
    /// The element.
    pub reference: Reference,
    /// Where it stands.
    pub location: Location,
}

/// The kind of element a [`Requirement`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequirementKind {
    /// A decision.
    Decision,
    /// Input data.
    Input,
    /// A business knowledge model or a decision service.
    Knowledge,
}

/// FEEL text and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// The text, without white space around it.
    pub text: Box<str>,
    /// Where it stands.
    pub location: Location,
}

/// A boxed expression (7.2.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub logic: Logic,
    /// Type of its value.
    pub type_ref: Option<Box<str>>,
    /// Where it stands.
    pub location: Location,
}

/// The kinds of boxed expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum Logic {
    /// FEEL text.
    Literal(Text),
    /// A decision table.
    Table(Box<DecisionTable>),
    /// Named entries, each of which sees those before it. One without a name is the result.
    Context(Vec<ContextEntry>),
    /// A list.
    List(Vec<Expression>),
    /// A list of contexts with the same names.
    Relation {
        /// The names.
        columns: Vec<InformationItem>,
        /// A value for each name.
        rows: Vec<Vec<Expression>>,
    },
    /// A function.
    Function(Function),
    /// A call with named arguments.
    Invocation {
        /// What is called.
        function: Box<Expression>,
        /// The arguments.
        arguments: Vec<Argument>,
    },
    /// `if`, `then`, `else`.
    Conditional {
        /// The condition.
        condition: Box<Expression>,
        /// Where it holds.
        then: Box<Expression>,
        /// Where it does not.
        otherwise: Box<Expression>,
    },
    /// The items of a list that match.
    Filter {
        /// The list.
        list: Box<Expression>,
        /// What must hold of an item.
        condition: Box<Expression>,
    },
    /// A value for each item of a list.
    For {
        /// Name of the item.
        variable: Box<str>,
        /// The list.
        list: Box<Expression>,
        /// The value.
        result: Box<Expression>,
    },
    /// Whether something holds for some or every item of a list.
    Quantified {
        /// For every one, not only for some.
        every: bool,
        /// Name of the item.
        variable: Box<str>,
        /// The list.
        list: Box<Expression>,
        /// What must hold.
        condition: Box<Expression>,
    },
}

/// One entry of a boxed context.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextEntry {
    /// Its name; `None` for the result.
    pub variable: Option<InformationItem>,
    /// Its value.
    pub value: Expression,
}

/// A function in FEEL.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Parameters.
    pub parameters: Vec<InformationItem>,
    /// The body.
    pub body: Box<Expression>,
    /// Where it stands.
    pub location: Location,
}

/// An argument of a boxed invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The parameter it is for.
    pub parameter: InformationItem,
    /// Its value; `None` is `null`.
    pub value: Option<Expression>,
}

/// A decision table (8.3).
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionTable {
    /// Which of the matching rules count.
    pub hit_policy: HitPolicy,
    /// What [`HitPolicy::Collect`] makes of the outputs.
    pub aggregation: Option<Aggregation>,
    /// Columns of conditions.
    pub inputs: Vec<InputClause>,
    /// Columns of results.
    pub outputs: Vec<OutputClause>,
    /// Rows.
    pub rules: Vec<Rule>,
}

/// Which of the matching rules count (8.2.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HitPolicy {
    /// At most one may match.
    #[default]
    Unique,
    /// Several may match, with the same outputs.
    Any,
    /// The one whose outputs stand first among the output values.
    Priority,
    /// The first one.
    First,
    /// All, in the order of the rules.
    RuleOrder,
    /// All, in the order of the output values.
    OutputOrder,
    /// All, in any order.
    Collect,
}

/// What is made of collected outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Their sum.
    Sum,
    /// How many there are.
    Count,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

/// A column of conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct InputClause {
    /// The `id`.
    pub id: Box<str>,
    /// What the column is called.
    pub label: Option<Box<str>>,
    /// What is tested.
    pub expression: Text,
    /// Type of what is tested.
    pub type_ref: Option<Box<str>>,
    /// Where it stands.
    pub location: Location,
}

/// A column of results.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputClause {
    /// The `id`.
    pub id: Box<str>,
    /// Name of the result's member, where there are several columns.
    pub name: Box<str>,
    /// What the column is called.
    pub label: Option<Box<str>>,
    /// Type of the result.
    pub type_ref: Option<Box<str>>,
    /// Possible results, the first one before the others.
    pub values: Option<Text>,
    /// The result where no rule matches.
    pub default: Option<Text>,
    /// Where it stands.
    pub location: Location,
}

/// A row of a decision table.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The `id`.
    pub id: Box<str>,
    /// Unary tests, one for each input.
    pub inputs: Vec<Text>,
    /// Expressions, one for each output.
    pub outputs: Vec<Text>,
    /// Where it stands.
    pub location: Location,
}

impl Logic {
    /// The kind in the words of the API, such as `DECISION_TABLE`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Literal(_) => "LITERAL_EXPRESSION",
            Self::Table(_) => "DECISION_TABLE",
            Self::Context(_) => "CONTEXT",
            Self::List(_) => "LIST",
            Self::Relation { .. } => "RELATION",
            Self::Function(_) => "FUNCTION_DEFINITION",
            Self::Invocation { .. } => "INVOCATION",
            Self::Conditional { .. } => "CONDITIONAL",
            Self::Filter { .. } => "FILTER",
            Self::For { .. } => "FOR",
            Self::Quantified { every: false, .. } => "SOME",
            Self::Quantified { every: true, .. } => "EVERY",
        }
    }
}
