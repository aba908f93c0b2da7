//! How a sandbox is set up.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::capabilities::http::Network;

/// The settings of a [`Sandbox`](crate::Sandbox).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Folder for compiled components. What lies in it is run as native code, so nobody but the
    /// host may be able to write to it.
    pub cache_dir: PathBuf,
    /// Size the folder is kept below by deleting what was not used for longest.
    pub cache_bytes: u64,
    /// The program that compiles.
    pub compiler: CompilerCommand,
    /// Compilations that run at the same time.
    pub concurrent_compilations: usize,
    /// Compilations that may wait for one of them to end; more are refused.
    pub waiting_compilations: usize,
    /// Calls that run at the same time. Each holds address space for its memories (about 16 GiB),
    /// and up to some MiB of memory stay with it afterwards.
    pub concurrent_calls: usize,
    /// Calls that may wait for one of them to end; more fail at once, retryably.
    pub waiting_calls: usize,
    /// Instances that wait for a call; 0 makes each when it is called, so that what a component
    /// does at its beginning happens at a time that the calls alone determine.
    pub warm_instances: usize,
    /// As `warm_instances`, of one step and tenant.
    pub warm_instances_per_step: usize,
    /// The time from which on an instance's making and clearing away are done beside the calls. What
    /// takes less is done at once: handing it to another thread would cost more. Nothing takes so
    /// long as the setting that `new` makes, since on two busy cores it gained for Go alone.
    pub warm_from: Duration,
    /// How long an instance waits for a call before it is given up.
    pub warm_time: Duration,
    /// Native stack of a call's WebAssembly code.
    pub stack_bytes: usize,
    /// The most core instances a component may consist of.
    pub max_instances: u32,
    /// The most linear memories a component may have.
    pub max_memories: u32,
    /// The most tables a component may have.
    pub max_tables: u32,
    /// The most elements a table may have.
    pub max_table_elements: usize,
    /// How outgoing HTTP requests find and trust their hosts.
    pub network: Network,
}

impl Config {
    /// Sensible settings with the given cache folder and compiler.
    pub fn new(cache_dir: impl Into<PathBuf>, compiler: impl Into<CompilerCommand>) -> Self {
        Self {
            cache_dir: cache_dir.into(),
            cache_bytes: 8 << 30,
            compiler: compiler.into(),
            concurrent_compilations: 1,
            waiting_compilations: 32,
            concurrent_calls: 128,
            waiting_calls: 4_096,
            warm_instances: 64,
            warm_instances_per_step: 4,
            warm_from: Duration::MAX,
            warm_time: Duration::from_secs(30),
            stack_bytes: 1 << 20,
            max_instances: 256,
            max_memories: 4,
            max_tables: 8,
            max_table_elements: 100_000,
            network: Network::default(),
        }
    }
}

/// A program whose `main` is [`compile_main`](crate::compile_main).
///
/// It is started without any environment but its limits, and gets no file but its pipes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerCommand {
    /// Path of the program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}

impl<P: Into<PathBuf>> From<P> for CompilerCommand {
    fn from(program: P) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
        }
    }
}
