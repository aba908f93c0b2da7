//! Activities that run more than once: standard loops and multi-instance (10.3.7, 10.3.8).

use super::{EventTrigger, ExprIx, Value};

/// How an activity is repeated.
#[derive(Clone, Debug, PartialEq)]
pub enum Repetition {
    /// Again and again while a condition holds.
    Standard(StandardLoop),
    /// Once for each item.
    Multi(Box<MultiInstance>),
}

/// `standardLoopCharacteristics`.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardLoop {
    /// `testBefore`: whether the condition is looked at before the first round.
    pub test_before: bool,
    /// `loopMaximum`: rounds at most.
    pub maximum: Option<u32>,
    /// `loopCondition`: FEEL, or the literal `true` or `false`.
    pub condition: Option<Value>,
}

/// `multiInstanceLoopCharacteristics` with its `zeebe:loopCharacteristics`.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiInstance {
    /// `isSequential`: one after the other.
    pub sequential: bool,
    /// What decides how many there are.
    pub input: LoopInput,
    /// `inputElement`, or the id of the `inputDataItem`: the variable that holds the item.
    pub input_element: Option<Box<str>>,
    /// What collects the results.
    pub output: Option<LoopOutput>,
    /// `completionCondition`: FEEL, or the literal `true` or `false`.
    pub completion_condition: Option<Value>,
    /// Which events are thrown when one of them completes.
    pub behavior: Behavior,
}

/// What decides how many instances of a multi-instance activity there are.
#[derive(Clone, Debug, PartialEq)]
pub enum LoopInput {
    /// `inputCollection`: one for each item of a list.
    Collection(ExprIx),
    /// `loopCardinality`: a number; FEEL, or a literal whole number.
    Cardinality(Value),
    /// `loopDataInputRef`: one for each item of the data with this id.
    Data(Box<str>),
}

/// What collects the results of a multi-instance activity.
#[derive(Clone, Debug, PartialEq)]
pub enum LoopOutput {
    /// `outputCollection` and `outputElement`.
    Collection {
        /// The variable that collects.
        variable: Box<str>,
        /// What each instance contributes.
        element: ExprIx,
    },
    /// `loopDataOutputRef` and `outputDataItem`.
    Data {
        /// The id of the data that collects.
        collection: Box<str>,
        /// The id of the item: the variable of each instance whose value it contributes.
        item: Box<str>,
    },
}

impl LoopOutput {
    /// The variable of the activity that holds what is collected so far.
    pub fn collection(&self) -> &str {
        match self {
            Self::Collection { variable, .. } => variable,
            Self::Data { collection, .. } => collection,
        }
    }
}

/// `behavior` (table 10.31): the events that completed instances throw, which boundary events of
/// the activity catch.
#[derive(Clone, Debug, PartialEq)]
pub enum Behavior {
    /// `All`: none.
    All,
    /// `None`: each one throws this event.
    None(EventTrigger),
    /// `One`: the first one throws this event.
    One(EventTrigger),
    /// `Complex`: each one throws the events whose conditions hold.
    Complex(Vec<ComplexBehavior>),
}

/// `complexBehaviorDefinition`.
#[derive(Clone, Debug, PartialEq)]
pub struct ComplexBehavior {
    /// `condition`: FEEL, or the literal `true` or `false`.
    pub condition: Value,
    /// What the implicit throw event throws.
    pub event: Option<EventTrigger>,
}
