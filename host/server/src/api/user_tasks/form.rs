//! The deployed form of a user task.

use anyam_store::records::{DeployedFile, UserTask};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::keys::{Key, PathKey};
use crate::api::problem::Problem;
use crate::api::{resources, tenancy};

/// A version of a form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FormResult {
    form_key: Key,
    form_id: String,
    version: i32,
    /// The form as it was uploaded: a JSON document.
    schema: String,
    tenant_id: String,
}

/// Get the form of a user task. 204 where its model names no deployed form.
#[utoipa::path(get, path = "/v2/user-tasks/{userTaskKey}/form", tag = "User tasks",
    params(("userTaskKey" = Key, Path)),
    responses((status = 200, body = FormResult), (status = 204)))]
pub async fn get_user_task_form(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, form) = tenancy::find(&api.runtime, ("user task", key), |rows, instance| {
        let Some(task) = rows.get::<UserTask>(&(instance, key))? else {
            return Ok(None);
        };
        let Some(form) = task.form_key else {
            return Ok(Some(None));
        };
        let file = rows.get::<DeployedFile>(&form)?;
        let content = resources::content(rows, form)?;
        Ok(Some(file.zip(content)))
    })?;
    let Some((file, content)) = form else {
        return answer::done();
    };
    answer::json(&FormResult {
        form_key: Key(file.key),
        form_id: file.file_id,
        version: file.version,
        schema: String::from_utf8(content.bytes).map_err(Problem::internal)?,
        tenant_id: api.runtime.tenants().name(tenant).to_string(),
    })
}
