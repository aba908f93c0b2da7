//! What a step learns about the call it answers.

use std::time::{Duration, SystemTime};

/// Where in which process a call happens.
///
/// The host makes it; a native test makes one with [`Context::for_test`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub(crate) tenant: String,
    pub(crate) process: String,
    pub(crate) version: u32,
    pub(crate) instance_key: u64,
    pub(crate) element_id: String,
    pub(crate) element_instance_key: u64,
    pub(crate) job_key: u64,
    pub(crate) idempotency_key: String,
    pub(crate) attempt: u32,
    pub(crate) deadline: SystemTime,
    pub(crate) headers: Vec<(String, String)>,
}

impl Context {
    /// A context for native tests. Everything has a plausible value until the builder is told
    /// otherwise; no clock is read.
    pub fn for_test() -> ContextBuilder {
        ContextBuilder {
            context: Self {
                tenant: "<default>".into(),
                process: "test".into(),
                version: 1,
                instance_key: 1,
                element_id: "step".into(),
                element_instance_key: 2,
                job_key: 3,
                idempotency_key: "3".into(),
                attempt: 1,
                deadline: SystemTime::UNIX_EPOCH + Duration::from_secs(32_503_680_000),
                headers: Vec::new(),
            },
        }
    }

    /// The tenant the process instance belongs to, such as `<default>`.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The `id` of the BPMN process.
    pub fn process(&self) -> &str {
        &self.process
    }

    /// The deployed version of the process, counted from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The key of the process instance.
    pub fn instance_key(&self) -> u64 {
        self.instance_key
    }

    /// The `id` of the BPMN element that called the step.
    pub fn element_id(&self) -> &str {
        &self.element_id
    }

    /// The key of this activation of that element.
    pub fn element_instance_key(&self) -> u64 {
        self.element_instance_key
    }

    /// The key of the job this call works on.
    pub fn job_key(&self) -> u64 {
        self.job_key
    }

    /// The same for every attempt at one job and different for every other job. Hand it to the
    /// services you call, so that a repeated attempt has no second effect.
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Which attempt this is, counted from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// When the host cuts the call off.
    pub fn deadline(&self) -> SystemTime {
        self.deadline
    }

    /// The value of the task header (`zeebe:header`) named `key`.
    pub fn header(&self, key: &str) -> Option<&str> {
        self.headers()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// The task headers as keys and values, in document order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Makes a [`Context`]; see [`Context::for_test`].
///
/// ```
/// let ctx = anyam_sdk::Context::for_test()
///     .header("credit-limit", "1000")
///     .attempt(2)
///     .build();
/// assert_eq!(ctx.header("credit-limit"), Some("1000"));
/// assert_eq!(ctx.attempt(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct ContextBuilder {
    context: Context,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty),* $(,)?) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self, value: $type) -> Self {
                self.context.$name = value.into();
                self
            }
        )*
    };
}

impl ContextBuilder {
    setters! {
        /// Sets [`Context::tenant`].
        tenant: impl Into<String>,
        /// Sets [`Context::process`].
        process: impl Into<String>,
        /// Sets [`Context::version`].
        version: u32,
        /// Sets [`Context::instance_key`].
        instance_key: u64,
        /// Sets [`Context::element_id`].
        element_id: impl Into<String>,
        /// Sets [`Context::element_instance_key`].
        element_instance_key: u64,
        /// Sets [`Context::job_key`].
        job_key: u64,
        /// Sets [`Context::idempotency_key`].
        idempotency_key: impl Into<String>,
        /// Sets [`Context::attempt`].
        attempt: u32,
        /// Sets [`Context::deadline`].
        deadline: SystemTime,
    }

    /// Adds a task header.
    #[must_use]
    pub fn header(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.headers.push((key.into(), value.into()));
        self
    }

    /// The context.
    pub fn build(self) -> Context {
        self.context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_can_be_set() {
        let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(7);
        let ctx = Context::for_test()
            .tenant("acme")
            .process("order")
            .version(4)
            .instance_key(5)
            .element_id("check")
            .element_instance_key(6)
            .job_key(7)
            .idempotency_key("job-7")
            .attempt(2)
            .deadline(deadline)
            .header("a", "1")
            .header("b", "2")
            .build();
        assert_eq!(
            (ctx.tenant(), ctx.process(), ctx.version()),
            ("acme", "order", 4)
        );
        assert_eq!(
            (
                ctx.instance_key(),
                ctx.element_instance_key(),
                ctx.job_key()
            ),
            (5, 6, 7)
        );
        assert_eq!(
            (ctx.element_id(), ctx.idempotency_key()),
            ("check", "job-7")
        );
        assert_eq!((ctx.attempt(), ctx.deadline()), (2, deadline));
        assert_eq!(ctx.headers().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
        assert_eq!((ctx.header("b"), ctx.header("c")), (Some("2"), None));
    }
}
