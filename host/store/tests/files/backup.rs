//! A backup holds a snapshot, says whether it is whole, and becomes a store again.

use std::path::Path;

use anyam_store::records::{Component, ProcessInstance, Variable};
use anyam_store::{
    BLOCK, Batch, Direction, RedbStore, StoreError, back_up_file, check_file, restore,
};

use crate::{CACHE, TENANT, commit, instance, open, stocked};

fn backup_of(path: &Path) -> Vec<u8> {
    let before = std::fs::read(path).unwrap();
    let mut bytes = Vec::new();
    let summary = back_up_file(path, &mut bytes).unwrap();
    assert_eq!(summary.bytes, bytes.len() as u64);
    assert!(
        std::fs::read(path).unwrap() == before,
        "the file was changed"
    );
    bytes
}

#[test]
fn a_restored_store_is_the_one_that_was_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let (path, restored) = (folder.path().join("data"), folder.path().join("restored"));
    stocked(&path);
    let backup = backup_of(&path);
    let summary = restore(&mut &backup[..], &restored).unwrap();
    assert_eq!(summary.bytes, backup.len() as u64);
    assert_eq!(check_file(&restored, 10).unwrap().findings, []);
    assert_eq!(backup_of(&restored), backup);
    let last = open(&path).next_block();
    // Keys that were given out after the backup are not in it, those before are skipped.
    let next = open(&restored).next_block();
    assert!(next + 64 * BLOCK > last, "{next} {last}");
    let database = open(&restored);
    commit(&database, instance(database.next_block())).unwrap();
}

#[test]
fn a_backup_of_a_store_in_use_is_one_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let (path, restored) = (folder.path().join("data"), folder.path().join("restored"));
    stocked(&path);
    let database = open(&path);
    let reader = database.read().unwrap();
    commit(&database, instance(64)).unwrap();
    let mut backup = Vec::new();
    reader.back_up(&mut backup).unwrap();
    restore(&mut &backup[..], &restored).unwrap();
    let restored = open(&restored);
    let copy = restored.read().unwrap();
    let tenant = copy.tenant(TENANT);
    let instances = tenant.scan::<ProcessInstance>((), Direction::Forward);
    assert_eq!(instances.count_rows().unwrap(), 400);
    let variables = tenant.scan::<Variable>((), Direction::Forward);
    assert_eq!(variables.count_rows().unwrap(), 400);
    assert_eq!(tenant.get::<ProcessInstance>(&64).unwrap(), None);
}

#[test]
fn what_is_not_a_whole_backup_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, restored) = (folder.path().join("data"), folder.path().join("restored"));
    stocked(&path);
    let backup = backup_of(&path);
    let refused = |bytes: &[u8]| {
        let error = restore(&mut &bytes[..], &restored).unwrap_err();
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{error}: {left:?}");
        error
    };
    for at in (0..backup.len()).step_by(backup.len() / 60) {
        let mut damaged = backup.clone();
        damaged[at] ^= 1;
        let error = refused(&damaged);
        assert!(
            matches!(
                error,
                StoreError::BadBackup { .. } | StoreError::NewerFormat { .. }
            ),
            "{at}: {error}"
        );
        let error = refused(&backup[..at]);
        assert!(error.to_string().contains("cut off"), "{at}: {error}");
    }
    let longer = [&backup[..], b"x"].concat();
    assert!(refused(&longer).to_string().contains("behind its end"));
    assert!(
        refused(b"not a backup at all")
            .to_string()
            .contains("no backup")
    );
    let mut newer = backup.clone();
    newer[15] = 9;
    assert!(matches!(
        refused(&newer),
        StoreError::NewerFormat { found: 9, known: 1 }
    ));
}

#[test]
fn nothing_is_restored_over_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    stocked(&path);
    let backup = backup_of(&path);
    let before = std::fs::read(&path).unwrap();
    let error = restore(&mut &backup[..], &path).unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error}");
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn compaction_gives_space_back_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    stocked(&path);
    let database = open(&path);
    let large = |at: u8| Component {
        digest: [at; 32],
        bytes: vec![at; 1 << 20],
    };
    for at in 20..30 {
        let mut batch = Batch::new();
        batch.tenant(TENANT).put(&large(at));
        commit(&database, batch).unwrap();
    }
    // The last one keeps the end of the file in use.
    for at in 20..29 {
        let mut batch = Batch::new();
        batch.tenant(TENANT).delete(&large(at));
        commit(&database, batch).unwrap();
    }
    drop(database);
    let backup = backup_of(&path);
    let before = std::fs::metadata(&path).unwrap().len();
    let mut store = RedbStore::open(&path, CACHE).unwrap();
    store.compact().unwrap();
    drop(store);
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after + (4 << 20) < before, "{before} -> {after}");
    assert_eq!(backup_of(&path), backup);
    assert_eq!(check_file(&path, 10).unwrap().findings, []);
}
