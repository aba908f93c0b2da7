//! Searching what waits for messages.

use anyam_store::records::MessageSubscription;
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
    OpenApiRouter::new().routes(routes!(search_message_subscriptions))
}

/// A point of an instance that waits for a message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageSubscriptionResult<'a> {
    message_subscription_key: Key,
    process_definition_id: &'a str,
    #[schema(required)]
    process_definition_key: Option<Key>,
    #[schema(required)]
    process_instance_key: Option<Key>,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    element_id: &'a str,
    #[schema(required)]
    element_instance_key: Option<Key>,
    /// Always `CREATED`: what no longer waits is not shown. What it got is among the correlated
    /// message subscriptions.
    message_subscription_state: &'static str,
    /// When it was opened.
    last_updated_date: Time,
    message_name: &'a str,
    #[schema(required)]
    correlation_key: Option<&'a str>,
    tenant_id: &'a str,
}

const OPEN: &str = "CREATED";
const STATES: &[&str] = &["CORRELATED", OPEN, "DELETED", "MIGRATED"];

/// The search of message subscriptions.
pub struct MessageSubscriptions;

impl Searchable for MessageSubscriptions {
    type Record = MessageSubscription;
    type Item<'a> = MessageSubscriptionResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "MessageSubscription";
    const KEY: &'static str = "messageSubscriptionKey";
    const FIELDS: &'static [Field<MessageSubscription>] = &[
        Field::new("messageSubscriptionKey", Kind::Key, |row| {
            Value::key(row.key)
        }),
        Field::new("processDefinitionKey", Kind::Key, |row| {
            Value::key(row.definition_key)
        }),
        Field::new("processDefinitionId", Kind::Text, |row| {
            Value::text(&row.process_id)
        }),
        Field::new("processInstanceKey", Kind::Key, |row| {
            Value::key(row.instance)
        }),
        Field::new("elementId", Kind::Text, |row| Value::text(&row.element_id)),
        Field::new("elementInstanceKey", Kind::Key, |row| {
            Value::key(row.element_instance)
        }),
        Field::new("messageSubscriptionState", Kind::OneOf(STATES), |_| {
            Value::text(OPEN)
        }),
        Field::new("lastUpdatedDate", Kind::Time, |row| {
            Value::Number(row.opened_at.into())
        }),
        Field::new("messageName", Kind::Text, |row| {
            Value::text(&row.message_name)
        }),
        Field::new("correlationKey", Kind::Text, |row| {
            Value::text(&row.correlation_key)
        }),
    ];

    fn position(record: &MessageSubscription) -> [u64; 2] {
        [record.instance, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<MessageSubscription>,
    ) -> Result<Source<'r, MessageSubscription>, Problem> {
        let rows = place.rows();
        let owned = ["messageSubscriptionKey", "elementInstanceKey"];
        Ok(match place.instances(filter, &owned)? {
            Some(instances) => Source::chained(instances, move |instance, direction, after| {
                let scan = rows.scan::<MessageSubscription>((instance,), direction);
                scan_after!(scan, after, |[instance, key]| (instance, key))
            }),
            None => Source::own_order(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<MessageSubscription>((), direction);
                scan_after!(scan, after, |[instance, key]| (instance, key))
            }),
        })
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a MessageSubscription,
    ) -> Result<MessageSubscriptionResult<'a>, Problem> {
        Ok(MessageSubscriptionResult {
            message_subscription_key: Key(record.key),
            process_definition_id: &record.process_id,
            process_definition_key: Some(Key(record.definition_key)),
            process_instance_key: Some(Key(record.instance)),
            root_process_instance_key: Some(calls::root(place.rows(), record.instance)?),
            element_id: &record.element_id,
            element_instance_key: Some(Key(record.element_instance)),
            message_subscription_state: OPEN,
            last_updated_date: Time(record.opened_at),
            message_name: &record.message_name,
            correlation_key: Some(&record.correlation_key),
            tenant_id: place.tenant_name,
        })
    }
}

type MessageSubscriptionsQuery = SearchQuery<MessageSubscriptions>;

/// Search what waits for messages in running process instances.
#[utoipa::path(post, path = "/v2/message-subscriptions/search", tag = "Messages",
    request_body = Option<MessageSubscriptionsQuery>,
    responses((status = 200, body = SearchResult<MessageSubscriptionResult>)))]
async fn search_message_subscriptions(
    State(api): State<Api>,
    body: SearchBody<MessageSubscriptions>,
) -> Answer {
    search::answer(&api, body).await
}
