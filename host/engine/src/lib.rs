//! The BPMN execution engine as a pure function.
//!
//! [`apply`] takes an [`Instance`], a [`Command`] and an [`Environment`] (the process, the time,
//! keys and limits) and gives an [`Outcome`]: the changed instance, the effects to carry out and
//! the events to store. It does no I/O and sees no clock; the same inputs give the same outputs.
//!
//! ```
//! use anyam_engine::key::{InstanceKey, KeySource};
//! use anyam_engine::value::{Json, Timestamp, Variables};
//! use anyam_engine::{Command, Environment, Instance, Limits, Outcome, Process, apply};
//!
//! struct Counter(u64);
//! impl KeySource for Counter {
//!     fn next_key(&mut self) -> u64 {
//!         self.0 += 1;
//!         self.0
//!     }
//! }
//!
//! let model = br#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
//!   <process id="hello" isExecutable="true">
//!     <startEvent id="start"/>
//!     <sequenceFlow id="flow" sourceRef="start" targetRef="end"/>
//!     <endEvent id="end"/>
//!   </process>
//! </definitions>"#;
//! let graph = anyam_bpmn::compile(model, &anyam_bpmn::Limits::default())?.processes.remove(0);
//! let process = Process::new(graph, &anyam_feel::Limits::default(), |_, _, _| false)
//!     .map_err(|findings| findings[0].to_string())?;
//!
//! let mut keys = Counter(0);
//! let instance = Instance::new(InstanceKey(keys.next_key()), Timestamp(0));
//! let start = Command::start(Variables::from([("order".into(), Json::from_valid("7"))]));
//! let outcome = apply(instance, start, Environment {
//!     process: &process,
//!     now: Timestamp(0),
//!     seed: anyam_feel::Seed(0),
//!     keys: &mut keys,
//!     decisions: &anyam_engine::NoDecisions,
//!     resources: &anyam_engine::NoResources,
//!     evaluated: &[],
//!     limits: &Limits::default(),
//! });
//! let Outcome::Applied(instance, transition) = outcome else {
//!     panic!("the command fits");
//! };
//! assert!(instance.is_ended());
//! assert_eq!(transition.effects.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod backoff;
mod boundary;
mod calls;
mod canceling;
mod changing_task;
pub mod command;
mod compensation;
mod conditions;
mod cron;
mod data;
mod decisions;
mod elements;
mod evaluation;
mod execution;
mod expressions;
mod flow;
mod incidents;
mod instance;
mod integrity;
mod iterations;
mod job_commands;
mod job_slot;
mod jobs;
mod joins;
pub mod key;
mod limits;
mod listeners;
mod mappings;
mod migration;
mod modification;
mod outcome;
mod process;
mod resources;
mod settling;
mod start;
mod starts;
mod subscriptions;
mod task_listeners;
mod termination;
mod throwing;
mod time;
mod timers;
pub mod transition;
mod user_tasks;
pub mod value;
mod variables;
mod waits;
mod watched;

pub use apply::{Environment, apply};
pub use changing_task::ChangingTask;
pub use command::{Command, JobResult, StartFrom};
pub use decisions::{Decision, Decisions, NoDecisions};
pub use evaluation::{Request, Response};
pub use instance::{DecodeError, Instance};
pub use job_slot::JobSlot;
pub use limits::Limits;
pub use outcome::{Outcome, Rejection};
pub use process::{MAX_TARGET_DEPTH, Process};
pub use resources::{NoResources, ResourceKind, Resources};
pub use starts::{
    StartAwaits, StartTime, StartWait, Undecided, start_conditions_holding, start_waits,
};
