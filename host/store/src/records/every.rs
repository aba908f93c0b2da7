//! Every record and index there is, for whoever looks at all of them.

use super::*;
use crate::record::{Index, Record};

/// Looks at records and indexes by their types.
pub(crate) trait Visitor {
    /// A record.
    fn record<R: Record>(&mut self);
    /// An index.
    fn index<I: Index>(&mut self);
}

/// Shows the visitor every record, and then every index.
pub(crate) fn visit_every(visitor: &mut impl Visitor) {
    macro_rules! records {
        ($($record:ident)+) => { $(visitor.record::<$record>();)+ };
    }
    macro_rules! indexes {
        ($($index:ident)+) => { $(visitor.index::<$index>();)+ };
    }
    records! {
        Tenant Timer PendingStep MessageExpiry BlockOwner ProcessDefinition Resource StepVersion
        StepSignature Component InstanceBlob ProcessInstance ElementInstance Variable Job UserTask
        Incident MessageSubscription Message MessageClaim CorrelatedMessage SignalSubscription StartSubscription
        StartLock StartTimer PartialStart Outgoing HistorySegment TenantSetting SpaceUsage StoredValue
        StoredContent StepUsage InstanceUsage Rollout BindingRevision DecisionRequirements Decision
        DecisionInstance DeletedDefinition DeployedFile
    }
    indexes! {
        TenantsByName DefinitionsByProcess InstancesByDefinition ActiveInstances
        InstancesWithIncident InstancesByParent ActivatableJobs JobsByPriority UserTasksByState
        UserTasksByAssignee OpenIncidents SubscriptionsByMessage MessagesByCorrelation MessagesById
        SubscriptionsBySignal StartsByName StartTimersByDefinition RequirementsById DecisionsById
        DecisionsByRequirements DecisionInstancesByProcess DeletedByProcess FilesById
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Table;

    #[derive(Default)]
    struct Tables(BTreeSet<Table>);

    impl Visitor for Tables {
        fn record<R: Record>(&mut self) {
            assert!(self.0.insert(R::TABLE), "{} is there twice", R::TABLE);
        }

        fn index<I: Index>(&mut self) {
            assert!(self.0.insert(I::TABLE), "{} is there twice", I::TABLE);
        }
    }

    #[test]
    fn every_table_but_the_meta_table_is_of_a_record_or_an_index() {
        let mut tables = Tables(BTreeSet::from([Table::Meta]));
        visit_every(&mut tables);
        assert_eq!(tables.0, Table::ALL.iter().copied().collect());
    }
}
