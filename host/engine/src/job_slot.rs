//! Which of an element's jobs one is: its own work, or a listener's.

use anyam_bpmn::graph::{JobDefinition, Node};

use crate::instance::Instance;
use crate::key::ElementInstanceKey;
use crate::transition::JobKind;

/// A place for a job at an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobSlot {
    /// The work of the element itself, or deciding what runs in an ad-hoc sub-process.
    Work,
    /// A listener, by its position among all listeners of the element in the order of the model.
    Listener(u32),
}

impl JobSlot {
    /// Every place that an element has, with its job.
    pub fn all(node: &Node) -> impl Iterator<Item = (Self, &JobDefinition)> {
        let work = node.job().map(|job| (Self::Work, job));
        let listeners = node.extras().listeners.iter().zip(0..);
        work.into_iter()
            .chain(listeners.map(|(listener, at)| (Self::Listener(at), &listener.job)))
    }

    /// The job at this place of an element.
    pub fn job(self, node: &Node) -> Option<&JobDefinition> {
        match self {
            Self::Work => node.job(),
            Self::Listener(at) => {
                let listener = node.extras().listeners.get(at as usize);
                listener.map(|listener| &listener.job)
            }
        }
    }

    /// The place of a job of this kind that an element instance has now.
    pub(crate) fn of(
        kind: JobKind,
        instance: &Instance,
        at: ElementInstanceKey,
        node: &Node,
    ) -> Self {
        if !kind.is_listener() {
            return Self::Work;
        }
        let element = instance.elements.get(&at);
        let now = element.and_then(|element| element.rare()?.listener);
        let mut listeners = node.extras().listeners.iter().zip(0..);
        let found = now.and_then(|now| {
            let mut same = listeners.by_ref().filter(|(one, _)| one.event == now.event);
            same.nth(now.index as usize)
        });
        // A listener's job is there only while its element has come to that listener.
        found.map_or(Self::Listener(u32::MAX), |(_, at)| Self::Listener(at))
    }
}

impl JobKind {
    /// Whether it is a listener's.
    pub fn is_listener(self) -> bool {
        matches!(self, Self::ExecutionListener | Self::TaskListener)
    }
}
