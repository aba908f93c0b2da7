//! Bounds on what a process instance can make the engine do.

/// Every bound of the engine. Passed with each command, so a tenant's bounds may change while its
/// instances run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Element instances that may be alive in one process instance, tokens on their way included.
    /// Past it the element that would multiply tokens gets a `ResourceLimit` incident.
    pub max_elements: usize,
    /// Activations of elements by one command. Past it the element that would go on gets a
    /// `ResourceLimit` incident; resolving it grants the same number again.
    pub max_activations: u32,
    /// Expressions of [`anyam_feel::Cost::Isolated`] that one command may have evaluated. Past it
    /// the element that would go on gets a `ResourceLimit` incident; resolving it grants the same
    /// number again. Each one makes the engine carry the command out anew.
    pub max_isolated: u32,
    /// Bytes of expressions and the variables they read, over all evaluations of one command; a
    /// plain variable is not read and costs nothing, and what is read again because of an isolated
    /// expression counts again. Past it the element that would go on gets a `ResourceLimit`
    /// incident; resolving it grants the same number again. At some 10 to 50 MB a second this
    /// bounds how long one command holds its thread.
    pub max_expression_bytes: usize,
    /// Bytes of the inputs of all steps that one command starts, and of the variables that it sends
    /// to other instances. Past it a task gets a
    /// `ResourceLimit` incident; resolving it grants the same number again.
    pub max_step_input_bytes: usize,
    /// How many calls deep process instances may call each other. Past it the call activity gets a
    /// `ResourceLimit` incident.
    pub max_call_depth: u32,
    /// Bytes of all variables of an instance, names included.
    pub max_variable_bytes: usize,
    /// Number of variables in all scopes of an instance.
    pub max_variables: usize,
    /// Completed activities that an instance keeps to compensate them. Past it an activity that
    /// could be compensated gets a `ResourceLimit` incident in place of completing.
    pub max_compensations: usize,
    /// Bytes of one variable's name.
    pub max_variable_name_bytes: usize,
    /// Attempts a job may have.
    pub max_retries: u32,
    /// Longest wait between two attempts, in milliseconds; longer ones are shortened to it.
    pub max_backoff_ms: u64,
    /// How far ahead a timer may be due, in milliseconds.
    pub max_timer_ahead_ms: u64,
    /// Shortest interval of a timer cycle, in milliseconds.
    pub min_cycle_interval_ms: u64,
    /// Bytes of a text that a model or worker sets: job type, message name, correlation key, error
    /// code, assignee.
    pub max_text_bytes: usize,
    /// Bytes of an error message; longer ones are cut.
    pub max_message_bytes: usize,
    /// How long a thrown message waits for somebody to take it where its element sets no
    /// `anyam:time-to-live`, in milliseconds.
    pub default_time_to_live_ms: u64,
    /// Candidate users or groups of a user task.
    pub max_candidates: usize,
    /// Iterations of one multi-instance activity. Past it the activity gets a `ResourceLimit`
    /// incident and none begins.
    pub max_iterations: u32,
}

impl Default for Limits {
    fn default() -> Self {
        const YEAR_MS: u64 = 366 * 24 * 60 * 60 * 1000;
        Self {
            max_elements: 5_000,
            max_activations: 10_000,
            max_isolated: 100,
            max_expression_bytes: 16 << 20,
            max_step_input_bytes: 64 << 20,
            max_call_depth: 100,
            max_variable_bytes: 4 << 20,
            max_variables: 10_000,
            max_compensations: 1_000,
            max_variable_name_bytes: 255,
            max_retries: 1_000,
            max_backoff_ms: 7 * 24 * 60 * 60 * 1000,
            max_timer_ahead_ms: 100 * YEAR_MS,
            min_cycle_interval_ms: 100,
            max_text_bytes: 1_024,
            max_message_bytes: 4_096,
            default_time_to_live_ms: 60 * 60 * 1000,
            max_candidates: 100,
            max_iterations: 10_000,
        }
    }
}
