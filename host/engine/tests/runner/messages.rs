//! Messages between instances: correlated once in each process, kept for a while, starting
//! instances.

use std::collections::BTreeSet;

use anyam_bpmn::graph::{EventTrigger, NodeIx, Value};
use anyam_engine::key::{KeySource, MessageKey, SubscriptionKey};
use anyam_engine::transition::Awaited;
use anyam_engine::value::Variables;
use anyam_engine::{Command, StartFrom};

use super::world::World;

/// What is known of published messages.
#[derive(Default)]
pub struct Messages {
    kept: Vec<Message>,
}

#[derive(Clone)]
struct Message {
    key: MessageKey,
    name: Box<str>,
    correlation_key: Box<str>,
    expires_at: i64,
    variables: Variables,
    /// Process ids that have taken it.
    taken_by: BTreeSet<String>,
}

impl World {
    /// Publishes a message. Gives what the last instance that it was meant for refused, and whether
    /// anybody took it.
    pub fn publish(
        &mut self,
        name: &str,
        correlation_key: &str,
        time_to_live_ms: u64,
        variables: Variables,
    ) -> Result<Result<bool, String>, String> {
        let mut message = Message {
            key: MessageKey(self.shared.keys.next_key()),
            name: name.into(),
            correlation_key: correlation_key.into(),
            expires_at: self.shared.now.plus_ms(time_to_live_ms).0,
            variables,
            taken_by: BTreeSet::new(),
        };
        let refused = self.offer(&mut message)?;
        let taken = !message.taken_by.is_empty();
        if time_to_live_ms > 0 {
            self.messages.kept.push(message);
        }
        Ok(match refused {
            Some(why) => Err(why),
            None => Ok(taken),
        })
    }

    /// Offers kept messages to subscriptions that were opened since; whether one was taken.
    pub fn deliver_buffered(&mut self) -> Result<bool, String> {
        let now = self.shared.now.0;
        self.messages
            .kept
            .retain(|message| message.expires_at > now);
        let mut taken = false;
        for at in 0..self.messages.kept.len() {
            let mut message = self.messages.kept[at].clone();
            let before = message.taken_by.len();
            self.offer(&mut message)?;
            taken |= message.taken_by.len() > before;
            self.messages.kept[at] = message;
        }
        Ok(taken)
    }

    /// Offers a message to every process that has not taken it: to the oldest subscription, else to
    /// a start event. Gives why an instance refused it.
    fn offer(&mut self, message: &mut Message) -> Result<Option<String>, String> {
        let mut refused = None;
        for (instance, subscription) in self.waiting_for(message) {
            let id = self.instances[instance].graph().id.to_string();
            if message.taken_by.contains(&id) {
                continue;
            }
            let command = Command::CorrelateMessage {
                subscription,
                message: message.key,
                variables: message.variables.clone(),
            };
            match self.instances[instance].command(&mut self.shared, &command)? {
                Ok(()) => {
                    message.taken_by.insert(id);
                }
                Err(why) => refused = Some(why),
            }
        }
        for (at, node, part) in self.started_by(message) {
            let id = self.deployed[at].id().to_owned();
            if self.is_locked(&id, &message.correlation_key)
                || self.has_come((at, node), part)
                || !message.taken_by.insert(id)
            {
                continue;
            }
            let Some(variables) = self.all_came((at, node), part, message.variables.clone()) else {
                continue;
            };
            let (process, deployment) = {
                let deployed = &self.deployed[at];
                (deployed.process.clone(), deployed.deployment)
            };
            let new = self.create(process, deployment);
            self.messages_lock(new, &message.correlation_key);
            let start = Command::Start {
                variables: Variables::new(),
                from: StartFrom::Event { node, variables },
                parent: None,
            };
            if let Err(why) = self.instances[new].command(&mut self.shared, &start)? {
                refused = Some(why);
            }
        }
        Ok(refused)
    }

    /// Subscriptions that match, the oldest first.
    fn waiting_for(&self, message: &Message) -> Vec<(usize, SubscriptionKey)> {
        let wanted = Awaited::Message {
            name: message.name.clone(),
            correlation_key: message.correlation_key.clone(),
        };
        let mut found = Vec::new();
        for (at, running) in self.instances.iter().enumerate() {
            let open = running.seen.subscriptions.values();
            let fits = open.filter(|open| open.awaits == wanted);
            found.extend(fits.map(|open| (open.key, at)));
        }
        found.sort_unstable();
        found.into_iter().map(|(key, at)| (at, key)).collect()
    }

    /// Start events of the newest version of each process that wait for the message.
    fn started_by(&self, message: &Message) -> Vec<(usize, NodeIx, u8)> {
        self.event_starts(|graph, trigger| match trigger {
            EventTrigger::Message(ix) => {
                graph.messages[ix.at()].name == Value::Literal(message.name.clone())
            }
            _ => false,
        })
    }

    /// Start events of the newest version of each process with a trigger that fits: the position of
    /// the process, the event, and which of its triggers it is.
    pub fn event_starts(
        &self,
        fits: impl Fn(&anyam_bpmn::graph::ProcessGraph, &EventTrigger) -> bool,
    ) -> Vec<(usize, NodeIx, u8)> {
        let mut found = Vec::new();
        for (at, deployed) in self.deployed.iter().enumerate() {
            let newer = self.deployed[at + 1..].iter();
            if newer.into_iter().any(|other| other.id() == deployed.id()) {
                continue;
            }
            let graph = deployed.process.graph();
            for start in graph.start_triggers() {
                if fits(graph, &start.trigger) {
                    found.push((at, start.node, start.part));
                }
            }
        }
        found
    }

    /// Of one correlation key only one instance that a message has started runs at a time.
    fn is_locked(&self, id: &str, correlation_key: &str) -> bool {
        let mut locks = self
            .instances
            .iter()
            .filter(|running| *running.graph().id == *id);
        !correlation_key.is_empty()
            && locks.any(|running| {
                running.started_with.as_deref() == Some(correlation_key)
                    && !running.instance.is_ended()
            })
    }

    fn messages_lock(&mut self, at: usize, correlation_key: &str) {
        self.instances[at].started_with = Some(correlation_key.into());
    }
}
