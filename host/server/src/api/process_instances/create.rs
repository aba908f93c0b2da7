//! Starting process instances.

use std::time::Duration;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::keys::Key;
use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;
use crate::api::tenancy;
use crate::api::variables_json::{self, VariablesIn, VariablesOut};
use crate::runtime::requests::{CreateInstance, ProcessSelector};

/// Which process to start, and with what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CreateProcessInstance {
    /// The id of the process; or else give `processDefinitionKey`.
    process_definition_id: Option<String>,
    /// The key of one version of a process.
    process_definition_key: Option<Key>,
    /// With an id: the version; the latest where it is absent or -1.
    process_definition_version: Option<i32>,
    variables: Option<VariablesIn>,
    tenant_id: Option<String>,
    /// Whether to answer when the instance has ended, with its variables.
    #[serde(default)]
    await_completion: bool,
    /// With `awaitCompletion`: whether to answer 409 with the first incident that holds the instance
    /// up, and not to wait until somebody has resolved it.
    #[serde(default)]
    until_incident: bool,
    /// How long to wait for the end, in milliseconds; 0 is the server's own time.
    request_timeout: Option<i64>,
    /// Names of the variables to answer; all where absent or empty.
    fetch_variables: Option<Vec<String>>,
    /// Elements to begin at in place of the start event.
    #[serde(default)]
    start_instructions: Vec<StartInstruction>,
    /// Must be empty.
    #[schema(value_type = Option<Vec<Object>>)]
    runtime_instructions: Option<Vec<serde::de::IgnoredAny>>,
    /// Up to 10 texts to find the instance by.
    tags: Option<Vec<String>>,
    /// The caller's own id for the instance.
    business_id: Option<String>,
    /// The caller's own number for the operation; taken, and not used.
    #[allow(dead_code)]
    operation_reference: Option<i64>,
}

/// An element to begin at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StartInstruction {
    element_id: String,
}

/// A started process instance.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateProcessInstanceResult<'a> {
    process_instance_key: Key,
    process_definition_key: Key,
    process_definition_id: &'a str,
    process_definition_version: i32,
    tenant_id: &'a str,
    /// The variables at the end, where that was awaited.
    #[schema(value_type = VariablesIn)]
    variables: VariablesOut<'a>,
    tags: &'a [String],
    #[schema(required)]
    business_id: Option<&'a str>,
}

/// Start a process instance.
#[utoipa::path(post, path = "/v2/process-instances", tag = "Process instances",
    request_body = CreateProcessInstance,
    responses(
        (status = 200, body = CreateProcessInstanceResult),
        (status = 409, description = "It was terminated, or an incident holds it up.",
            content_type = "application/problem+json", body = crate::api::problem::ProblemDetail),
        (status = 504, description = "It did not end in the time it was awaited; it goes on.",
            content_type = "application/problem+json", body = crate::api::problem::ProblemDetail)))]
pub async fn create_process_instance(
    State(api): State<Api>,
    JsonBody(request): JsonBody<CreateProcessInstance>,
) -> Answer {
    let only = request.fetch_variables.clone().unwrap_or_default();
    let create = checked(&api, request)?;
    let (tags, business_id) = (create.tags.clone(), create.business_id.clone());
    let created = api.runtime.create(create).await?;
    let definition = &created.definition.record;
    let variables = created.variables.unwrap_or_default();
    answer::json(&CreateProcessInstanceResult {
        process_instance_key: Key(created.key),
        process_definition_key: Key(definition.key),
        process_definition_id: &definition.process_id,
        process_definition_version: definition.version,
        tenant_id: &created.tenant,
        variables: VariablesOut {
            variables: &variables,
            only: &only,
        },
        tags: &tags,
        business_id: business_id.as_deref(),
    })
}

fn checked(api: &Api, request: CreateProcessInstance) -> Result<CreateInstance, Problem> {
    let limits = api.limits();
    let instructions = request.runtime_instructions.as_ref();
    if instructions.is_some_and(|list| !list.is_empty()) {
        return Err(Problem::invalid(
            "runtimeInstructions must be empty: an instance runs to its end",
        ));
    }
    let most = limits.modification_instructions;
    if request.start_instructions.len() > most {
        return Err(Problem::invalid(format!(
            "there are {} startInstructions, a request takes at most {most}",
            request.start_instructions.len()
        )));
    }
    let process = selected(&request)?;
    let tenant = match (&process, request.tenant_id) {
        (ProcessSelector::Key(key), None) => owner(api, *key)?,
        (_, named) => tenancy::named(named)?,
    };
    let tags = request.tags.unwrap_or_default();
    check_tags(&tags, limits)?;
    check_business_id(request.business_id.as_deref(), limits)?;
    Ok(CreateInstance {
        tenant,
        process,
        variables: variables_json::checked(request.variables, limits)?,
        start_at: request
            .start_instructions
            .into_iter()
            .map(|instruction| instruction.element_id.into())
            .collect(),
        tags,
        business_id: request.business_id,
        await_completion: request
            .await_completion
            .then(|| wait(request.request_timeout, limits)),
        until_incident: request.until_incident,
    })
}

fn selected(request: &CreateProcessInstance) -> Result<ProcessSelector, Problem> {
    match (
        &request.process_definition_id,
        request.process_definition_key,
    ) {
        (Some(id), None) => match request.process_definition_version {
            None | Some(-1) => Ok(ProcessSelector::Latest(id.clone())),
            Some(version) if version > 0 => Ok(ProcessSelector::Version(id.clone(), version)),
            Some(version) => Err(Problem::invalid(format!(
                "processDefinitionVersion {version} must be 1 or more, or -1 for the latest"
            ))),
        },
        // The key says the version already.
        (None, Some(Key(key))) => Ok(ProcessSelector::Key(key)),
        _ => Err(Problem::invalid(
            "give either processDefinitionId or processDefinitionKey, and not both",
        )),
    }
}

fn owner(api: &Api, key: u64) -> Result<String, Problem> {
    match api.runtime.locate(key)? {
        Some(address) => Ok(api.runtime.tenants().name(address.tenant).to_string()),
        None => Err(Problem::not_found(format!(
            "there is no process definition {key}"
        ))),
    }
}

fn wait(milliseconds: Option<i64>, limits: &RequestLimits) -> Duration {
    match milliseconds.map(u64::try_from) {
        None | Some(Err(_) | Ok(0)) => limits.default_wait,
        Some(Ok(time)) => Duration::from_millis(time).min(limits.longest_wait),
    }
}

fn check_tags(tags: &[String], limits: &RequestLimits) -> Result<(), Problem> {
    if tags.len() > limits.tags {
        return Err(Problem::invalid(format!(
            "tags: there may be at most {}",
            limits.tags
        )));
    }
    for (index, tag) in tags.iter().enumerate() {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || b"_-:.".contains(&c);
        let fits = tag.starts_with(|c: char| c.is_ascii_alphabetic())
            && tag.len() <= limits.tag_bytes
            && tag.bytes().all(allowed);
        if !fits || tags[..index].contains(tag) {
            return Err(Problem::invalid(format!(
                "tags[{index}] must be 1 to {} letters, digits or characters of _-:., begin with a \
                 letter, and stand there once",
                limits.tag_bytes
            )));
        }
    }
    Ok(())
}

fn check_business_id(id: Option<&str>, limits: &RequestLimits) -> Result<(), Problem> {
    let Some(id) = id else { return Ok(()) };
    if (1..=limits.business_id_chars).contains(&id.chars().count()) {
        return Ok(());
    }
    Err(Problem::invalid(format!(
        "businessId must have 1 to {} characters",
        limits.business_id_chars
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(text: &str) -> Result<ProcessSelector, Problem> {
        selected(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_process_is_named_by_id_or_key() {
        let latest = ProcessSelector::Latest("a".to_owned());
        assert_eq!(
            select(r#"{"processDefinitionId": "a"}"#),
            Ok(latest.clone())
        );
        let text = r#"{"processDefinitionId": "a", "processDefinitionVersion": -1}"#;
        assert_eq!(select(text), Ok(latest));
        let text = r#"{"processDefinitionId": "a", "processDefinitionVersion": 2}"#;
        assert_eq!(
            select(text),
            Ok(ProcessSelector::Version("a".to_owned(), 2))
        );
        let text = r#"{"processDefinitionKey": "7", "processDefinitionVersion": -1}"#;
        assert_eq!(select(text), Ok(ProcessSelector::Key(7)));
        for text in [
            "{}",
            r#"{"processDefinitionId": "a", "processDefinitionKey": "7"}"#,
            r#"{"processDefinitionId": "a", "processDefinitionVersion": 0}"#,
        ] {
            assert_eq!(select(text).unwrap_err().status, 400, "{text}");
        }
    }

    #[test]
    fn a_wait_is_cut_to_the_longest() {
        let limits = RequestLimits::default();
        assert_eq!(wait(None, &limits), limits.default_wait);
        assert_eq!(wait(Some(0), &limits), limits.default_wait);
        assert_eq!(wait(Some(-1), &limits), limits.default_wait);
        assert_eq!(wait(Some(5), &limits), Duration::from_millis(5));
        assert_eq!(wait(Some(i64::MAX), &limits), limits.longest_wait);
    }

    #[test]
    fn tags_and_business_ids_are_checked_at_their_edges() {
        let limits = RequestLimits::default();
        let tags = |tags: &[&str]| {
            check_tags(
                &tags.iter().map(|t| t.to_string()).collect::<Vec<_>>(),
                &limits,
            )
        };
        let longest = "x".repeat(limits.tag_bytes);
        assert!(tags(&["a", "a:b.c-d_1", &longest]).is_ok());
        for bad in [vec![""], vec!["1a"], vec!["a b"], vec!["a", "a"], vec!["é"]] {
            assert!(tags(&bad).is_err(), "{bad:?}");
        }
        assert!(tags(&[&format!("{longest}x")]).is_err());
        let many: Vec<_> = (0..=limits.tags).map(|i| format!("t{i}")).collect();
        assert!(check_tags(&many[1..], &limits).is_ok());
        assert!(check_tags(&many, &limits).is_err());
        let business_id = |id: &str| check_business_id(Some(id), &limits);
        assert!(business_id(&"é".repeat(limits.business_id_chars)).is_ok());
        assert!(business_id(&"é".repeat(limits.business_id_chars + 1)).is_err());
        assert!(business_id("").is_err());
    }
}
