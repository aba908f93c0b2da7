//! Modifying a running process instance by hand.

use anyam_engine::Command;
use anyam_engine::command::{Activate, Ancestor, Modification, Move, ScopedVariables, Source};
use anyam_engine::key::ElementInstanceKey;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::keys::{Key, PathKey};
use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;
use crate::api::variables_json::VariablesIn;

/// What to change: all of it is done, or nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ModifyProcessInstance {
    /// Elements to activate.
    #[serde(default)]
    activate_instructions: Vec<ActivateInstruction>,
    /// Elements whose tokens are to go on elsewhere.
    #[serde(default)]
    move_instructions: Vec<MoveInstruction>,
    /// Element instances to terminate.
    #[serde(default)]
    terminate_instructions: Vec<TerminateInstruction>,
    /// The caller's own number for the operation; taken, and not used.
    #[allow(dead_code)]
    operation_reference: Option<i64>,
}

/// An element to activate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ActivateInstruction {
    element_id: String,
    #[serde(default)]
    variable_instructions: Vec<VariableInstruction>,
    /// The element instance in which it is to begin, where its scope is alive more than once or is
    /// to begin anew.
    ancestor_element_instance_key: Option<Key>,
}

/// Variables to set first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct VariableInstruction {
    variables: VariablesIn,
    /// The element whose scope they are for; absent or empty: the process.
    scope_id: Option<String>,
}

/// A token to move. Give one of `sourceElementId` and `sourceElementInstruction`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MoveInstruction {
    /// Every instance of this element.
    source_element_id: Option<String>,
    source_element_instruction: Option<SourceElement>,
    target_element_id: String,
    ancestor_scope_instruction: Option<AncestorScope>,
    #[serde(default)]
    variable_instructions: Vec<VariableInstruction>,
}

/// Which element instances a token is taken from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "sourceType", deny_unknown_fields)]
pub enum SourceElement {
    /// Every instance of the element.
    #[serde(rename = "byId", rename_all = "camelCase")]
    ById {
        /// Its id.
        source_element_id: String,
    },
    /// One instance.
    #[serde(rename = "byKey", rename_all = "camelCase")]
    ByKey {
        /// Its key.
        source_element_instance_key: Key,
    },
}

/// In which scope a moved token goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "ancestorScopeType", deny_unknown_fields)]
pub enum AncestorScope {
    /// In this one.
    #[serde(rename = "direct", rename_all = "camelCase")]
    Direct {
        /// Its key.
        ancestor_element_instance_key: Key,
    },
    /// In the nearest one around the source that is around the target, too.
    #[serde(rename = "inferred")]
    Inferred {},
    /// In the one that the source runs in.
    #[serde(rename = "sourceParent")]
    SourceParent {},
}

/// What to terminate: one element instance, or every one of an element.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TerminateInstruction {
    element_instance_key: Option<Key>,
    element_id: Option<String>,
}

/// Modify a process instance: activate, move and terminate elements.
#[utoipa::path(post, path = "/v2/process-instances/{processInstanceKey}/modification",
    tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    request_body = ModifyProcessInstance,
    responses((status = 204, description = "The instance is modified.")))]
pub async fn modify_process_instance(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<ModifyProcessInstance>,
) -> Answer {
    let modification = modification(request, api.limits())?;
    let command = Command::Modify(Box::new(modification));
    api.runtime
        .command("process instance", key, command)
        .await?;
    answer::done()
}

fn modification(
    request: ModifyProcessInstance,
    limits: &RequestLimits,
) -> Result<Modification, Problem> {
    let count = request.activate_instructions.len()
        + request.move_instructions.len()
        + request.terminate_instructions.len();
    if count > limits.modification_instructions {
        return Err(Problem::invalid(format!(
            "there are {count} instructions, a modification takes at most {}",
            limits.modification_instructions
        )));
    }
    let mut made = Modification::default();
    for activate in request.activate_instructions {
        let ancestor = activate.ancestor_element_instance_key;
        made.activate.push(Activate {
            element: activate.element_id.into(),
            ancestor: ancestor.map(|Key(key)| ElementInstanceKey(key)),
            variables: scoped(activate.variable_instructions, limits)?,
        });
    }
    for (index, instruction) in request.move_instructions.into_iter().enumerate() {
        made.moves.push(Move {
            from: source(
                index,
                instruction.source_element_id,
                instruction.source_element_instruction,
            )?,
            to: instruction.target_element_id.into(),
            ancestor: match instruction.ancestor_scope_instruction {
                None | Some(AncestorScope::Inferred {}) => Ancestor::Inferred,
                Some(AncestorScope::SourceParent {}) => Ancestor::SourceParent,
                Some(AncestorScope::Direct {
                    ancestor_element_instance_key: Key(key),
                }) => Ancestor::Direct(ElementInstanceKey(key)),
            },
            variables: scoped(instruction.variable_instructions, limits)?,
        });
    }
    for (index, instruction) in request.terminate_instructions.into_iter().enumerate() {
        made.terminate.push(match instruction {
            TerminateInstruction {
                element_instance_key: Some(Key(key)),
                element_id: None,
            } => Source::Instance(ElementInstanceKey(key)),
            TerminateInstruction {
                element_instance_key: None,
                element_id: Some(id),
            } => Source::Element(id.into()),
            _ => {
                return Err(Problem::invalid(format!(
                    "terminateInstructions[{index}]: give either elementInstanceKey or elementId"
                )));
            }
        });
    }
    Ok(made)
}

fn source(
    index: usize,
    id: Option<String>,
    instruction: Option<SourceElement>,
) -> Result<Source, Problem> {
    match (id, instruction) {
        (Some(id), None)
        | (
            None,
            Some(SourceElement::ById {
                source_element_id: id,
            }),
        ) => Ok(Source::Element(id.into())),
        (
            None,
            Some(SourceElement::ByKey {
                source_element_instance_key: Key(key),
            }),
        ) => Ok(Source::Instance(ElementInstanceKey(key))),
        _ => Err(Problem::invalid(format!(
            "moveInstructions[{index}]: give either sourceElementId or sourceElementInstruction"
        ))),
    }
}

fn scoped(
    instructions: Vec<VariableInstruction>,
    limits: &RequestLimits,
) -> Result<Vec<ScopedVariables>, Problem> {
    let one = |instruction: VariableInstruction| {
        let scope = instruction.scope_id.filter(|id| !id.is_empty());
        Ok(ScopedVariables {
            scope: scope.map(Into::into),
            variables: instruction.variables.checked(limits)?,
        })
    };
    instructions.into_iter().map(one).collect()
}
