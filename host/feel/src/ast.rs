//! The syntax tree of an expression.

use std::sync::Arc;

use crate::builtins::Builtin;
use crate::dmn::table::Table;
use crate::types::{Declared, Type};
use crate::value::Value;

/// Left-associative chains are flat lists, so the tree is only as deep as the source nests.
#[derive(Debug)]
pub(crate) enum Node {
    Literal(Value),
    /// A name: a local one when `local`, otherwise (or failing that) the variable with this index.
    Name {
        name: Arc<str>,
        local: bool,
        variable: Option<usize>,
    },
    List(Vec<Node>),
    Context(Vec<(Arc<str>, Node)>),
    Range {
        start: Box<Node>,
        start_closed: bool,
        end: Box<Node>,
        end_closed: bool,
    },
    /// The closed range from a value to itself.
    Interval(Box<Node>),
    Negate(Box<Node>),
    Arithmetic(Box<Node>, Vec<(Arithmetic, Node)>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Between(Box<Node>, Box<Node>, Box<Node>),
    In(Box<Node>, Vec<Test>),
    InstanceOf(Box<Node>, Type),
    And(Vec<Node>),
    Or(Vec<Node>),
    If(Vec<(Node, Node)>, Box<Node>),
    /// `partial`: whether the body may read the results so far.
    For {
        sources: Vec<(Arc<str>, Source)>,
        body: Box<Node>,
        partial: bool,
    },
    Quantified {
        every: bool,
        sources: Vec<(Arc<str>, Source)>,
        condition: Box<Node>,
    },
    Function(Arc<FunctionNode>),
    Call(&'static Builtin, Vec<Node>),
    Postfix(Box<Node>, Vec<Suffix>),
    /// The function with this number of a decision model.
    Global(usize),
    /// A value that is made to belong to a type.
    Typed(Box<Node>, Declared),
    /// Entries that do not see each other.
    Row(Vec<(Arc<str>, Node)>),
    /// A result that sees the entries before it.
    Scoped(Vec<(Arc<str>, Node)>, Box<Node>),
    /// A decision table.
    Table(Arc<Table>),
    /// The result of the decision service with this number, whose parameters are bound.
    Service(usize),
}

/// Tests of one value.
#[derive(Debug)]
pub(crate) enum UnaryTests {
    Anything,
    AnyOf(Vec<Test>),
    NoneOf(Vec<Test>),
}

/// What follows a value.
#[derive(Debug)]
pub(crate) enum Suffix {
    Member(Arc<str>),
    Filter(Node),
    Call(Vec<(Option<Arc<str>>, Node)>),
}

/// Parameters and body of a function.
#[derive(Debug)]
pub(crate) struct FunctionNode {
    pub(crate) parameters: Vec<Arc<str>>,
    /// Declared types, in the order of the parameters.
    pub(crate) types: Vec<Option<Type>>,
    pub(crate) body: Node,
}

/// What a loop runs over.
#[derive(Debug)]
pub(crate) enum Source {
    Each(Node),
    Between(Node, Node),
}

/// One alternative of `in`.
#[derive(Debug)]
pub(crate) enum Test {
    Compare(Comparison, Node),
    Value(Node),
    /// Reads the tested value as `?`.
    Condition(Node),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
