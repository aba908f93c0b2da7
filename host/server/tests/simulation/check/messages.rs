//! A message is correlated at most once to each process, and one that waits meets who waits.

use std::collections::BTreeMap;

use anyam_store::records::InstanceState;

use super::Rows;

pub fn check(rows: &Rows, wrong: &mut Vec<String>) {
    let mut taken: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for (instance, variables) in &rows.variables {
        let Some(row) = rows.instances.get(instance) else {
            wrong.push(format!("variables of {instance}, which is not there"));
            continue;
        };
        for variable in variables {
            if variable.name.starts_with("msg_") || variable.name.starts_with("sig_") {
                let key = (&*variable.name, &*row.process_id);
                taken.entry(key).or_default().push(*instance);
            }
        }
    }
    for ((message, process), by) in &taken {
        if by.len() > 1 && message.starts_with("msg_") {
            wrong.push(format!("{message} came to {by:?} of {process}"));
        }
        let mut once = by.clone();
        once.dedup();
        if once.len() < by.len() {
            wrong.push(format!("{message} came twice to one of {by:?}"));
        }
    }
    let mut started = BTreeMap::new();
    let active = rows.instances.values();
    let active = active.filter(|row| row.state == InstanceState::Active);
    for row in active.filter(|row| row.started_by.is_some()) {
        let key = (&row.process_id, &row.started_by);
        if let Some(other) = started.insert(key, row.key) {
            let by = &row.started_by;
            wrong.push(format!(
                "{other} and {} were started by {by:?} and go on",
                row.key
            ));
        }
    }
    for claim in &rows.claims {
        let takes = rows.instances.get(&claim.instance);
        if takes.is_none_or(|row| row.process_id != claim.process_id) {
            wrong.push(format!("{claim:?} is of an instance that is not there"));
        }
    }
    for message in rows.messages.values() {
        let expires = rows.expiries.iter();
        let mut expires = expires.filter(|row| row.message == message.key);
        if expires
            .next()
            .is_none_or(|row| row.expires_at != message.expires_at)
        {
            wrong.push(format!("message {} never expires", message.key));
        }
    }
}
