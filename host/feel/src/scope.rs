//! The local names an expression part sees.

use std::sync::Arc;

use crate::value::Value;

/// A stack of bindings, shared by functions that captured it. `None` is the empty scope, where
/// only variables are seen.
pub(crate) type Scope = Option<Arc<Frame>>;

/// One binding.
#[derive(Debug)]
pub(crate) struct Frame {
    binding: Binding,
    /// The deepest nesting of a value bound here or below.
    pub(crate) depth: usize,
    next: Scope,
}

/// Frees a chain one by one: a context literal of thousands of entries makes one as long, and the
/// derived drop would recurse over it.
impl Drop for Frame {
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut frame) = next.and_then(Arc::into_inner) {
            next = frame.next.take();
        }
    }
}

#[derive(Debug)]
enum Binding {
    /// A parameter, loop variable or earlier context entry.
    Name(Arc<str>, Value),
    /// The element a filter looks at: its members are names, and `item` is the element itself.
    Element(Value),
}

/// The scope with one more name.
pub(crate) fn bind(scope: &Scope, name: Arc<str>, value: Value) -> Scope {
    push(scope, value.depth(), Binding::Name(name, value))
}

/// The scope inside a filter, for one element.
pub(crate) fn bind_element(scope: &Scope, element: Value) -> Scope {
    push(scope, element.depth(), Binding::Element(element))
}

/// The innermost binding of a name, and how many bindings were looked at.
pub(crate) fn find(mut scope: &Scope, name: &str) -> (Option<Value>, usize) {
    let mut visited = 0;
    while let Some(frame) = scope {
        visited += 1;
        match &frame.binding {
            Binding::Name(bound, value) if &**bound == name => {
                return (Some(value.clone()), visited);
            }
            Binding::Name(..) => {}
            Binding::Element(element) => {
                if let Value::Context(context) = element
                    && let Some(value) = context.entries.get(name)
                {
                    return (Some(value.clone()), visited);
                }
                if name == "item" {
                    return (Some(element.clone()), visited);
                }
            }
        }
        scope = &frame.next;
    }
    (None, visited)
}

/// The deepest nesting of any bound value.
pub(crate) fn depth(scope: &Scope) -> usize {
    scope.as_ref().map_or(0, |frame| frame.depth)
}

fn push(scope: &Scope, value_depth: usize, binding: Binding) -> Scope {
    let depth = value_depth.max(depth(scope));
    Some(Arc::new(Frame {
        binding,
        depth,
        next: scope.clone(),
    }))
}
