//! Components that are uploaded in pieces: whoever is cut off goes on where the server got to.
//!
//! An upload has the SHA-256 of its bytes as its name. The headers are those of tus
//! (<https://tus.io>), a protocol for resumable uploads.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::{self, JsonBody};
use super::path::{InPath, InQuery};
use super::problem::Problem;
use super::tenancy;
use crate::runtime::uploads::{Begun, ComponentDigest, Progress, digest_of, hex};

/// The media type of a piece.
const PIECE: &str = "application/offset+octet-stream";
/// Where a piece begins, and how far an upload is.
const OFFSET: &str = "upload-offset";
/// How many bytes an upload has in all.
const LENGTH: &str = "upload-length";

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(begin_component_upload))
        .routes(routes!(
            get_component_upload,
            append_component_upload,
            delete_component_upload
        ))
}

/// Whose upload is meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Owner {
    /// The tenant; the default one where absent.
    tenant_id: Option<String>,
}

/// Which component is to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BeginComponentUpload {
    /// The tenant; the default one where absent.
    tenant_id: Option<String>,
    /// SHA-256 of the component, in hexadecimal digits.
    digest: String,
    /// Bytes of the component.
    size: u64,
}

/// An upload.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ComponentUploadResult {
    digest: String,
    size: u64,
    /// How many of the bytes have arrived.
    offset: u64,
    /// `UPLOADING` while bytes are missing, `UPLOADED` when all are there, `STORED` where the
    /// tenant has the component already. The last two may be bound to a version.
    state: &'static str,
}

impl ComponentUploadResult {
    fn new(digest: &ComponentDigest, progress: Progress) -> Self {
        let Progress { offset, size } = progress;
        let state = if offset < size {
            "UPLOADING"
        } else {
            "UPLOADED"
        };
        Self {
            digest: hex(digest),
            size,
            offset,
            state,
        }
    }
}

/// Begin to upload a component in pieces, or find out how far that is. Nothing needs to be sent
/// where the answer is `STORED`.
#[utoipa::path(post, path = "/v2/component-uploads", tag = "Steps",
    request_body = BeginComponentUpload,
    responses(
        (status = 201, description = "The upload is new.", body = ComponentUploadResult),
        (status = 200, description = "The upload is known, or the tenant has the component.",
            body = ComponentUploadResult)))]
async fn begin_component_upload(
    State(api): State<Api>,
    JsonBody(request): JsonBody<BeginComponentUpload>,
) -> Answer {
    let tenant = tenancy::named(request.tenant_id)?;
    let (digest, size) = (component_digest(&request.digest)?, request.size);
    let (status, result) = match api.runtime.begin_upload(&tenant, digest, size)? {
        Begun::New(progress) => (
            StatusCode::CREATED,
            ComponentUploadResult::new(&digest, progress),
        ),
        Begun::Known(progress) => (
            StatusCode::OK,
            ComponentUploadResult::new(&digest, progress),
        ),
        Begun::Stored => {
            let all = Progress { offset: size, size };
            let result = ComponentUploadResult {
                state: "STORED",
                ..ComponentUploadResult::new(&digest, all)
            };
            (StatusCode::OK, result)
        }
    };
    let mut response = answer::json_with(status, &result)?;
    let location = format!("/v2/component-uploads/{}", result.digest);
    let location = HeaderValue::try_from(location).map_err(Problem::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    tell(&mut response, result.offset, size);
    Ok(response)
}

/// Get how far an upload is; `HEAD` gives the headers `Upload-Offset` and `Upload-Length` alone.
#[utoipa::path(get, path = "/v2/component-uploads/{digest}", tag = "Steps",
    params(("digest" = String, Path), Owner),
    responses((status = 200, body = ComponentUploadResult)))]
async fn get_component_upload(
    State(api): State<Api>,
    InPath([digest]): InPath<1>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let tenant = tenancy::named(owner.tenant_id)?;
    let digest = component_digest(&digest)?;
    let progress = api.runtime.upload(&tenant, digest)?;
    let mut response = answer::json(&ComponentUploadResult::new(&digest, progress))?;
    tell(&mut response, progress.offset, progress.size);
    Ok(response)
}

/// Send the next piece of an upload. The header `Upload-Offset` says where it begins, which must be
/// where the server got to. What arrives of a piece stays, also where the connection breaks.
#[utoipa::path(patch, path = "/v2/component-uploads/{digest}", tag = "Steps",
    params(("digest" = String, Path), Owner,
        ("Upload-Offset" = u64, Header, description = "Where the piece begins.")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 200, body = ComponentUploadResult)))]
async fn append_component_upload(
    State(api): State<Api>,
    InPath([digest]): InPath<1>,
    InQuery(owner): InQuery<Owner>,
    request: Request,
) -> Answer {
    let tenant = tenancy::named(owner.tenant_id)?;
    let digest = component_digest(&digest)?;
    let given = text(request.headers(), header::CONTENT_TYPE.as_str());
    if !given.is_some_and(|given| given.trim().eq_ignore_ascii_case(PIECE)) {
        return Err(body::wrong_type(PIECE, given));
    }
    let offset = text(request.headers(), OFFSET).and_then(|text| text.parse::<u64>().ok());
    let offset = offset.ok_or_else(|| {
        Problem::invalid("the header Upload-Offset must say at which byte the piece begins")
    })?;
    let piece = request.into_body().into_data_stream();
    let time = api.limits().body_time;
    let arrived = api.runtime.append_upload(&tenant, digest, offset, piece);
    let arrived = tokio::time::timeout(time, arrived).await;
    let progress = arrived.map_err(|_| body::too_slow(time))??;
    let mut response = answer::json(&ComponentUploadResult::new(&digest, progress))?;
    tell(&mut response, progress.offset, progress.size);
    Ok(response)
}

/// Give up an upload.
#[utoipa::path(delete, path = "/v2/component-uploads/{digest}", tag = "Steps",
    params(("digest" = String, Path), Owner),
    responses((status = 204, description = "The upload is gone.")))]
async fn delete_component_upload(
    State(api): State<Api>,
    InPath([digest]): InPath<1>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let tenant = tenancy::named(owner.tenant_id)?;
    api.runtime
        .cancel_upload(&tenant, component_digest(&digest)?)?;
    answer::done()
}

/// The digest of a component, from its hexadecimal digits.
///
/// # Errors
/// 400.
pub fn component_digest(text: &str) -> Result<ComponentDigest, Problem> {
    digest_of(text).ok_or_else(|| {
        Problem::invalid("a digest is the SHA-256 of the component in 64 hexadecimal digits")
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Says in headers how far an upload is.
fn tell(response: &mut Response, offset: u64, size: u64) {
    let headers = response.headers_mut();
    headers.insert(OFFSET, HeaderValue::from(offset));
    headers.insert(LENGTH, HeaderValue::from(size));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
