//! Jobs that a worker may have come by their priority.

use anyam_store::records::{Job, JobKind, JobState, activatable};
use anyam_store::{Batch, Database};

use super::{ONE, TWO, all, commit};

fn job(key: u64, job_type: &str, priority: i32) -> Job {
    Job {
        key,
        instance: 128,
        definition_key: 65,
        process_id: "order".into(),
        process_version: 1,
        element_id: "pay".into(),
        element_instance: 129,
        job_type: job_type.into(),
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
        kind: JobKind::BpmnElement,
        listener: None,
        priority,
        denied: None,
        denied_reason: None,
    }
}

fn keys(database: &Database, job_type: &str) -> Vec<u64> {
    let reader = database.read().unwrap();
    let jobs = all(activatable(reader.tenant(ONE), job_type));
    jobs.iter().map(|job| job.key).collect()
}

pub fn the_most_urgent_job_comes_first_and_of_those_the_oldest(database: &Database) {
    let jobs = [
        job(1, "pay", 0),
        job(2, "pay", -1),
        job(3, "pay", 7),
        job(4, "pay", i32::MIN),
        job(5, "pay", 7),
        job(6, "pay", i32::MAX),
        job(7, "pay", 0),
        job(8, "pay", -1),
    ];
    commit(database, |batch: &mut Batch| {
        for job in &jobs {
            batch.tenant(ONE).put(job);
        }
        batch.tenant(ONE).put(&job(9, "paying", i32::MAX));
        batch.tenant(ONE).put(&job(10, "pa", i32::MAX));
        batch.tenant(TWO).put(&job(11, "pay", i32::MAX));
    });
    assert_eq!(keys(database, "pay"), [6, 3, 5, 1, 7, 2, 8, 4]);
    assert_eq!(keys(database, "other"), [0; 0]);

    let mut taken = jobs[2].clone();
    taken.state = JobState::Activated;
    let mut moved = jobs[0].clone();
    moved.priority = -2;
    commit(database, |batch| {
        batch.tenant(ONE).replace(&jobs[2], &taken);
        batch.tenant(ONE).replace(&jobs[0], &moved);
    });
    assert_eq!(keys(database, "pay"), [6, 5, 7, 2, 8, 1, 4]);
}
