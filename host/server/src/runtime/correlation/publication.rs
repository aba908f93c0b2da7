//! What is published, by a request or with the result of a step: checked, and buffered once for
//! each message id.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyam_engine::value::{Timestamp, Variables, object};
use anyam_sandbox::{Failure, OutgoingMessage};
use anyam_store::records::{Message, MessageExpiry, MessagesById};
use anyam_store::{Batch, Direction, StoreError, TenantId};

use super::super::changes::Unstored;
use super::super::requests::PublishMessage;
use super::super::{Inner, Runtime, commit, step_calls};
use super::{distribute, locked};
use crate::error::{Error, Result};

impl Runtime {
    /// Correlates a message to what waits for it now, without keeping it. Gives back its key and the
    /// first process instance that took it.
    ///
    /// # Errors
    /// [`Error::NotFound`] where nobody waits for it; as [`Runtime::publish`].
    pub async fn correlate(&self, request: PublishMessage) -> Result<(u64, u64)> {
        let inner = &self.inner;
        check(inner, &request)?;
        let tenant = inner.tenants.known(&request.tenant)?;
        let message = message(inner, request);
        let task = inner.clone();
        let (taken, message) = self
            .to_the_end(async move {
                let taken = distribute(&task, tenant, &message, false).await?;
                Ok((taken, message))
            })
            .await?;
        let first = taken.first().ok_or_else(|| {
            Error::NotFound(format!(
                "nothing waits for the message '{}' with the correlation key '{}'",
                message.name, message.correlation_key
            ))
        })?;
        Ok((message.key, *first))
    }

    /// Publishes a message; answers once it is stored (where it is buffered) and correlated to
    /// every process that waits for it now. Gives back its key.
    ///
    /// # Errors
    /// [`Error::Invalid`] past a limit, [`Error::Conflict`] for an id that a buffered message of
    /// the same name and correlation key has, [`Error::NotFound`] for an unknown tenant.
    pub async fn publish(&self, request: PublishMessage) -> Result<u64> {
        let runtime = self.clone();
        self.to_the_end(async move { runtime.publish_now(request).await })
            .await
    }

    async fn publish_now(&self, request: PublishMessage) -> Result<u64> {
        let inner = &self.inner;
        check(inner, &request)?;
        let tenant = inner.tenants.known(&request.tenant)?;
        let message = message(inner, request);
        let buffered = is_buffered(&message);
        if buffered {
            let _publishing =
                Publishing::start(inner, tenant, &message).ok_or_else(|| known_id(&message))?;
            let earlier = with_same_id(inner, tenant, &message)?;
            let mut batch = Batch::new();
            if let Some(earlier) = earlier {
                if earlier.expires_at > message.published_at {
                    return Err(known_id(&message));
                }
                batch.tenant(tenant).delete(&earlier);
            }
            put(&mut batch, tenant, &message);
            commit(&inner.database, batch).await?;
            stored(inner, &message);
        }
        distribute(inner, tenant, &message, buffered).await?;
        Ok(message.key)
    }
}

fn message(inner: &Inner, request: PublishMessage) -> Message {
    let now = inner.now();
    let time_to_live = u64::try_from(request.time_to_live.as_millis()).unwrap_or(u64::MAX);
    Message {
        key: inner.correlation.next_key(inner),
        name: request.name,
        correlation_key: request.correlation_key,
        message_id: request.message_id,
        variables: object(&request.variables),
        published_at: now.0,
        expires_at: now.plus_ms(time_to_live).0,
    }
}

fn is_buffered(message: &Message) -> bool {
    message.expires_at > message.published_at
}

/// Keeps a message until it expires.
fn put(batch: &mut Batch, tenant: TenantId, message: &Message) {
    batch.tenant(tenant).put(message);
    batch.system().put(&MessageExpiry {
        expires_at: message.expires_at,
        message: message.key,
        tenant: tenant.0,
    });
}

/// A message was committed.
fn stored(inner: &Inner, message: &Message) {
    let expires_at = Timestamp(message.expires_at);
    inner.correlation.expiry.scheduled(expires_at);
}

/// A message that an instance throws.
pub(in super::super) struct Thrown {
    pub(in super::super) name: Box<str>,
    pub(in super::super) correlation_key: Option<Box<str>>,
    pub(in super::super) time_to_live_ms: u64,
    pub(in super::super) variables: Variables,
}

/// The messages that a step publishes with its result, or that an instance throws.
#[derive(Default)]
pub(in super::super) struct Outbox {
    messages: Vec<Message>,
    /// Earlier ones with an id of these, whose time is over.
    expired: Vec<Message>,
    publishing: Vec<Publishing>,
}

impl Outbox {
    /// Takes in what a step publishes, but for what has the id of a message that is buffered.
    /// While the outbox is there, nobody else publishes these ids.
    ///
    /// # Errors
    /// A failure of the step for what is past a limit; the store's.
    pub(in super::super) async fn fill(
        inner: &Arc<Inner>,
        tenant: TenantId,
        outgoing: &[OutgoingMessage],
    ) -> Result<Self, Unstored> {
        let mut messages = Vec::with_capacity(outgoing.len());
        for published in outgoing {
            let request = request(inner, published)
                .map_err(|error| Unstored::Refused(refused(&published.name, &error)))?;
            messages.push(message(inner, request));
        }
        let mut outbox = Self::default();
        // In one order for all steps, so that no two of them wait for each other.
        let mut with_id: Vec<&Message> = messages
            .iter()
            .filter(|message| is_buffered(message) && message.message_id.is_some())
            .collect();
        with_id.sort_by(|a, b| id(a).cmp(&id(b)));
        with_id.dedup_by(|a, b| id(a) == id(b));
        for message in with_id {
            outbox
                .publishing
                .push(Publishing::wait(inner, tenant, message).await);
        }
        let mut ids = HashSet::new();
        for message in messages {
            if is_buffered(&message) && message.message_id.is_some() {
                if !ids.insert(owned_id(&message)) {
                    continue;
                }
                match with_same_id(inner, tenant, &message)? {
                    Some(earlier) if earlier.expires_at > message.published_at => continue,
                    earlier => outbox.expired.extend(earlier),
                }
            }
            outbox.messages.push(message);
        }
        Ok(outbox)
    }

    /// What an instance throws. The engine has bounded its texts.
    pub(in super::super) fn thrown(inner: &Inner, thrown: Vec<Thrown>) -> Self {
        let limits = &inner.limits.runtime;
        let messages = thrown.into_iter().map(|thrown| {
            let time_to_live = Duration::from_millis(thrown.time_to_live_ms);
            let request = PublishMessage {
                tenant: String::new(),
                name: thrown.name.into(),
                correlation_key: thrown.correlation_key.unwrap_or_default().into(),
                message_id: None,
                time_to_live: time_to_live.min(limits.message_time_to_live),
                variables: thrown.variables,
            };
            message(inner, request)
        });
        Self {
            messages: messages.collect(),
            expired: Vec::new(),
            publishing: Vec::new(),
        }
    }

    /// Adds the messages that are buffered to a batch.
    pub(in super::super) fn add(&self, tenant: TenantId, batch: &mut Batch) {
        for message in &self.expired {
            batch.tenant(tenant).delete(message);
        }
        for message in self.messages.iter().filter(|message| is_buffered(message)) {
            put(batch, tenant, message);
        }
    }

    /// Correlates the messages, which were committed.
    pub(in super::super) fn send(self, inner: &Arc<Inner>, tenant: TenantId) {
        let Self {
            messages,
            publishing,
            ..
        } = self;
        drop(publishing);
        if messages.is_empty() {
            return;
        }
        let task = inner.clone();
        inner.tasks.spawn(async move {
            for message in messages {
                let buffered = is_buffered(&message);
                if buffered {
                    stored(&task, &message);
                }
                if let Err(error) = distribute(&task, tenant, &message, buffered).await {
                    tracing::warn!(%error, message = message.key, "a message was not correlated");
                }
            }
        });
    }
}

fn request(inner: &Inner, published: &OutgoingMessage) -> Result<PublishMessage> {
    let variables = step_calls::variables(&published.variables)
        .map_err(|error| Error::Invalid(format!("its variables are no JSON object: {error}")))?;
    let request = PublishMessage {
        tenant: String::new(),
        name: published.name.clone(),
        correlation_key: published.correlation_key.clone(),
        message_id: published.message_id.clone().filter(|id| !id.is_empty()),
        time_to_live: Duration::from_millis(published.time_to_live_ms),
        variables,
    };
    check(inner, &request)?;
    Ok(request)
}

fn refused(name: &str, error: &Error) -> Failure {
    Failure::Permanent {
        message: format!("the message '{name}' that the step publishes is refused: {error}"),
    }
}

/// What no two buffered messages of a tenant have in common.
type Id<'a> = (&'a str, &'a str, Option<&'a str>);

fn id(message: &Message) -> Id<'_> {
    let id = message.message_id.as_deref();
    (&message.name, &message.correlation_key, id)
}

fn owned_id(message: &Message) -> (String, String, Option<String>) {
    let (name, key, id) = id(message);
    (name.to_owned(), key.to_owned(), id.map(str::to_owned))
}

fn check(inner: &Inner, request: &PublishMessage) -> Result<()> {
    let limits = &inner.limits.runtime;
    let id = request.message_id.as_deref().unwrap_or_default();
    for (what, text) in [
        ("name", &*request.name),
        ("correlationKey", &*request.correlation_key),
        ("messageId", id),
    ] {
        if text.len() > limits.message_text_bytes {
            return Err(Error::Invalid(format!(
                "{what} has {} bytes, allowed are {}",
                text.len(),
                limits.message_text_bytes
            )));
        }
    }
    if request.name.is_empty() {
        return Err(Error::Invalid("name must not be empty".to_owned()));
    }
    if request.time_to_live > limits.message_time_to_live {
        return Err(Error::Invalid(format!(
            "timeToLive must be at most {} ms",
            limits.message_time_to_live.as_millis()
        )));
    }
    Ok(())
}

/// Keeps a second publication with the same id out until the first is stored.
struct Publishing(Arc<Inner>, Option<(TenantId, String, String, String)>);

/// How long to wait before the next look whether an id is free.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

impl Publishing {
    /// `None` while another message with the id is being published.
    fn start(inner: &Arc<Inner>, tenant: TenantId, message: &Message) -> Option<Self> {
        let Some(id) = &message.message_id else {
            return Some(Self(inner.clone(), None));
        };
        let key = (
            tenant,
            message.name.clone(),
            message.correlation_key.clone(),
            id.clone(),
        );
        if !locked(&inner.correlation.publishing).insert(key.clone()) {
            return None;
        }
        Some(Self(inner.clone(), Some(key)))
    }

    /// Waits until no other message with the id is being published, which takes a commit.
    async fn wait(inner: &Arc<Inner>, tenant: TenantId, message: &Message) -> Self {
        loop {
            if let Some(publishing) = Self::start(inner, tenant, message) {
                return publishing;
            }
            inner.clock.sleep(LOOK_AGAIN).await;
        }
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        if let Some(key) = &self.1 {
            locked(&self.0.correlation.publishing).remove(key);
        }
    }
}

/// The message that is stored with this id. Of two the index would know one, so that who stores a
/// message deletes one that has expired and not been removed yet.
fn with_same_id(
    inner: &Inner,
    tenant: TenantId,
    message: &Message,
) -> Result<Option<Message>, StoreError> {
    let Some(id) = &message.message_id else {
        return Ok(None);
    };
    let reader = inner.database.read()?;
    let key = (&*message.name, &*message.correlation_key, &**id);
    let mut found = reader
        .tenant(tenant)
        .index::<MessagesById>(key, Direction::Forward);
    found.next().transpose()
}

fn known_id(message: &Message) -> Error {
    Error::Conflict(format!(
        "a message '{}' with this messageId and correlationKey is buffered already",
        message.name
    ))
}
