//! What instances send to each other reaches them, in the order it was sent.

use anyam_engine::transition::Effect;

use super::world::World;

/// Rounds one step of a scenario may take.
const MOST_ROUNDS: usize = 10_000;

impl World {
    /// Delivers everything that instances have sent, and what that sends in turn.
    pub fn route(&mut self) -> Result<(), String> {
        for _ in 0..MOST_ROUNDS {
            let mut moved = false;
            for at in 0..self.instances.len() {
                while let Some(effect) = self.instances[at].seen.sent.pop_front() {
                    self.deliver(at, effect)?;
                    moved = true;
                }
            }
            moved |= self.tell_ends()?;
            moved |= self.deliver_buffered()?;
            if !moved {
                return Ok(());
            }
        }
        Err(format!(
            "the instances still send to each other after {MOST_ROUNDS} rounds"
        ))
    }

    fn deliver(&mut self, from: usize, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::StartChild {
                parent,
                process_id,
                binding,
                variables,
            } => self.start_child(from, parent, &process_id, &binding, variables),
            Effect::CancelChild { at } => self.cancel_child(from, at),
            Effect::ThrowToParent {
                thrown,
                code,
                variables,
            } => self.throw_to_parent(from, thrown, code, variables),
            Effect::PublishMessage {
                name,
                correlation_key,
                time_to_live_ms,
                variables,
            } => {
                let key = correlation_key.unwrap_or_default();
                // Whoever cannot take it goes on waiting.
                self.publish(&name, &key, time_to_live_ms, variables)?.ok();
                Ok(())
            }
            Effect::BroadcastSignal { name, variables } => self.broadcast(&name, &variables),
            other => Err(format!("{other:?} is not for other instances")),
        }
    }
}
