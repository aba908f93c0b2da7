//! Random commands to the process of every case: whatever comes, nothing panics, nothing is left
//! over, effects and events tell the same as the instance, and its encoding gives it back.

use anyam_engine::command::{
    Activate, AdHocElement, AdHocResult, Ancestor, JobResult, Modification, Move, Source,
    TaskAttributes, TaskResult,
};
use anyam_engine::key::{MessageKey, SubscriptionKey};
use anyam_engine::transition::{Awaited, JobState};
use anyam_engine::value::{Json, Timestamp, Variables};
use anyam_engine::{Command, Instance, Limits};

use super::folder;
use super::play::guarded;
use super::running::{Running, encoded};
use super::scenario::Scenario;
use super::world::World;

/// Runs of each case, and commands in each run.
const RUNS: u64 = 6;
const COMMANDS: usize = 60;

/// SplitMix64: small, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn pick<T>(&mut self, from: Vec<T>) -> Option<T> {
        let at = self.below(from.len().max(1) as u64);
        from.into_iter().nth(at as usize)
    }
}

#[test]
fn random_commands_keep_an_instance_whole() {
    for case in folder::cases() {
        let scenario = case.scenario().expect("the scenario can be read");
        for seed in 0..RUNS {
            if let Err(why) = guarded(|| run(&case, &scenario, seed)) {
                panic!("{} with seed {seed}: {why}", case.name());
            }
        }
    }
}

fn run(case: &folder::Case, scenario: &Scenario, seed: u64) -> Result<(), String> {
    // Tight bounds in every other run, so that limits meet with everything else.
    let limits = if seed.is_multiple_of(2) {
        Limits {
            max_activations: 200,
            max_isolated: 20,
            ..Limits::default()
        }
    } else {
        Limits {
            max_elements: 6,
            max_activations: 12,
            max_isolated: 3,
            max_variables: 12,
            max_variable_bytes: 400,
            ..Limits::default()
        }
    };
    let mut world = World::new(case, scenario, limits, seed.is_multiple_of(3))?;
    let mut dice = Dice(seed ^ 0xA57);
    world.command(&Command::start(variables(&mut dice)))?.ok();
    for _ in 0..COMMANDS {
        let alive = world.instances.iter().enumerate();
        let alive = alive.filter(|(_, running)| !running.instance.is_ended());
        let alive: Vec<_> = alive.map(|(at, _)| at).collect();
        let Some(at) = dice.pick(alive) else {
            break;
        };
        if let Some(command) = command(&mut world, at, &mut dice) {
            // A refusal is an answer too; that it changes nothing the world has checked.
            world.command_to(at, &command)?.ok();
        }
    }
    for at in 0..world.instances.len() {
        check_end(&mut world, at)?;
    }
    Ok(())
}

/// What is left can be stored, and cancelled.
fn check_end(world: &mut World, at: usize) -> Result<(), String> {
    let instance = &world.instances[at].instance;
    let read = Instance::decode(&encoded(instance)).map_err(|error| error.to_string())?;
    if read != *instance {
        return Err("decoding gave another instance".to_owned());
    }
    if !instance.is_ended() {
        let mut cancelled = world.command_to(at, &Command::Cancel)?;
        if !world.instances[at].instance.is_ended() {
            // The first one may wait for listeners, the second does not.
            cancelled = world.command_to(at, &Command::Cancel)?;
        }
        let started = !matches!(&cancelled, Err(why) if why.contains("not started"));
        if started && !world.instances[at].instance.is_ended() {
            return Err(format!("cancelling did not end it: {cancelled:?}"));
        }
    }
    Ok(())
}

fn command(world: &mut World, at: usize, dice: &mut Dice) -> Option<Command> {
    let (running, now) = (&world.instances[at], &mut world.shared.now);
    let variables = variables(dice);
    let job = |dice: &mut Dice, running: &Running| dice.pick(running.instance.jobs().collect());
    Some(match dice.below(17) {
        0..=3 => Command::CompleteJob {
            job: job(dice, running)?.key,
            variables,
            result: decision(dice, running),
        },
        4 => {
            let job = job(dice, running)?;
            Command::FailJob {
                job: job.key,
                retries: dice.below(3) as u32,
                retry_backoff_ms: dice.below(2) * 1_000,
                message: "failed".into(),
                variables,
            }
        }
        5 => {
            let job = job(dice, running)?;
            match job.state {
                JobState::Failed => Command::UpdateJob {
                    job: job.key,
                    retries: Some(2),
                    deadline: None,
                },
                _ => Command::StepFailed {
                    job: job.key,
                    attempt: job.attempt,
                    permanent: dice.below(2) == 0,
                    retry_after_ms: Some(dice.below(2) * 500),
                    message: "down".into(),
                },
            }
        }
        6 => {
            let code = ["NO_STOCK", "A", "B", "OTHER"][dice.below(4) as usize];
            let message = "thrown".into();
            Command::ThrowJobError {
                job: job(dice, running)?.key,
                code: code.into(),
                message,
                variables,
            }
        }
        7 => {
            let deadline = now.plus_ms(dice.below(2_000));
            Command::ActivateJob {
                job: job(dice, running)?.key,
                worker: "w".into(),
                deadline,
            }
        }
        8 | 9 => {
            let (timer, due) = dice.pick(running.instance.timers().collect())?;
            // Sometimes a moment too early, which must be refused.
            *now = Timestamp(now.0.max(due.0 - dice.below(2) as i64));
            Command::FireTimer { timer }
        }
        10 => {
            let open = dice.pick(running.instance.subscriptions().collect());
            let subscription = open.as_ref().map_or(SubscriptionKey(7), |open| open.key);
            if open.is_some_and(|open| matches!(open.awaits, Awaited::Signal { .. })) {
                return Some(Command::ReceiveSignal {
                    subscription,
                    variables,
                });
            }
            Command::CorrelateMessage {
                subscription,
                message: MessageKey(1),
                variables,
            }
        }
        11 => {
            let task = dice.pick(running.instance.user_tasks().collect())?.key;
            Command::CompleteUserTask { task, variables }
        }
        12 => {
            let all = running.instance.element_instances().map(|(key, ..)| key);
            let scope = dice.pick(all.chain([running.instance.root()]).collect())?;
            Command::SetVariables {
                scope,
                variables,
                local: dice.below(2) == 0,
            }
        }
        13 => {
            let nodes: Vec<_> = running.graph().nodes.iter().collect();
            let to = dice.pick(nodes)?.id.clone();
            let alive = running.instance.element_instances().map(|(key, ..)| key);
            let from = Source::Instance(dice.pick(alive.collect())?);
            let mut made = Modification::default();
            match dice.below(3) {
                0 => made.activate.push(Activate {
                    element: to,
                    ancestor: None,
                    variables: Vec::new(),
                }),
                1 => made.terminate.push(from),
                _ => made.moves.push(Move {
                    from,
                    to,
                    ancestor: Ancestor::Inferred,
                    variables: Vec::new(),
                }),
            }
            Command::Modify(Box::new(made))
        }
        14 => {
            let all = running.instance.element_instances();
            let (at, ..) = dice.pick(all.collect())?;
            let elements = elements(dice, running);
            Command::ActivateAdHoc {
                at,
                elements,
                cancel_remaining: dice.below(2) == 0,
            }
        }
        15 => {
            let task = dice.pick(running.instance.user_tasks().collect())?.key;
            let assignee = (dice.below(3) > 0).then(|| "ann".into());
            match dice.below(2) {
                0 => Command::AssignUserTask {
                    task,
                    assignee,
                    allow_override: true,
                },
                _ => Command::UpdateUserTask {
                    task,
                    attributes: Box::new(TaskAttributes {
                        priority: Some(dice.below(110) as u8),
                        ..TaskAttributes::default()
                    }),
                },
            }
        }
        _ => {
            let incident = dice.pick(running.instance.incidents().collect())?.key;
            Command::ResolveIncident { incident }
        }
    })
}

/// What the worker of a listener or an ad-hoc sub-process decides, whether it fits or not.
fn decision(dice: &mut Dice, running: &Running) -> Option<Box<JobResult>> {
    let result = match dice.below(5) {
        0 => JobResult::UserTask(TaskResult {
            denied: true,
            denied_reason: None,
            corrections: TaskAttributes::default(),
        }),
        1 => JobResult::UserTask(TaskResult {
            denied: false,
            denied_reason: None,
            corrections: TaskAttributes {
                assignee: Some(Some("bob".into())),
                ..TaskAttributes::default()
            },
        }),
        2 => JobResult::AdHoc(AdHocResult {
            activate: elements(dice, running),
            completes: false,
            cancel_remaining: dice.below(2) == 0,
        }),
        3 => JobResult::AdHoc(AdHocResult {
            activate: Vec::new(),
            completes: true,
            cancel_remaining: dice.below(2) == 0,
        }),
        _ => return None,
    };
    Some(Box::new(result))
}

fn elements(dice: &mut Dice, running: &Running) -> Vec<AdHocElement> {
    let scopes = running.graph().nodes.iter();
    let scopes = scopes.filter_map(|node| node.kind.scope());
    let mut starts = scopes.flat_map(|scope| scope.implicit_starts.clone());
    let count = dice.below(3);
    let all: Vec<_> = starts.by_ref().collect();
    let chosen = (0..count).filter_map(|_| dice.pick(all.clone()));
    let ids: Vec<_> = chosen.collect();
    ids.into_iter()
        .map(|ix| AdHocElement {
            element: running.graph().node(ix).id.clone(),
            variables: variables(dice),
        })
        .collect()
}

/// Names that the cases' expressions read, with values that fit and others that do not.
fn variables(dice: &mut Dice) -> Variables {
    const NAMES: [&str; 12] = [
        "x", "n", "amount", "order", "wait", "again", "a", "kind", "attempts", "p", "limit", "ok",
    ];
    const VALUES: [&str; 8] = [
        "1",
        "3",
        "true",
        "false",
        "\"PT5S\"",
        "\"R3/PT1S\"",
        "{\"id\":7,\"ok\":true}",
        "null",
    ];
    (0..dice.below(4))
        .map(|_| {
            let name = NAMES[dice.below(12) as usize];
            (
                name.into(),
                Json::from_valid(VALUES[dice.below(8) as usize]),
            )
        })
        .collect()
}
