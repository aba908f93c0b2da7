//! Deployed decisions and what became of their evaluations.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};

/// One version of a DMN file: a decision requirements graph. The model itself is the
/// [`Resource`](super::Resource) it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRequirements {
    /// Key of this version.
    pub key: u64,
    /// The id of the file's `definitions`.
    pub requirements_id: String,
    /// 1, 2, 3 ... for each id of the tenant.
    pub version: i32,
    /// The name of the file's `definitions`.
    pub name: String,
    /// Name of the resource in the deployment.
    pub resource_name: String,
    /// SHA-256 of the resource and of all that it imports.
    pub digest: [u8; 32],
    /// Resources of the same deployment that it imports, and those that these import.
    pub imports: Vec<String>,
    /// The deployment it came with.
    pub deployment_key: u64,
    /// Milliseconds since 1970, UTC.
    pub deployed_at: i64,
    /// Whether it was deleted; the row keeps its version number from coming back.
    pub deleted: bool,
}

impl Record for DecisionRequirements {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::DecisionRequirements;

    fn key(&self) -> u64 {
        self.key
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<RequirementsById>(&(&*self.requirements_id, self.version));
    }
}

/// Requirements by (id, version): the latest version is the first of a reverse scan.
pub enum RequirementsById {}

impl Index for RequirementsById {
    type Record = DecisionRequirements;
    type Key<'a> = (&'a str, i32);
    const TABLE: Table = Table::RequirementsById;
}

/// One version of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Key of this version.
    pub key: u64,
    /// The id of the decision in the model.
    pub decision_id: String,
    /// 1, 2, 3 ... for each decision id of the tenant.
    pub version: i32,
    /// The modeler's own name for the version.
    pub version_tag: Option<String>,
    /// The name of the decision in the model.
    pub name: String,
    /// The version of the file it came with.
    pub requirements_key: u64,
    /// The id of that file's `definitions`.
    pub requirements_id: String,
    /// Its version.
    pub requirements_version: i32,
    /// Its name.
    pub requirements_name: String,
    /// The deployment it came with.
    pub deployment_key: u64,
    /// Whether it was deleted with its file; the row keeps its version number from coming back.
    pub deleted: bool,
}

impl Record for Decision {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::Decisions;

    fn key(&self) -> u64 {
        self.key
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<DecisionsById>(&(&*self.decision_id, self.version));
        sink.entry::<DecisionsByRequirements>(&(self.requirements_key, self.key));
    }
}

/// Decisions by (id, version): the latest version is the first of a reverse scan.
pub enum DecisionsById {}

impl Index for DecisionsById {
    type Record = Decision;
    type Key<'a> = (&'a str, i32);
    const TABLE: Table = Table::DecisionsById;
}

/// Decisions by the (version of the file, key).
pub enum DecisionsByRequirements {}

impl Index for DecisionsByRequirements {
    type Record = Decision;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::DecisionsByRequirements;
}

/// One decision that was made, by itself or because another one required it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionInstance {
    /// Key of the evaluation.
    pub evaluation: u64,
    /// 1, 2, 3 ... in the order in which the decisions of the evaluation were made.
    pub number: u32,
    /// The process instance; 0 where a request asked.
    pub instance: u64,
    /// The activation of the business rule task; 0 where a request asked.
    pub element_instance: u64,
    /// What the process instance runs; 0 where a request asked.
    pub definition: u64,
    /// The version of the decision; 0 where it is one of an imported file that is no longer there.
    pub decision: u64,
    /// Its id.
    pub decision_id: String,
    /// Its name.
    pub decision_name: String,
    /// Its version.
    pub decision_version: i32,
    /// How it is made, such as `DECISION_TABLE`.
    pub kind: String,
    /// The version of the file it came with.
    pub requirements: u64,
    /// The id of that file's `definitions`.
    pub requirements_id: String,
    /// The version of the decision that was asked for.
    pub root_decision: u64,
    /// Milliseconds since 1970, UTC.
    pub evaluated_at: i64,
    /// Why it has no result.
    pub failure: Option<String>,
    /// The result, as JSON text; empty where there is none.
    pub output: String,
    /// What was tested, where it is a decision table.
    pub inputs: Vec<DecisionValue>,
    /// The rules that matched and count, where it is a decision table.
    pub rules: Vec<MatchedDecisionRule>,
}

/// A column of a decision table, and its value in one evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionValue {
    /// The id of the column.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The value, as JSON text.
    pub value: String,
}

/// A rule of a decision table that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedDecisionRule {
    /// The id of the rule.
    pub id: String,
    /// Its number, from 1.
    pub index: u64,
    /// Its results.
    pub outputs: Vec<DecisionValue>,
}

impl Record for DecisionInstance {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u32);
    const TABLE: Table = Table::DecisionInstances;

    fn key(&self) -> (u64, u32) {
        (self.evaluation, self.number)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        if self.instance != 0 {
            sink.entry::<DecisionInstancesByProcess>(&(
                self.instance,
                self.evaluation,
                self.number,
            ));
        }
    }
}

/// Decision instances of process instances, by (process instance, evaluation, number).
pub enum DecisionInstancesByProcess {}

impl Index for DecisionInstancesByProcess {
    type Record = DecisionInstance;
    type Key<'a> = (u64, u64, u32);
    const TABLE: Table = Table::DecisionInstancesByProcess;
}
