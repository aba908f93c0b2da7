//! Steps that answer as the seed decides, and remember every call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyam::runtime::step_runner::{StepRequest, StepRunner};
use anyam_sandbox::{Call, Changes, Failure, Location, OutgoingMessage, Space, Usage};
use anyam_store::records::{Job, PendingStep, StepVersion};
use anyam_store::{Batch, Database};
use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};

use crate::TENANT;
use crate::models::{KEYS, STEPS};
use crate::random::Random;
use crate::time::Time;

/// Where the step `count` counts.
pub const COUNTER: (&str, &str) = ("counters", "total");

/// One call of a step.
#[derive(Clone, Debug)]
pub struct Called {
    pub instance: u64,
    pub step: String,
    pub idempotency_key: String,
    pub attempt: u32,
    /// When it began.
    pub at: Duration,
    /// What tells its result from those of all other calls; `None` where it had none.
    pub token: Option<u64>,
}

/// The steps of a simulation. They live outside of the server and survive its crashes.
#[derive(Clone)]
pub struct Steps(Arc<Mutex<State>>, Time);

struct State {
    random: Random,
    /// Calls by job.
    calls: BTreeMap<u64, Vec<Called>>,
    tokens: u64,
    /// The store of the running server.
    database: Option<Database>,
    /// Whether every call succeeds at once.
    calm: bool,
    /// What no server may do.
    wrong: Vec<String>,
}

/// How a call ends.
enum End {
    Well,
    Error,
    Fault(Option<u64>),
    Permanent,
    TimedOut,
}

impl Steps {
    pub fn new(random: Random, time: Time) -> Self {
        let state = State {
            random,
            calls: BTreeMap::new(),
            tokens: 0,
            database: None,
            calm: false,
            wrong: Vec::new(),
        };
        Self(Arc::new(Mutex::new(state)), time)
    }

    /// Names the store of the server that runs now.
    pub fn serve(&self, database: Option<Database>) {
        let before = std::mem::replace(&mut self.0.lock().unwrap().database, database);
        drop(before);
    }

    /// From now on every call succeeds.
    pub fn calm(&self) {
        self.0.lock().unwrap().calm = true;
    }

    pub fn calls(&self) -> BTreeMap<u64, Vec<Called>> {
        self.0.lock().unwrap().calls.clone()
    }

    pub fn wrong(&self) -> Vec<String> {
        self.0.lock().unwrap().wrong.clone()
    }

    async fn answer(self, request: StepRequest) -> Call {
        let job = request.context.job_key;
        let (call, pause, end) = self.begin(&request);
        self.1.sleep(pause).await;
        let failed = |failure| Call {
            outcome: Err(failure),
            log: Vec::new(),
            changes: Changes::default(),
            usage: Usage::default(),
        };
        let retryable = |message: &str, retry_after_ms| {
            failed(Failure::Retryable {
                message: message.to_owned(),
                retry_after_ms,
            })
        };
        match end {
            End::Fault(after) => return retryable("wasm trap: unreachable", after),
            End::TimedOut => return retryable("the call took longer than 10 s", None),
            End::Permanent => {
                let message = "the step gives up".to_owned();
                return failed(Failure::Permanent { message });
            }
            End::Error | End::Well => {}
        }
        let changes = match &*request.step.name {
            "count" => match count(&request) {
                Some(changes) => changes,
                None => return retryable("the data cannot be read", None),
            },
            _ => Changes::default(),
        };
        let token = self.token(job, call);
        let messages = match &*request.step.name {
            "tell" => vec![message(token)],
            _ => Vec::new(),
        };
        let changes = Changes {
            messages,
            ..changes
        };
        let output = format!(r#"{{"out_{job}":{token}}}"#);
        let outcome = match end {
            End::Error => Err(Failure::BpmnError {
                code: "E".to_owned(),
                message: "the step says no".to_owned(),
                variables: output,
            }),
            _ => Ok(output),
        };
        Call {
            outcome,
            log: Vec::new(),
            changes,
            usage: usage(token),
        }
    }

    fn begin(&self, request: &StepRequest) -> (usize, Duration, End) {
        let at = self.1.passed();
        let mut state = self.0.lock().unwrap();
        let context = &request.context;
        if !STEPS
            .iter()
            .any(|(name, pure)| *name == request.step.name && *pure)
        {
            state.check_committed(request);
        }
        let calls = state.calls.entry(context.job_key).or_default();
        let call = calls.len();
        calls.push(Called {
            instance: context.process_instance_key,
            step: request.step.name.clone(),
            idempotency_key: context.idempotency_key.to_string(),
            attempt: context.attempt,
            at,
            token: None,
        });
        if state.calm {
            return (call, Duration::from_millis(1), End::Well);
        }
        let random = &mut state.random;
        let pause = match random.below(10) {
            0 => random.among(1_000..8_000),
            1..3 => random.among(5..400),
            _ => random.below(5),
        };
        let end = match random.below(100) {
            0..6 => End::Fault(None),
            6..10 => End::Fault(Some(random.among(1..90_000))),
            10..12 => End::TimedOut,
            12..14 => End::Permanent,
            14..17 if ["pure", "effect"].contains(&&*request.step.name) => End::Error,
            _ => End::Well,
        };
        let pause = match end {
            End::TimedOut => 10_000,
            _ => pause,
        };
        (call, Duration::from_millis(pause), end)
    }

    /// The result of a call of a job.
    fn token(&self, job: u64, call: usize) -> u64 {
        let mut state = self.0.lock().unwrap();
        state.tokens += 1;
        let token = state.tokens;
        let calls = state.calls.get_mut(&job).expect("it was begun");
        calls[call].token = Some(token);
        token
    }
}

impl State {
    /// A step with effects starts from a committed state.
    fn check_committed(&mut self, request: &StepRequest) {
        let (instance, job) = (
            request.context.process_instance_key,
            request.context.job_key,
        );
        let Some(reader) = self.database.as_ref().and_then(|store| store.read().ok()) else {
            return;
        };
        let pending = reader.system().get::<PendingStep>(&(instance, job));
        let row = reader.tenant(TENANT).get::<Job>(&(instance, job));
        let (Ok(pending), Ok(row)) = (pending, row) else {
            return;
        };
        let attempt = request.context.attempt;
        if pending.is_none() || row.is_none_or(|row| row.attempt != attempt) {
            self.wrong.push(format!(
                "step {} of job {job} was called for attempt {attempt}, which is not stored",
                request.step.name
            ));
        }
    }
}

/// Adds one to the tenant's counter.
fn count(request: &StepRequest) -> Option<Changes> {
    let at = Location {
        space: Space::KeyValue,
        bucket: COUNTER.0.to_owned(),
        key: COUNTER.1.to_owned(),
    };
    let value = request.outside.read(&at).ok()?;
    let number = value.as_deref().map_or(0, number);
    let digest = value.as_deref().map(|value| Sha256::digest(value).into());
    Some(Changes {
        seen: vec![(at.clone(), digest)],
        writes: vec![(at, Some((number + 1).to_string().into_bytes()))],
        messages: Vec::new(),
    })
}

/// How long a message of a step is kept, in milliseconds.
pub const TOLD: i64 = 3_600_000;

/// The variable that a message of a step brings.
pub fn told(token: u64) -> String {
    format!("msg_t{token}")
}

fn message(token: u64) -> OutgoingMessage {
    let key = KEYS[usize::try_from(token % 3).unwrap()];
    OutgoingMessage {
        name: "paid".to_owned(),
        correlation_key: key.to_owned(),
        variables: format!(r#"{{"{}":{token}}}"#, told(token)),
        time_to_live_ms: TOLD.unsigned_abs(),
        message_id: None,
    }
}

/// The number that a counter's value says.
pub fn number(value: &[u8]) -> u64 {
    std::str::from_utf8(value).unwrap().parse().unwrap()
}

fn usage(token: u64) -> Usage {
    Usage {
        wall_time: Duration::from_micros(token % 977),
        cpu_time: Duration::from_micros(token % 331),
        memory_peak_bytes: usize::try_from(65_536 + token % 1_009).unwrap(),
        ..Usage::default()
    }
}

impl StepRunner for Steps {
    fn call(&self, request: StepRequest) -> BoxFuture<'static, Call> {
        Box::pin(self.clone().answer(request))
    }
}

/// The rows that make the steps known to a tenant.
pub fn versions() -> Batch {
    let mut batch = Batch::new();
    for (number, (name, pure)) in STEPS.into_iter().enumerate() {
        batch.tenant(TENANT).put(&StepVersion {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            digest: [u8::try_from(number).unwrap() + 1; 32],
            size: 1,
            effect: if pure { "pure" } else { "effectful" }.to_owned(),
            imports: Vec::new(),
            manifest: None,
            uploaded_at: 0,
            retired_at: None,
        });
    }
    batch
}
