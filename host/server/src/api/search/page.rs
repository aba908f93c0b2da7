//! Pages: which part of the matches an answer holds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Position;
use super::cursor::Cursor;
use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;

/// How many items a page has where the request does not say.
const DEFAULT_LIMIT: usize = 100;

/// The `page` of a search: by `from` or by one cursor.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SearchPageRequest)]
pub struct PageRequest {
    /// How many matches to pass over; not with a cursor.
    from: Option<i64>,
    /// Most items to answer, 1 or more; 100 where absent.
    limit: Option<i64>,
    /// The `endCursor` of the page before.
    after: Option<String>,
    /// The `startCursor` of the page behind.
    before: Option<String>,
}

/// A page that was asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<P> {
    /// Most items.
    pub limit: usize,
    /// Where it begins.
    pub start: Start<P>,
}

/// Where a page begins.
#[derive(Debug, PartialEq, Eq)]
pub enum Start<P> {
    /// Behind so many matches.
    From(usize),
    /// Behind this one.
    After(Cursor<P>),
    /// It ends before this one.
    Before(Cursor<P>),
}

/// The `page` of an answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SearchPageResponse)]
pub struct PageInfo {
    /// How many items match; counted up to a limit.
    pub total_items: u64,
    /// Whether there are more than were counted.
    pub has_more_total_items: bool,
    /// For `before` of the page in front.
    #[schema(required)]
    pub start_cursor: Option<String>,
    /// For `after` of the page behind.
    #[schema(required)]
    pub end_cursor: Option<String>,
}

impl<P: Position> Page<P> {
    /// Checks what was asked for. `sorted_by` is the number of values in a cursor.
    ///
    /// # Errors
    /// 400 that names the member.
    pub fn new(
        request: PageRequest,
        sorted_by: usize,
        limits: &RequestLimits,
    ) -> Result<Self, Problem> {
        let most = limits.page_items;
        let limit = match request.limit {
            None => DEFAULT_LIMIT.min(most),
            Some(limit) => usize::try_from(limit)
                .ok()
                .filter(|limit| (1..=most).contains(limit))
                .ok_or_else(|| Problem::invalid(format!("page.limit must be 1 to {most}")))?,
        };
        let cursor = |name: &str, text: &str| {
            Cursor::decode(text)
                .filter(|cursor| cursor.values.len() == sorted_by)
                .ok_or_else(|| {
                    Problem::invalid(format!(
                        "page.{name} is not a cursor of a search sorted this way"
                    ))
                })
        };
        let start = match (request.from, request.after, request.before) {
            (None, Some(after), None) => Start::After(cursor("after", &after)?),
            (None, None, Some(before)) => Start::Before(cursor("before", &before)?),
            (from, None, None) => {
                let from = usize::try_from(from.unwrap_or(0)).ok();
                Start::From(from.filter(|from| *from <= most - limit).ok_or_else(|| {
                    Problem::invalid(format!(
                        "page.from must be 0 or more, and with page.limit at most {most}; go on \
                         with page.after and the endCursor of the page before"
                    ))
                })?)
            }
            _ => {
                return Err(Problem::invalid(
                    "page has more than one of from, after and before",
                ));
            }
        };
        Ok(Self { limit, start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Result<Page<[u64; 2]>, String> {
        let limits = RequestLimits {
            page_items: 10,
            ..Default::default()
        };
        let request = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Page::new(request, 0, &limits).map_err(|problem| problem.detail)
    }

    #[test]
    fn pages_are_checked_at_their_edges() {
        assert_eq!(
            page("{}"),
            Ok(Page {
                limit: 10,
                start: Start::From(0)
            })
        );
        assert_eq!(
            page(r#"{"from": 9, "limit": 1}"#),
            Ok(Page {
                limit: 1,
                start: Start::From(9)
            })
        );
        let cursor = Cursor {
            values: Vec::new(),
            position: [1, 2],
        };
        let text = format!(r#"{{"after": "{}", "limit": 10}}"#, cursor.encode());
        assert_eq!(
            page(&text),
            Ok(Page {
                limit: 10,
                start: Start::After(cursor)
            })
        );
        for text in [
            r#"{"limit": 0}"#,
            r#"{"limit": 11}"#,
            r#"{"limit": -1}"#,
            r#"{"from": -1}"#,
            r#"{"from": 10, "limit": 1}"#,
            r#"{"after": "x"}"#,
            r#"{"after": "AA==", "before": "AA=="}"#,
            r#"{"form": 1}"#,
        ] {
            assert!(page(text).is_err(), "{text}");
        }
    }
}
