//! Why a sandbox cannot start, and why a component is refused.

use std::path::PathBuf;
use std::time::Duration;

/// A sandbox cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The WebAssembly engine refused its configuration.
    #[error(
        "cannot set up the WebAssembly engine: {message}; lower `concurrent_calls` if it is address space that lacks"
    )]
    Engine {
        /// The engine's own words.
        message: String,
    },
    /// The cache folder cannot be used.
    #[error("cannot use {} as the cache of compiled steps: {source}; choose a folder that can be written", path.display())]
    CacheDir {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Outgoing HTTP cannot be set up.
    #[error("cannot set up outgoing HTTP: {message}; check `network.extra_roots`")]
    Network {
        /// What does not fit.
        message: String,
    },
    /// The thread that interrupts running steps cannot be started.
    #[error("cannot start the thread that interrupts running steps: {source}")]
    Ticker {
        /// What the system said.
        source: std::io::Error,
    },
}

/// No snapshot of a component can be made. Each text is one for its author.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The component is no step.
    #[error(transparent)]
    Component(Box<UploadError>),
    /// Its structure cannot be rewritten.
    #[error("no snapshot can be made of this component: {message}; build it without warm-up")]
    Unsuitable {
        /// What it has that cannot be.
        message: String,
    },
    /// There are too many calls.
    #[error("it has {calls} calls and the limit is {limit} (limit warm_up_calls)")]
    Calls {
        /// How many there are.
        calls: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A call of the warm-up did not answer.
    #[error("call {} of the warm-up failed: {}", index + 1, failure.message())]
    Call {
        /// Which, counted from 0.
        index: usize,
        /// How.
        failure: crate::Failure,
    },
    /// There were no calls, or the sandbox keeps no instances.
    #[error("no instance was left after the warm-up; it needs at least one call")]
    NoInstance,
    /// The instance holds a stream, a clock or the like, which a later one will not have.
    #[error(
        "after the warm-up the step still holds a stream or another handle of its host, which it would not have in a later call; build it without warm-up"
    )]
    Handles,
}

/// Who has to act on an [`UploadError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadErrorKind {
    /// The author: the component is not acceptable.
    Invalid,
    /// The author: the component, or what it takes to compile it, is too large.
    TooLarge,
    /// Nobody: trying later may succeed.
    Busy,
    /// The operator: the host cannot do its part.
    Host,
}

/// A component is refused or could not be made ready. Each text is one for its author.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// No bytes at all.
    #[error("the component is empty; upload the .wasm file that the build wrote")]
    Empty,
    /// More bytes than `component_bytes`.
    #[error(
        "the component has {size} bytes and the limit is {limit} (limit component_bytes); build it optimised for size and without debug information"
    )]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The bytes are something else.
    #[error(
        "this is {found}, not a WebAssembly component; upload the .wasm file that the build wrote"
    )]
    NotWasm {
        /// What the bytes look like.
        found: String,
    },
    /// A core module.
    #[error(
        "this is a core WebAssembly module, not a component; build for the target wasm32-wasip2 or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// The file ends too early.
    #[error(
        "the component is cut off: it ends after {size} bytes in the middle of a section; build or copy it again"
    )]
    Truncated {
        /// The bytes there are.
        size: usize,
    },
    /// Not valid, or uses a WebAssembly proposal that the host does not run.
    #[error("the component is not valid: {message}")]
    Invalid {
        /// What is wrong and at which offset.
        message: String,
    },
    /// The handler is not exported.
    #[error(
        "the component exports neither {expected} nor a function that takes and answers values (it exports {exports}); build it with an Anyam SDK, for the world anyam:step/step, or export typed functions"
    )]
    MissingHandler {
        /// The export that lacks.
        expected: &'static str,
        /// What is exported instead.
        exports: String,
    },
    /// An exported interface has another type than the contract.
    #[error(
        "the export {interface} has the wrong type: {message}; build against the package anyam:step 0.1"
    )]
    WrongType {
        /// The interface.
        interface: String,
        /// Where it differs.
        message: String,
    },
    /// The typed functions cannot be steps.
    #[error("the functions that the component exports cannot be steps: {message}")]
    Functions {
        /// What is wrong and with which function.
        message: String,
    },
    /// An import that is not granted.
    #[error("the component imports {import}, {reason}; remove the use of it")]
    Import {
        /// The name of the import.
        import: String,
        /// Why it is not granted.
        reason: String,
    },
    /// An import is granted but has another type here.
    #[error("the imports of the component do not fit this host: {message}")]
    Link {
        /// What does not fit.
        message: String,
    },
    /// It needs more than a call may have before it has even started.
    #[error("the component starts with {message}")]
    Resources {
        /// What it needs, and the limit.
        message: String,
    },
    /// Compilation took longer than `compile_time`.
    #[error(
        "compiling the component took longer than {limit:?} and was stopped (limit compile_time); make it smaller"
    )]
    CompileTime {
        /// The limit.
        limit: Duration,
    },
    /// Compilation took more memory than `compile_memory_bytes`.
    #[error(
        "compiling the component took more than {limit} bytes of memory (limit compile_memory_bytes); make it, or its largest function, smaller"
    )]
    CompileMemory {
        /// The limit.
        limit: u64,
    },
    /// The compiled code is larger than `artifact_bytes`.
    #[error(
        "the compiled component is larger than {limit} bytes (limit artifact_bytes); make it smaller"
    )]
    ArtifactTooLarge {
        /// The limit.
        limit: usize,
    },
    /// The compiler refused the component or broke on it.
    #[error("the component cannot be compiled: {message}")]
    Compile {
        /// The compiler's words.
        message: String,
    },
    /// Too many compilations wait already.
    #[error("{waiting} compilations are waiting already; upload again later")]
    Busy {
        /// How many.
        waiting: usize,
    },
    /// The compiling process could not be run.
    #[error("the compiling process {} failed: {message}", program.display())]
    Compiler {
        /// The program.
        program: PathBuf,
        /// What happened.
        message: String,
    },
    /// The step's self-description failed or is not acceptable.
    #[error("the step's manifest is not usable: {message}")]
    Manifest {
        /// What is wrong with it.
        message: String,
    },
}

impl UploadError {
    /// Who has to act.
    pub fn kind(&self) -> UploadErrorKind {
        match self {
            Self::TooLarge { .. }
            | Self::CompileTime { .. }
            | Self::CompileMemory { .. }
            | Self::ArtifactTooLarge { .. } => UploadErrorKind::TooLarge,
            Self::Busy { .. } => UploadErrorKind::Busy,
            Self::Compiler { .. } => UploadErrorKind::Host,
            _ => UploadErrorKind::Invalid,
        }
    }
}
