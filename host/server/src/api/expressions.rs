//! Expressions, evaluated outside any process.

use anyam_engine::value::{Json, Variables};
use anyam_store::TenantReader;
use anyam_store::records::{ElementInstance, ProcessInstance, Variable};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::JsonBody;
use super::keys::Key;
use super::problem::Problem;
use super::tenancy;
use super::variables_json::{self, VariablesIn};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(evaluate_expression))
}

/// An expression to evaluate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EvaluateExpression {
    /// FEEL where it begins with `=`, such as `=x + y`; any other text is its own value, as in a
    /// model.
    expression: String,
    tenant_id: Option<String>,
    /// A process instance or an element instance whose variables the expression sees.
    scope_key: Option<Key>,
    /// Variables for this evaluation alone; they hide those of the scope.
    variables: Option<VariablesIn>,
}

/// What an expression came to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExpressionResult<'a> {
    expression: &'a str,
    /// Any JSON value.
    #[schema(value_type = serde_json::Value)]
    result: &'a RawValue,
    warnings: Vec<ExpressionWarning>,
}

/// Something that an evaluation went on in spite of.
#[derive(Serialize, ToSchema)]
pub struct ExpressionWarning {
    message: String,
}

/// Evaluate an expression.
///
/// It is bounded as expressions of processes are, and nothing is stored.
#[utoipa::path(post, path = "/v2/expression/evaluation", tag = "Expressions",
    request_body = EvaluateExpression,
    responses((status = 200, body = ExpressionResult)))]
async fn evaluate_expression(
    State(api): State<Api>,
    JsonBody(request): JsonBody<EvaluateExpression>,
) -> Answer {
    if request.expression.is_empty() {
        return Err(Problem::invalid("expression must not be empty"));
    }
    let given = variables_json::checked(request.variables, api.limits())?;
    let (tenant, mut variables) = match request.scope_key {
        None => {
            let (_, tenant) = tenancy::known(&api.runtime, request.tenant_id)?;
            (tenant, Variables::new())
        }
        Some(Key(scope)) => {
            let find = |rows: TenantReader<'_>, instance| visible(rows, instance, scope);
            let what = "process instance or element instance";
            let (tenant, visible) = tenancy::find(&api.runtime, (what, scope), find)?;
            let named = request.tenant_id.map(|name| tenancy::named(Some(name)));
            if let Some(named) = named.transpose()?
                && named != *api.runtime.tenants().name(tenant)
            {
                return Err(Problem::not_found(format!(
                    "tenant '{named}' has no {what} {scope}"
                )));
            }
            (tenant, visible)
        }
    };
    variables.extend(given);
    let (value, missing) = match request.expression.strip_prefix('=') {
        Some(source) => {
            let evaluation = api.runtime.evaluate_expression(tenant, source, &variables);
            let evaluated = evaluation.await?;
            (evaluated.value, evaluated.missing)
        }
        None => {
            let text = serde_json::Value::from(request.expression.as_str());
            (text.to_string().into(), Vec::new())
        }
    };
    let result: &RawValue = serde_json::from_str(&value).map_err(Problem::internal)?;
    let warnings = missing.into_iter().map(|name| ExpressionWarning {
        message: format!("No variable found with name '{name}'"),
    });
    answer::json(&ExpressionResult {
        expression: &request.expression,
        result,
        warnings: warnings.collect(),
    })
}

/// The variables that an element in this scope sees: its own, and those around it that no inner
/// one hides. `None` where there is no such scope.
fn visible(
    rows: TenantReader<'_>,
    instance: u64,
    scope: u64,
) -> anyam_store::Result<Option<Variables>> {
    let Some(process) = rows.get::<ProcessInstance>(&instance)? else {
        return Ok(None);
    };
    let mut scopes = vec![scope];
    let mut at = scope;
    while at != process.key {
        let Some(element) = rows.get::<ElementInstance>(&(instance, at))? else {
            return Ok(None);
        };
        at = element.scope;
        scopes.push(at);
    }
    let mut found: Vec<(usize, Variable)> = Vec::new();
    for row in rows.scan::<Variable>((instance,), anyam_store::Direction::Forward) {
        let row = row?;
        if let Some(distance) = scopes.iter().position(|scope| *scope == row.scope) {
            found.push((distance, row));
        }
    }
    // From the outside in, so that the inner ones stay.
    found.sort_by_key(|(distance, _)| std::cmp::Reverse(*distance));
    let named = found
        .into_iter()
        .map(|(_, row)| (row.name.into(), Json::from_valid(&*row.value)));
    Ok(Some(named.collect()))
}
