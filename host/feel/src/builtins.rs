//! The built-in functions: those of DMN 1.5 and of Camunda 8.

mod camunda;
mod contexts;
#[cfg(test)]
mod documented;
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
    /// Parameter names of each form. The form `[""]` takes any number.
    forms: &'static [&'static [&'static str]],
    /// Whether one call costs no more than the size of its arguments and gives no more back.
    pub(crate) inline: bool,
    /// Whether named arguments may leave out any but the first; what is left out is `null`.
    optional_names: bool,
    pub(crate) run: fn(&mut Run<'_>, &[Value]) -> Eval<Value>,
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Any number of arguments.
const ANY: &[&[&str]] = &[MANY];
/// The items one by one, or a list of them.
const ITEMS: &[&[&str]] = &[MANY, &["list"]];
const MANY: &[&str] = &[""];

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
        optional_names: false,
        run,
    }
}

/// The built-in of this name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    all().find(|builtin| builtin.name == name)
}

/// Every built-in.
fn all() -> impl Iterator<Item = &'static Builtin> {
    let tables = [
        numbers::TABLE,
        text::TABLE,
        patterns::TABLE,
        ranges::TABLE,
        lists::TABLE,
        contexts::TABLE,
        times::TABLE,
        camunda::TABLE,
    ];
    tables.into_iter().flatten()
}

impl Builtin {
    const fn with_optional_names(mut self) -> Self {
        self.optional_names = true;
        self
    }

    /// Named arguments, of which any but the first may be missing.
    fn arrange_some(&self, arguments: Vec<(Option<Arc<str>>, Node)>) -> Result<Vec<Node>, String> {
        let longest = self.forms.last().copied().unwrap_or(&[]);
        let mut arranged: Vec<Option<Node>> = longest.iter().map(|_| None).collect();
        for (name, node) in arguments {
            let at = longest
                .iter()
                .position(|parameter| name.as_deref() == Some(parameter));
            match at.map(|at| &mut arranged[at]) {
                Some(free @ None) => *free = Some(node),
                _ => {
                    let names = longest.join("`, `");
                    return Err(format!("`{}` takes `{names}`, each once", self.name));
                }
            }
        }
        if arranged.first().is_some_and(Option::is_none) {
            return Err(format!("`{}` needs `{}`", self.name, longest[0]));
        }
        let filled = arranged.into_iter();
        Ok(filled
            .map(|node| node.unwrap_or(Node::Literal(Value::Null)))
            .collect())
    }

    /// Puts arguments in the order of a form that takes them.
    pub(crate) fn arrange(
        &self,
        arguments: Vec<(Option<Arc<str>>, Node)>,
    ) -> Result<Vec<Node>, String> {
        let count = arguments.len();
        if arguments.iter().all(|(name, _)| name.is_none()) {
            let fits =
                self.forms.contains(&MANY) || self.forms.iter().any(|form| form.len() == count);
            let message = || format!("`{}` does not take {count} arguments", self.name);
            return if fits {
                Ok(arguments.into_iter().map(|(_, node)| node).collect())
            } else {
                Err(message())
            };
        }
        if self.optional_names {
            return self.arrange_some(arguments);
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
