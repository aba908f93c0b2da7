//! The OpenAPI document, made from the routes.

use std::sync::LazyLock;

use axum::body::Bytes;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, Answer};
use super::limits::RequestLimits;
use super::problem::{PROBLEM_JSON, ProblemDetail};
use super::{Api, routes};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_openapi))
}

/// The document's own part.
pub(super) fn head() -> OpenApi {
    let license = LicenseBuilder::new()
        .name(env!("CARGO_PKG_LICENSE"))
        .identifier(Some(env!("CARGO_PKG_LICENSE")));
    let info = InfoBuilder::new()
        .title("Anyam")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Business processes as a service. The resources have the shape of Camunda 8's \
             Orchestration Cluster REST API v2; steps and events are our own. Keys are decimal \
             digits as a text, times are RFC 3339 in UTC, errors are RFC 9457 problem details.",
        ))
        .license(Some(license.build()));
    OpenApiBuilder::new().info(info.build()).build()
}

/// The OpenAPI document of this version of the server.
pub fn document() -> OpenApi {
    let mut document = routes::documented(&RequestLimits::default()).into_openapi();
    let components = document.components.get_or_insert_default();
    components
        .schemas
        .insert(ProblemDetail::name().into(), ProblemDetail::schema());
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        operations.into_iter().flatten().for_each(complete);
    }
    document
}

/// Every answer is described, and every operation may end in a problem.
fn complete(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = "The answer.".to_owned();
        }
    }
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDetail::name())));
    let problem = ResponseBuilder::new()
        .description("The request was refused or failed; the body says why.")
        .content(PROBLEM_JSON, body.build());
    operation
        .responses
        .responses
        .insert("default".to_owned(), RefOr::T(problem.build()));
}

static TEXT: LazyLock<Bytes> = LazyLock::new(|| {
    let text = document().to_json().expect("the document is plain data");
    text.into()
});

/// Get this document.
#[utoipa::path(get, path = "/v2/openapi.json", tag = "Documentation",
    responses((status = 200, body = Object, description = "An OpenAPI 3.1 document.")))]
async fn get_openapi() -> Answer {
    Ok(answer::typed("application/json", TEXT.clone()))
}
