//! Called instances: created, cancelled, and what comes back from them.

use anyam_bpmn::graph::Binding;
use anyam_engine::key::ElementInstanceKey;
use anyam_engine::transition::{InstanceState, Parent, Thrown};
use anyam_engine::value::Variables;
use anyam_engine::{Command, StartFrom};

use super::world::World;

impl World {
    pub fn start_child(
        &mut self,
        from: usize,
        parent: Parent,
        process_id: &str,
        binding: &Binding,
        variables: Variables,
    ) -> Result<(), String> {
        let deployment = self.instances[from].deployment;
        let at = parent.element_instance;
        let called = match self.bound(process_id, binding, deployment) {
            Ok(called) => called,
            Err(why) => return self.not_started(from, at, &why),
        };
        let (process, deployment) = (called.process.clone(), called.deployment);
        let child = self.create(process, deployment);
        self.instances[child].parent = Some((from, at));
        let parent = Some(parent);
        let start = Command::Start {
            variables,
            from: StartFrom::NoneStart,
            parent,
        };
        match self.instances[child].command(&mut self.shared, &start)? {
            Ok(()) => Ok(()),
            Err(why) => {
                self.instances.pop();
                self.not_started(from, at, &why)
            }
        }
    }

    fn not_started(
        &mut self,
        from: usize,
        at: ElementInstanceKey,
        why: &str,
    ) -> Result<(), String> {
        let message = why.into();
        let command = Command::ChildNotStarted { at, message };
        // A call activity that is over takes nothing any more.
        self.instances[from]
            .command(&mut self.shared, &command)?
            .ok();
        Ok(())
    }

    pub fn cancel_child(&mut self, from: usize, at: ElementInstanceKey) -> Result<(), String> {
        for child in 0..self.instances.len() {
            if self.instances[child].parent == Some((from, at)) {
                self.instances[child].end_told = true;
                // One that has just ended is past cancelling.
                self.instances[child]
                    .command(&mut self.shared, &Command::Cancel)?
                    .ok();
            }
        }
        Ok(())
    }

    pub fn throw_to_parent(
        &mut self,
        from: usize,
        thrown: Thrown,
        code: Box<str>,
        variables: Variables,
    ) -> Result<(), String> {
        let Some((parent, at)) = self.instances[from].parent else {
            return Err("an instance without a parent throws to it".to_owned());
        };
        let command = Command::ChildThrew {
            at,
            thrown,
            code,
            variables,
        };
        // A call activity that is over takes nothing any more.
        self.instances[parent]
            .command(&mut self.shared, &command)?
            .ok();
        Ok(())
    }

    /// Tells the ends of called instances to their callers; whether there was one to tell.
    pub fn tell_ends(&mut self) -> Result<bool, String> {
        let mut told = false;
        for child in 0..self.instances.len() {
            let running = &self.instances[child];
            if running.end_told || !running.instance.is_ended() {
                continue;
            }
            self.instances[child].end_told = true;
            told = true;
            let running = &self.instances[child];
            let (Some((parent, at)), InstanceState::Completed) =
                (running.parent, running.instance.state())
            else {
                continue;
            };
            let variables = running.instance.root_variables();
            let command = Command::ChildEnded { at, variables };
            self.instances[parent]
                .command(&mut self.shared, &command)?
                .ok();
        }
        Ok(told)
    }
}
