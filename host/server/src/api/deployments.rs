//! Deployments: files uploaded together, all or nothing.

use anyam_store::records::{Decision, DecisionRequirements, DeployedFile, FileKind};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body;
use super::keys::Key;
use super::limits::RequestLimits;
use super::problem::Problem;
use super::tenancy;
use crate::findings::FileFinding;
use crate::runtime::deployment::MAX_RESOURCE_NAME;
use crate::runtime::requests::ResourceFile;

pub fn routes(limits: &RequestLimits) -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create_deployment))
        .layer(DefaultBodyLimit::max(limits.deployment_bytes))
}

/// The files of a deployment.
#[derive(ToSchema)]
#[allow(dead_code)]
struct DeploymentRequest {
    /// The files, one part each, with their file names.
    #[schema(value_type = Vec<String>, format = Binary)]
    resources: Vec<Vec<u8>>,
    #[schema(rename = "tenantId")]
    tenant_id: Option<String>,
}

/// What a deployment made or found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeploymentResult {
    deployment_key: Key,
    tenant_id: String,
    /// One item a process, a decision, a DMN file, a form and any other file.
    deployments: Vec<DeploymentItem>,
    /// What is doubtful in the files; left out where nothing is.
    #[serde(skip_serializing_if = "<[FileFinding]>::is_empty")]
    #[schema(required = false)]
    findings: Vec<FileFinding>,
}

/// One thing in a deployment: exactly one member is not null.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeploymentItem {
    #[schema(required)]
    process_definition: Option<DeployedProcess>,
    #[schema(required)]
    decision_definition: Option<DeployedDecision>,
    #[schema(required)]
    decision_requirements: Option<DeployedRequirements>,
    #[schema(required)]
    form: Option<DeployedForm>,
    #[schema(required)]
    resource: Option<DeployedResource>,
}

/// A deployed process.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeployedProcess {
    process_definition_key: Key,
    process_definition_id: String,
    process_definition_version: i32,
    resource_name: String,
    tenant_id: String,
}

/// A deployed decision.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeployedDecision {
    decision_definition_key: Key,
    decision_definition_id: String,
    name: String,
    version: i32,
    decision_requirements_key: Key,
    decision_requirements_id: String,
    tenant_id: String,
}

/// A deployed DMN file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeployedRequirements {
    decision_requirements_key: Key,
    decision_requirements_id: String,
    decision_requirements_name: String,
    version: i32,
    resource_name: String,
    tenant_id: String,
}

/// A deployed form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeployedForm {
    form_key: Key,
    form_id: String,
    version: i32,
    resource_name: String,
    tenant_id: String,
}

/// A deployed file that is neither a model nor a form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeployedResource {
    resource_key: Key,
    resource_id: String,
    version: i32,
    resource_name: String,
    tenant_id: String,
}

fn file(tenant: &str, record: &DeployedFile) -> DeploymentItem {
    let (key, id) = (Key(record.key), record.file_id.clone());
    let (version, tenant_id) = (record.version, tenant.to_owned());
    let resource_name = record.resource_name.clone();
    let mut item = DeploymentItem::default();
    match record.kind {
        FileKind::Form => {
            item.form = Some(DeployedForm {
                form_key: key,
                form_id: id,
                version,
                resource_name,
                tenant_id,
            });
        }
        FileKind::Other => {
            item.resource = Some(DeployedResource {
                resource_key: key,
                resource_id: id,
                version,
                resource_name,
                tenant_id,
            });
        }
    }
    item
}

fn decision(tenant: &str, record: &Decision) -> DeploymentItem {
    DeploymentItem {
        decision_definition: Some(DeployedDecision {
            decision_definition_key: Key(record.key),
            decision_definition_id: record.decision_id.clone(),
            name: record.name.clone(),
            version: record.version,
            decision_requirements_key: Key(record.requirements_key),
            decision_requirements_id: record.requirements_id.clone(),
            tenant_id: tenant.to_owned(),
        }),
        ..DeploymentItem::default()
    }
}

fn requirements(tenant: &str, record: &DecisionRequirements) -> DeploymentItem {
    DeploymentItem {
        decision_requirements: Some(DeployedRequirements {
            decision_requirements_key: Key(record.key),
            decision_requirements_id: record.requirements_id.clone(),
            decision_requirements_name: record.name.clone(),
            version: record.version,
            resource_name: record.resource_name.clone(),
            tenant_id: tenant.to_owned(),
        }),
        ..DeploymentItem::default()
    }
}

/// Deploy files, all of them or none. A file that is deployed already gives its existing versions.
#[utoipa::path(post, path = "/v2/deployments", tag = "Deployments",
    request_body(content = DeploymentRequest, content_type = "multipart/form-data"),
    responses((status = 200, body = DeploymentResult)))]
async fn create_deployment(State(api): State<Api>, request: Request) -> Answer {
    let limits = api.limits();
    let upload = tokio::time::timeout(limits.body_time, Upload::read(request, limits));
    let upload = upload
        .await
        .map_err(|_| body::too_slow(limits.body_time))??;
    let tenant = tenancy::named(upload.tenant)?;
    let deployment = api.runtime.deploy(&tenant, upload.files).await?;
    let deployments = deployment.processes.iter().map(|deployed| {
        let record = &deployed.record;
        let process = DeployedProcess {
            process_definition_key: Key(record.key),
            process_definition_id: record.process_id.clone(),
            process_definition_version: record.version,
            resource_name: record.resource_name.clone(),
            tenant_id: deployment.tenant.clone(),
        };
        DeploymentItem {
            process_definition: Some(process),
            ..DeploymentItem::default()
        }
    });
    let tenant = &deployment.tenant;
    let files = &deployment.decisions;
    let decisions = files.iter().flat_map(|file| &file.decisions);
    let decisions = decisions.map(|record| decision(tenant, record));
    let files = files
        .iter()
        .map(|file| requirements(tenant, &file.requirements));
    let others = deployment
        .files
        .iter()
        .map(|version| file(tenant, &version.file));
    answer::json(&DeploymentResult {
        deployment_key: Key(deployment.key),
        deployments: deployments
            .chain(decisions)
            .chain(files)
            .chain(others)
            .collect(),
        tenant_id: deployment.tenant.clone(),
        findings: deployment.warnings,
    })
}

/// A deployment as uploaded.
#[derive(Default)]
struct Upload {
    files: Vec<ResourceFile>,
    tenant: Option<String>,
}

impl Upload {
    async fn read(request: Request, limits: &RequestLimits) -> Result<Self, Problem> {
        let given = request.headers().get(header::CONTENT_TYPE).cloned();
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| {
            body::wrong_type(
                "multipart/form-data with a boundary",
                given.as_ref().and_then(|given| given.to_str().ok()),
            )
        })?;
        let mut upload = Self::default();
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            upload.take(part, limits).await?;
        }
        if upload.files.is_empty() {
            return Err(Problem::invalid(
                "the deployment has no files; each is a part named 'resources' with a file name",
            ));
        }
        Ok(upload)
    }

    async fn take(&mut self, part: Field<'_>, limits: &RequestLimits) -> Result<(), Problem> {
        match part.name() {
            Some("resources") => self.take_file(part, limits).await,
            Some("tenantId") if self.tenant.is_none() => {
                let bytes = bounded(part, tenancy::MAX_TENANT_BYTES, "part 'tenantId'").await?;
                let text = String::from_utf8(bytes);
                self.tenant =
                    Some(text.map_err(|_| Problem::invalid("part 'tenantId' is not UTF-8"))?);
                Ok(())
            }
            Some("tenantId") => Err(Problem::invalid("part 'tenantId' is there twice")),
            name => Err(Problem::invalid(format!(
                "part '{}' is unknown; there are 'resources' and 'tenantId'",
                name.unwrap_or_default().escape_debug()
            ))),
        }
    }

    async fn take_file(&mut self, part: Field<'_>, limits: &RequestLimits) -> Result<(), Problem> {
        if self.files.len() == limits.deployment_files {
            let most = limits.deployment_files;
            return Err(Problem::invalid(format!(
                "the deployment has more than {most} files"
            )));
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        if name.is_empty() || name.len() > MAX_RESOURCE_NAME || name.contains(char::is_control) {
            return Err(Problem::invalid(format!(
                "file {} must have a file name of 1 to {MAX_RESOURCE_NAME} bytes without control characters",
                self.files.len() + 1
            )));
        }
        if self.files.iter().any(|file| file.name == name) {
            return Err(Problem::invalid(format!(
                "the file name '{name}' is there twice"
            )));
        }
        let what = format!("file '{name}'");
        let bytes = bounded(part, limits.deployment_file_bytes, &what).await?;
        self.files.push(ResourceFile { name, bytes });
        Ok(())
    }
}

async fn bounded(mut part: Field<'_>, most: usize, what: &str) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > most {
            return Err(Problem::too_large(format!(
                "{what} is larger than {most} bytes"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(error: MultipartError) -> Problem {
    let status = error.status();
    let status = if status.is_client_error() {
        status
    } else {
        StatusCode::BAD_REQUEST
    };
    Problem::new(
        status,
        format!("the multipart body is refused: {}", error.body_text()),
    )
}
