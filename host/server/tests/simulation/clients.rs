//! Clients: each does one thing after the other and notes what it was told.

use std::time::Duration;

use anyam::Error;
use anyam::runtime::Runtime;
use anyam::runtime::requests::{
    ActivateJobs, CreateInstance, ProcessSelector, PublishMessage, ResourceFile,
};
use anyam_engine::Command;
use anyam_engine::command::TaskAttributes;
use anyam_engine::key::{ElementInstanceKey, IncidentKey, JobKey, UserTaskKey};
use anyam_engine::value::{Json, Variables};
use anyam_store::records::{
    HistorySegment, Incident, InstanceState, JobState, ProcessInstance, SignalSubscription,
    UserTask, UserTaskState,
};
use anyam_store::{Direction, Reader, Record, TenantOwned};

use crate::models::{JOB_TYPES, KEYS, STARTED, models};
use crate::random::Random;
use crate::time::Time;
use crate::world::{Asked, Fact, Held, World};
use crate::{TENANT, TENANT_NAME};

/// A server as its clients see it.
#[derive(Clone)]
pub struct Clients {
    pub runtime: Runtime,
    pub world: World,
    pub time: Time,
}

/// Whether the answer says that nothing was done.
pub fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::NotFound(_)
            | Error::Conflict(_)
            | Error::Invalid(_)
            | Error::TooLarge(_)
            | Error::TenantBusy(_)
            | Error::Forbidden(_)
            | Error::Refused { .. }
    )
}

/// Every row of a kind.
pub fn all<R: Record<Owner = TenantOwned>>(reader: &Reader) -> anyam_store::Result<Vec<R>> {
    reader
        .tenant(TENANT)
        .scan::<R>((), Direction::Forward)
        .collect()
}

fn variable(name: &str, value: u64) -> Variables {
    Variables::from([(name.into(), Json::from_valid(value.to_string()))])
}

impl Clients {
    /// One client, until it is dropped.
    pub async fn run(self, mut random: Random) {
        loop {
            let pause = match random.below(10) {
                0 => random.among(1_000..40_000),
                1..4 => random.among(50..2_000),
                _ => random.below(50),
            };
            self.time.sleep_ms(pause).await;
            let patience = random.chance(7).then(|| random.below(30));
            let mut own = random.fork();
            let doing = self.something(&mut own);
            match patience {
                None => doing.await,
                Some(patience) => tokio::select! {
                    biased;
                    () = doing => {}
                    () = self.time.sleep_ms(patience) => self.note("gone", "", &Ok(())),
                },
            }
        }
    }

    async fn something(&self, random: &mut Random) {
        match random.below(100) {
            0..24 => self.create(random).await,
            24..44 => self.activate(random).await,
            44..60 => self.work(random).await,
            60..70 => self.publish(random).await,
            70..72 => self.correlate(random).await,
            72..75 => self.broadcast(random).await,
            75..82 => self.user_task(random).await,
            82..85 => self.cancel(random).await,
            85..88 => self.set_variable(random).await,
            88..91 => self.resolve(random).await,
            91..92 => self.deploy(random).await,
            _ => self.look(random),
        }
    }

    fn note<T>(&self, what: &str, of: &str, result: &Result<T, Error>) {
        let ms = self.time.passed().as_micros();
        let said = match result {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        self.world.trace(format!("{ms} {what} {of}: {said}"));
    }

    fn read(&self) -> Option<Reader> {
        self.runtime.read().ok()
    }

    async fn create(&self, random: &mut Random) {
        let number = self.world.number();
        let business_id = format!("request-{number}");
        let process = random.pick(&STARTED).copied().unwrap_or_default();
        let key = random.pick(&KEYS).copied().unwrap_or_default();
        let n = random.below(10);
        let variables = Variables::from([
            ("k".into(), Json::from_valid(format!("\"{key}\""))),
            ("n".into(), Json::from_valid(n.to_string())),
            (format!("in_{number}").into(), Json::from_valid("1")),
        ]);
        let waits = random.chance(25);
        let wait = Duration::from_millis(random.among(10..30_000));
        let request = CreateInstance {
            tenant: TENANT_NAME.to_owned(),
            process: ProcessSelector::Latest(process.to_owned()),
            variables,
            start_at: Vec::new(),
            tags: Vec::new(),
            business_id: Some(business_id.clone()),
            await_completion: waits.then_some(wait),
            until_incident: random.chance(50),
        };
        let asked = |what| _ = self.world.lock().asked.insert(business_id.clone(), what);
        asked(Asked::Unknown);
        let created = self.runtime.create(request).await;
        self.note("create", process, &created);
        match created {
            Ok(created) => {
                asked(Asked::Made(created.key));
                let mut known = self.world.lock();
                known.instances.push(created.key);
                known.facts.push(Fact::Instance {
                    key: created.key,
                    process: process.to_owned(),
                });
                known.facts.push(Fact::Variable {
                    instance: created.key,
                    name: format!("in_{number}"),
                    value: "1".to_owned(),
                });
                if waits {
                    known.facts.push(Fact::Ended {
                        key: created.key,
                        how: InstanceState::Completed,
                    });
                }
            }
            Err(error) if !waits && is_refusal(&error) => asked(Asked::Refused),
            Err(_) => {}
        }
    }

    async fn activate(&self, random: &mut Random) {
        let job_type = random.pick(&JOB_TYPES).copied().unwrap_or_default();
        let poll = match random.chance(30) {
            true => random.among(1..20_000),
            false => 0,
        };
        let timeout = random.among(100..60_000);
        let request = ActivateJobs {
            tenants: Vec::new(),
            job_type: job_type.to_owned(),
            worker: "worker".to_owned(),
            timeout: Duration::from_millis(timeout),
            max_jobs: usize::try_from(random.among(1..5)).unwrap_or(1),
            fetch_variables: Vec::new(),
            long_poll: Duration::from_millis(poll),
        };
        let given = self.runtime.activate_jobs(request).await;
        self.note("activate", job_type, &given);
        let now = self.runtime.now().0;
        let mut known = self.world.lock();
        for job in given.unwrap_or_default() {
            let (key, instance) = (job.record.key.0, job.instance);
            known.facts.push(Fact::JobTried {
                job: key,
                attempt: job.record.attempt,
            });
            let until = job.record.deadline.map_or(0, |deadline| deadline.0);
            let before = known.leases.insert(key, until);
            let early = before.is_some_and(|before| now < before);
            if early && !known.set_back && !known.touched.contains(&key) {
                let wrong = format!(
                    "job {key} was handed out at {now}, although it was given away until {before:?}"
                );
                known.wrong.push(wrong);
            }
            known.held.push(Held {
                instance,
                job: key,
                retries: job.record.retries,
            });
        }
    }

    async fn work(&self, random: &mut Random) {
        let Some(held) = self.world.take_held(random) else {
            return;
        };
        let number = self.world.number();
        let (job, key, instance) = (JobKey(held.job), held.job, held.instance);
        self.world.lock().touched.insert(key);
        let name = format!("done_{number}");
        let variables = variable(&name, number);
        let ended = |how| Fact::JobEnded { job: key, how };
        let (what, command, facts) = match random.below(10) {
            0 => {
                let command = Command::ThrowJobError {
                    job,
                    code: "E".into(),
                    message: "no".into(),
                    variables,
                };
                ("throw", command, vec![ended(JobState::ErrorThrown)])
            }
            1..3 => {
                let backoff = random.below(3) * random.below(20_000);
                let command = Command::FailJob {
                    job,
                    retries: held.retries.saturating_sub(1),
                    retry_backoff_ms: backoff,
                    message: "no luck".into(),
                    variables,
                };
                ("fail", command, Vec::new())
            }
            3 => {
                let command = Command::UpdateJob {
                    job,
                    retries: Some(5),
                    deadline: None,
                };
                ("update", command, Vec::new())
            }
            _ => {
                let command = Command::CompleteJob {
                    job,
                    variables,
                    result: None,
                };
                ("complete", command, vec![ended(JobState::Completed)])
            }
        };
        let has_variable = matches!(what, "complete" | "fail");
        let done = self.runtime.command("job", key, command).await;
        self.note(what, &key.to_string(), &done);
        if done.is_ok() {
            let mut known = self.world.lock();
            known.facts.extend(facts);
            if has_variable {
                known.facts.push(Fact::Variable {
                    instance,
                    name,
                    value: number.to_string(),
                });
            }
        }
    }

    fn message(&self, random: &mut Random, number: u64) -> PublishMessage {
        let name = *random
            .pick(&["paid", "paid", "order", "stop"])
            .unwrap_or(&"paid");
        let key = random.pick(&KEYS).copied().unwrap_or_default();
        let time_to_live = match random.below(4) {
            0 => 0,
            1 => random.among(1..2_000),
            2 => random.among(10_000..100_000),
            _ => 3_600_000,
        };
        PublishMessage {
            tenant: TENANT_NAME.to_owned(),
            name: name.to_owned(),
            correlation_key: key.to_owned(),
            message_id: random.chance(40).then(|| format!("id-{}", random.below(6))),
            time_to_live: Duration::from_millis(time_to_live),
            variables: variable(&format!("msg_{number}"), number),
        }
    }

    async fn publish(&self, random: &mut Random) {
        let message = self.message(random, self.world.number());
        let name = message.name.clone();
        let ttl = i64::try_from(message.time_to_live.as_millis()).unwrap_or(0);
        // It is stored at this time or later.
        let now = self.runtime.now().0;
        let published = self.runtime.publish(message).await;
        self.note("publish", &name, &published);
        if let Ok(key) = published
            && ttl > 0
        {
            self.world.fact(Fact::Message {
                key,
                until: now + ttl,
            });
        }
    }

    async fn correlate(&self, random: &mut Random) {
        let number = self.world.number();
        let message = self.message(random, number);
        let name = message.name.clone();
        let correlated = self.runtime.correlate(message).await;
        self.note("correlate", &name, &correlated);
        if let Ok((_, instance)) = correlated {
            self.world.fact(Fact::Variable {
                instance,
                name: format!("msg_{number}"),
                value: number.to_string(),
            });
        }
    }

    async fn broadcast(&self, _: &mut Random) {
        let number = self.world.number();
        let variables = variable(&format!("sig_{number}"), number);
        let Some(reader) = self.read() else { return };
        let waiting = all::<SignalSubscription>(&reader).unwrap_or_default();
        drop(reader);
        let told = self
            .runtime
            .broadcast(TENANT_NAME, "alarm", &variables)
            .await;
        self.note("broadcast", "alarm", &told);
        if told.is_ok() {
            for waits in waiting {
                self.world.fact(Fact::SignalTaken {
                    subscription: waits.key,
                });
            }
        }
    }

    async fn user_task(&self, random: &mut Random) {
        let Some(reader) = self.read() else { return };
        let tasks = all::<UserTask>(&reader).unwrap_or_default();
        drop(reader);
        let open: Vec<_> = tasks
            .into_iter()
            .filter(|task| task.state == UserTaskState::Created)
            .collect();
        let Some(task) = random.pick(&open) else {
            return;
        };
        let (instance, key) = (task.instance, task.key);
        let number = self.world.number();
        if task.assignee.is_none() && random.chance(40) {
            let assignee = format!("person-{number}");
            let command = Command::AssignUserTask {
                task: UserTaskKey(key),
                assignee: Some(assignee.as_str().into()),
                allow_override: false,
            };
            let done = self.runtime.command("user task", key, command).await;
            self.note("assign", &key.to_string(), &done);
            if done.is_ok() {
                self.world.fact(Fact::Assigned {
                    task: key,
                    assignee,
                });
            }
            return;
        }
        if random.chance(20) {
            let attributes = TaskAttributes {
                priority: Some(u8::try_from(random.below(100)).unwrap_or(1)),
                ..TaskAttributes::default()
            };
            let command = Command::UpdateUserTask {
                task: UserTaskKey(key),
                attributes: Box::new(attributes),
            };
            let done = self.runtime.command("user task", key, command).await;
            self.note("change", &key.to_string(), &done);
            return;
        }
        let name = format!("form_{number}");
        let command = Command::CompleteUserTask {
            task: UserTaskKey(key),
            variables: variable(&name, number),
        };
        let done = self.runtime.command("user task", key, command).await;
        self.note("finish", &key.to_string(), &done);
        if done.is_ok() {
            let mut known = self.world.lock();
            known.facts.push(Fact::UserTask {
                task: key,
                state: UserTaskState::Completed,
            });
            known.facts.push(Fact::Variable {
                instance,
                name,
                value: number.to_string(),
            });
        }
    }

    async fn cancel(&self, random: &mut Random) {
        let Some(key) = self.world.instance(random) else {
            return;
        };
        let done = self
            .runtime
            .command("process instance", key, Command::Cancel)
            .await;
        self.note("cancel", &key.to_string(), &done);
        if done.is_ok() {
            let how = InstanceState::Terminated;
            self.world.fact(Fact::Ended { key, how });
        }
    }

    async fn set_variable(&self, random: &mut Random) {
        let Some(key) = self.world.instance(random) else {
            return;
        };
        let number = self.world.number();
        let name = format!("set_{number}");
        let command = Command::SetVariables {
            scope: ElementInstanceKey(key),
            variables: variable(&name, number),
            local: random.chance(50),
        };
        let done = self.runtime.command("element instance", key, command).await;
        self.note("set", &key.to_string(), &done);
        if done.is_ok() {
            self.world.fact(Fact::Variable {
                instance: key,
                name,
                value: number.to_string(),
            });
        }
    }

    async fn resolve(&self, random: &mut Random) {
        let Some(reader) = self.read() else { return };
        let incidents = all::<Incident>(&reader).unwrap_or_default();
        drop(reader);
        let open: Vec<_> = incidents
            .into_iter()
            .filter(|incident| incident.resolved_at.is_none())
            .collect();
        let Some(incident) = random.pick(&open) else {
            return;
        };
        let command = Command::ResolveIncident {
            incident: IncidentKey(incident.key),
        };
        let key = incident.key;
        let done = self.runtime.command("incident", key, command).await;
        self.note("resolve", &key.to_string(), &done);
        if done.is_ok() {
            self.world.fact(Fact::Resolved { incident: key });
        }
    }

    /// Deploys another version of a process, the same but for a comment.
    async fn deploy(&self, random: &mut Random) {
        let models = models();
        let Some((id, xml)) = random.pick(&models) else {
            return;
        };
        let number = self.world.number();
        let file = ResourceFile {
            name: format!("{id}.bpmn"),
            bytes: format!("{xml}<!-- {number} -->").into_bytes(),
        };
        let deployed = self.runtime.deploy(TENANT_NAME, vec![file]).await;
        self.note("deploy", id, &deployed);
    }

    /// Reads an instance. What was read once is there for good.
    fn look(&self, random: &mut Random) {
        let Some(key) = self.world.instance(random) else {
            return;
        };
        let Some(reader) = self.read() else { return };
        let rows = reader.tenant(TENANT);
        let segments = rows.scan::<HistorySegment>((key,), Direction::Forward);
        let (Ok(Some(row)), Ok(segments)) =
            (rows.get::<ProcessInstance>(&key), segments.count_rows())
        else {
            return;
        };
        self.world.fact(Fact::Seen {
            instance: key,
            segments,
        });
        if row.state != InstanceState::Active {
            let how = row.state;
            self.world.fact(Fact::Ended { key, how });
        }
    }
}
