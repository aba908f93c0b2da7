//! A check finds what is damaged and names it, and changes nothing.

use std::path::Path;

use anyam_store::records::ProcessInstance;
use anyam_store::{Batch, Checked, Record, Table, check_file};

use crate::{TENANT, commit, job, open, process_instance, stocked};

fn check(path: &Path) -> Checked {
    let before = std::fs::read(path).unwrap();
    let checked = check_file(path, 10).unwrap();
    assert!(
        std::fs::read(path).unwrap() == before,
        "the file was changed"
    );
    checked
}

fn rows(checked: &Checked, table: Table) -> u64 {
    let found = checked.rows.iter().find(|(of, _)| *of == table);
    found.map_or(0, |(_, rows)| *rows)
}

#[test]
fn a_whole_store_has_no_findings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    stocked(&path);
    let checked = check(&path);
    assert_eq!(checked.findings, []);
    assert_eq!(rows(&checked, Table::Instances), 400);
    assert_eq!(rows(&checked, Table::ActivatableJobs), 400);
    assert_eq!(rows(&checked, Table::Components), 1);
}

#[test]
fn a_store_that_a_crash_left_open_is_checked_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("data"), folder.path().join("copy"));
    stocked(&path);
    let database = open(&path);
    std::fs::copy(&path, &copy).unwrap();
    assert_eq!(check(&copy).findings, []);
    assert!(check_file(&path, 10).is_err(), "a store in use was checked");
    drop(database);
}

#[test]
fn indexes_that_differ_from_their_records_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    stocked(&path);
    let database = open(&path);
    let mut batch = Batch::new();
    // The entry of an active instance stays behind where its row is put without `replace`.
    batch.tenant(TENANT).put(&process_instance(64, true));
    batch.tenant(TENANT).put(&process_instance(64, false));
    // No entry is there where the row is removed as another one.
    batch.tenant(TENANT).put(&job(640));
    let mut other = job(640);
    other.job_type = "other".into();
    batch.tenant(TENANT).delete(&other);
    commit(&database, batch).unwrap();
    drop(database);
    let told: Vec<String> = check(&path)
        .findings
        .iter()
        .map(|f| f.to_string())
        .collect();
    assert_eq!(
        told,
        [
            "instances.active: 000000070000000000000040: the row it leads to gives no such entry",
            "jobs.activatable: 000000077061636b000000000000000282: it leads to no row",
        ]
    );
}

/// Puts a value into the file behind the store's back.
fn put_raw(path: &Path, table: Table, key: &[u8], value: Option<&[u8]>) {
    let definition = redb::TableDefinition::<&[u8], &[u8]>::new(table.name());
    let file = redb::Database::open(path).unwrap();
    let write = file.begin_write().unwrap();
    match value {
        Some(value) => drop(
            write
                .open_table(definition)
                .unwrap()
                .insert(key, value)
                .unwrap(),
        ),
        None => drop(write.open_table(definition).unwrap().remove(key).unwrap()),
    }
    write.commit().unwrap();
}

#[test]
fn values_that_do_not_decode_and_missing_entries_are_found_up_to_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    stocked(&path);
    let key = |instance: u64| [&TENANT.0.to_be_bytes()[..], &instance.to_be_bytes()].concat();
    put_raw(&path, Table::Instances, &key(1), Some(&[99, 1, 2]));
    put_raw(
        &path,
        Table::Instances,
        &key(2),
        Some(&[ProcessInstance::VERSION]),
    );
    let database = open(&path);
    let mut batch = Batch::new();
    batch.tenant(TENANT).put(&process_instance(3, true));
    commit(&database, batch).unwrap();
    drop(database);
    put_raw(&path, Table::ActiveInstances, &key(3), None);
    let checked = check(&path);
    let told: Vec<String> = checked.findings.iter().map(|f| f.to_string()).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(
        told[0].starts_with("instances: 000000070000000000000001: "),
        "{told:#?}"
    );
    assert!(told[0].contains("version 99"), "{told:#?}");
    assert!(told[1].contains("damaged"), "{told:#?}");
    assert!(told[2].contains("is missing"), "{told:#?}");
    let bounded = check_file(&path, 2).unwrap();
    assert_eq!((bounded.findings.len(), bounded.left_out), (2, 1));
}

/// Wherever a bit is turned, the check says so, or nothing that counts was hit. It names the table
/// where a row was hit.
#[test]
fn a_damaged_page_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    stocked(&path);
    let whole = std::fs::read(&path).unwrap();
    let content: Vec<u8> = (0..4_000u32).map(|at| at as u8).collect();
    let large = whole
        .windows(content.len())
        .position(|window| window == content)
        .unwrap();
    let named = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&path, &bytes).unwrap();
        check(&path).findings
    };
    let findings = named(large + 50_000);
    assert_eq!(findings[0].table, Some(Table::Components), "{findings:#?}");
    assert!(findings[0].what.contains("is damaged"), "{findings:#?}");
    // Variables are nothing but text: only a checksum tells.
    let text = "x".repeat(150).into_bytes();
    let places: Vec<usize> = whole
        .windows(text.len())
        .enumerate()
        .filter(|(_, window)| *window == text)
        .map(|(at, _)| at)
        .step_by(997)
        .collect();
    assert!(places.len() > 5);
    let mut by_key = 0;
    for at in places {
        let findings = named(at);
        // What was hit may be a page that is free by now.
        let Some(first) = findings.first() else {
            continue;
        };
        assert_eq!(first.table, Some(Table::Variables), "{findings:#?}");
        by_key += usize::from(first.what.contains("has the key"));
    }
    assert!(by_key > 0);
}
