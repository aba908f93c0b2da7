//! The end of a run: everything that waits gets what it waits for, until nothing is left.

use std::time::Duration;

use anyam::Error;
use anyam::runtime::Runtime;
use anyam::runtime::clock::Clock;
use anyam::runtime::requests::{ActivateJobs, PublishMessage};
use anyam_engine::Command;
use anyam_engine::key::{IncidentKey, JobKey, UserTaskKey};
use anyam_engine::value::Variables;
use anyam_store::Direction;
use anyam_store::records::*;

use crate::clients::{all, is_refusal};
use crate::models::JOB_TYPES;
use crate::run::PATIENCE;
use crate::time::Time;
use crate::world::World;
use crate::{TENANT, TENANT_NAME};

/// Rounds after which everything has come to its end.
const ROUNDS: u64 = 60;

/// Helps everything to its end.
///
/// # Errors
/// What is left.
pub async fn drain(runtime: &Runtime, world: &World, time: &Time) -> Result<(), Vec<String>> {
    for _ in 0..ROUNDS {
        let clock: &dyn Clock = time;
        match clock.timeout(PATIENCE, round(runtime, world)).await {
            Ok(Ok(0)) => return Ok(()),
            Ok(Ok(_)) => {}
            // Some limits are so small that a request may have to come again.
            Ok(Err(Error::Unavailable(_))) if runtime.is_ready() => {}
            Ok(Err(error)) => return Err(vec![format!("a last request failed: {error}")]),
            Err(_) => return Err(vec!["a last request was never answered".to_owned()]),
        }
        time.sleep_ms(61_000).await;
    }
    let left = left(runtime).map_err(|error| vec![error.to_string()])?;
    Err(left
        .into_iter()
        .map(|row| format!("it never ends: {row:?}"))
        .collect())
}

fn left(runtime: &Runtime) -> Result<Vec<ProcessInstance>, Error> {
    let reader = runtime.read()?;
    let rows = reader.tenant(TENANT);
    let active = rows.index::<ActiveInstances>((), Direction::Forward);
    Ok(active.collect::<anyam_store::Result<_>>()?)
}

/// Does what can be done for everything once; gives back how much there was to do. What ends may
/// let a message that waits start the next one, so that nothing is left only where nothing was.
async fn round(runtime: &Runtime, world: &World) -> Result<usize, Error> {
    let reader = runtime.read()?;
    let before = left(runtime)?.len();
    let incidents = all::<Incident>(&reader)?;
    let tasks = all::<UserTask>(&reader)?;
    let jobs = all::<Job>(&reader)?;
    let mut waiting = all::<MessageSubscription>(&reader)?;
    let signals = all::<SignalSubscription>(&reader)?;
    let outgoing = reader.system().scan::<Outgoing>((), Direction::Forward);
    let outgoing = outgoing.count_rows()?;
    let starts = reader.system().scan::<StartTimer>((), Direction::Forward);
    let starts = starts.count_rows()?;
    drop(reader);
    for job in jobs.iter().filter(|job| job.state == JobState::Failed) {
        let command = Command::UpdateJob {
            job: JobKey(job.key),
            retries: Some(3),
            deadline: None,
        };
        done(runtime.command("job", job.key, command).await)?;
    }
    for incident in incidents.iter().filter(|i| i.resolved_at.is_none()) {
        let command = Command::ResolveIncident {
            incident: IncidentKey(incident.key),
        };
        done(runtime.command("incident", incident.key, command).await)?;
    }
    for task in tasks.iter().filter(|t| t.state == UserTaskState::Created) {
        let command = Command::CompleteUserTask {
            task: UserTaskKey(task.key),
            variables: Variables::new(),
        };
        done(runtime.command("user task", task.key, command).await)?;
    }
    waiting.retain(|row| row.message_name != "stop");
    for row in waiting {
        let number = world.number();
        let name: Box<str> = format!("msg_{number}").into();
        let value = anyam_engine::value::Json::from_valid(number.to_string());
        let message = PublishMessage {
            tenant: TENANT_NAME.to_owned(),
            name: row.message_name,
            correlation_key: row.correlation_key,
            message_id: None,
            time_to_live: Duration::ZERO,
            variables: Variables::from([(name, value)]),
        };
        runtime.publish(message).await?;
    }
    if !signals.is_empty() {
        runtime
            .broadcast(TENANT_NAME, "alarm", &Variables::new())
            .await?;
    }
    for job_type in JOB_TYPES {
        let request = ActivateJobs {
            tenants: Vec::new(),
            job_type: job_type.to_owned(),
            worker: "last".to_owned(),
            timeout: Duration::from_secs(60),
            max_jobs: 1_000,
            fetch_variables: Vec::new(),
            long_poll: Duration::ZERO,
        };
        for job in runtime.activate_jobs(request).await? {
            let command = Command::CompleteJob {
                job: job.record.key,
                variables: Variables::new(),
                result: None,
            };
            done(runtime.command("job", job.record.key.0, command).await)?;
        }
    }
    Ok(before + usize::try_from(outgoing + starts).unwrap())
}

/// What was refused because it was done already is done.
fn done(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if is_refusal(&error) => Ok(()),
        other => other,
    }
}
