//! Time passes and timers fire, in the order they are due, whichever instance they are of.

use anyam_engine::Command;
use anyam_engine::value::Timestamp;

use super::world::World;

/// Timers one step of a scenario may fire.
const MOST_FIRINGS: usize = 10_000;

/// Moves the clock on and fires each timer at the time it is due.
pub fn advance(world: &mut World, seconds: f64) -> Result<(), String> {
    let until = later(world.shared.now, seconds);
    fire_due(world, until)?;
    world.shared.now = until;
    Ok(())
}

/// Moves the clock on as if the host had been down, then fires what is due.
pub fn downtime(world: &mut World, seconds: f64) -> Result<(), String> {
    world.shared.now = later(world.shared.now, seconds);
    fire_due(world, world.shared.now)
}

fn fire_due(world: &mut World, until: Timestamp) -> Result<(), String> {
    for _ in 0..MOST_FIRINGS {
        let all = world
            .instances
            .iter()
            .enumerate()
            .flat_map(|(at, running)| {
                let timers = running.instance.timers();
                timers.map(move |(timer, due)| (due, timer, at))
            });
        let first = all.min().filter(|(due, ..)| *due <= until);
        if let Some(start) = world.next_start(until)
            && first.is_none_or(|(due, ..)| start <= due)
        {
            world.shared.now = world.shared.now.max(start);
            world.start_due()?;
            continue;
        }
        let Some((due, timer, at)) = first else {
            return Ok(());
        };
        world.shared.now = world.shared.now.max(due);
        world
            .command_to(at, &Command::FireTimer { timer })?
            .map_err(|why| format!("timer: {why}"))?;
    }
    Err(format!("more than {MOST_FIRINGS} timers fired"))
}

pub fn later(from: Timestamp, seconds: f64) -> Timestamp {
    Timestamp(from.0 + millis(seconds))
}

pub fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}
