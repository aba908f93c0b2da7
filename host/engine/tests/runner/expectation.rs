//! What a scenario expects, beside what there is.

use std::collections::BTreeMap;

use anyam_engine::transition::{Awaited, InstanceState, JobRecord, Role};
use anyam_engine::value::Variables;
use serde_json::Value;

use super::running::Running;
use super::scenario::{Expect, Members};
use super::world::World;

/// One line for each difference.
pub fn compare(world: &World, at: usize, expect: &Expect) -> Vec<String> {
    let mut lines = Differences::default();
    let running = &world.instances[at];
    let seen = &running.seen;
    let instance = &running.instance;
    lines.of("state", &expect.state, || {
        state(instance.state()).to_owned()
    });
    lines.of("active", &expect.active, || active(running));
    lines.of("completed", &expect.completed, || seen.completed.clone());
    lines.of("terminated", &expect.terminated, || seen.terminated.clone());
    lines.of("flows", &expect.flows, || seen.flows.clone());
    lines.of("variables", &expect.variables, || {
        members(&instance.root_variables())
    });
    for (id, expected) in expect.local.iter().flatten() {
        let alive = seen.alive(running.graph(), id);
        let scope = alive.first().copied().unwrap_or(instance.root());
        let found = members(&instance.local_variables(scope));
        lines.of(&format!("local of {id}"), &Some(expected.clone()), || found);
    }
    lines.of("jobs", &expect.jobs, || jobs(running, job_line));
    lines.of("seen", &expect.seen, || {
        let jobs = instance.jobs().map(|job| {
            let id = running.graph().node(job.element).id.to_string();
            let variables = instance.job_variables(job.key).unwrap_or_default();
            (id, members(&variables))
        });
        jobs.collect()
    });
    lines.of("headers", &expect.headers, || headers(running));
    lines.of("inputs", &expect.inputs, || inputs(running));
    lines.of("timers", &expect.timers, || {
        let mut dues: Vec<_> = instance
            .timers()
            .map(|(_, due)| due.0 - world.now().0)
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
    lines.of("signals", &expect.signals, || {
        let mut open: Vec<_> = instance
            .subscriptions()
            .filter_map(|subscription| match subscription.awaits {
                Awaited::Signal { name } => Some(name.to_string()),
                Awaited::Message { .. } => None,
            })
            .collect();
        open.sort_unstable();
        open
    });
    lines.of("conditions", &expect.conditions, || {
        let open = instance.conditions();
        let mut open: Vec<_> = open
            .map(|(_, node, _)| running.graph().node(node).id.to_string())
            .collect();
        open.sort_unstable();
        open
    });
    lines.of("job_types", &expect.job_types, || jobs(running, job_type));
    lines.of("decisions", &expect.decisions, || seen.decisions.clone());
    lines.of("iterations", &expect.iterations, || iterations(running));
    user_tasks(running, expect, &mut lines);
    incidents(running, expect, &mut lines);
    lines.of("instances", &expect.instances, || {
        let states = world.instances.iter();
        let states = states.map(|other| state(other.instance.state()).to_owned());
        world.names().into_iter().zip(states).collect()
    });
    for (name, expected) in expect.of.iter().flatten() {
        match world.named(name) {
            Ok(at) => {
                let found = compare(world, at, expected);
                lines
                    .0
                    .extend(found.into_iter().map(|line| format!("  {name}:\n{line}")));
            }
            Err(why) => lines.0.push(format!("  {why}")),
        }
    }
    lines.0
}

/// The numbers of live iterations, by activity.
fn iterations(running: &Running) -> BTreeMap<String, Vec<u32>> {
    let mut found: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for element in running.seen.elements.values() {
        if let Role::Iteration(number) = element.role {
            let id = running.graph().node(element.element).id.to_string();
            found.entry(id).or_default().push(number);
        }
    }
    found
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

fn active(running: &Running) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for element in running.seen.elements.values() {
        *counts
            .entry(running.graph().node(element.element).id.to_string())
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

fn jobs(running: &Running, shown: fn(&JobRecord) -> String) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for job in running.instance.jobs() {
        let shown = shown(&job);
        let id = running.graph().node(job.element).id.to_string();
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

fn job_type(job: &JobRecord) -> String {
    match job.priority {
        0 => job.job_type.to_string(),
        priority => format!("{} {priority}", job.job_type),
    }
}

/// The headers of open jobs, by task; of several jobs those of the last.
fn headers(running: &Running) -> BTreeMap<String, BTreeMap<String, String>> {
    let jobs = running.instance.jobs().map(|job| {
        let node = running.graph().node(job.element);
        let headers = job.all_headers(node).into_iter();
        let headers = headers.map(|(name, text)| (name.into(), text.into()));
        (node.id.to_string(), headers.collect())
    });
    jobs.collect()
}

fn inputs(running: &Running) -> BTreeMap<String, Members> {
    let calls = running.instance.pending_invocations(&running.process);
    calls
        .map(|call| {
            let id = running.graph().node(call.element).id.to_string();
            (
                id,
                serde_json::from_str(&call.input).expect("an input is a JSON object"),
            )
        })
        .collect()
}

fn user_tasks(running: &Running, expect: &Expect, lines: &mut Differences) {
    let Some(expected) = &expect.user_tasks else {
        return;
    };
    let mut found: BTreeMap<String, Members> = BTreeMap::new();
    for task in running.instance.user_tasks() {
        let id = running.graph().node(task.element).id.to_string();
        let mut all = Members::new();
        let state = format!("{:?}", task.state).to_lowercase();
        all.insert("state".into(), state.into());
        all.insert("assignee".into(), task.assignee.as_deref().into());
        all.insert("groups".into(), texts(&task.candidate_groups));
        all.insert("users".into(), texts(&task.candidate_users));
        all.insert("due".into(), task.due_date.map(|t| t.0).into());
        all.insert("follow_up".into(), task.follow_up_date.map(|t| t.0).into());
        all.insert("priority".into(), task.priority.into());
        all.insert("form".into(), task.form.map(|key| key.0).into());
        all.insert("external_form".into(), task.external_form.as_deref().into());
        let wanted = expected.get(&id);
        all.retain(|name, _| wanted.is_none_or(|wanted| wanted.contains_key(name)));
        found.insert(id, all);
    }
    lines.of("user_tasks", &expect.user_tasks, || found);
}

fn texts(texts: &[Box<str>]) -> Value {
    texts.iter().map(|text| Value::from(&**text)).collect()
}

fn incidents(running: &Running, expect: &Expect, lines: &mut Differences) {
    let expected = expect.incidents.clone().unwrap_or_default();
    let mut found = BTreeMap::new();
    for incident in running.instance.incidents() {
        let id = running.graph().node(incident.element).id.to_string();
        let kind = format!("{:?}", incident.kind);
        let fits = expected
            .get(&id)
            .map(|text| text.split_once(": ").unwrap_or((text, "")))
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
