//! A stop cuts work off between commits; the next start goes on from the last one.

use std::time::Duration;

use anyam::Error;
use anyam::limits::Limits;
use anyam::runtime::requests::ActivateJobs;
use anyam_engine::Command;
use anyam_engine::key::JobKey;
use anyam_store::records::InstanceState;

use crate::platform::{PATIENCE, Platform, TENANT, chain, create};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_was_cut_off_is_called_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.runtime.run_ahead = Duration::from_millis(1);
    let platform = Platform::start(folder.path(), limits)
        .await
        .with_steps(TENANT)
        .await;
    platform
        .deploy(TENANT, chain("slow", &["slow", "by-a-worker"]))
        .await;
    let created = platform
        .runtime
        .create(create("slow", false))
        .await
        .unwrap();
    platform.runtime.stop().await;
    let refused = platform.runtime.create(create("slow", false)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert_eq!(platform.jobs(created.key).len(), 1);
    drop(platform);

    let platform = Platform::start(folder.path(), Limits::default()).await;
    let request = ActivateJobs {
        tenants: Vec::new(),
        job_type: "by-a-worker".to_owned(),
        worker: "test".to_owned(),
        timeout: PATIENCE,
        max_jobs: 5,
        fetch_variables: Vec::new(),
        long_poll: PATIENCE,
    };
    let jobs = platform.runtime.activate_jobs(request).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].instance, created.key);
    assert_eq!(jobs[0].variables["n"].as_str(), "7");
    let job = jobs[0].record.key;
    let complete = Command::CompleteJob {
        job: JobKey(job.0),
        variables: Default::default(),
        result: None,
    };
    platform
        .runtime
        .command("job", job.0, complete)
        .await
        .unwrap();
    assert_eq!(
        platform.instance(created.key).unwrap().state,
        InstanceState::Completed
    );
    let jobs = platform.jobs(created.key);
    assert_eq!(jobs.len(), 2, "no task ran twice");
    assert_eq!(
        jobs[0].attempt, 1,
        "the second call of the same attempt is no failure"
    );
}
