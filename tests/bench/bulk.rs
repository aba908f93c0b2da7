//! Many process instances at once, started by the server's own runtime.
//!
//! Each of them goes the way of a request, from the runtime's queue to the commit, and leaves the
//! same rows; only HTTP is left out, where asking a million times would measure the asking.

use anyam::runtime::Runtime;
use anyam::runtime::requests::{CreateInstance, ProcessSelector};
use tokio::task::JoinSet;

use super::server::BenchedServer;

/// How the line that orders them begins: a number of instances and the ids of their processes, in
/// turn, follow.
pub const START: &str = "start ";

/// Instances that are started at once.
const AT_ONCE: usize = 512;

/// Carries out such a line; how many were started.
pub async fn start(runtime: &Runtime, order: &str) -> u64 {
    let mut words = order.split_whitespace();
    let count: u64 = words
        .next()
        .and_then(|count| count.parse().ok())
        .expect("a number of instances");
    let processes: Vec<&str> = words.collect();
    let mut under_way = JoinSet::new();
    for number in 0..count {
        if under_way.len() >= AT_ONCE {
            under_way.join_next().await;
        }
        let process = processes[number as usize % processes.len()].to_owned();
        let runtime = runtime.clone();
        under_way.spawn(async move {
            let request = CreateInstance {
                tenant: "<default>".to_owned(),
                process: ProcessSelector::Latest(process),
                variables: Default::default(),
                start_at: Vec::new(),
                tags: Vec::new(),
                business_id: None,
                await_completion: None,
                until_incident: false,
            };
            runtime
                .create(request)
                .await
                .expect("an instance is started");
        });
    }
    while let Some(done) = under_way.join_next().await {
        done.expect("no start panics");
    }
    count
}

/// Lets a server start so many instances of these processes in turn.
pub fn order(server: &BenchedServer, count: u64, processes: &[String]) {
    let answer = server.say(&format!("{START}{count} {}", processes.join(" ")));
    assert_eq!(answer.trim(), count.to_string(), "not all were started");
}
