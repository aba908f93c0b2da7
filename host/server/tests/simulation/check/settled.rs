//! Where nobody asks for anything any more, nothing that can be done is left undone for long.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyam_store::records::StartTimer;
use anyam_store::{Direction, Reader, Result};

use super::Rows;
use crate::steps::Called;

/// What a server does at once where it is left alone, in milliseconds: commits stall for seconds.
const AT_ONCE: i64 = 8_000;

/// The longest time between two calls of a step that is to be called.
const LONGEST_CALL: Duration = Duration::from_secs(60);

/// Things that were sent before a server was left alone.
pub type Sent = BTreeSet<(u64, u64)>;

/// What is on its way.
pub fn sent(rows: &Rows) -> Sent {
    let rows = rows.outgoing.iter();
    rows.map(|row| (row.source, row.number)).collect()
}

/// What is undone although a server was left alone since `before`.
pub fn check(
    (rows, reader): (&Rows, &Reader),
    before: &Sent,
    calls: &BTreeMap<u64, Vec<Called>>,
    (now, passed): (i64, Duration),
) -> Result<Vec<String>> {
    let mut undone = Vec::new();
    let late = now - AT_ONCE;
    for timer in rows.timers.iter().filter(|timer| timer.due < late) {
        let ms = now - timer.due;
        undone.push(format!(
            "timer {} of {} is {ms} ms late",
            timer.key, timer.instance
        ));
    }
    for row in rows.expiries.iter().filter(|row| row.expires_at < late) {
        undone.push(format!("message {} is still there", row.message));
    }
    for timer in reader.system().scan::<StartTimer>((), Direction::Forward) {
        let timer = timer?;
        if timer.due < late {
            undone.push(format!("start timer {} has started nothing", timer.key));
        }
    }
    for sent in sent(rows).intersection(before) {
        undone.push(format!("{sent:?} was sent and has not arrived"));
    }
    for row in &rows.pending {
        let calls = calls.get(&row.job).into_iter().flatten();
        let last = calls.map(|call| call.at).max().unwrap_or_default();
        if passed - last > LONGEST_CALL {
            undone.push(format!("the step of job {} is not called", row.job));
        }
    }
    messages(rows, now, &mut undone);
    Ok(undone)
}

/// Messages that wait beside somebody who waits for them.
fn messages(rows: &Rows, now: i64, undone: &mut Vec<String>) {
    let is_claimed = |message: u64, process: &str| {
        let mut claims = rows.claims.iter();
        claims.any(|claim| claim.message == message && claim.process_id == process)
    };
    for message in rows.messages.values() {
        if message.expires_at <= now || message.published_at > now - AT_ONCE {
            continue;
        }
        for waits in &rows.waiting {
            let same = (&waits.message_name, &waits.correlation_key)
                == (&message.name, &message.correlation_key);
            let settled = waits.opened_at <= now - AT_ONCE;
            if same && settled && !is_claimed(message.key, &waits.process_id) {
                undone.push(format!(
                    "message {} and subscription {} of {} wait for each other",
                    message.key, waits.key, waits.instance
                ));
            }
        }
        let locked = rows
            .locks
            .iter()
            .any(|lock| lock.correlation_key == message.correlation_key);
        if message.name == "order" && !locked && !is_claimed(message.key, "ordered") {
            undone.push(format!("message {} has started nothing", message.key));
        }
    }
}
