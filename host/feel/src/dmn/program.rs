//! A compiled model: decisions, input data, functions and services by their numbers.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::ast::{FunctionNode, Node};
use crate::types::{Declared, Type};
use crate::variables::Variables;

/// Everything that evaluation needs.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) variables: Variables,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) functions: Vec<Function>,
    pub(crate) services: Vec<Service>,
    /// Types by the number of [`Type::Item`].
    pub(crate) items: Vec<Type>,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Decision(usize),
    Service(usize),
}

#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) kind: &'static str,
    /// How it is made; `null` where nothing says so.
    pub(crate) node: Option<Node>,
    /// What its logic sees, the most important name last.
    pub(crate) bound: Vec<(Arc<str>, Bound)>,
    pub(crate) functions: Vec<usize>,
    /// Variables its own logic reads.
    pub(crate) reads: BTreeSet<usize>,
    /// Whether its own logic costs no more than text times data.
    pub(crate) inline: bool,
    /// Cells of its tables.
    pub(crate) cells: usize,
}

/// What a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    Decision(usize),
    Input(usize),
}

/// Input data: a variable by its name, or else by its id.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) by_name: usize,
    pub(crate) by_id: usize,
    pub(crate) declared: Option<Declared>,
}

/// A business knowledge model or a decision service as a function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) node: Arc<FunctionNode>,
    pub(crate) functions: Vec<usize>,
    pub(crate) reads: BTreeSet<usize>,
    pub(crate) service: Option<usize>,
}

#[derive(Debug, Default)]
pub(crate) struct Service {
    /// Names and decisions of the results.
    pub(crate) outputs: Vec<(Arc<str>, usize)>,
    /// Parameters, and what they stand for inside.
    pub(crate) given: Vec<(Arc<str>, Bound)>,
}

impl Decision {
    /// The decisions it requires.
    pub(crate) fn required(&self) -> impl Iterator<Item = usize> {
        self.bound.iter().filter_map(|(_, bound)| match bound {
            Bound::Decision(number) => Some(*number),
            Bound::Input(_) => None,
        })
    }
}

impl Program {
    /// Decisions in an order in which each comes after what it requires, ending with those asked
    /// for. What is given, and what only it requires, is left out.
    pub(crate) fn order(&self, asked: &[usize], is_given: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut stack: Vec<(usize, bool)> =
            asked.iter().rev().map(|number| (*number, false)).collect();
        while let Some((number, done)) = stack.pop() {
            if done {
                order.push(number);
            } else if !is_given(number) && seen.insert(number) {
                stack.push((number, true));
                let required: Vec<usize> = self.decisions[number].required().collect();
                stack.extend(required.into_iter().rev().map(|other| (other, false)));
            }
        }
        order
    }

    /// The decisions that a target makes.
    pub(crate) fn order_of(&self, target: Target) -> Vec<usize> {
        match target {
            Target::Decision(number) => self.order(&[number], |_| false),
            Target::Service(number) => {
                let service = &self.services[number];
                let outputs: Vec<usize> = service.outputs.iter().map(|(_, at)| *at).collect();
                let given: HashSet<usize> = service
                    .given
                    .iter()
                    .filter_map(|(_, bound)| match bound {
                        Bound::Decision(number) => Some(*number),
                        Bound::Input(_) => None,
                    })
                    .collect();
                self.order(&outputs, |number| given.contains(&number))
            }
        }
    }

    /// The variables that making a target may read.
    pub(crate) fn names_of(&self, target: Target) -> Vec<Box<str>> {
        let mut reads = BTreeSet::new();
        let mut functions: Vec<usize> = Vec::new();
        let mut decisions = self.order_of(target);
        if let Target::Service(number) = target {
            self.given_to(number, &mut reads);
        }
        let (mut seen_decisions, mut seen_functions) = (HashSet::new(), HashSet::new());
        loop {
            while let Some(number) = decisions.pop() {
                if !seen_decisions.insert(number) {
                    continue;
                }
                let decision = &self.decisions[number];
                reads.extend(&decision.reads);
                functions.extend(&decision.functions);
                for (_, bound) in &decision.bound {
                    if let Bound::Input(input) = bound {
                        let input = &self.inputs[*input];
                        reads.extend([input.by_name, input.by_id]);
                    }
                }
            }
            let Some(number) = functions.pop() else { break };
            if !seen_functions.insert(number) {
                continue;
            }
            let function = &self.functions[number];
            reads.extend(&function.reads);
            functions.extend(&function.functions);
            if let Some(service) = function.service {
                decisions = self.order_of(Target::Service(service));
            }
        }
        let names = self.variables.names();
        let mut names: Vec<Box<str>> = reads.into_iter().map(|at| (&*names[at]).into()).collect();
        names.sort_unstable();
        names
    }

    /// Variables that stand for the parameters of a service that is asked for itself.
    fn given_to(&self, service: usize, reads: &mut BTreeSet<usize>) {
        for (name, bound) in &self.services[service].given {
            match bound {
                Bound::Input(input) => {
                    let input = &self.inputs[*input];
                    reads.extend([input.by_name, input.by_id]);
                }
                Bound::Decision(_) => reads.extend(self.variables.find(name)),
            }
        }
    }
}
