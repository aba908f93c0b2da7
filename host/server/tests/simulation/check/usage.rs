//! What is counted for a tenant is what a recount gives.

use std::collections::BTreeMap;

use anyam::runtime::usage::{day, of_calls};
use anyam_store::records::{InstanceState, InstanceUsage, SpaceUsage, StepUsage, StoredValue};
use anyam_store::{Reader, Result};

use super::Rows;
use crate::clients::all;

pub fn check(rows: &Rows, reader: &Reader, wrong: &mut Vec<String>) -> Result<()> {
    let mut expected: BTreeMap<u32, InstanceUsage> = BTreeMap::new();
    for row in rows.instances.values() {
        expected.entry(day(row.started_at)).or_default().started += 1;
        if let Some(at) = row.ended_at {
            let ended = expected.entry(day(at)).or_default();
            match row.state {
                InstanceState::Terminated => ended.terminated += 1,
                _ => ended.completed += 1,
            }
        }
    }
    let mut counted = BTreeMap::new();
    for mut row in all::<InstanceUsage>(reader)? {
        if row.transitions == 0 || row.bytes_stored == 0 {
            wrong.push(format!("{row:?} was written by no transition"));
        }
        // What transitions wrote cannot be counted afterwards.
        (row.transitions, row.bytes_stored) = (0, 0);
        counted.insert(row.day, row);
    }
    for (day, row) in &mut expected {
        row.day = *day;
    }
    counted.retain(|day, row| {
        expected.contains_key(day) || row.started + row.completed + row.terminated > 0
    });
    if counted != expected {
        wrong.push(format!(
            "instances are counted {counted:?}, there are {expected:?}"
        ));
    }
    let expected = of_calls(rows.history.values().flatten());
    let counted = all::<StepUsage>(reader)?;
    if counted != expected {
        wrong.push(format!(
            "calls are counted {counted:?}, there are {expected:?}"
        ));
    }
    let mut spaces: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
    for value in all::<StoredValue>(reader)? {
        let space = spaces.entry(value.space).or_default();
        space.0 += (value.bucket.len() + value.key.len()) as u64 + value.size;
        space.1 += 1;
    }
    let counted = all::<SpaceUsage>(reader)?.into_iter();
    let counted: BTreeMap<_, _> = counted
        .map(|row| (row.space, (row.bytes, row.keys)))
        .collect();
    if counted != spaces {
        wrong.push(format!("data is counted {counted:?}, there is {spaces:?}"));
    }
    Ok(())
}
