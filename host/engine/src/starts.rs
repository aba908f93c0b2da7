//! What waits for a process to be started by an event (10.5.2): known when it is deployed.

use anyam_bpmn::graph::{EventTrigger, NodeIx};

use crate::apply::Environment;
use crate::evaluation::Request;
use crate::execution::{Execution, Stop};
use crate::instance::Instance;
use crate::key::InstanceKey;
use crate::time;
use crate::value::{Timestamp, Variables};
use crate::variables::Place;

/// One trigger that starts instances of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct StartWait {
    /// The element that an instance begins at; see [`crate::StartFrom::Event`].
    pub node: NodeIx,
    /// Which of the element's triggers it is, from 0; see
    /// [`anyam_bpmn::graph::ProcessGraph::start_needs`].
    pub part: u8,
    /// What for.
    pub awaits: StartAwaits,
}

/// What starts instances.
#[derive(Clone, Debug, PartialEq)]
pub enum StartAwaits {
    /// Any message with this name.
    Message(Box<str>),
    /// A signal with this name.
    Signal(Box<str>),
    /// A time.
    Timer(StartTime),
    /// A condition that holds.
    Condition,
}

/// A time, or a cycle of times.
#[derive(Clone, Debug, PartialEq)]
pub struct StartTime {
    /// The first of them.
    pub due: Timestamp,
    /// How many there are; without end where absent.
    pub left: Option<u32>,
    /// What lies between two of them, or the cron text that tells them; once where absent.
    pub interval: Option<Box<str>>,
}

impl StartTime {
    /// The times after the first one, counted from when that was due; of a cron text those that are
    /// still to come.
    pub fn next(self, now: Timestamp) -> Option<Self> {
        let interval = self.interval?;
        let left = self.left.map(|left| left.saturating_sub(1));
        // A time past the calendar's end never comes.
        let due = time::next_of_cycle(&interval, self.due, now)?;
        (left != Some(0)).then_some(Self {
            due,
            left,
            interval: Some(interval),
        })
    }
}

/// Everything that starts instances of the process of an environment, its expressions evaluated
/// without variables.
///
/// # Errors
/// The element whose name or time cannot be evaluated, and why.
pub fn start_waits(env: Environment<'_>) -> Result<Vec<StartWait>, (NodeIx, String)> {
    let triggers = env.process.graph().start_triggers();
    let nobody = Instance::new(InstanceKey(0), env.now);
    let mut execution = Execution::new(nobody, env);
    let mut waits = Vec::with_capacity(triggers.len());
    for start in triggers {
        let (node, part) = (start.node, start.part);
        let awaits = awaits(&mut execution, &start.trigger).map_err(|stop| match stop {
            Stop::Incident(_, message) => (node, message),
            Stop::Evaluate(_) => {
                let message = "the name or time of a start event may not be a costly expression; \
                    it is evaluated when the process is deployed";
                (node, message.to_owned())
            }
        })?;
        waits.extend(awaits.map(|awaits| StartWait { node, part, awaits }));
    }
    Ok(waits)
}

fn awaits(x: &mut Execution<'_>, trigger: &EventTrigger) -> Result<Option<StartAwaits>, Stop> {
    let root = x.instance.root();
    let graph = x.process.graph();
    Ok(Some(match trigger {
        EventTrigger::Message(ix) => {
            let name = x.text(&graph.messages[ix.at()].name, root, "message name")?;
            StartAwaits::Message(name)
        }
        EventTrigger::Signal(ix) => {
            let name = x.text(&graph.signals[ix.at()].name, root, "signal name")?;
            StartAwaits::Signal(name)
        }
        EventTrigger::Timer(definition) => {
            let planned = x.plan(definition, root)?;
            let (left, interval) = match planned.repeat {
                Some(repeat) => (repeat.left, Some(repeat.interval)),
                None => (None, None),
            };
            StartAwaits::Timer(StartTime {
                due: planned.due,
                left,
                interval,
            })
        }
        EventTrigger::Conditional(_) => StartAwaits::Condition,
        _ => return Ok(None),
    }))
}

/// Why it cannot be said yet which conditions hold.
#[derive(Debug)]
pub enum Undecided {
    /// A condition has no value, and why.
    Failed(String),
    /// This must be evaluated elsewhere first: everything is asked anew with its answer behind the
    /// others in [`Environment::evaluated`].
    Evaluate(Box<Request>),
}

/// The conditions of the start event `node` that hold with these variables, by their position among
/// its triggers.
///
/// # Errors
/// Why that cannot be said, or not yet.
pub fn start_conditions_holding(
    env: Environment<'_>,
    node: NodeIx,
    variables: Variables,
) -> Result<Vec<u8>, Undecided> {
    let trigger = env.process.node(node).kind.trigger();
    let parts = trigger.map_or(&[][..], EventTrigger::parts);
    let nobody = Instance::new(InstanceKey(0), env.now);
    let mut execution = Execution::new(nobody, env);
    let root = execution.instance.root();
    let room = execution.check_payload(&variables, Place::In(root));
    room.map_err(|rejection| Undecided::Failed(rejection.to_string()))?;
    execution.set_local(root, variables);
    let mut holding = Vec::new();
    for (at, part) in (0..).zip(parts) {
        let EventTrigger::Conditional(definition) = part else {
            continue;
        };
        match execution.condition_holds(definition, root) {
            Ok(true) => holding.push(at),
            Ok(false) => {}
            Err(Stop::Incident(_, message)) => return Err(Undecided::Failed(message)),
            Err(Stop::Evaluate(request)) => return Err(Undecided::Evaluate(request)),
        }
    }
    Ok(holding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_makes_up_for_what_was_missed_and_a_cron_text_does_not() {
        let after = |interval: &str, left| {
            let time = StartTime {
                due: Timestamp(0),
                left,
                interval: Some(interval.into()),
            };
            time.next(Timestamp(35_000)).map(|next| next.due.0)
        };
        assert_eq!(after("PT10S", None), Some(10_000));
        assert_eq!(after("PT10S", Some(1)), None);
        assert_eq!(after("*/10 * * * * *", None), Some(40_000));
        assert_eq!(after("0 0 0 30 2 *", None), None);
    }
}
