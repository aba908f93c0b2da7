//! Data objects, properties and data associations (10.4).
//!
//! A data object or property is a variable of the scope it stands in, named by its `id`; references
//! to a data object share it. Data inputs, data outputs and properties of an activity or event are
//! variables of its own.
//!
//! The collections of a multi-instance activity are its body's: the associations that fill or take them
//! are carried out once, and each iteration has its item as a variable (10.3.8).

use anyam_bpmn::graph::{DataAssociation, LoopInput, LoopOutput, MultiInstance, NodeIx};
use anyam_bpmn::graph::{ROOT, Repetition, Value};

use crate::execution::{Execution, Stop};
use crate::expressions::extract;
use crate::key::ElementInstanceKey;
use crate::mappings::{quoted, with_member};
use crate::transition::{IncidentKind, Role};
use crate::value::{Json, Variables};
use crate::variables::Place;

impl<'a> Execution<'a> {
    /// Fills the data inputs of an element. A required one that gets no value is an incident: the
    /// activity may not begin without it (10.4.2).
    pub(crate) fn read_data(&mut self, at: ElementInstanceKey) -> Result<(), Stop> {
        let extras = self.node_of(at).extras();
        if extras.data_inputs.is_empty() && extras.input_output.is_none() {
            return Ok(());
        }
        let mut results = Variables::new();
        for association in &extras.data_inputs {
            let Some(target) = &association.target else {
                continue;
            };
            if self.loop_input(at) == Some(target) {
                continue;
            }
            let before = results.get(target).cloned();
            if let Some(value) = self.associated(at, association, before)? {
                results.insert(target.clone(), value);
            } else if self.is_required(at, target) {
                return Err(extract(format!(
                    "the data input `{target}` of `{}` gets no value; set the data object it reads, \
                     then resolve the incident to go on",
                    self.node_of(at).id
                )));
            }
        }
        // What becomes of a data output is the associations' matter, so it is kept inside.
        let collected = self.loop_output(at).map(|(collection, _)| collection);
        for output in extras.input_output.iter().flat_map(|io| &io.outputs) {
            if collected != Some(&*output.id)
                && !self.element(at).variables.contains_key(&output.id)
            {
                let nothing = || Json::from_valid("null");
                results.entry(output.id.clone()).or_insert_with(nothing);
            }
        }
        self.check_room(&results, Place::In(at))?;
        self.set_local(at, results);
        Ok(())
    }

    /// Writes the data outputs of an element to the data objects and properties around it. What has
    /// no value changes nothing.
    pub(crate) fn write_data(&mut self, at: ElementInstanceKey) -> Result<(), Stop> {
        let output = self.loop_output(at);
        for association in &self.node_of(at).extras().data_outputs {
            let takes = |id: &str| association.sources.iter().any(|source| **source == *id);
            match output {
                Some((collection, _)) if takes(collection) => {}
                Some((_, item)) if association.target.as_deref() == Some(item) => {
                    self.write_association(at, association, Some((at, item)))?;
                }
                _ => {
                    let place = association.target.as_deref();
                    let place = place.and_then(|target| self.data_place(at, target));
                    self.write_association(at, association, place)?;
                }
            }
        }
        Ok(())
    }

    fn write_association(
        &mut self,
        at: ElementInstanceKey,
        association: &DataAssociation,
        place: Option<(ElementInstanceKey, &str)>,
    ) -> Result<(), Stop> {
        // A data store, for instance, is none of the instance's data.
        let Some((scope, name)) = place else {
            return Ok(());
        };
        let before = self.element(scope).variables.get(name);
        let before = before.map(|variable| variable.value.clone());
        if let Some(value) = self.associated(at, association, before)? {
            self.write_datum(scope, name, value)?;
        }
        Ok(())
    }

    fn write_datum(
        &mut self,
        scope: ElementInstanceKey,
        name: &str,
        value: Json,
    ) -> Result<(), Stop> {
        let results = Variables::from([(name.into(), value)]);
        self.check_room(&results, Place::In(scope))?;
        self.set_local(scope, results);
        Ok(())
    }

    /// The collection that a body has its items from: a data input that associations fill, or data
    /// that it sees.
    pub(crate) fn loop_data(&mut self, body: ElementInstanceKey, id: &str) -> Result<Json, Stop> {
        let mut value = None;
        for association in &self.node_of(body).extras().data_inputs {
            if association.target.as_deref() == Some(id) {
                let before = value.clone();
                value = self.associated(body, association, before)?.or(value);
            }
        }
        value.or_else(|| self.datum(body, id)).ok_or_else(|| {
            extract(format!(
                "the collection `{id}` of `{}` has no value; set the data object it is read from, \
                 then resolve the incident to go on",
                self.node_of(body).id
            ))
        })
    }

    /// Writes what a body has collected to the data that it is meant for.
    pub(crate) fn write_loop_data(
        &mut self,
        body: ElementInstanceKey,
        id: &str,
    ) -> Result<(), Stop> {
        let collected = self.element(body).variables.get(id);
        let Some(collected) = collected.map(|variable| variable.value.clone()) else {
            return Ok(());
        };
        if let Some((scope, name)) = self.data_place(body, id) {
            return self.write_datum(scope, name, collected);
        }
        for association in &self.node_of(body).extras().data_outputs {
            if association.sources.iter().any(|source| **source == *id) {
                let place = association.target.as_deref();
                let place = place.and_then(|target| self.data_place(body, target));
                self.write_association(body, association, place)?;
            }
        }
        Ok(())
    }

    fn multi_of(&self, at: ElementInstanceKey) -> Option<&'a MultiInstance> {
        match (
            &self.node_of(at).extras().repetition,
            self.element(at).role(),
        ) {
            (Some(Repetition::Multi(multi)), Role::Iteration(_)) => Some(multi),
            _ => None,
        }
    }

    /// The data input that its body has the items of an iteration from.
    fn loop_input(&self, at: ElementInstanceKey) -> Option<&'a str> {
        match &self.multi_of(at)?.input {
            LoopInput::Data(id) => Some(id),
            _ => None,
        }
    }

    /// The data output that the body of an iteration collects in, and the iteration's item.
    fn loop_output(&self, at: ElementInstanceKey) -> Option<(&'a str, &'a str)> {
        match self.multi_of(at)?.output.as_ref()? {
            LoopOutput::Data { collection, item } => Some((collection, item)),
            LoopOutput::Collection { .. } => None,
        }
    }

    fn is_required(&self, at: ElementInstanceKey, input: &str) -> bool {
        let io = self.node_of(at).extras().input_output.as_ref();
        io.is_some_and(|io| {
            io.inputs.iter().any(|declared| *declared.id == *input)
                && !io.optional.iter().any(|optional| **optional == *input)
        })
    }

    /// What an association brings to its target, which holds `before`. Nothing where a source has no
    /// value, or where it does not say what to bring.
    fn associated(
        &mut self,
        at: ElementInstanceKey,
        association: &DataAssociation,
        before: Option<Json>,
    ) -> Result<Option<Json>, Stop> {
        let mut sources = Variables::new();
        for source in &association.sources {
            let Some(value) = self.datum(at, source) else {
                return Ok(None);
            };
            sources.insert(source.clone(), value);
        }
        if let Some(transformation) = &association.transformation {
            return self.datum_of(at, transformation, &sources).map(Some);
        }
        if association.assignments.is_empty() {
            let first = association.sources.first();
            return Ok(first.and_then(|source| sources.remove(source)));
        }
        let mut result = before;
        for assignment in &association.assignments {
            let value = self.datum_of(at, &assignment.from, &sources)?;
            let path: Vec<Box<str>> = assignment.to.split('.').map(Into::into).collect();
            let target = association.target.as_deref();
            let inside = match path.split_first() {
                Some((first, rest)) if first.is_empty() || target == Some(first) => rest,
                _ => &path,
            };
            let known = result.as_ref().map(Json::as_str);
            result = Some(with_member(known, inside, &value));
        }
        Ok(result)
    }

    fn datum_of(
        &mut self,
        at: ElementInstanceKey,
        value: &Value,
        sources: &Variables,
    ) -> Result<Json, Stop> {
        match value {
            Value::Literal(text) => Ok(quoted(text)),
            Value::Expression(ix) => self.evaluate(*ix, at, sources, IncidentKind::IoMappingError),
        }
    }

    /// The value of a data object, property, data input or output as an element sees it.
    fn datum(&self, at: ElementInstanceKey, id: &str) -> Option<Json> {
        let own = self.element(at).variables.get(id);
        let around = || {
            let (scope, name) = self.data_place(at, id)?;
            self.element(scope).variables.get(name)
        };
        let value = match own.or_else(around) {
            Some(variable) => &variable.value,
            None => self.instance.visible(at, id)?,
        };
        (value.as_str() != "null").then(|| value.clone())
    }

    /// The scope that holds a data object or property, known by its id or that of a reference, and
    /// its variable there.
    fn data_place(
        &self,
        at: ElementInstanceKey,
        id: &str,
    ) -> Option<(ElementInstanceKey, &'a str)> {
        let process = self.process;
        let mut node: NodeIx = self.element(at).node;
        let name = loop {
            let data = process.node(node).kind.scope();
            let mut data = data.map_or(&[][..], |scope| &scope.data).iter();
            let is_meant = |known: &str| *known == *id;
            if let Some(item) = data.find(|item| {
                is_meant(&item.id) || item.references.iter().any(|known| is_meant(known))
            }) {
                break &*item.id;
            }
            if node == ROOT {
                return None;
            }
            node = process.node(node).scope;
        };
        let mut around = self.instance.scope_keys(at);
        let scope = around.find(|key| self.element(*key).node == node)?;
        Some((scope, name))
    }
}
