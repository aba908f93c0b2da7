//! Pages for people.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_home))
        .routes(routes!(get_docs))
}

const HTML: &str = "text/html; charset=utf-8";

/// Get a page with links.
#[utoipa::path(get, path = "/", tag = "Documentation",
    responses((status = 200, body = String, content_type = "text/html")))]
async fn get_home() -> Answer {
    Ok(answer::typed(HTML, include_str!("home.html")))
}

/// Get a page that shows the OpenAPI document.
#[utoipa::path(get, path = "/docs", tag = "Documentation",
    responses((status = 200, body = String, content_type = "text/html")))]
async fn get_docs() -> Answer {
    Ok(answer::typed(HTML, include_str!("docs.html")))
}
