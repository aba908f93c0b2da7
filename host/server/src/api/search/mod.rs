//! Searching rows: filters, sorting and pages over the store's scans and indexes.
//!
//! A resource lists its fields once ([`Searchable::FIELDS`]); filters, sorting and their
//! documentation all follow from that list. A search reads from the narrowest scan or index that
//! its filter allows ([`Source`]), never more rows than its limit, and in a thread where it may
//! take its time.

pub mod condition;
pub mod cursor;
pub mod field;
pub mod filter;
pub mod like;
pub mod page;
pub mod query;
mod run;
pub mod schema;
pub mod source;
pub mod variable_terms;

use std::sync::Arc;

use anyam_store::{Reader, Record, TenantId, TenantOwned, TenantReader};
use axum::extract::FromRequest;
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Api;
use super::answer::{self, Answer};
use super::body::OptionalJson;
use super::problem::Problem;
use super::tenancy;
pub use field::{Field, Kind, Value};
pub use filter::Filter;
pub use query::{Query, SearchRequest};
pub use source::Source;
pub use variable_terms::VariableField;

/// A kind of row that can be searched.
pub trait Searchable: Sized + Send + 'static {
    /// The row.
    type Record: Record<Owner = TenantOwned> + Send;
    /// An item of the answer.
    type Item<'a>: Serialize;
    /// The place of a row in the order of its sources.
    type Position: Position;
    /// Name of the item's schema.
    const NAME: &'static str;
    /// What can be filtered and sorted by.
    const FIELDS: &'static [Field<Self::Record>];
    /// The field that names the row.
    const KEY: &'static str;
    /// Yes-or-no filters that only a source can answer.
    const FLAGS: &'static [&'static str] = &[];
    /// Filters on variables.
    const VARIABLES: &'static [VariableField<Self::Record>] = &[];

    /// The place of a row.
    fn position(record: &Self::Record) -> Self::Position;

    /// The narrowest source of the rows that may match.
    ///
    /// # Errors
    /// The store's.
    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<Self::Record>,
    ) -> Result<SourceOf<'r, Self>, Problem>;

    /// Leaves off what the item of a row does not show.
    fn shorten(_record: &mut Self::Record) {}

    /// How many bytes of values a shortened row holds.
    fn weight(_record: &Self::Record) -> usize {
        0
    }

    /// The item that shows a row.
    ///
    /// # Errors
    /// The store's.
    fn item<'a>(place: &'a Place<'_>, record: &'a Self::Record) -> Result<Self::Item<'a>, Problem>;
}

/// What can be a place in an order, and stand in a cursor.
pub trait Position: Clone + Ord + Send + Serialize + DeserializeOwned + 'static {}

impl<T: Clone + Ord + Send + Serialize + DeserializeOwned + 'static> Position for T {}

/// The source of a kind of row.
pub type SourceOf<'r, S> = Source<'r, <S as Searchable>::Record, <S as Searchable>::Position>;

/// Where a search reads.
#[derive(Clone, Copy)]
pub struct Place<'r> {
    /// The snapshot, to find out whose a key is.
    pub reader: &'r Reader,
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: &'r str,
}

impl<'r> Place<'r> {
    /// The tenant's rows.
    pub fn rows(&self) -> TenantReader<'r> {
        self.reader.tenant(self.tenant)
    }

    /// The process instances a filter limits the rows to, in order: those it names, or those
    /// that own the keys it asks for in the fields `owned`.
    ///
    /// # Errors
    /// The store's.
    pub fn instances<R>(
        &self,
        filter: &Filter<R>,
        owned: &[&str],
    ) -> Result<Option<Vec<u64>>, Problem> {
        if let Some(within) = &filter.within {
            return Ok(Some(within.instances.clone()));
        }
        if let Some(instances) = filter.keys("processInstanceKey") {
            return Ok(Some(instances));
        }
        let Some(keys) = owned.iter().find_map(|field| filter.keys(field)) else {
            return Ok(None);
        };
        let mut instances = Vec::new();
        for key in keys {
            let owner = self.reader.owner_of(key)?;
            instances.extend(
                owner
                    .filter(|o| o.tenant == self.tenant.0)
                    .map(|o| o.instance),
            );
        }
        instances.sort_unstable();
        instances.dedup();
        Ok(Some(instances))
    }
}

/// The body of a search, checked against the fields of its resource.
pub struct SearchBody<S: Searchable>(pub Query<S>);

impl<S: Searchable> FromRequest<Api> for SearchBody<S> {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, api: &Api) -> Result<Self, Problem> {
        let OptionalJson(body) = OptionalJson::<SearchRequest>::from_request(request, api).await?;
        Query::new(body, api.limits()).map(Self)
    }
}

/// Runs a search and writes its page.
///
/// # Errors
/// 400 where it would read too much, 404 for an unknown tenant, 503 where too many run.
pub async fn answer<S: Searchable>(api: &Api, SearchBody(query): SearchBody<S>) -> Answer {
    let (name, tenant) = tenancy::known(&api.runtime, query.filter.tenant.clone())?;
    let turn = tokio::time::timeout(
        api.limits().search_wait,
        Arc::clone(&api.searches).acquire_owned(),
    );
    let turn = turn
        .await
        .map_err(|_| too_busy())?
        .map_err(Problem::internal)?;
    let api = api.clone();
    let work = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, Problem> {
        let _turn = turn;
        let reader = api.runtime.read()?;
        let place = Place {
            reader: &reader,
            tenant,
            tenant_name: &name,
        };
        run::write_page(place, &query, api.limits())
    });
    let bytes = work.await.map_err(Problem::internal)??;
    Ok::<Response, Problem>(answer::typed("application/json", bytes))
}

fn too_busy() -> Problem {
    Problem::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "too many searches are running; try again in a moment",
    )
}
