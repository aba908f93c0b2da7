//! The bounds of one request.

use std::time::Duration;

/// What one request may ask for. Sizes are bytes of the body as sent.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    /// Largest JSON body; a larger one is 413.
    pub json_body_bytes: usize,
    /// Deepest nesting of arrays and objects in a JSON body; deeper is 400.
    pub json_depth: usize,
    /// Largest deployment, all its parts and their headers together; a larger one is 413.
    pub deployment_bytes: usize,
    /// Largest file of a deployment; a larger one is 413.
    pub deployment_file_bytes: usize,
    /// Most files of a deployment; more is 400.
    pub deployment_files: usize,
    /// Largest component of a step; a larger one is 413.
    pub component_bytes: usize,
    /// Most items of one page of a search, and how far into the matches `from` may reach.
    pub page_items: usize,
    /// Most bytes of variable values on one page; more is 400.
    pub page_bytes: usize,
    /// Searches that read at once; more wait their turn for `search_wait`, then get 503.
    pub searches: usize,
    /// How long a search waits for its turn.
    pub search_wait: Duration,
    /// Backups taken at once, each of which keeps the space of everything that changes meanwhile;
    /// one more gets 503.
    pub backups: usize,
    /// Up to how many matches a search counts; past it `hasMoreTotalItems` is true.
    pub counted_items: usize,
    /// Most rows one search reads; a search that must read more is 400.
    pub scanned_rows: usize,
    /// Most conditions of one filter, alternatives and list elements included.
    pub filter_terms: usize,
    /// Longest pattern of a `$like`, in bytes.
    pub pattern_bytes: usize,
    /// Most variables of one request.
    pub variables: usize,
    /// Most fields to sort by.
    pub sort_fields: usize,
    /// Most mappings of one migration.
    pub mapping_instructions: usize,
    /// Most instructions of one modification.
    pub modification_instructions: usize,
    /// Most tags of a process instance.
    pub tags: usize,
    /// Longest tag, in bytes.
    pub tag_bytes: usize,
    /// Longest business id, in characters.
    pub business_id_chars: usize,
    /// Most tenants of one job activation.
    pub activation_tenants: usize,
    /// Most headers of one try of a step.
    pub invocation_headers: usize,
    /// Most entries of an instance's history that one request reads.
    pub history_entries: usize,
    /// Most days that one request asks the usage of.
    pub usage_days: u32,
    /// Most rows of steps in one answer about usage; more is 400.
    pub usage_rows: usize,
    /// Most jobs of one activation; who asks for more gets so many.
    pub activated_jobs: usize,
    /// How long a job activation or an awaited instance waits where the request names no time.
    pub default_wait: Duration,
    /// Longest wait a request may ask for; a longer one is cut to it.
    pub longest_wait: Duration,
    /// How long a client may take to send its body.
    pub body_time: Duration,
    /// How long a client may take to send the head of a request, the time between two requests on
    /// one connection included.
    pub head_time: Duration,
    /// How long a client may take nothing of its answer before the connection is cut off.
    pub answer_time: Duration,
    /// Connections open at once, as far as the process may have so many files. For the next one the
    /// oldest that answers nothing is closed; where all are at work it waits.
    pub connections: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            json_body_bytes: 4 << 20,
            json_depth: 64,
            deployment_bytes: 16 << 20,
            deployment_file_bytes: 4 << 20,
            deployment_files: 100,
            component_bytes: 64 << 20,
            page_items: 10_000,
            page_bytes: 32 << 20,
            searches: 16,
            search_wait: Duration::from_secs(5),
            backups: 1,
            counted_items: 10_000,
            scanned_rows: 1_000_000,
            filter_terms: 1_000,
            pattern_bytes: 256,
            variables: 10_000,
            sort_fields: 10,
            mapping_instructions: 10_000,
            modification_instructions: 1_000,
            tags: 10,
            tag_bytes: 100,
            business_id_chars: 256,
            activation_tenants: 100,
            invocation_headers: 100,
            history_entries: 5_000,
            usage_days: 366,
            usage_rows: 20_000,
            activated_jobs: 1_000,
            default_wait: Duration::from_secs(10),
            longest_wait: Duration::from_secs(600),
            body_time: Duration::from_secs(30),
            head_time: Duration::from_secs(75),
            answer_time: Duration::from_secs(30),
            connections: 60_000,
        }
    }
}
