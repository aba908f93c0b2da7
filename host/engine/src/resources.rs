//! Deployed files that elements refer to: forms of user tasks, linked resources of jobs.

use anyam_bpmn::graph::{Binding, FormDefinition, Value};
use serde_json::json;

use crate::execution::{Execution, Stop};
use crate::expressions::shown;
use crate::key::{ElementInstanceKey, ResourceKey};
use crate::transition::{Headers, IncidentKind};

/// The header that tells a worker of its linked resources.
const LINKED_RESOURCES: &str = "linkedResources";

/// What a deployed file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// A form of user tasks.
    Form,
    /// Anything else that is no model.
    Other,
}

/// Where the engine finds deployed files.
pub trait Resources {
    /// The version of a file that the process means. The same question within one command must get
    /// the same answer, also where the command is applied again after
    /// [`crate::Outcome::Evaluate`].
    ///
    /// # Errors
    /// Why there is none, in a sentence for an incident.
    fn find(&self, kind: ResourceKind, id: &str, binding: &Binding) -> Result<ResourceKey, String>;
}

/// No files at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoResources;

impl Resources for NoResources {
    fn find(&self, kind: ResourceKind, id: &str, _: &Binding) -> Result<ResourceKey, String> {
        let kind = match kind {
            ResourceKind::Form => "form",
            ResourceKind::Other => "resource",
        };
        Err(format!("there is no {kind} '{id}'"))
    }
}

/// The form of a user task.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) external: Option<Box<str>>,
    pub(crate) key: Option<ResourceKey>,
}

impl Execution<'_> {
    /// The form that a user task's definition means.
    pub(crate) fn form(
        &mut self,
        at: ElementInstanceKey,
        definition: Option<&FormDefinition>,
    ) -> Result<Form, Stop> {
        Ok(match definition {
            None => Form::default(),
            Some(FormDefinition::External(reference)) => Form {
                external: self.optional_text(Some(reference), at, "externalReference")?,
                key: None,
            },
            Some(FormDefinition::Deployed { id, binding }) => {
                let kind = IncidentKind::FormNotFound;
                let key = self.resource(at, ResourceKind::Form, (id, binding), kind)?;
                Form {
                    external: None,
                    key: Some(key),
                }
            }
        })
    }

    /// The header that tells the worker of an element's job of its linked resources, where it has
    /// some.
    pub(crate) fn linked_resources(&mut self, at: ElementInstanceKey) -> Result<Headers, Stop> {
        let linked = &self.node_of(at).extras().linked_resources;
        if linked.is_empty() {
            return Ok(Headers::new());
        }
        let mut list = Vec::with_capacity(linked.len());
        for link in linked {
            let wanted = (&link.resource_id, &link.binding);
            let kind = IncidentKind::ResourceNotFound;
            let key = self.resource(at, ResourceKind::Other, wanted, kind)?;
            list.push(json!({
                "linkName": &*link.link_name,
                "resourceKey": key.to_string(),
                "resourceType": &*link.resource_type,
            }));
        }
        let list = serde_json::Value::from(list).to_string();
        Ok(vec![(LINKED_RESOURCES.into(), list.into())])
    }

    fn resource(
        &mut self,
        at: ElementInstanceKey,
        kind: ResourceKind,
        (id, binding): (&Value, &Binding),
        missing: IncidentKind,
    ) -> Result<ResourceKey, Stop> {
        let id = match self.setting(id, at)? {
            serde_json::Value::String(id) => self.bounded(id, "id of a resource")?,
            other => {
                let found = shown(&other);
                let message = format!("the id of a resource must be a text, but is {found}");
                return Err(Stop::Incident(IncidentKind::ExtractValueError, message));
            }
        };
        let found = self.resources.find(kind, &id, binding);
        found.map_err(|why| Stop::Incident(missing, why))
    }
}
