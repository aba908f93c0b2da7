//! Modifications by hand.

use anyam_engine::command::{Activate, Ancestor, Modification, Move, ScopedVariables, Source};
use anyam_engine::key::ElementInstanceKey;
use serde::Deserialize;

use super::commands::variables;
use super::running::Running;
use super::scenario::Members;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modify {
    #[serde(default)]
    activate: Vec<Activated>,
    #[serde(default)]
    terminate: Vec<Terminated>,
    #[serde(default, rename = "move")]
    moves: Vec<Moved>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Activated {
    element: String,
    /// The live scope: an element, and which of its instances, oldest first, from 1.
    within: Option<(String, usize)>,
    #[serde(default)]
    variables: Members,
    /// Whose variables they are; without it the process's.
    scope: Option<String>,
}

/// Every instance of an element, or one: the element, and which, oldest first, from 1.
#[derive(Deserialize)]
#[serde(untagged)]
enum Terminated {
    All(String),
    One(String, usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    from: Terminated,
    to: String,
    /// Whether to stay in the scope of the source.
    #[serde(default)]
    source_parent: bool,
}

pub fn modification(running: &Running, modify: &Modify) -> Result<Modification, String> {
    let mut made = Modification::default();
    for activated in &modify.activate {
        let own = ScopedVariables {
            scope: activated.scope.as_deref().map(Box::from),
            variables: variables(&activated.variables),
        };
        let within = activated.within.as_ref();
        let ancestor = within.map(|(id, nth)| nth_alive(running, id, *nth));
        made.activate.push(Activate {
            element: activated.element.as_str().into(),
            ancestor: ancestor.transpose()?,
            variables: vec![own],
        });
    }
    for terminated in &modify.terminate {
        made.terminate.push(source(running, terminated)?);
    }
    for moved in &modify.moves {
        made.moves.push(Move {
            from: source(running, &moved.from)?,
            to: moved.to.as_str().into(),
            ancestor: match moved.source_parent {
                true => Ancestor::SourceParent,
                false => Ancestor::Inferred,
            },
            variables: Vec::new(),
        });
    }
    Ok(made)
}

fn source(running: &Running, terminated: &Terminated) -> Result<Source, String> {
    Ok(match terminated {
        Terminated::All(id) => Source::Element(id.as_str().into()),
        Terminated::One(id, nth) => Source::Instance(nth_alive(running, id, *nth)?),
    })
}

fn nth_alive(running: &Running, id: &str, nth: usize) -> Result<ElementInstanceKey, String> {
    let mut alive = running.seen.alive(running.graph(), id).into_iter();
    let found = nth.checked_sub(1).and_then(|at| alive.nth(at));
    found.ok_or_else(|| format!("`{id}` has no live instance {nth}"))
}
