//! Searching the messages that process instances got.

use anyam_store::records::CorrelatedMessage;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::Answer;
use super::calls;
use super::keys::Key;
use super::problem::Problem;
use super::search::schema::{SearchQuery, SearchResult};
use super::search::{self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value};
use super::time::Time;
use crate::scan_after;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(search_correlated_message_subscriptions))
}

/// A message that a waiting point of an instance got.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CorrelatedMessageSubscriptionResult<'a> {
    message_key: Key,
    subscription_key: Key,
    message_name: &'a str,
    #[schema(required)]
    correlation_key: Option<&'a str>,
    correlation_time: Time,
    element_id: &'a str,
    #[schema(required)]
    element_instance_key: Option<Key>,
    /// Always 1: there are no partitions.
    partition_id: i32,
    process_definition_id: &'a str,
    process_definition_key: Key,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    tenant_id: &'a str,
}

const PARTITION: i32 = 1;

/// The search of correlated message subscriptions.
pub struct CorrelatedMessages;

impl Searchable for CorrelatedMessages {
    type Record = CorrelatedMessage;
    type Item<'a> = CorrelatedMessageSubscriptionResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "CorrelatedMessageSubscription";
    const KEY: &'static str = "messageKey";
    const FIELDS: &'static [Field<CorrelatedMessage>] = &[
        Field::new("messageKey", Kind::Key, |row| Value::key(row.message)),
        Field::new("subscriptionKey", Kind::Key, |row| {
            Value::key(row.subscription)
        }),
        Field::new("messageName", Kind::Text, |row| {
            Value::text(&row.message_name)
        }),
        Field::new("correlationKey", Kind::Text, |row| {
            Value::text(&row.correlation_key)
        }),
        Field::new("correlationTime", Kind::Time, |row| {
            Value::Number(row.correlated_at.into())
        }),
        Field::new("elementId", Kind::Text, |row| Value::text(&row.element_id)),
        Field::new("elementInstanceKey", Kind::Key, |row| {
            Value::key(row.element_instance)
        }),
        Field::new("partitionId", Kind::Number, |_| {
            Value::Number(PARTITION.into())
        }),
        Field::new("processDefinitionId", Kind::Text, |row| {
            Value::text(&row.process_id)
        }),
        Field::new("processDefinitionKey", Kind::Key, |row| {
            Value::key(row.definition_key)
        }),
        Field::new("processInstanceKey", Kind::Key, |row| {
            Value::key(row.instance)
        }),
    ];

    fn position(record: &CorrelatedMessage) -> [u64; 2] {
        [record.instance, record.message]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<CorrelatedMessage>,
    ) -> Result<Source<'r, CorrelatedMessage>, Problem> {
        let rows = place.rows();
        let owned = ["subscriptionKey", "elementInstanceKey"];
        Ok(match place.instances(filter, &owned)? {
            Some(instances) => Source::chained(instances, move |instance, direction, after| {
                let scan = rows.scan::<CorrelatedMessage>((instance,), direction);
                scan_after!(scan, after, |[instance, message]| (instance, message))
            }),
            None => Source::own_order(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<CorrelatedMessage>((), direction);
                scan_after!(scan, after, |[instance, message]| (instance, message))
            }),
        })
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a CorrelatedMessage,
    ) -> Result<CorrelatedMessageSubscriptionResult<'a>, Problem> {
        Ok(CorrelatedMessageSubscriptionResult {
            message_key: Key(record.message),
            subscription_key: Key(record.subscription),
            message_name: &record.message_name,
            correlation_key: Some(&record.correlation_key),
            correlation_time: Time(record.correlated_at),
            element_id: &record.element_id,
            element_instance_key: Some(Key(record.element_instance)),
            partition_id: PARTITION,
            process_definition_id: &record.process_id,
            process_definition_key: Key(record.definition_key),
            process_instance_key: Key(record.instance),
            root_process_instance_key: Some(calls::root(place.rows(), record.instance)?),
            tenant_id: place.tenant_name,
        })
    }
}

type CorrelatedMessagesQuery = SearchQuery<CorrelatedMessages>;

/// Search the messages that process instances got.
#[utoipa::path(post, path = "/v2/correlated-message-subscriptions/search", tag = "Messages",
    request_body = Option<CorrelatedMessagesQuery>,
    responses((status = 200, body = SearchResult<CorrelatedMessageSubscriptionResult>)))]
async fn search_correlated_message_subscriptions(
    State(api): State<Api>,
    body: SearchBody<CorrelatedMessages>,
) -> Answer {
    search::answer(&api, body).await
}
