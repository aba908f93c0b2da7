//! Request bodies: read once, bounded in size and time, checked, then given their type.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::Api;
use super::nesting;
use super::problem::Problem;

/// A JSON body that must be there.
pub struct JsonBody<T>(pub T);

/// A JSON body that may be absent; its type's default stands for it.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (headers, bytes) = read_json(request, api).await?;
        if bytes.is_empty() {
            return Err(Problem::invalid(
                "the request has no body; it must be a JSON object",
            ));
        }
        check_type(&headers)?;
        parse(&bytes, api.limits().json_depth).map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Api> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (headers, bytes) = read_json(request, api).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_type(&headers)?;
        // A `null` is how some clients write that there is no body.
        parse::<Option<T>>(&bytes, api.limits().json_depth)
            .map(|body| Self(body.unwrap_or_default()))
    }
}

async fn read_json(request: Request, api: &Api) -> Result<(HeaderMap, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let limits = api.limits();
    let bytes = read(body, limits.json_body_bytes, limits.body_time).await?;
    Ok((parts.headers, bytes))
}

/// Reads a whole body of at most `most` bytes that arrives within `time`.
///
/// # Errors
/// 413, 408, or 400 where the connection broke off.
pub async fn read(body: Body, most: usize, time: Duration) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > most as u64 {
        return Err(too_large(most));
    }
    let collected = tokio::time::timeout(time, Limited::new(body, most).collect()).await;
    match collected.map_err(|_| too_slow(time))? {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(most)),
        Err(error) => Err(Problem::invalid(format!(
            "the body could not be read: {error}"
        ))),
    }
}

fn too_large(most: usize) -> Problem {
    Problem::too_large(format!(
        "the body is larger than the {most} bytes this resource takes"
    ))
}

/// 408.
pub fn too_slow(time: Duration) -> Problem {
    let detail = format!("the body did not arrive within {} seconds", time.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = given
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim();
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 5 && essence.to_ascii_lowercase().ends_with("+json"));
    if is_json {
        return Ok(());
    }
    Err(wrong_type("application/json", given))
}

/// 415.
pub fn wrong_type(wanted: &str, given: Option<&str>) -> Problem {
    let given = given.unwrap_or("none");
    let detail = format!("the Content-Type must be {wanted}; the request has {given}");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

/// Reads JSON text of bounded depth into its type.
///
/// # Errors
/// 400 with the line and column.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], depth: usize) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::invalid(format!(
            "the body is not UTF-8: byte {} is invalid",
            error.valid_up_to()
        ))
    })?;
    nesting::check(text, depth)
        .map_err(|fault| Problem::invalid(format!("the body is refused: {fault}")))?;
    serde_json::from_str(text)
        .map_err(|error| Problem::invalid(format!("the body is not as it must be: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[allow(dead_code)]
        total: u32,
    }

    #[test]
    fn a_fault_is_told_with_its_place_and_field() {
        let detail = |text: &[u8]| parse::<Order>(text, 8).unwrap_err().detail;
        assert!(detail(b"{\n  \"total\": x}").contains("line 2 column 12"));
        assert!(detail(b"{}").contains("missing field `total`"));
        assert!(detail(b"{\"totl\": 1}").contains("unknown field `totl`"));
        assert!(detail(b"{\"total\": \"1\"}").contains("expected u32"));
        assert!(detail(b"{\"total\": 1} x").contains("trailing characters"));
        assert!(detail(b"\"\xff\"").contains("not UTF-8"));
    }

    #[tokio::test]
    async fn the_size_is_checked_at_its_edge() {
        let time = Duration::from_secs(1);
        assert_eq!(read(Body::from("1234"), 4, time).await.unwrap(), "1234");
        assert_eq!(
            read(Body::from("12345"), 4, time).await.unwrap_err().status,
            413
        );
    }

    #[test]
    fn only_json_is_taken() {
        let with = |value: &'static str| {
            check_type(&HeaderMap::from_iter([(
                header::CONTENT_TYPE,
                axum::http::HeaderValue::from_static(value),
            )]))
        };
        for value in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/x+json",
        ] {
            assert!(with(value).is_ok(), "{value}");
        }
        for value in ["text/plain", "application/jsonp", "", "+json"] {
            assert_eq!(with(value).unwrap_err().status, 415, "{value}");
        }
        assert_eq!(check_type(&HeaderMap::new()).unwrap_err().status, 415);
    }
}
