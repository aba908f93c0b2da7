//! What an expression is, as far as its text alone tells.

use crate::ast::{Node, Suffix};
use crate::{Data, Expression, Now};

impl Expression {
    /// The JSON text that the expression always gives: where it is a literal, or a list or context
    /// of such. `None` for every other expression, even where it could be calculated.
    #[must_use]
    pub fn constant(&self) -> Option<Box<str>> {
        if !is_constant(&self.parsed.root) {
            return None;
        }
        self.evaluate(&Data::new(), Now(0)).ok()
    }

    /// The variable, and the members of it one after the other, that the expression reads: where
    /// it is a path such as `order.customer.id` and nothing else.
    #[must_use]
    pub fn path(&self) -> Option<Vec<&str>> {
        let (variable, suffixes) = match &self.parsed.root {
            Node::Postfix(base, suffixes) => (&**base, suffixes.as_slice()),
            name => (name, &[][..]),
        };
        let Node::Name {
            name, local: false, ..
        } = variable
        else {
            return None;
        };
        let members = suffixes.iter().map(|suffix| match suffix {
            Suffix::Member(name) => Some(&**name),
            Suffix::Filter(_) | Suffix::Call(_) => None,
        });
        std::iter::once(Some(&**name)).chain(members).collect()
    }
}

/// The depth is that of the source, which the parser bounds.
fn is_constant(node: &Node) -> bool {
    match node {
        Node::Literal(_) => true,
        Node::Negate(inner) => matches!(**inner, Node::Literal(_)),
        Node::List(items) => items.iter().all(is_constant),
        Node::Context(entries) => entries.iter().all(|(_, value)| is_constant(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn compile(source: &str) -> Expression {
        Expression::compile(source, &Limits::default()).unwrap()
    }

    #[test]
    fn literals_are_constant() {
        for (source, json) in [
            ("5", "5"),
            ("-0.50", "-0.5"),
            ("\"a\"", "\"a\""),
            ("true", "true"),
            ("null", "null"),
            ("[1, [\"a\"]]", r#"[1,["a"]]"#),
            ("{a: 1, \"b c\": {d: []}}", r#"{"a":1,"b c":{"d":[]}}"#),
        ] {
            assert_eq!(
                compile(source).constant().as_deref(),
                Some(json),
                "{source}"
            );
        }
        for source in [
            "a",
            "1 + 1",
            "[a]",
            "{a: 1, b: a}",
            "if true then 1 else 2",
            "now()",
            "-a",
        ] {
            assert_eq!(compile(source).constant(), None, "{source}");
        }
    }

    #[test]
    fn paths_are_read_whole() {
        assert_eq!(compile("a").path(), Some(vec!["a"]));
        assert_eq!(compile("a.b.c").path(), Some(vec!["a", "b", "c"]));
        for source in [
            "a + b",
            "a[1]",
            "a.b[1].c",
            "abs(a)",
            "5",
            "{a: 1}.a",
            "for x in a return x",
        ] {
            assert_eq!(compile(source).path(), None, "{source}");
        }
    }
}
