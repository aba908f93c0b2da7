//! Plays one case: three times, and each time it must go the same way.

use anyam_engine::command::{Migration, Target};
use anyam_engine::key::{MessageKey, SubscriptionKey};
use anyam_engine::{Command, StartFrom};

use super::clock;
use super::commands::{command, variables};
use super::expectation;
use super::folder::Case;
use super::limits::limits;
use super::scenario::{Migrate, Publish, Scenario, StartAt, Step};
use super::world::World;

/// What `run` says, or that it panicked: a panic must not hide whose it is.
pub fn guarded(run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    outcome.unwrap_or_else(|_| Err("panicked, see above".to_owned()))
}

/// Plays a case twice as it is and once with every instance stored and read between all commands.
pub fn play(case: &Case) -> Result<(), String> {
    let scenario = case.scenario()?;
    let first = play_once(case, &scenario, false)?;
    let second = play_once(case, &scenario, false)?;
    let stored = play_once(case, &scenario, true)?;
    if first.shared.log != second.shared.log {
        return Err("the same commands with the same keys went another way".to_owned());
    }
    if first.shared.log != stored.shared.log {
        return Err("an instance went another way once it was encoded and decoded".to_owned());
    }
    Ok(())
}

fn play_once(case: &Case, scenario: &Scenario, stored: bool) -> Result<World, String> {
    let mut world = World::new(case, scenario, limits(scenario)?, stored)?;
    for (at, step) in scenario.scenario.iter().enumerate() {
        play_step(case, &mut world, step).map_err(|why| format!("step {}: {why}", at + 1))?;
    }
    let last = scenario.scenario.last();
    let last = last.and_then(|step| step.expect.as_ref());
    if last.is_none_or(|expect| expect.state.is_none() && expect.instances.is_none()) {
        return Err("the last step must expect a state, or the states of instances".to_owned());
    }
    Ok(world)
}

fn play_step(case: &Case, world: &mut World, step: &Step) -> Result<(), String> {
    let outcome = act(case, world, step)?;
    match (outcome, &step.rejected) {
        (Ok(()), None) => {}
        (Ok(()), Some(part)) => return Err(format!("was not rejected with `{part}`")),
        (Err(why), Some(part)) if why.contains(part.as_str()) => {}
        (Err(why), _) => return Err(format!("was rejected: {why}")),
    }
    let Some(expect) = &step.expect else {
        return Ok(());
    };
    let at = addressed(world, step)?;
    let differences = expectation::compare(world, at, expect);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n"))
    }
}

/// Does what a step says. `Ok(Err(..))` is a rejection.
fn act(case: &Case, world: &mut World, step: &Step) -> Result<Result<(), String>, String> {
    if let Some(seconds) = step.advance {
        return clock::advance(world, seconds).map(Ok);
    }
    if let Some(seconds) = step.downtime {
        return clock::downtime(world, seconds).map(Ok);
    }
    if let Some(file) = &step.deploy {
        return world.deploy(case, std::slice::from_ref(file)).map(Ok);
    }
    if let Some(migrate) = &step.migrate {
        return self::migrate(case, world, step, migrate);
    }
    if let Some(start) = &step.start_at {
        return start_at(world, start);
    }
    if let Some(broadcast) = &step.broadcast {
        world.broadcast(&broadcast.signal, &variables(&broadcast.variables))?;
        return world.route().map(Ok);
    }
    if let Some(evaluate) = &step.evaluate {
        return world
            .evaluate_conditions(&variables(&evaluate.variables))
            .map(Ok);
    }
    if let Some(message) = &step.publish {
        return publish(world, step, message);
    }
    let at = addressed(world, step)?;
    match command(&world.instances[at], &world.shared, step)? {
        Some(command) => world.command_to(at, &command),
        None => Ok(Ok(())),
    }
}

/// The instance that a step is about.
fn addressed(world: &mut World, step: &Step) -> Result<usize, String> {
    match &step.instance {
        Some(name) => world.named(name),
        None => world.first(),
    }
}

fn publish(
    world: &mut World,
    step: &Step,
    message: &Publish,
) -> Result<Result<(), String>, String> {
    let payload = variables(&message.variables);
    let ttl = message.ttl.map_or(0, |ttl| clock::millis(ttl) as u64);
    let outcome = world.publish(&message.name, &message.key, ttl, payload.clone())?;
    world.route()?;
    match outcome {
        Ok(taken) if taken || message.ttl.is_some() => Ok(Ok(())),
        Err(why) => Ok(Err(why)),
        Ok(_) => {
            // Nobody waits for it and nobody keeps it: an instance says so.
            let command = Command::CorrelateMessage {
                subscription: SubscriptionKey(0),
                message: MessageKey(1),
                variables: payload,
            };
            let at = addressed(world, step)?;
            world.command_to(at, &command)
        }
    }
}

/// Starts another instance, at an element where one is named.
fn start_at(world: &mut World, start: &StartAt) -> Result<Result<(), String>, String> {
    let deployed = world.latest(&start.process)?;
    let (process, deployment) = (deployed.process.clone(), deployed.deployment);
    let given = variables(&start.variables);
    let command = match &start.at {
        None => Command::start(given),
        Some(id) => {
            let node = process.graph().find(id);
            Command::Start {
                variables: Default::default(),
                from: StartFrom::Event {
                    node: node.ok_or_else(|| format!("there is no element `{id}`"))?,
                    variables: given,
                },
                parent: None,
            }
        }
    };
    let at = world.create(process, deployment);
    world.command_to(at, &command)
}

fn migrate(
    case: &Case,
    world: &mut World,
    step: &Step,
    migrate: &Migrate,
) -> Result<Result<(), String>, String> {
    if !world.files.contains(&migrate.to) {
        world.deploy(case, std::slice::from_ref(&migrate.to))?;
        world.files.push(migrate.to.clone());
    }
    let at = addressed(world, step)?;
    let own = world.instances[at].graph().id.to_string();
    let id = migrate.process.as_deref().unwrap_or(&own);
    let mut versions = world.deployed.iter().rev();
    let target = versions.find(|deployed| deployed.id() == id);
    let target = target.ok_or_else(|| format!("no process `{id}` is deployed"))?;
    let mapping = migrate.map.iter();
    let migration = Migration {
        target: Target(target.process.clone()),
        mapping: mapping
            .map(|(from, to)| (from.as_str().into(), to.as_str().into()))
            .collect(),
    };
    world.command_to(at, &Command::Migrate(Box::new(migration)))
}
