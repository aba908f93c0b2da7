//! The bounds on everything a component's author or its input controls.

use std::time::Duration;

use crate::capabilities::http::HttpLimits;

/// The most a component, its compilation and one of its calls may take.
///
/// Sizes are in bytes. The defaults fit a component that carries a whole Python or JavaScript
/// engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of an uploaded component.
    pub component_bytes: usize,
    /// Functions of all core modules of an uploaded component together.
    pub component_functions: usize,
    /// Wall time of a compilation. The compiler's processor time is bounded by this time on every
    /// core.
    pub compile_time: Duration,
    /// Address space of the compiling process.
    pub compile_memory_bytes: u64,
    /// Size of the compiled code.
    pub artifact_bytes: usize,
    /// Time a call may wait for a free place in the sandbox.
    pub queue_time: Duration,
    /// Wall time of one call, from the creation of its instance to its answer.
    pub call_time: Duration,
    /// Processor time of one call. Waiting does not count, so a step that waits for an answer may
    /// have more `call_time` than this.
    pub cpu_time: Duration,
    /// Calls of host functions that one call makes. It is looked at every 2 ms and at the end.
    pub host_calls: u64,
    /// Size of all linear memories of one call together.
    pub memory_bytes: usize,
    /// Elements of all tables of one call together.
    pub table_elements: usize,
    /// Core instances of one call.
    pub instances: usize,
    /// Tables of one call.
    pub tables: usize,
    /// Linear memories of one call.
    pub memories: usize,
    /// Handles to host resources (streams, clocks) that a call holds at one time.
    pub handles: usize,
    /// Size of the input of a call.
    pub input_bytes: usize,
    /// Size of the output of a call, and of the variables of a BPMN error.
    pub output_bytes: usize,
    /// Nesting of arrays and objects in an output.
    pub json_depth: usize,
    /// Size of the code of a BPMN error.
    pub error_code_bytes: usize,
    /// Size of a message a step fails with; longer ones are cut.
    pub error_text_bytes: usize,
    /// The longest delay before a retry a step may ask for; longer ones are shortened to it.
    pub retry_after: Duration,
    /// Size of all that a call writes to its log; the rest is dropped.
    pub log_bytes: usize,
    /// Lines that a call writes to its log; the rest is dropped.
    pub log_lines: usize,
    /// Size of the name of a key-value store or a blob container.
    pub storage_name_bytes: usize,
    /// Size of a key in a store, and of the name of an object in a container.
    pub storage_key_bytes: usize,
    /// How often one call reads a value or lists keys; a write reads what it replaces.
    pub storage_reads: usize,
    /// Size of all that one call reads from stores and containers.
    pub storage_read_bytes: usize,
    /// Keys and objects that one call changes.
    pub storage_writes: usize,
    /// Size of all that one call writes to stores and containers, keys included.
    pub storage_write_bytes: usize,
    /// Keys or names of objects in one page of a listing.
    pub storage_listed_keys: usize,
    /// Size of a configuration value.
    pub config_value_bytes: usize,
    /// Messages that one call publishes.
    pub messages: usize,
    /// Size of the messages of one call together.
    pub message_bytes: usize,
    /// Size of the self-description of a step.
    pub manifest_bytes: usize,
    /// Error codes in the self-description of a step.
    pub manifest_error_codes: usize,
    /// Typed functions that a component exports.
    pub typed_functions: usize,
    /// Nesting of the types of such functions.
    pub typed_depth: usize,
    /// Types and names of such functions, written out: a type that is used twice counts twice.
    pub typed_nodes: usize,
    /// Values in the input, or in the output, of a typed function. Every element counts, and so
    /// does every byte of a `list<u8>`; each takes some 40 bytes of the host's memory.
    pub typed_values: usize,
    /// Calls that a component answers before a snapshot of it is taken.
    pub warm_up_calls: usize,
    /// How often each of them is made: interpreters learn from what they see again.
    pub warm_up_rounds: usize,
    /// What the outgoing HTTP requests of a call may take.
    pub http: HttpLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: 64 << 20,
            component_functions: 500_000,
            compile_time: Duration::from_secs(120),
            compile_memory_bytes: 4 << 30,
            artifact_bytes: 512 << 20,
            queue_time: Duration::from_secs(10),
            call_time: Duration::from_secs(10),
            cpu_time: Duration::from_secs(10),
            host_calls: 10_000_000,
            memory_bytes: 256 << 20,
            table_elements: 100_000,
            instances: 256,
            tables: 8,
            memories: 4,
            handles: 10_000,
            input_bytes: 4 << 20,
            output_bytes: 4 << 20,
            json_depth: 100,
            error_code_bytes: 256,
            error_text_bytes: 8 << 10,
            retry_after: Duration::from_secs(7 * 24 * 3600),
            log_bytes: 64 << 10,
            log_lines: 1_000,
            storage_name_bytes: 256,
            storage_key_bytes: 1_024,
            storage_reads: 10_000,
            storage_read_bytes: 64 << 20,
            storage_writes: 1_000,
            storage_write_bytes: 32 << 20,
            storage_listed_keys: 1_000,
            config_value_bytes: 64 << 10,
            messages: 100,
            message_bytes: 1 << 20,
            manifest_bytes: 256 << 10,
            manifest_error_codes: 256,
            typed_functions: 256,
            typed_depth: 24,
            typed_nodes: 10_000,
            typed_values: 1 << 18,
            warm_up_calls: 100,
            warm_up_rounds: 10,
            http: HttpLimits::default(),
        }
    }
}

/// `text` cut to at most `limit` bytes at a character boundary, with a sign that it was cut.
pub(crate) fn clip(mut text: String, limit: usize) -> String {
    const CUT: &str = " [cut]";
    if text.len() <= limit {
        return text;
    }
    let mut end = limit.saturating_sub(CUT.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    if limit >= CUT.len() {
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn text_is_cut_at_a_character_and_never_longer_than_the_limit() {
        assert_eq!(clip("short".into(), 5), "short");
        assert_eq!(clip("just too long".into(), 12), "just t [cut]");
        for limit in 0..12 {
            assert!(clip("ééééééé".into(), limit).len() <= limit);
        }
    }
}
