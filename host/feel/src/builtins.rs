//! The built-in functions: those of DMN 1.5 and of Camunda 8.

mod contexts;
mod lists;
mod numbers;
mod patterns;
mod ranges;
mod text;
mod times;

use std::sync::Arc;

pub(crate) use patterns::Pattern;

use crate::ast::Node;
use crate::evaluate::{Eval, Run};
use crate::value::Value;

/// A built-in. A wrong argument type gives `null`, a wrong count does not compile.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    /// Parameter names of each form. The single form `[""]` takes any number.
    forms: &'static [&'static [&'static str]],
    /// Whether one call costs no more than the size of its arguments and gives no more back.
    pub(crate) inline: bool,
    pub(crate) run: fn(&mut Run<'_>, &[Value]) -> Eval<Value>,
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const ANY: &[&[&str]] = &[&[""]];

/// One row of a table of built-ins.
const fn row(
    name: &'static str,
    forms: &'static [&'static [&'static str]],
    inline: bool,
    run: fn(&mut Run<'_>, &[Value]) -> Eval<Value>,
) -> Builtin {
    Builtin {
        name,
        forms,
        inline,
        run,
    }
}

/// The built-in of this name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    let tables = [
        numbers::TABLE,
        text::TABLE,
        patterns::TABLE,
        ranges::TABLE,
        lists::TABLE,
        contexts::TABLE,
        times::TABLE,
    ];
    tables
        .into_iter()
        .flatten()
        .find(|builtin| builtin.name == name)
}

impl Builtin {
    /// Puts arguments in the order of a form that takes them.
    pub(crate) fn arrange(
        &self,
        arguments: Vec<(Option<Arc<str>>, Node)>,
    ) -> Result<Vec<Node>, String> {
        let count = arguments.len();
        if arguments.iter().all(|(name, _)| name.is_none()) {
            let fits = self.forms == ANY || self.forms.iter().any(|form| form.len() == count);
            let message = || format!("`{}` does not take {count} arguments", self.name);
            return if fits {
                Ok(arguments.into_iter().map(|(_, node)| node).collect())
            } else {
                Err(message())
            };
        }
        let given = |parameter: &str| {
            arguments
                .iter()
                .any(|(name, _)| name.as_deref() == Some(parameter))
        };
        let form = self
            .forms
            .iter()
            .find(|form| form.len() == count && form.iter().all(|name| given(name)));
        let form = form
            .ok_or_else(|| format!("`{}` does not take arguments with these names", self.name))?;
        let mut nodes: Vec<_> = arguments;
        nodes.sort_by_key(|(name, _)| {
            form.iter()
                .position(|parameter| name.as_deref() == Some(parameter))
        });
        Ok(nodes.into_iter().map(|(_, node)| node).collect())
    }
}

/// The arguments of a function over a list: `f([a, b])` and `f(a, b)` are the same.
fn items(arguments: &[Value]) -> &[Value] {
    match arguments {
        [Value::List(list)] => &list.items,
        other => other,
    }
}
