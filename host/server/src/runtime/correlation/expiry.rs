//! Removes messages whose time is over, with the claims on them.

use std::sync::Arc;
use std::time::Duration;

use anyam_store::records::{Message, MessageClaim, MessageExpiry};
use anyam_store::{Batch, Direction, StoreError, TenantId};

use super::super::{Inner, committed};
use crate::error::Result;

/// Messages removed in one commit.
const EXPIRED_AT_ONCE: usize = 1_000;

/// Longest sleep between two looks at what has expired.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Removes expired messages until the server stops.
pub(in super::super) async fn expire(inner: Arc<Inner>) {
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
                if let Some((message, stamp)) = rows.stamped::<Message>(&expiry.message)? {
                    let mut rows = batch.tenant(tenant);
                    if message.message_id.is_some() {
                        // Who publishes another one with its id deletes it, too: its entry in the
                        // index is then the other one's.
                        rows.expect::<Message>(&expiry.message, Some(stamp));
                    }
                    rows.delete(&message);
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
        match committed(&inner.database, batch).await {
            Ok(()) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
