//! The body of a search, read and checked.

use anyam_store::Direction;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::Searchable;
use super::field::Field;
use super::filter::Filter;
use super::page::{Page, PageRequest};
use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;

/// The body of a search as it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    filter: Option<Map<String, Json>>,
    sort: Option<Vec<SortRequest>>,
    page: Option<PageRequest>,
}

/// One field to sort by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SortRequest {
    field: String,
    order: Option<Order>,
}

/// The direction of a sort.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[schema(as = SortOrder)]
pub enum Order {
    /// The least first.
    #[serde(rename = "ASC", alias = "asc")]
    Ascending,
    /// The greatest first.
    #[serde(rename = "DESC", alias = "desc")]
    Descending,
}

/// A search that can be run.
pub struct Query<S: Searchable> {
    /// Which rows.
    pub filter: Filter<S::Record>,
    /// In which order; the rows' own where it is empty.
    pub sort: Vec<(&'static Field<S::Record>, Direction)>,
    /// Which part of them.
    pub page: Page<S::Position>,
}

impl<S: Searchable> Query<S> {
    /// Checks the body against the fields of the resource.
    ///
    /// # Errors
    /// 400 that names the member.
    pub fn new(request: SearchRequest, limits: &RequestLimits) -> Result<Self, Problem> {
        let members = request.filter.unwrap_or_default();
        let filter = Filter::new::<S>(&members, limits)?;
        let sorts = request.sort.unwrap_or_default();
        if sorts.len() > limits.sort_fields {
            return Err(Problem::invalid(format!(
                "sort has more than {} fields",
                limits.sort_fields
            )));
        }
        let sort = sorts
            .into_iter()
            .enumerate()
            .map(|(index, sort)| sorted::<S>(index, sort));
        let sort: Vec<_> = sort.collect::<Result<_, _>>()?;
        let page = Page::new(request.page.unwrap_or_default(), sort.len(), limits)?;
        Ok(Self { filter, sort, page })
    }
}

fn sorted<S: Searchable>(
    index: usize,
    sort: SortRequest,
) -> Result<(&'static Field<S::Record>, Direction), Problem> {
    let direction = match sort.order {
        None | Some(Order::Ascending) => Direction::Forward,
        Some(Order::Descending) => Direction::Reverse,
    };
    let mut sortable = S::FIELDS.iter().filter(|field| field.sorts);
    if let Some(field) = sortable.find(|field| field.name == sort.field) {
        return Ok((field, direction));
    }
    let sortable = S::FIELDS.iter().filter(|field| field.sorts);
    let names: Vec<_> = sortable.map(|field| field.name).collect();
    Err(Problem::invalid(format!(
        "sort[{index}].field '{}' is not something to sort by; there are {}",
        sort.field,
        names.join(", ")
    )))
}
