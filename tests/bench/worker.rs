//! Workers beside the load: each takes jobs and completes them, on a connection of its own.

use serde_json::{Value, json};

use super::connection::{Connection, request};

/// Jobs that a worker takes at once.
const JOBS: usize = 4;

/// How many workers serve so many requests under way.
pub fn count(connections: usize) -> usize {
    connections.div_ceil(JOBS)
}

/// Takes and completes jobs for ever.
pub async fn work(host: String, job_type: &str) {
    let mut connection = Connection::open(&host).await;
    let activation = json!({
        "type": job_type,
        "timeout": 60_000,
        "maxJobsToActivate": JOBS,
        "requestTimeout": 10_000,
    });
    let activation = request(&host, "/v2/jobs/activation", &activation.to_string());
    let result = json!({ "variables": { "approved": true } }).to_string();
    loop {
        let answer = connection.ask(&activation).await;
        let answer: Value = serde_json::from_slice(answer).expect("an activation is JSON");
        for job in answer["jobs"].as_array().into_iter().flatten() {
            let key = job["jobKey"].as_str().expect("a job has a key");
            let path = format!("/v2/jobs/{key}/completion");
            connection.ask(&request(&host, &path, &result)).await;
        }
    }
}
