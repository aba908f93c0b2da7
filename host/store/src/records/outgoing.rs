//! What process instances send to each other, from the commit that sends it to the one that takes it.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, SystemOwned};

/// Something on its way to a process instance. It is there from the commit of what sends it; the
/// commit of what takes it removes it, so that it is taken once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// What sends it: a process instance, or the key of a broadcast or timer.
    pub source: u64,
    /// Its number there; what has a smaller one was sent before.
    pub number: u64,
    /// The tenant of both sides.
    pub tenant: u32,
    /// What it is.
    pub sent: Sent,
}

impl Record for Outgoing {
    type Owner = SystemOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::Outgoing;

    fn key(&self) -> (u64, u64) {
        (self.source, self.number)
    }
}

/// What one process instance sends to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sent {
    /// Start an instance.
    Start {
        /// The key it gets.
        instance: u64,
        /// What it runs.
        process: Started,
        /// The element whose trigger has occurred; a plain start where absent.
        element: Option<String>,
        /// Its variables, as JSON.
        variables: String,
        /// Who called it.
        caller: Option<Caller>,
    },
    /// Cancel what a call activity has called.
    CancelCalled {
        /// The call activity's activation.
        element_instance: u64,
    },
    /// Tell a caller what became of the instance it called.
    ToCaller {
        /// The caller.
        instance: u64,
        /// The call activity's activation.
        element_instance: u64,
        /// What.
        news: News,
        /// Variables it brings, as JSON.
        variables: String,
    },
    /// A signal for everybody who waits for it.
    Broadcast {
        /// Its name.
        name: String,
        /// Variables it brings, as JSON.
        variables: String,
        /// Subscriptions up to this key have been dealt with.
        after: u64,
    },
    /// A signal for one subscription.
    Signal {
        /// The process instance.
        instance: u64,
        /// The subscription.
        subscription: u64,
        /// Variables it brings, as JSON.
        variables: String,
    },
}

/// Which process an instance runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Started {
    /// This definition.
    Definition(u64),
    /// The latest version of a process id.
    Latest(String),
    /// The version of a process id that was the latest as of a deployment.
    Deployed {
        /// The process id.
        process_id: String,
        /// The deployment.
        deployment_key: u64,
    },
    /// The latest version of a process id that has a tag.
    Tagged {
        /// The process id.
        process_id: String,
        /// The tag.
        version_tag: String,
    },
}

/// The call activity that an instance was started by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The calling process instance.
    pub instance: u64,
    /// The call activity's activation.
    pub element_instance: u64,
    /// The process instance that began the chain of calls.
    pub root: u64,
    /// How many calls lie between that and the called instance.
    pub depth: u32,
}

/// What a caller is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// The called instance has completed.
    Completed,
    /// It throws an error with this code.
    Error(String),
    /// It throws an escalation with this code.
    Escalation(String),
}
