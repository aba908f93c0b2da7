//! Every table that follows from records is what the records give.

use std::collections::BTreeMap;
use std::ops::Bound;

use anyam_store::records::*;
use anyam_store::{
    Batch, Direction, Reader, Record, Result, Store, SystemOwned, Table, TenantOwned,
};

use crate::TENANT;
use crate::clients::all;
use crate::life::Shared;

/// Rows of numbers, which are written by adding; `usage` looks at them.
const COUNTERS: [Table; 3] = [Table::StepUsage, Table::InstanceUsage, Table::SpaceUsage];

type Found = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

pub fn check(store: &Shared, reader: &Reader, wrong: &mut Vec<String>) -> Result<()> {
    let rebuilt = rebuild(reader)?;
    let stored = stored(store)?;
    for ((table, key), value) in &rebuilt {
        match stored.get(&(*table, key.clone())) {
            None => wrong.push(format!("{table} lacks the row {key:?} that a record gives")),
            Some(found) if found != value => {
                wrong.push(format!(
                    "{table} has another value under {key:?} than its record"
                ));
            }
            Some(_) => {}
        }
    }
    for (table, key) in stored.keys() {
        if !rebuilt.contains_key(&(*table, key.clone())) {
            wrong.push(format!("{table} has the row {key:?} that no record gives"));
        }
    }
    Ok(())
}

/// Everything written anew from the records.
fn rebuild(reader: &Reader) -> Result<Found> {
    let mut batch = Batch::new();
    macro_rules! rebuild {
        ($of:ident: $($record:ident)+) => { $($of::<$record>(reader, &mut batch)?;)+ };
    }
    rebuild!(of_tenant: ProcessDefinition Resource StepVersion StepSignature Component InstanceBlob
        ProcessInstance ElementInstance Variable Job UserTask Incident MessageSubscription Message
        MessageClaim CorrelatedMessage SignalSubscription StartSubscription StartLock HistorySegment TenantSetting
        StoredValue StoredContent Rollout BindingRevision DecisionRequirements Decision
        DecisionInstance);
    rebuild!(of_system: Tenant Timer PendingStep MessageExpiry BlockOwner StartTimer Outgoing);
    let mut found = Found::new();
    for operation in batch.operations() {
        let value = operation.value.unwrap_or_default().to_vec();
        found.insert((operation.table, operation.key.to_vec()), value);
    }
    Ok(found)
}

fn of_tenant<R: Record<Owner = TenantOwned>>(reader: &Reader, batch: &mut Batch) -> Result<()> {
    for record in all::<R>(reader)? {
        batch.tenant(TENANT).put(&record);
    }
    Ok(())
}

fn of_system<R: Record<Owner = SystemOwned>>(reader: &Reader, batch: &mut Batch) -> Result<()> {
    for record in reader.system().scan::<R>((), Direction::Forward) {
        batch.system().put(&record?);
    }
    Ok(())
}

fn stored(store: &Shared) -> Result<Found> {
    let view = store.read()?;
    let mut found = Found::new();
    let tables = Table::ALL.iter().filter(|table| **table != Table::Meta);
    for table in tables.filter(|table| !COUNTERS.contains(table)) {
        let all = (Bound::Unbounded, Bound::Unbounded);
        let mut rows = view.scan(*table, all.0, all.1, Direction::Forward)?;
        while rows.next(&mut |key, value| {
            found.insert((*table, key.to_vec()), value.to_vec());
        })? {}
    }
    Ok(found)
}
