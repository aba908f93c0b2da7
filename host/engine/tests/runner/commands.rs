//! The command that a step asks for.

use anyam_engine::Command;
use anyam_engine::key::UserTaskKey;
use anyam_engine::value::{Json, Variables};

use super::jobs;
use super::modification::modification;
use super::results;
use super::running::{Running, Shared};
use super::scenario::{Members, Step};

/// What a step asks of an instance, if anything.
pub fn command(running: &Running, shared: &Shared, step: &Step) -> Result<Option<Command>, String> {
    let mut commands = Vec::new();
    if let Some(start) = &step.start {
        commands.push(Command::start(variables(start)));
    }
    commands.extend(jobs::commands(running, shared, step)?);
    commands.extend(other(running, step)?);
    commands.extend(results::commands(running, step)?);
    if commands.len() > 1 {
        return Err("a step may hold one command".to_owned());
    }
    Ok(commands.pop())
}

/// Commands that are not about jobs.
fn other(running: &Running, step: &Step) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    if let Some(assign) = &step.assign {
        commands.push(Command::AssignUserTask {
            task: user_task(running, &assign.task)?,
            assignee: assign.assignee.as_deref().map(Box::from),
            allow_override: assign.allow_override,
        });
    }
    if let Some(complete) = &step.complete_task {
        commands.push(Command::CompleteUserTask {
            task: user_task(running, &complete.task)?,
            variables: variables(&complete.variables),
        });
    }
    if let Some(set) = &step.set {
        let scope = match &set.scope {
            None => running.instance.root(),
            Some(id) => {
                let alive = running.seen.alive(running.graph(), id);
                alive
                    .first()
                    .copied()
                    .ok_or_else(|| format!("`{id}` is not alive"))?
            }
        };
        let variables = variables(&set.variables);
        commands.push(Command::SetVariables {
            scope,
            variables,
            local: set.local,
        });
    }
    if let Some(id) = &step.resolve {
        let mut open = running.seen.incidents.values();
        let incident = open.find(|i| *running.graph().node(i.element).id == **id);
        let incident = incident
            .ok_or_else(|| format!("`{id}` has no incident"))?
            .key;
        commands.push(Command::ResolveIncident { incident });
    }
    if let Some(modify) = &step.modify {
        let modification = modification(running, modify)?;
        commands.push(Command::Modify(Box::new(modification)));
    }
    if step.cancel == Some(true) {
        commands.push(Command::Cancel);
    }
    Ok(commands)
}

pub fn user_task(running: &Running, id: &str) -> Result<UserTaskKey, String> {
    let known = running.seen.all_user_tasks.get(id);
    known
        .copied()
        .ok_or_else(|| format!("`{id}` had no user task"))
}

pub fn variables(members: &Members) -> Variables {
    members
        .iter()
        .map(|(name, v)| (name.as_str().into(), Json::from_valid(v.to_string())))
        .collect()
}
