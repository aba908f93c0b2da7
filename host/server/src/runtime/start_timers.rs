//! Timer start events (10.5.2): instances that start at a time, once each, also after a stop.

use std::sync::Arc;
use std::time::Duration;

use anyam_engine::StartTime;
use anyam_engine::value::Timestamp;
use anyam_store::records::{Outgoing, ProcessDefinition, Sent, StartTimer, Started};
use anyam_store::{Batch, Direction, TenantId};

use super::partial_starts::{self, Came, Gathering, Trigger};
use super::{Inner, commit, deployment, outbox};
use crate::error::Result;

/// Instances started in one commit.
const AT_ONCE: usize = 256;

/// Longest sleep: the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Starts instances that are due until the server stops.
pub(super) async fn serve(inner: Arc<Inner>) {
    loop {
        inner.start_timers.look();
        let next = match start_due(&inner).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "start timers could not be worked off; trying again");
                Some(inner.now().plus_ms(1_000).0)
            }
        };
        let woken = inner.start_timers.sleep(&inner, next, LONGEST_SLEEP);
        if woken.await.is_break() {
            return;
        }
    }
}

/// Starts what is due; gives back when to look again.
async fn start_due(inner: &Arc<Inner>) -> Result<Option<i64>> {
    loop {
        // A deployment replaces the timers of the version before.
        let _one_at_a_time = inner.deploying.lock().await;
        let mut gathering = Gathering::begin(inner).await;
        let now = inner.now().0;
        let (mut batch, mut rows) = (Batch::new(), Vec::new());
        let (mut next, mut due) = (None, 0);
        {
            let reader = inner.database.read()?;
            for timer in reader.system().scan::<StartTimer>((), Direction::Forward) {
                let timer = timer?;
                if timer.due > now || due == AT_ONCE {
                    next = Some(timer.due);
                    break;
                }
                due += 1;
                batch.system().delete(&timer);
                let tenant = TenantId(timer.tenant);
                let rows_of = reader.tenant(tenant);
                let Some(definition) = rows_of.get::<ProcessDefinition>(&timer.definition_key)?
                else {
                    continue;
                };
                let latest = deployment::latest_version(&reader, tenant, &definition.process_id)?;
                if latest.is_none_or(|latest| latest.key != definition.key) {
                    continue;
                }
                let needs =
                    partial_starts::needs(inner, tenant, definition.key, &timer.element_id)?;
                let row = if needs > 1 {
                    let trigger = Trigger {
                        tenant,
                        definition_key: definition.key,
                        element_id: &timer.element_id,
                        part: timer.part,
                        needs,
                        variables: "{}",
                    };
                    match gathering.take(&reader, &mut batch, &trigger)? {
                        Came::Starts(row) => Some(row),
                        Came::Before | Came::Waits(_) => None,
                    }
                } else {
                    Some(starts(inner, &timer))
                };
                if let Some(row) = row {
                    batch.system().put(&row);
                    rows.push(row);
                }
                if let Some(following) = following(timer, Timestamp(now)) {
                    batch.system().put(&following);
                }
            }
        }
        if due == 0 {
            return Ok(next);
        }
        commit(&inner.database, batch).await?;
        gathering.committed()?;
        outbox::send(inner, rows);
        if inner.stopping.is_cancelled() {
            return Ok(None);
        }
    }
}

fn starts(inner: &Inner, timer: &StartTimer) -> Outgoing {
    let instance = inner.database.next_block();
    Outgoing {
        source: timer.key,
        number: instance,
        tenant: timer.tenant,
        sent: Sent::Start {
            instance,
            process: Started::Definition(timer.definition_key),
            element: Some(timer.element_id.clone()),
            variables: "{}".to_owned(),
            caller: None,
        },
    }
}

fn following(timer: StartTimer, now: Timestamp) -> Option<StartTimer> {
    let time = StartTime {
        due: Timestamp(timer.due),
        left: timer.left,
        interval: timer.interval.as_deref().map(Box::from),
    };
    let next = time.next(now)?;
    Some(StartTimer {
        due: next.due.0,
        left: next.left,
        ..timer
    })
}
