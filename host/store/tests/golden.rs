//! Rows as released versions wrote them still read. One file a format version; a file is never
//! changed once released, only added.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use anyam_store::records::*;
use anyam_store::{Batch, Record, Table, TenantId, TenantOwned};

const V1: &str = include_str!("golden/v1.txt");
/// The rows of the records that have a version 2.
const V2: &str = include_str!("golden/v2.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of the record's row in the golden file must decode to the record.
fn check<R: Record + PartialEq + std::fmt::Debug>(record: &R) {
    let mut value = vec![R::VERSION];
    record.encode(&mut value);
    let line = V1
        .lines()
        .find(|line| line.split(' ').nth(1) == Some(R::TABLE.name()));
    let line = line.unwrap_or_else(|| panic!("no row of {}: {}", R::TABLE, hex(&value)));
    let golden = line.split(' ').nth(3).unwrap();
    let golden: Vec<u8> = (0..golden.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&golden[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(&R::decode(golden[0], &golden[1..]).unwrap(), record);
}

macro_rules! rows {
    ($($owner:ident $record:ident $fields:tt)+) => {
        #[test]
        fn values_of_version_1_are_read() {
            $(check(&$record $fields);)+
        }

        /// Keys and index entries carry no version: they must stay as they are.
        #[test]
        fn rows_are_written_as_in_their_version() {
            let mut batch = Batch::new();
            $(rows!(@put batch $owner $record $fields);)+
            let lines: Vec<String> = batch.operations().map(|row| {
                format!("put {} {} {}", row.table, hex(row.key), hex(row.value.unwrap()))
            }).collect();
            assert_eq!(lines.len(), V1.lines().count(), "{}", lines.join("\n"));
            for (line, first) in lines.iter().zip(V1.lines()) {
                let (row, written) = line.rsplit_once(' ').unwrap();
                assert!(first.starts_with(&format!("{row} ")), "{line}");
                let newer = written.starts_with("02") && V2.lines().any(|newer| newer == line);
                assert!(line == first || newer, "{line}");
            }
        }
    };
    (@put $batch:ident tenant $record:ident $fields:tt) => {
        $batch.tenant(TenantId(0x0102)).put(&$record $fields)
    };
    (@put $batch:ident system $record:ident $fields:tt) => {
        $batch.system().put(&$record $fields)
    };
}

rows! {
    tenant ProcessDefinition {
        key: 65, process_id: "order".into(), version: 2, version_tag: Some("v".into()), name: None,
        resource_name: "o.bpmn".into(), resource_digest: [3; 32], deployment_key: 64,
        deployed_at: 1_000, bindings: vec![StepBinding {
            element_id: "pay".into(), step_name: "charge".into(), step_version: "1.0.0".into(),
            digest: [4; 32], function: None,
        }],
    }
    tenant Resource { deployment_key: 64, name: "o.bpmn".into(), bytes: vec![1, 2] }
    tenant StepVersion {
        name: "charge".into(), version: "1.0.0".into(), digest: [4; 32], size: 2,
        effect: "pure".into(), imports: vec!["a:b/c".into()], manifest: Some("{}".into()),
        uploaded_at: 1_000, retired_at: None,
    }
    tenant Component { digest: [4; 32], bytes: vec![0, 97] }
    tenant InstanceBlob { instance: 128, bytes: vec![9, 8, 7] }
    tenant ProcessInstance {
        key: 128, definition_key: 65, process_id: "order".into(), process_version: 2,
        process_name: Some("Order".into()), version_tag: None, state: InstanceState::Active,
        has_incident: true, started_at: 1_000, ended_at: None, tags: vec!["t".into()],
        business_id: Some("b".into()), parent: None, started_by: None,
    }
    tenant ElementInstance {
        key: 129, instance: 128, definition_key: 65, process_id: "order".into(),
        element_id: "pay".into(), element_name: None, element_type: "SERVICE_TASK".into(),
        state: InstanceState::Terminated, scope: 128, started_at: 1_000, ended_at: Some(2_000),
        incident: Some(134),
    }
    tenant Variable { key: 130, instance: 128, scope: 128, name: "n".into(), value: "1.50".into() }
    tenant Job {
        key: 131, instance: 128, definition_key: 65, process_id: "order".into(),
        process_version: 2, element_id: "pay".into(), element_instance: 129,
        job_type: "charge".into(), step: false, retries: 3, attempt: 1, state: JobState::Created,
        worker: Some("w".into()), deadline: Some(-1), error_message: None,
        error_code: Some("E".into()), headers: vec![("k".into(), "v".into())], created_at: 1_000,
        ended_at: None, kind: JobKind::BpmnElement, listener: None, priority: 0,
        denied: None, denied_reason: None,
    }
    tenant UserTask {
        key: 133, instance: 128, definition_key: 65, process_id: "order".into(),
        process_version: 2, process_name: None, element_id: "check".into(), element_name: None,
        element_instance: 132, state: UserTaskState::Completed, assignee: Some("ann".into()),
        candidate_groups: vec!["g".into()], candidate_users: vec![], due_date: None,
        follow_up_date: Some("2030-01-01T00:00:00Z".into()), priority: 50, form: None,
        created_at: 1_000, ended_at: Some(2_000), form_key: None,
    }
    tenant Incident {
        key: 134, instance: 128, definition_key: 65, process_id: "order".into(),
        element_id: "pay".into(), element_instance: 129, job: Some(131),
        kind: "JOB_NO_RETRIES".into(), message: "no".into(), created_at: 1_000, resolved_at: None,
    }
    tenant MessageSubscription {
        key: 135, instance: 128, definition_key: 65, process_id: "order".into(),
        element_id: "paid".into(), element_instance: 136, message_name: "paid".into(),
        correlation_key: "42".into(), opened_at: 1_000,
    }
    tenant Message {
        key: 192, name: "paid".into(), correlation_key: "42".into(),
        message_id: Some("m".into()), variables: "{}".into(), published_at: 1_000,
        expires_at: 2_000,
    }
    tenant MessageClaim { message: 192, process_id: "order".into(), instance: 128 }
    tenant HistorySegment { instance: 128, seq: 1, bytes: vec![5] }
    system Tenant { id: 0x0102, name: "acme".into() }
    system Timer { due: -5, key: 137, instance: 128, tenant: 0x0102 }
    system PendingStep { instance: 128, job: 131, tenant: 0x0102 }
    system MessageExpiry { expires_at: 2_000, message: 192, tenant: 0x0102 }
    system BlockOwner { block: 128, tenant: 0x0102, instance: 128 }
    tenant StepSignature {
        name: "charge".into(), version: "1.0.0".into(), key_id: "k".into(), signature: vec![7],
        added_at: 1_000,
    }
    tenant TenantSetting { name: "grants".into(), value: "{}".into(), changed_at: 1_000 }
    tenant StoredValue {
        space: 1, bucket: "b".into(), key: "k".into(), size: 2, digest: [6; 32],
        created_at: 1_000, inline: Some(vec![1, 2]),
    }
    tenant StoredContent { space: 1, bucket: "b".into(), key: "k".into(), bytes: vec![1, 2] }
    tenant SpaceUsage { space: 1, bytes: 258, keys: 2 }
    tenant StepUsage {
        day: 20_000, step: "charge".into(), version: "1.0.0".into(), calls: 258, bpmn_errors: 1,
        retryable: 2, permanent: 3, cpu_micros: 4, wall_micros: 5, queue_micros: 6,
        http_requests: 7, bytes_out: 8, bytes_in: 9, memory_peak_bytes: 10,
    }
    tenant InstanceUsage {
        day: 20_000, started: 1, completed: 2, terminated: 3, transitions: 4, bytes_stored: 5,
    }
    tenant Rollout {
        step: "charge".into(), version: "1.1.0".into(), percentage: 10,
        previous: Some("1.0.1".into()), began_at: 1_000,
        before: vec![VersionCalls { version: "1.0.0".into(), calls: 2, failures: 1 }],
    }
    tenant BindingRevision {
        definition: 65, revision: 1, bindings: vec![StepBinding {
            element_id: "pay".into(), step_name: "charge".into(), step_version: "1.1.0".into(),
            digest: [5; 32], function: None,
        }],
        replaced_by: Some(2), created_at: 1_000,
    }
    tenant SignalSubscription {
        key: 138, instance: 128, element_id: "alarm".into(), element_instance: 139,
        name: "alarm".into(), opened_at: 1_000,
    }
    tenant StartSubscription {
        definition_key: 65, number: 1, process_id: "order".into(), element_id: "start".into(),
        kind: StartKind::Signal, name: "alarm".into(),
    }
    tenant DeployedFile {
        key: 67, kind: FileKind::Form, file_id: "review".into(), version: 2,
        version_tag: Some("v".into()), resource_name: "r.form".into(), digest: [3; 32],
        deployment_key: 64, deployed_at: 1_000, deleted: false,
    }
    tenant StartLock { process_id: "order".into(), correlation_key: "42".into(), instance: 128 }
    system StartTimer {
        due: 5, key: 66, tenant: 0x0102, definition_key: 65, element_id: "start".into(),
        left: Some(3), interval: Some("PT1H".into()), part: 0,
    }
    system Outgoing {
        source: 128, number: 140, tenant: 0x0102, sent: Sent::Start {
            instance: 256, process: Started::Tagged {
                process_id: "pay".into(), version_tag: "v".into(),
            },
            element: None, variables: "{}".into(),
            caller: Some(Caller { instance: 128, element_instance: 141, root: 64, depth: 2 }),
        },
    }
    tenant CorrelatedMessage {
        instance: 128, message: 192, subscription: 135, definition_key: 65,
        process_id: "order".into(), element_id: "paid".into(), element_instance: 136,
        message_name: "paid".into(), correlation_key: "42".into(), correlated_at: 1_000,
    }
    tenant DeletedDefinition {
        definition: ProcessDefinition {
            key: 65, process_id: "order".into(), version: 2, version_tag: None, name: None,
            resource_name: "o.bpmn".into(), resource_digest: [3; 32], deployment_key: 64,
            deployed_at: 1_000, bindings: vec![],
        },
        deleted_at: 2_000,
    }
    tenant DecisionRequirements {
        key: 70, requirements_id: "terms".into(), version: 1, name: "Terms".into(),
        resource_name: "t.dmn".into(), digest: [7; 32], imports: vec!["u.dmn".into()],
        deployment_key: 64, deployed_at: 1_000, deleted: false,
    }
    tenant Decision {
        key: 71, decision_id: "discount".into(), version: 1, version_tag: Some("v".into()),
        name: "Discount".into(), requirements_key: 70, requirements_id: "terms".into(),
        requirements_version: 1, requirements_name: "Terms".into(), deployment_key: 64,
        deleted: true,
    }
    tenant DecisionInstance {
        evaluation: 142, number: 1, instance: 128, element_instance: 143, definition: 65,
        decision: 71, decision_id: "discount".into(), decision_name: "Discount".into(),
        decision_version: 1, kind: "DECISION_TABLE".into(), requirements: 70,
        requirements_id: "terms".into(), root_decision: 71, evaluated_at: 1_000,
        failure: Some("no".into()), output: "1.50".into(),
        inputs: vec![DecisionValue {
            id: "i".into(), name: "sum".into(), value: "7".into(),
        }],
        rules: vec![MatchedDecisionRule {
            id: "r".into(), index: 2, outputs: vec![DecisionValue {
                id: "o".into(), name: "rate".into(), value: "1.50".into(),
            }],
        }],
    }
    tenant PartialStart {
        definition_key: 65, element_id: "both".into(), instance: 256,
        parts: vec![StartPart { part: 1, variables: "{}".into() }],
    }
}

#[test]
fn every_table_has_a_row() {
    for table in Table::ALL.iter().filter(|table| **table != Table::Meta) {
        let of_table = |line: &str| line.split(' ').nth(1) == Some(table.name());
        assert!(V1.lines().chain(V2.lines()).any(of_table), "{table}");
    }
}

#[test]
fn a_called_instance_is_found_by_its_caller() {
    let called = ProcessInstance {
        key: 256,
        definition_key: 65,
        process_id: "pay".into(),
        process_version: 1,
        process_name: None,
        version_tag: None,
        state: InstanceState::Completed,
        has_incident: false,
        started_at: 1_000,
        ended_at: Some(2_000),
        tags: vec![],
        business_id: None,
        parent: Some(ParentInstance {
            instance: 128,
            element_instance: 141,
            root: 64,
        }),
        started_by: Some("42".into()),
    };
    are_in_version_2(&called);
}

fn are_in_version_2(record: &impl Record<Owner = TenantOwned>) {
    let mut batch = Batch::new();
    batch.tenant(TenantId(0x0102)).put(record);
    for row in batch.operations() {
        let (key, value) = (hex(row.key), hex(row.value.unwrap()));
        let row = format!("put {} {key} {value}", row.table);
        assert!(V2.lines().any(|line| line == row), "{row}");
    }
}

#[test]
fn an_urgent_job_is_found_by_its_priority() {
    are_in_version_2(&Job {
        key: 142,
        instance: 128,
        definition_key: 65,
        process_id: "order".into(),
        process_version: 2,
        element_id: "pay".into(),
        element_instance: 129,
        job_type: "charge".into(),
        step: false,
        retries: 3,
        attempt: 0,
        state: JobState::Created,
        worker: None,
        deadline: None,
        error_message: None,
        error_code: None,
        headers: vec![],
        created_at: 1_000,
        ended_at: None,
        kind: JobKind::TaskListener,
        listener: Some(ListenerEvent::Completing),
        priority: 7,
        denied: None,
        denied_reason: None,
    });
}

#[test]
fn definitions_of_version_2_name_the_function_of_a_step() {
    let line = V2.lines().last().unwrap();
    let value = line.rsplit_once(' ').unwrap().1;
    let value: Vec<u8> = (0..value.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&value[at..at + 2], 16).unwrap())
        .collect();
    let read = ProcessDefinition::decode(value[0], &value[1..]).unwrap();
    assert_eq!(read.bindings[0].function.as_deref(), Some("quote"));
    assert_eq!(read.bindings[0].step_name, "charge");
}
