//! Messages: published, buffered, correlated once for each process id, expired.
//!
//! A publication commits its message and then looks for subscriptions; a subscription is committed
//! and then looks for messages. Reads see every commit at once, so of a message and a subscription
//! that come at the same time at least one sees the other. A claim keeps both from correlating the
//! pair twice.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyam_engine::key::{MessageKey, SubscriptionKey};
use anyam_engine::transition::Subscription;
use anyam_engine::value::object;
use anyam_sandbox::{Failure, OutgoingMessage};
use anyam_store::records::{
    Message, MessageClaim, MessageExpiry, MessageSubscription, MessagesByCorrelation, MessagesById,
    SubscriptionsByMessage,
};
use anyam_store::{BLOCK, Batch, Direction, StoreError, TenantId, TenantReader};

use super::changes::Unstored;
use super::instance::Live;
use super::requests::{Address, PublishMessage};
use super::shard::{self, Request};
use super::timers::Wake;
use super::{Inner, Runtime, step_calls};
use crate::error::{Error, Result};

/// Messages removed in one commit.
const EXPIRED_AT_ONCE: usize = 1_000;

/// Longest sleep between two looks at what has expired.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Correlations on their way.
#[derive(Default)]
pub(super) struct Correlation {
    claims: Mutex<HashSet<(u64, Box<str>)>>,
    /// Messages with an id that are being published.
    publishing: Mutex<HashSet<(TenantId, String, String, String)>>,
    keys: Mutex<std::ops::Range<u64>>,
    expiry: Wake,
}

/// The right to correlate a message to one process, held while that is tried.
pub(super) struct Claim {
    inner: Arc<Inner>,
    message: u64,
    process_id: Box<str>,
    buffered: bool,
}

impl Claim {
    /// Whether the message is stored, so that the claim must be.
    pub(super) fn is_buffered(&self) -> bool {
        self.buffered
    }

    pub(super) fn message(&self) -> u64 {
        self.message
    }

    pub(super) fn process_id(&self) -> &str {
        &self.process_id
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let key = (self.message, std::mem::take(&mut self.process_id));
        locked(&self.inner.correlation.claims).remove(&key);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runtime {
    /// Publishes a message; answers once it is stored (where it is buffered) and correlated to
    /// every process that waits for it now. Gives back its key.
    ///
    /// # Errors
    /// [`Error::Invalid`] past a limit, [`Error::Conflict`] for an id that a buffered message of
    /// the same name and correlation key has, [`Error::NotFound`] for an unknown tenant.
    pub async fn publish(&self, request: PublishMessage) -> Result<u64> {
        let inner = &self.inner;
        check(inner, &request)?;
        let tenant = inner.tenants.known(&request.tenant)?;
        let message = message(inner, request);
        let buffered = is_buffered(&message);
        if buffered {
            let _publishing =
                Publishing::start(inner, tenant, &message).ok_or_else(|| known_id(&message))?;
            if is_known_id(inner, tenant, &message)? {
                return Err(known_id(&message));
            }
            let mut batch = Batch::new();
            put(&mut batch, tenant, &message);
            super::commit(&inner.database, batch).await?;
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
    let expires_at = anyam_engine::value::Timestamp(message.expires_at);
    inner.correlation.expiry.scheduled(expires_at);
}

/// The messages that a step publishes with its result.
#[derive(Default)]
pub(super) struct Outbox {
    messages: Vec<Message>,
    publishing: Vec<Publishing>,
}

impl Outbox {
    /// Takes in what a step publishes, but for what has the id of a message that is buffered.
    /// While the outbox is there, nobody else publishes these ids.
    ///
    /// # Errors
    /// A failure of the step for what is past a limit; the store's.
    pub(super) async fn fill(
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
            let is_second = is_buffered(&message)
                && message.message_id.is_some()
                && (!ids.insert(owned_id(&message)) || is_known_id(inner, tenant, &message)?);
            if !is_second {
                outbox.messages.push(message);
            }
        }
        Ok(outbox)
    }

    /// Adds the messages that are buffered to a batch.
    pub(super) fn add(&self, tenant: TenantId, batch: &mut Batch) {
        for message in self.messages.iter().filter(|message| is_buffered(message)) {
            put(batch, tenant, message);
        }
    }

    /// Correlates the messages, which were committed.
    pub(super) fn send(self, inner: &Arc<Inner>, tenant: TenantId) {
        let Self {
            messages,
            publishing,
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

impl Correlation {
    fn next_key(&self, inner: &Inner) -> u64 {
        let mut keys = locked(&self.keys);
        if keys.is_empty() {
            let block = inner.database.next_block();
            *keys = block..block + BLOCK;
        }
        keys.next().expect("filled above")
    }
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
            tokio::time::sleep(LOOK_AGAIN).await;
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

/// Whether a message with this id is buffered.
fn is_known_id(inner: &Inner, tenant: TenantId, message: &Message) -> Result<bool, StoreError> {
    let Some(id) = &message.message_id else {
        return Ok(false);
    };
    let reader = inner.database.read()?;
    let key = (&*message.name, &*message.correlation_key, &**id);
    for known in reader
        .tenant(tenant)
        .index::<MessagesById>(key, Direction::Forward)
    {
        if known?.expires_at > message.published_at {
            return Ok(true);
        }
    }
    Ok(false)
}

fn known_id(message: &Message) -> Error {
    Error::Conflict(format!(
        "a message '{}' with this messageId and correlationKey is buffered already",
        message.name
    ))
}

/// Correlates a message to one waiting instance of each process.
async fn distribute(
    inner: &Arc<Inner>,
    tenant: TenantId,
    message: &Message,
    buffered: bool,
) -> Result<()> {
    let waiting: Vec<MessageSubscription> = {
        let reader = inner.database.read()?;
        let key = (&*message.name, &*message.correlation_key);
        let found = reader
            .tenant(tenant)
            .index::<SubscriptionsByMessage>(key, Direction::Forward);
        found
            .take(inner.limits.runtime.correlation_candidates)
            .collect::<Result<_, _>>()?
    };
    let mut reached: HashSet<&str> = HashSet::new();
    for subscription in &waiting {
        if reached.contains(&*subscription.process_id) {
            continue;
        }
        if correlate(inner, tenant, message, subscription, buffered).await? {
            reached.insert(&subscription.process_id);
        }
    }
    Ok(())
}

/// Correlates a message to a subscription, unless its process has it. Whether that was done.
async fn correlate(
    inner: &Arc<Inner>,
    tenant: TenantId,
    message: &Message,
    subscription: &MessageSubscription,
    buffered: bool,
) -> Result<bool> {
    let Some(claim) = claim(inner, tenant, message, &subscription.process_id, buffered)? else {
        return Ok(false);
    };
    let variables = step_calls::variables(&message.variables)
        .map_err(|error| Error::Internal(format!("message {}: {error}", message.key)))?;
    let request = Request::Correlate {
        subscription: SubscriptionKey(subscription.key),
        message: MessageKey(message.key),
        variables,
        claim,
    };
    let address = Address {
        tenant,
        instance: subscription.instance,
    };
    match shard::ask_internal(inner, address, request).await {
        Ok(_) => Ok(true),
        // The subscription was closed meanwhile, or cannot take the message.
        Err(Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The right to correlate a message to a process; `None` where that was or is being done.
fn claim(
    inner: &Arc<Inner>,
    tenant: TenantId,
    message: &Message,
    process_id: &str,
    buffered: bool,
) -> Result<Option<Claim>> {
    let key = (message.key, Box::from(process_id));
    if !locked(&inner.correlation.claims).insert(key) {
        return Ok(None);
    }
    let claim = Claim {
        inner: inner.clone(),
        message: message.key,
        process_id: process_id.into(),
        buffered,
    };
    // Read after the claim is taken: a claim is given back only after its row is committed.
    let reader = inner.database.read()?;
    let known = reader
        .tenant(tenant)
        .get::<MessageClaim>(&(message.key, process_id))?;
    Ok(known.is_none().then_some(claim))
}

/// A subscription was committed: looks for messages that were there before it.
pub(super) fn opened(inner: &Arc<Inner>, live: &Live, opened: &Subscription) {
    let subscription = MessageSubscription {
        key: opened.key.0,
        instance: live.key(),
        definition_key: live.deployed.record.key,
        process_id: live.deployed.record.process_id.clone(),
        element_id: String::new(),
        element_instance: opened.element_instance.0,
        message_name: opened.message_name.to_string(),
        correlation_key: opened.correlation_key.to_string(),
        opened_at: 0,
    };
    let tenant = live.tenant;
    match buffered(inner, tenant, &subscription) {
        Ok(messages) if messages.is_empty() => {}
        Ok(messages) => {
            let task = inner.clone();
            inner.tasks.spawn(async move {
                for message in messages {
                    let done = correlate(&task, tenant, &message, &subscription, true).await;
                    if let Err(error) = done {
                        tracing::warn!(%error, message = message.key, "a message was not correlated");
                    }
                }
            });
        }
        Err(error) => tracing::error!(%error, "buffered messages could not be read"),
    }
}

/// Messages that wait for such a subscription, the oldest first.
fn buffered(
    inner: &Inner,
    tenant: TenantId,
    subscription: &MessageSubscription,
) -> Result<Vec<Message>> {
    let now = inner.now().0;
    let reader = inner.database.read()?;
    let key = (&*subscription.message_name, &*subscription.correlation_key);
    let mut messages = Vec::new();
    let found = reader
        .tenant(tenant)
        .index::<MessagesByCorrelation>(key, Direction::Forward);
    for message in found.take(inner.limits.runtime.correlation_candidates) {
        let message = message?;
        if message.expires_at > now {
            messages.push(message);
        }
    }
    Ok(messages)
}

/// Correlates every buffered message that a stop may have cut off.
pub(super) async fn resume(inner: Arc<Inner>) {
    for tenant in inner.tenants.all() {
        if let Err(error) = resume_tenant(&inner, tenant).await {
            tracing::error!(%error, "buffered messages could not be correlated");
        }
    }
}

async fn resume_tenant(inner: &Arc<Inner>, tenant: TenantId) -> Result<()> {
    let mut after = 0;
    loop {
        let messages = page(&inner.database.read()?.tenant(tenant), after)?;
        let Some(last) = messages.last() else {
            return Ok(());
        };
        after = last.key;
        let now = inner.now().0;
        for message in messages.iter().filter(|message| message.expires_at > now) {
            distribute(inner, tenant, message, true).await?;
        }
    }
}

fn page(rows: &TenantReader<'_>, after: u64) -> Result<Vec<Message>> {
    let messages = rows.scan::<Message>((), Direction::Forward).after(&after);
    Ok(messages.take(EXPIRED_AT_ONCE).collect::<Result<_, _>>()?)
}

/// Removes expired messages until the server stops.
pub(super) async fn expire(inner: Arc<Inner>) {
    loop {
        inner.correlation.expiry.look();
        let next = match expire_due(&inner).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "expired messages could not be removed; trying again");
                Some(inner.now().plus_ms(1_000).0)
            }
        };
        if inner
            .correlation
            .expiry
            .sleep(&inner, next, LONGEST_SLEEP)
            .await
            .is_break()
        {
            return;
        }
    }
}

/// Removes what has expired; gives back when to look again.
async fn expire_due(inner: &Inner) -> Result<Option<i64>> {
    loop {
        let now = inner.now().0;
        let (mut batch, mut count) = (Batch::new(), 0);
        let mut next = None;
        {
            let reader = inner.database.read()?;
            for expiry in reader
                .system()
                .scan::<MessageExpiry>((), Direction::Forward)
            {
                let expiry = expiry?;
                if expiry.expires_at > now {
                    next = Some(expiry.expires_at);
                    break;
                }
                if count == EXPIRED_AT_ONCE {
                    break;
                }
                count += 1;
                let tenant = TenantId(expiry.tenant);
                let rows = reader.tenant(tenant);
                if let Some(message) = rows.get::<Message>(&expiry.message)? {
                    batch.tenant(tenant).delete(&message);
                }
                for claim in rows.scan::<MessageClaim>((expiry.message,), Direction::Forward) {
                    batch.tenant(tenant).delete(&claim?);
                }
                batch.system().delete(&expiry);
            }
        }
        if count == 0 {
            return Ok(next);
        }
        super::commit(&inner.database, batch).await?;
    }
}
