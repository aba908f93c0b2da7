//! What a request says in its path and query.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The query of a request.
pub struct InQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for InQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|error| {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                let cause = cause.unwrap_or_else(|| error.to_string());
                Problem::invalid(format!("the query of the address is refused: {cause}"))
            })
    }
}

/// The texts in the path of a request, in order.
pub struct InPath<const N: usize>(pub [String; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for InPath<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::invalid(format!("the path is refused: {error}")))?;
        let texts: Vec<String> = params.iter().map(|(_, text)| text.to_owned()).collect();
        texts.try_into().map(Self).map_err(|_| {
            Problem::internal(format_args!(
                "{} does not have {N} parameters",
                parts.uri.path()
            ))
        })
    }
}
