//! What a scenario expects, beside what there is.

use std::collections::BTreeMap;

use anyam_engine::transition::{Awaited, InstanceState, JobRecord};
use anyam_engine::value::Variables;
use serde_json::Value;

use super::scenario::{Expect, Members};
use super::world::World;

/// One line for each difference.
pub fn compare(world: &World, expect: &Expect) -> Vec<String> {
    let mut lines = Differences::default();
    let seen = &world.seen;
    let instance = &world.instance;
    lines.of("state", &expect.state, || {
        state(instance.state()).to_owned()
    });
    lines.of("active", &expect.active, || active(world));
    lines.of("completed", &expect.completed, || seen.completed.clone());
    lines.of("terminated", &expect.terminated, || seen.terminated.clone());
    lines.of("flows", &expect.flows, || seen.flows.clone());
    lines.of("variables", &expect.variables, || {
        members(&instance.root_variables())
    });
    for (id, expected) in expect.local.iter().flatten() {
        let alive = seen.alive(world.graph(), id);
        let scope = alive.first().copied().unwrap_or(instance.root());
        let found = members(&instance.local_variables(scope));
        lines.of(&format!("local of {id}"), &Some(expected.clone()), || found);
    }
    lines.of("jobs", &expect.jobs, || jobs(world));
    lines.of("inputs", &expect.inputs, || inputs(world));
    lines.of("timers", &expect.timers, || {
        let mut dues: Vec<_> = instance
            .timers()
            .map(|(_, due)| due.0 - world.now.0)
            .collect();
        dues.sort_unstable();
        dues.into_iter().map(|ms| ms as f64 / 1_000.0).collect()
    });
    lines.of("subscriptions", &expect.subscriptions, || {
        let open = instance.subscriptions();
        let mut open: Vec<_> = open
            .filter_map(|subscription| match subscription.awaits {
                Awaited::Message {
                    name,
                    correlation_key,
                } => Some(format!("{name}/{correlation_key}")),
                Awaited::Signal { .. } => None,
            })
            .collect();
        open.sort_unstable();
        open
    });
    user_tasks(world, expect, &mut lines);
    incidents(world, expect, &mut lines);
    lines.0
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn of<T: PartialEq + serde::Serialize>(
        &mut self,
        what: &str,
        expected: &Option<T>,
        found: impl FnOnce() -> T,
    ) {
        let Some(expected) = expected else {
            return;
        };
        let found = found();
        if *expected != found {
            self.0.push(format!(
                "  {what}\n    expected {}\n    found    {}",
                shown(expected),
                shown(&found)
            ));
        }
    }
}

fn shown(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("expectations are plain data")
}

fn state(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Active => "active",
        InstanceState::Completed => "completed",
        InstanceState::Terminated => "terminated",
    }
}

fn active(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for element in world.seen.elements.values() {
        *counts
            .entry(world.graph().node(element.element).id.to_string())
            .or_insert(0) += 1;
    }
    counts
}

fn members(variables: &Variables) -> Members {
    let read = |text: &str| serde_json::from_str(text).expect("a variable is JSON");
    variables
        .iter()
        .map(|(name, value)| (name.to_string(), read(value.as_str())))
        .collect()
}

fn jobs(world: &World) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for job in world.instance.jobs() {
        let shown = job_line(&job);
        let id = world.graph().node(job.element).id.to_string();
        let line = found.entry(id).or_default();
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&shown);
    }
    found
}

fn job_line(job: &JobRecord) -> String {
    let state = format!("{:?}", job.state).to_lowercase();
    format!("{state} {} attempt {}", job.retries, job.attempt)
}

fn inputs(world: &World) -> BTreeMap<String, Members> {
    let calls = world.instance.pending_invocations(&world.process);
    calls
        .map(|call| {
            let id = world.graph().node(call.element).id.to_string();
            (
                id,
                serde_json::from_str(&call.input).expect("an input is a JSON object"),
            )
        })
        .collect()
}

fn user_tasks(world: &World, expect: &Expect, lines: &mut Differences) {
    let Some(expected) = &expect.user_tasks else {
        return;
    };
    let mut found: BTreeMap<String, Members> = BTreeMap::new();
    for task in world.instance.user_tasks() {
        let id = world.graph().node(task.element).id.to_string();
        let mut all = Members::new();
        all.insert("assignee".into(), task.assignee.as_deref().into());
        all.insert("groups".into(), texts(&task.candidate_groups));
        all.insert("users".into(), texts(&task.candidate_users));
        all.insert("due".into(), task.due_date.map(|t| t.0).into());
        all.insert("follow_up".into(), task.follow_up_date.map(|t| t.0).into());
        all.insert("priority".into(), task.priority.into());
        let wanted = expected.get(&id);
        all.retain(|name, _| wanted.is_none_or(|wanted| wanted.contains_key(name)));
        found.insert(id, all);
    }
    lines.of("user_tasks", &expect.user_tasks, || found);
}

fn texts(texts: &[Box<str>]) -> Value {
    texts.iter().map(|text| Value::from(&**text)).collect()
}

fn incidents(world: &World, expect: &Expect, lines: &mut Differences) {
    let expected = expect.incidents.clone().unwrap_or_default();
    let mut found = BTreeMap::new();
    for incident in world.instance.incidents() {
        let id = world.graph().node(incident.element).id.to_string();
        let kind = format!("{:?}", incident.kind);
        let fits = expected
            .get(&id)
            .and_then(|text| text.split_once(": "))
            .is_some_and(|(expected_kind, part)| {
                expected_kind == kind && incident.message.contains(part)
            });
        let line = if fits {
            expected[&id].clone()
        } else {
            format!("{kind}: {}", incident.message)
        };
        found.insert(id, line);
    }
    lines.of("incidents", &Some(expected), || found);
}
