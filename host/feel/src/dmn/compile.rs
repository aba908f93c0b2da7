//! Files to a program.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use anyam_bpmn::Finding;
use anyam_bpmn::dmn::{self, Definitions, InformationItem, Reference, Requirement};
use anyam_bpmn::graph::Location;

use super::Model;
use super::item_types::{ItemTypes, Making};
use super::link::{Element, Files};
use super::program::{Bound, Decision, Function, Input, Program, Service, Target};
use crate::ast::{FunctionNode, Node};
use crate::limits::Limits;
use crate::names::{Around, Meaning, Names};
use crate::types::{Declared, Type};

/// Compiles files one element after the other.
pub(super) struct Compiler<'d> {
    pub(super) files: Files<'d>,
    pub(super) limits: &'d Limits,
    pub(super) program: Program,
    pub(super) types: ItemTypes,
    /// Parameters of each function, known before any body is compiled.
    pub(super) parameters: Vec<Vec<Arc<str>>>,
    /// Names that are known in every element of a file.
    pub(super) shared: Vec<Arc<Names>>,
    /// The element that is being compiled.
    pub(super) now: Now,
}

/// The element that is being compiled.
#[derive(Default)]
pub(super) struct Now {
    pub(super) file: usize,
    pub(super) id: Box<str>,
    pub(super) names: Names,
    /// Names bound around the current place.
    pub(super) around: Around,
    pub(super) filters: usize,
    pub(super) inline: bool,
    pub(super) cells: usize,
}

pub(super) fn compile(
    main: &Definitions,
    others: &[&Definitions],
    limits: &Limits,
) -> Result<Model, Vec<Finding>> {
    let mut compiler = Compiler {
        files: Files::gather(main, others),
        limits,
        program: Program::default(),
        types: ItemTypes::default(),
        parameters: Vec::new(),
        shared: Vec::new(),
        now: Now::default(),
    };
    compiler.number_elements();
    compiler.share_names();
    compiler.inputs();
    for file in 0..compiler.files.files.len() {
        compiler.knowledge(file);
        compiler.services(file);
        compiler.decisions(file);
    }
    compiler.check_cycles();
    let own = compiler.own();
    let Compiler {
        files,
        mut program,
        types,
        ..
    } = compiler;
    program.items = types.items;
    let warnings = files.into_findings()?;
    Ok(Model {
        program,
        limits: limits.clone(),
        own,
        warnings,
    })
}

impl<'d> Compiler<'d> {
    pub(super) fn files(&self) -> Vec<&'d Definitions> {
        self.files.files.clone()
    }

    fn number_elements(&mut self) {
        let (mut decisions, mut inputs, mut functions) = (0, 0, 0);
        for (number, file) in self.files().into_iter().enumerate() {
            let elements = &mut self.files.elements;
            for decision in &file.decisions {
                elements.insert((number, &*decision.id), Element::Decision(decisions));
                decisions += 1;
            }
            for input in &file.input_data {
                elements.insert((number, &*input.id), Element::Input(inputs));
                inputs += 1;
            }
            for model in &file.knowledge {
                elements.insert((number, &*model.id), Element::Function(functions));
                functions += 1;
                let parameters = model.logic.iter().flat_map(|logic| &logic.parameters);
                let parameters = parameters.map(|parameter| (&*parameter.name).into());
                self.parameters.push(parameters.collect());
            }
            for service in &file.services {
                elements.insert((number, &*service.id), Element::Function(functions));
                functions += 1;
                self.parameters.push(Vec::new());
            }
        }
        // The parameters of a service are named by elements, all of which have their number now.
        for (number, file) in self.files().into_iter().enumerate() {
            for service in &file.services {
                let given = self.given(number, service);
                let names = given.into_iter().map(|(item, _)| (&*item.name).into());
                let names = names.collect();
                if let Some(Element::Function(function)) =
                    self.files.elements.get(&(number, &*service.id))
                {
                    self.parameters[*function] = names;
                }
            }
        }
    }

    /// The type a name stands for in a file.
    pub(super) fn declare(
        &mut self,
        file: usize,
        name: Option<&str>,
        location: Location,
    ) -> Option<Declared> {
        let mut making = Making {
            files: &mut self.files,
            variables: &mut self.program.variables,
            limits: self.limits,
        };
        let owner = (file, &*self.now.id);
        self.types.declared(&mut making, owner, name, location)
    }

    fn inputs(&mut self) {
        for (number, file) in self.files().into_iter().enumerate() {
            for input in &file.input_data {
                self.now.id = input.id.clone();
                let variable = &input.variable;
                let declared =
                    self.declare(number, variable.type_ref.as_deref(), variable.location);
                let variables = &mut self.program.variables;
                self.program.inputs.push(Input {
                    by_name: variables.number(&variable.name),
                    by_id: variables.number(&input.id),
                    declared,
                });
            }
        }
    }

    /// Begins an element with what it requires; gives what is bound and what it may call.
    fn begin(
        &mut self,
        file: usize,
        id: &str,
        requirements: &[Requirement],
    ) -> (Vec<(Arc<str>, Bound)>, Vec<usize>) {
        self.now = Now {
            file,
            id: id.into(),
            names: Names::over(self.shared[file].clone()),
            inline: true,
            ..Now::default()
        };
        self.program.variables.take_used();
        // The most important names come last and hide the others.
        let mut bound: [Vec<(Arc<str>, Bound)>; 3] = Default::default();
        let mut functions = Vec::new();
        for requirement in requirements {
            let Some((home, element)) = self.files.element(file, &requirement.reference) else {
                self.unresolved(file, id, requirement);
                continue;
            };
            let names = self.names_of(home, &requirement.reference);
            let prefix = self.files.prefix(file, home);
            for (at, name) in names.into_iter().rev().enumerate() {
                if names[..2 - at].contains(&name) {
                    continue;
                }
                let name = format!("{prefix}{name}");
                let what = match element {
                    Element::Decision(number) => Bound::Decision(number),
                    Element::Input(number) => Bound::Input(number),
                    Element::Function(number) => {
                        self.now.names.add(&name, Meaning::Function(number));
                        functions.push(number);
                        continue;
                    }
                };
                self.now.names.add(&name, Meaning::Bound);
                bound[at].push((name.into(), what));
            }
        }
        (bound.into_iter().flatten().collect(), functions)
    }

    fn unresolved(&mut self, file: usize, id: &str, requirement: &Requirement) {
        let message = format!(
            "'{}' is required, but the imported model has no such element",
            requirement.reference.id
        );
        let rule = ("dmn-reference-unresolved", Some(id));
        // A reference inside a file was checked when it was read, and one into a file that is not
        // there was told at its import.
        let imported = self.files.file_of(file, &requirement.reference);
        if requirement.reference.namespace.is_some() && imported.is_some() {
            self.files.error(file, rule, requirement.location, message);
        }
    }

    fn names_of(&self, home: usize, reference: &Reference) -> [&'d str; 3] {
        let key = (home, &*reference.id);
        self.files.names.get(&key).copied().unwrap_or_default()
    }

    fn knowledge(&mut self, file: usize) {
        for model in &self.files()[file].knowledge {
            let (_, mut functions) = self.begin(file, &model.id, &model.requirements);
            let own = self.program.functions.len();
            functions.push(own);
            // It may call itself.
            for name in [&model.id, &model.name, &model.variable.name] {
                self.now.names.add(name, Meaning::Function(own));
            }
            let node = match &model.logic {
                Some(logic) => self.function(logic),
                None => Arc::new(FunctionNode {
                    parameters: Vec::new(),
                    types: Vec::new(),
                    body: Node::Literal(crate::value::Value::Null),
                }),
            };
            let reads = self.program.variables.take_used();
            self.program.functions.push(Function {
                node,
                functions,
                reads,
                service: None,
            });
        }
    }

    fn services(&mut self, file: usize) {
        for service in &self.files()[file].services {
            self.begin(file, &service.id, &[]);
            let given = self.given(file, service);
            let mut made = Service::default();
            for reference in &service.output_decisions {
                if let Some((home, Element::Decision(number))) = self.files.element(file, reference)
                {
                    let [name, ..] = self.names_of(home, reference);
                    made.outputs.push((name.into(), number));
                }
            }
            let mut types = Vec::with_capacity(given.len());
            for (item, bound) in given {
                let declared = self.declare(file, item.type_ref.as_deref(), item.location);
                types.push(declared.filter(|it| it.strict).map(|it| it.wanted));
                made.given.push(((&*item.name).into(), bound));
                if let Bound::Decision(_) = bound {
                    self.program.variables.number(&item.name);
                }
            }
            let number = self.program.services.len();
            let parameters = made.given.iter().map(|(name, _)| name.clone()).collect();
            self.program.services.push(made);
            self.program.functions.push(Function {
                node: Arc::new(FunctionNode {
                    parameters,
                    types,
                    body: Node::Service(number),
                }),
                functions: Vec::new(),
                reads: BTreeSet::new(),
                service: Some(number),
            });
        }
    }

    /// The parameters of a service: input data, then input decisions.
    fn given(
        &self,
        file: usize,
        service: &'d dmn::DecisionService,
    ) -> Vec<(&'d InformationItem, Bound)> {
        let mut given = Vec::new();
        for reference in service.input_data.iter().chain(&service.input_decisions) {
            let Some((home, element)) = self.files.element(file, reference) else {
                continue;
            };
            let bound = match element {
                Element::Input(number) => Bound::Input(number),
                Element::Decision(number) => Bound::Decision(number),
                Element::Function(_) => continue,
            };
            let variable = self.files.variables.get(&(home, &*reference.id));
            given.extend(variable.map(|variable| (*variable, bound)));
        }
        given
    }

    fn decisions(&mut self, file: usize) {
        for decision in &self.files()[file].decisions {
            let (bound, functions) = self.begin(file, &decision.id, &decision.requirements);
            let node = decision.logic.as_ref().map(|logic| self.boxed(logic));
            let variable = &decision.variable;
            let declared = self.declare(file, variable.type_ref.as_deref(), variable.location);
            let node = node.map(|node| typed(node, declared));
            let kind = decision
                .logic
                .as_ref()
                .map_or("UNSPECIFIED", |it| it.logic.kind());
            self.program.decisions.push(Decision {
                id: (&*decision.id).into(),
                name: (&*decision.name).into(),
                kind,
                node,
                bound,
                functions,
                reads: self.program.variables.take_used(),
                inline: self.now.inline,
                cells: self.now.cells,
            });
        }
    }

    /// Inside a file the reader has looked; across files a decision may still require itself.
    fn check_cycles(&mut self) {
        if self.files.files.len() == 1 {
            return;
        }
        let decisions = &self.program.decisions;
        let mut open: Vec<usize> = decisions.iter().map(|it| it.required().count()).collect();
        let mut required_by: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, decision) in decisions.iter().enumerate() {
            for required in decision.required() {
                required_by.entry(required).or_default().push(number);
            }
        }
        let mut free: Vec<usize> = (0..open.len()).filter(|at| open[*at] == 0).collect();
        while let Some(number) = free.pop() {
            for other in required_by.remove(&number).into_iter().flatten() {
                open[other] -= 1;
                if open[other] == 0 {
                    free.push(other);
                }
            }
        }
        let own = self.files.files[0].decisions.iter().zip(&open);
        let stuck: Vec<_> = own.filter(|(_, open)| **open > 0).collect();
        if let Some((decision, _)) = stuck.first() {
            let message = format!(
                "the decision '{}' requires itself, by way of another file, or one that does; \
                 remove a requirement",
                decision.id
            );
            let rule = ("dmn-requirement-cycle", Some(&*decision.id));
            self.files.error(0, rule, decision.location, message);
        }
    }

    fn own(&self) -> Vec<(Box<str>, Target)> {
        let main = self.files.files[0];
        let decisions = main.decisions.iter().map(|it| &it.id);
        let decisions = decisions
            .zip(0..)
            .map(|(id, number)| (id.clone(), Target::Decision(number)));
        let services = main.services.iter().map(|it| &it.id).zip(0..);
        let services = services.map(|(id, number)| (id.clone(), Target::Service(number)));
        decisions.chain(services).collect()
    }
}

/// A node whose value belongs to a type.
pub(super) fn typed(node: Node, declared: Option<Declared>) -> Node {
    match declared {
        Some(Declared {
            wanted: Type::Any, ..
        })
        | None => node,
        Some(declared) => Node::Typed(Box::new(node), declared),
    }
}
