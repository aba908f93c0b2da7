//! What tenants used is what their history says.

use std::collections::BTreeMap;

use anyam::limits::Limits;
use anyam::runtime::history;
use anyam::runtime::usage::{self, Usage};
use anyam_engine::Command;
use anyam_store::Direction;
use anyam_store::records::{InstanceState, InstanceUsage, ProcessInstance};

use crate::guest;
use crate::platform::{Platform, TENANT, chain, create};

const ALL: (u32, u32) = (0, u32::MAX);

fn used(platform: &Platform) -> Usage {
    let mut usage = platform
        .runtime
        .usage(platform.tenant(), ALL, 1_000)
        .unwrap();
    // What transitions wrote cannot be counted afterwards.
    for row in &mut usage.instances {
        assert!(row.transitions > 0 && row.bytes_stored > 100, "{row:?}");
        (row.transitions, row.bytes_stored) = (0, 0);
    }
    usage
}

/// Everything counted again from the instances and their histories.
fn recount(platform: &Platform) -> Usage {
    let reader = platform.runtime.read().unwrap();
    let tenant = platform.tenant();
    let mut days: BTreeMap<u32, InstanceUsage> = BTreeMap::new();
    let mut entries = Vec::new();
    for row in reader
        .tenant(tenant)
        .scan::<ProcessInstance>((), Direction::Forward)
    {
        let row = row.unwrap();
        let day = usage::day(row.started_at);
        days.entry(day).or_default().started += 1;
        if let Some(at) = row.ended_at {
            let ended = days.entry(usage::day(at)).or_default();
            match row.state {
                InstanceState::Terminated => ended.terminated += 1,
                _ => ended.completed += 1,
            }
        }
        entries.extend(history::read(&reader, tenant, row.key, 1_000).unwrap());
    }
    for (day, row) in &mut days {
        row.day = *day;
    }
    Usage {
        instances: days.into_values().collect(),
        steps: usage::of_calls(&entries),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_is_what_a_recount_of_the_history_gives() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Limits::default())
        .await
        .with_steps(TENANT)
        .await;
    let trap = guest::guest("unreachable").build();
    platform
        .runtime
        .push_step(TENANT, "trap", "1.0.0", trap)
        .await
        .unwrap();
    platform
        .deploy(TENANT, chain("good", &["echo", "echo"]))
        .await;
    platform
        .deploy(TENANT, chain("bad", &["echo", "trap"]))
        .await;
    platform
        .deploy(TENANT, chain("waits", &["by-a-worker"]))
        .await;
    let many = (0..40).map(|_| platform.runtime.create(create("good", true)));
    for created in futures_util::future::join_all(many).await {
        created.unwrap();
    }
    platform.runtime.create(create("bad", false)).await.unwrap();
    let waiting = platform
        .runtime
        .create(create("waits", false))
        .await
        .unwrap();
    platform
        .runtime
        .command("process instance", waiting.key, Command::Cancel)
        .await
        .unwrap();
    // The third attempt of the step that fails leaves an incident.
    let given_up = async {
        loop {
            let usage = used(&platform);
            let trap = usage.steps.iter().find(|row| row.step == "trap");
            if trap.is_some_and(|row| row.retryable == 3) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::platform::PATIENCE, given_up)
        .await
        .expect("the attempts are used up");
    let usage = used(&platform);
    assert_eq!(usage, recount(&platform));
    let sum = |of: fn(&InstanceUsage) -> u64| usage.instances.iter().map(of).sum::<u64>();
    assert_eq!(sum(|row| row.started), 42);
    assert_eq!(sum(|row| row.completed), 40);
    assert_eq!(sum(|row| row.terminated), 1);
    let echo = |of: fn(&anyam_store::records::StepUsage) -> u64| {
        let rows = usage.steps.iter().filter(|row| row.step == "echo");
        rows.map(of).sum::<u64>()
    };
    assert_eq!(echo(|row| row.calls), 81);
    assert!(echo(|row| row.cpu_micros) > 0 && echo(|row| row.memory_peak_bytes) >= 1 << 16);
    platform.runtime.stop().await;
    drop(platform);
    let platform = Platform::start(folder.path(), Limits::default()).await;
    assert_eq!(used(&platform), usage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_of_too_many_rows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Limits::default())
        .await
        .with_steps(TENANT)
        .await;
    platform
        .deploy(TENANT, chain("both", &["echo", "slow"]))
        .await;
    platform.runtime.create(create("both", true)).await.unwrap();
    let runtime = &platform.runtime;
    assert_eq!(
        runtime
            .usage(platform.tenant(), ALL, 2)
            .unwrap()
            .steps
            .len(),
        2
    );
    let refused = runtime.usage(platform.tenant(), ALL, 1);
    assert!(
        matches!(refused, Err(anyam::Error::Invalid(_))),
        "{refused:?}"
    );
    let none = runtime.usage(platform.tenant(), (0, 1), 1).unwrap();
    assert_eq!(none, Usage::default());
}
