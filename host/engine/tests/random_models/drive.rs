//! Drives instances of a model with random commands.

use std::collections::BTreeMap;

use anyam_engine::Command;
use anyam_engine::key::MessageKey;
use anyam_engine::transition::{Awaited, InstanceState, JobState};
use anyam_engine::value::{Json, Timestamp, Variables};

use super::xml::Model;
use crate::runner::random::Dice;
use crate::runner::world::World;

/// Commands until an instance that is only helped on must have ended.
const ENOUGH: usize = 20_000;

/// Nothing but completions, in any order: every element completes as often as the model says.
pub fn steadily(world: &mut World, model: &Model, dice: &mut Dice) -> Result<(), String> {
    start(world, model)?;
    finish(world, dice)?;
    let running = &world.instances[0];
    if running.instance.state() != InstanceState::Completed {
        return Err(format!("it ended as {:?}", running.instance.state()));
    }
    let completed = completed(world);
    let of = |id: &String| completed.get(id).copied().unwrap_or_default();
    for (id, times) in &model.completions {
        if of(id) != *times {
            return Err(format!("{id} completed {} times, not {times}", of(id)));
        }
    }
    for (events, times) in &model.races {
        let all: u64 = events.iter().map(of).sum();
        if all != *times {
            return Err(format!("{events:?} completed {all} times, not {times}"));
        }
    }
    at_most(model, &completed)
}

/// Whatever may happen, and then nothing but completions: it ends, and no element of the normal
/// flow has completed too often.
pub fn wildly(world: &mut World, model: &Model, dice: &mut Dice) -> Result<(), String> {
    start(world, model)?;
    for _ in 0..40 {
        if world.instances[0].instance.is_ended() {
            break;
        }
        names_what_it_waits_for(world)?;
        if let Some(command) = anything(world, dice) {
            // A refusal changes nothing, which the world has checked.
            world.command(&command)?.ok();
        }
    }
    finish(world, dice)?;
    at_most(model, &completed(world))
}

fn start(world: &mut World, model: &Model) -> Result<(), String> {
    let says = |(at, says): (usize, &bool)| {
        let value = if *says { "true" } else { "false" };
        (format!("c{at}").into(), Json::from_valid(value))
    };
    let variables: Variables = model.conditions.iter().enumerate().map(says).collect();
    world.command(&Command::start(variables))?
}

/// How often each element has completed.
fn completed(world: &World) -> BTreeMap<String, u64> {
    let mut completed = BTreeMap::new();
    for id in &world.instances[0].seen.completed {
        *completed.entry(id.clone()).or_default() += 1;
    }
    completed
}

fn at_most(model: &Model, completed: &BTreeMap<String, u64>) -> Result<(), String> {
    for (id, most) in model.completions.iter().chain(&model.at_most) {
        let times = completed.get(id).copied().unwrap_or_default();
        if times > *most {
            return Err(format!("{id} completed {times} times, more than {most}"));
        }
    }
    Ok(())
}

/// What does not go on by itself waits for something that somebody can see and do.
fn names_what_it_waits_for(world: &World) -> Result<(), String> {
    let instance = &world.instances[0].instance;
    let waits = instance.jobs().next().is_some()
        || instance.timers().next().is_some()
        || instance.subscriptions().next().is_some()
        || instance.user_tasks().next().is_some()
        || instance.incidents().next().is_some();
    if waits || instance.is_ended() {
        return Ok(());
    }
    Err("it is not over and waits for nothing".to_owned())
}

/// Helps on until it is over.
fn finish(world: &mut World, dice: &mut Dice) -> Result<(), String> {
    for _ in 0..ENOUGH {
        if world.instances[0].instance.is_ended() {
            return Ok(());
        }
        names_what_it_waits_for(world)?;
        let command = helps(world, dice).ok_or("nothing helps it on")?;
        world
            .command(&command)?
            .map_err(|why| format!("{command:?} was refused: {why}"))?;
    }
    Err(format!("it is not over after {ENOUGH} commands"))
}

/// One of the commands that bring an instance on in its normal flow.
fn helps(world: &mut World, dice: &mut Dice) -> Option<Command> {
    let instance = &world.instances[0].instance;
    if let Some(incident) = instance.incidents().next() {
        // What has no attempts left gets new ones first.
        let failed = instance
            .jobs()
            .find(|job| job.state == JobState::Failed && job.retries == 0);
        return Some(match failed {
            Some(job) => Command::UpdateJob {
                job: job.key,
                retries: Some(1),
                deadline: None,
            },
            None => Command::ResolveIncident {
                incident: incident.key,
            },
        });
    }
    let mut commands = Vec::new();
    for job in instance.jobs() {
        commands.push(Command::CompleteJob {
            job: job.key,
            variables: Variables::default(),
        });
    }
    for task in instance.user_tasks() {
        commands.push(Command::CompleteUserTask {
            task: task.key,
            variables: Variables::default(),
        });
    }
    for open in instance.subscriptions() {
        match &open.awaits {
            Awaited::Message { name, .. } if &**name == "go" => {
                commands.push(Command::CorrelateMessage {
                    subscription: open.key,
                    message: MessageKey(1),
                    variables: Variables::default(),
                });
            }
            Awaited::Signal { name } if &**name == "go" => {
                commands.push(Command::ReceiveSignal {
                    subscription: open.key,
                    variables: Variables::default(),
                });
            }
            _ => {}
        }
    }
    // Only the timers of the normal flow are due within the hour.
    let soon = world.shared.now.plus_ms(3_600_000);
    for (timer, due) in instance.timers().filter(|(_, due)| *due < soon) {
        commands.push(Command::FireTimer { timer });
        world.shared.now = Timestamp(world.shared.now.0.max(due.0));
    }
    dice.pick(commands)
}

/// Any command there could be.
fn anything(world: &mut World, dice: &mut Dice) -> Option<Command> {
    let instance = &world.instances[0].instance;
    let job = |dice: &mut Dice| dice.pick(instance.jobs().collect());
    let variables = Variables::default();
    Some(match dice.below(10) {
        0 => Command::ThrowJobError {
            job: job(dice)?.key,
            code: ["BROKEN", "OTHER"][dice.below(2) as usize].into(),
            message: "thrown".into(),
            variables,
        },
        1 => Command::FailJob {
            job: job(dice)?.key,
            retries: dice.below(2) as u32,
            retry_backoff_ms: 0,
            message: "failed".into(),
            variables,
        },
        2 => {
            let (timer, due) = dice.pick(instance.timers().collect())?;
            world.shared.now = Timestamp(world.shared.now.0.max(due.0));
            Command::FireTimer { timer }
        }
        3 | 4 => {
            let open = dice.pick(instance.subscriptions().collect())?;
            match open.awaits {
                Awaited::Signal { .. } => Command::ReceiveSignal {
                    subscription: open.key,
                    variables,
                },
                Awaited::Message { .. } => Command::CorrelateMessage {
                    subscription: open.key,
                    message: MessageKey(1),
                    variables,
                },
            }
        }
        _ => return helps(world, dice),
    })
}
