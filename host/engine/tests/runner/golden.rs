//! The encoded instance of every format version that was ever written can be read.

use std::path::{Path, PathBuf};

use anyam_engine::value::{Json, Variables};
use anyam_engine::{Command, DecodeError, Instance, JobSlot, Limits, Process};

use super::running::encoded;
use super::world::World;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/instance-v1.bin")
}

/// A start that forks into one wait of every kind and a token that waits at a join.
fn process() -> Process {
    let model = include_bytes!("../golden/process.bpmn");
    let compiled = anyam_bpmn::compile(model, &anyam_bpmn::Limits::default());
    let graph = compiled.expect("the model is sound").processes.remove(0);
    let is_step = |_: &_, _: JobSlot, job_type: &str| job_type == "check";
    Process::new(graph, &anyam_feel::Limits::default(), is_step).expect("the model is sound")
}

/// An instance with something of everything an instance can hold.
fn rich() -> World {
    let mut world = World::of(process(), Limits::default(), false);
    let variables = Variables::from([("order".into(), Json::from_valid("\"o-1\""))]);
    let run = |world: &mut World, command: Command| {
        world
            .command(&command)
            .expect("the engine is sound")
            .expect("the command fits");
    };
    run(&mut world, Command::start(variables));
    let jobs: Vec<_> = world.instance().jobs().map(|job| job.key).collect();
    run(
        &mut world,
        Command::FailJob {
            job: jobs[0],
            retries: 0,
            retry_backoff_ms: 0,
            message: "down".into(),
            variables: Variables::from([("hint".into(), Json::from_valid("{\"price\":1.10}"))]),
        },
    );
    run(
        &mut world,
        Command::StepFailed {
            job: jobs[1],
            attempt: 1,
            permanent: false,
            retry_after_ms: Some(5_000),
            message: "busy".into(),
        },
    );
    world
}

#[test]
fn format_version_1_is_read_as_it_was() {
    let instance = rich().instance().clone();
    let golden = std::fs::read(file()).expect("the golden file is never written again");
    assert_eq!(golden[0], 1, "the version comes first");
    let read = Instance::decode(&golden).expect("version 1 can be read");
    assert_eq!(read, instance, "what was written then means the same now");
    let told: Vec<String> = read
        .jobs()
        .map(|job| {
            format!(
                "{} step {} {:?} retries {} attempt {} {:?} since {}",
                job.job_type,
                job.step,
                job.state,
                job.retries,
                job.attempt,
                job.error_message.unwrap_or_default(),
                job.created_at.0
            )
        })
        .chain(read.timers().map(|(_, due)| format!("timer {}", due.0)))
        .chain(read.subscriptions().map(|s| format!("{:?}", s.awaits)))
        .chain(
            read.user_tasks()
                .map(|task| format!("user task {}", task.priority)),
        )
        .chain(
            read.incidents()
                .map(|incident| format!("{:?} {}", incident.kind, incident.message)),
        )
        .chain(
            read.element_instances()
                .flat_map(|(key, ..)| read.local_variables(key))
                .chain(read.root_variables())
                .map(|(name, value)| format!("{name} = {}", value.as_str())),
        )
        .collect();
    assert_eq!(
        told,
        [
            "charge step false Failed retries 0 attempt 1 \"down\" since 1893456000000",
            "check step true Backoff retries 2 attempt 1 \"busy\" since 1893456000000",
            "timer 1893456010000",
            "timer 1893456005000",
            "Message { name: \"paid\", correlation_key: \"o-1\" }",
            "user task 50",
            "JobNoRetries down",
            "hint = {\"price\":1.10}",
            "order = \"o-1\"",
        ]
    );
}

/// What version 2 added: loops, compensation, calls, signals, listeners, priorities.
fn rich_of_version_2() -> World {
    let model = include_bytes!("../golden/process-v2.bpmn");
    let compiled = anyam_bpmn::compile(model, &anyam_bpmn::Limits::default());
    let graph = compiled.expect("the model is sound").processes.remove(0);
    let process = Process::new(graph, &anyam_feel::Limits::default(), |_: &_, _, _| false);
    let process = process.expect("the model is sound");
    let mut world = World::of(process, Limits::default(), false);
    let items = Json::from_valid("[\"a\",\"b\",\"c\"]");
    let mut run = |command: Command| {
        world
            .command(&command)
            .expect("the engine is sound")
            .expect("the command fits");
        world
            .instance()
            .jobs()
            .map(|job| job.key)
            .collect::<Vec<_>>()
    };
    let done = |job| Command::CompleteJob {
        job,
        variables: Variables::from([("seat".into(), Json::from_valid("\"4a\""))]),
        result: None,
    };
    let jobs = run(Command::start(Variables::from([("items".into(), items)])));
    let jobs = run(done(jobs[0]));
    // One of those that run side by side is done, the others wait.
    run(done(jobs[1]));
    world
}

#[test]
fn format_version_2_is_read_as_it_was() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/instance-v2.bin");
    let instance = rich_of_version_2().instance().clone();
    if !path.exists() && std::env::var_os("ANYAM_WRITE").is_some() {
        std::fs::write(&path, encoded(&instance)).expect("the file can be written");
    }
    let golden = std::fs::read(path).expect("the golden file is never written again");
    assert_eq!(golden[0], 2, "the version comes first");
    let read = Instance::decode(&golden).expect("version 2 can be read");
    assert_eq!(read, instance, "what was written then means the same now");
    let told: Vec<String> = read
        .jobs()
        .map(|job| format!("{} {:?} priority {}", job.job_type, job.state, job.priority))
        .chain(read.subscriptions().map(|s| format!("{:?}", s.awaits)))
        .collect();
    assert_eq!(
        told,
        [
            "before Created priority 0",
            "pack Created priority 0",
            "pack Created priority 0",
            "Signal { name: \"alarm\" }",
        ]
    );
}

#[test]
fn an_instance_is_read_as_it_was_written() {
    let instance = rich().instance().clone();
    assert_eq!(Instance::decode(&encoded(&instance)), Ok(instance));
}

#[test]
fn damaged_bytes_are_refused_and_never_panic() {
    let golden = encoded(rich().instance());
    assert_eq!(Instance::decode(&[]), Err(DecodeError::Empty));
    let unknown = Instance::decode(&[9, 1, 2]).expect_err("no such version");
    assert!(
        unknown
            .to_string()
            .contains("format version 9, known are 1 to 2"),
        "{unknown}"
    );
    for end in 1..golden.len() {
        assert!(Instance::decode(&golden[..end]).is_err(), "cut at {end}");
    }
    let mut longer = golden.clone();
    longer.push(0);
    assert!(Instance::decode(&longer).is_err());
    let mut refused = 0;
    for at in 1..golden.len() {
        for bit in 0..8 {
            let mut damaged = golden.clone();
            damaged[at] ^= 1 << bit;
            refused += usize::from(Instance::decode(&damaged).is_err());
        }
    }
    assert!(refused > 0, "some damage breaks the format");
}
