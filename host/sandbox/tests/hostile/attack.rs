//! One entry of the catalogue.

use std::time::Duration;

use anyam_sandbox::Limits;

use crate::support::guest::Guest;

/// A component that wants to hurt, and how that must end.
pub struct Attack {
    pub name: &'static str,
    pub component: Vec<u8>,
    pub limits: Limits,
    pub end: End,
    /// What the text of its end must say.
    pub says: &'static [&'static str],
}

/// Where an attack ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At upload.
    Refused,
    /// At the call, as a failure.
    Failed,
    /// Nowhere: the step answers, and what was too much is cut. Its text is the output, and the last
    /// line of the log.
    Answered,
}

impl From<Guest> for Vec<u8> {
    fn from(guest: Guest) -> Self {
        guest.build()
    }
}

impl Attack {
    fn new(
        name: &'static str,
        component: impl Into<Vec<u8>>,
        end: End,
        says: &'static [&'static str],
    ) -> Self {
        let limits = Limits {
            compile_time: Duration::from_secs(30),
            memory_bytes: 32 << 20,
            ..Limits::default()
        };
        Self {
            name,
            component: component.into(),
            limits,
            end,
            says,
        }
    }

    /// One that is refused at upload.
    pub fn refused(
        name: &'static str,
        component: impl Into<Vec<u8>>,
        says: &'static [&'static str],
    ) -> Self {
        Self::new(name, component, End::Refused, says)
    }

    /// One whose call fails.
    pub fn fails(
        name: &'static str,
        component: impl Into<Vec<u8>>,
        says: &'static [&'static str],
    ) -> Self {
        Self::new(name, component, End::Failed, says)
    }

    /// One that answers, less what was too much.
    pub fn answers(
        name: &'static str,
        component: impl Into<Vec<u8>>,
        says: &'static [&'static str],
    ) -> Self {
        Self::new(name, component, End::Answered, says)
    }

    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }
}

/// The instructions that end `handle` with its input as the output.
pub const ANSWER: &str =
    "(i64.store (i32.const 1032) (i64.load offset=88 (local.get $in))) (i32.const 1024)";

/// A component that exports one typed function `f`, lifted from the core function `f` of a module
/// with these fields, a memory of two pages and a `realloc` that answers 4096.
pub fn typed(types: &str, signature: &str, fields: &str) -> Vec<u8> {
    typed_with(types, signature, fields, "(i32.const 4096)", "")
}

/// As `typed`, with a body for `realloc` and more options for how `f` is lifted.
pub fn typed_with(
    types: &str,
    signature: &str,
    fields: &str,
    realloc: &str,
    options: &str,
) -> Vec<u8> {
    let host = if types.contains("instance $host") {
        "(with \"host\" (instance $host))"
    } else {
        ""
    };
    component(&format!(
        r#"{types}
        (core module $main
            {fields}
            (memory (export "memory") 2)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc}))
        (core instance $main (instantiate $main {host}))
        (func $f {signature} (canon lift (core func $main "f")
            (memory (core memory $main "memory")) (realloc (core func $main "realloc")) {options}))
        (export "f" (func $f))"#
    ))
}

/// A component with these fields.
pub fn component(fields: &str) -> Vec<u8> {
    let wat = format!("(component {fields})");
    wat::parse_str(&wat).unwrap_or_else(|error| {
        let start: String = wat.chars().take(4_000).collect();
        panic!("{error}\n{start}")
    })
}

/// A component that exports the typed function `f` of nothing, which calls the core function `f` of
/// the module with these fields.
pub fn runs(fields: &str) -> Vec<u8> {
    component(&format!(
        r#"(core module $main {fields})
        (core instance $main (instantiate $main))
        (func $f (canon lift (core func $main "f")))
        (export "f" (func $f))"#
    ))
}
