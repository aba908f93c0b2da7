//! Call activity (10.3.6): another process, or a global task, runs as an instance of its own.

use anyam_bpmn::graph::CalledElement;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::transition::{Effect, IncidentKind, Parent};

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    called: &CalledElement,
) -> Result<Next, Stop> {
    let parent = parent(x, at)?;
    let process_id = x.text(&called.process_id, at, "id of the called process")?;
    let variables = if called.all_parent_variables {
        x.instance.visible_variables(at)
    } else {
        x.instance.local_variables(at)
    };
    x.count_sent(&variables)?;
    // An instance that could not go on is given up where its call is made again.
    x.cancel_call(at);
    x.element_mut(at).rare_mut().calls = true;
    x.out.effects.push(Effect::StartChild {
        parent,
        process_id,
        binding: called.binding.clone(),
        variables,
    });
    Ok(Next::Wait)
}

/// What the called instance is to know of this one.
fn parent(x: &Execution<'_>, at: ElementInstanceKey) -> Result<Parent, Stop> {
    let instance = x.instance.key();
    let (root, depth) = match x.instance.parent {
        Some(own) => (own.root, own.depth.saturating_add(1)),
        None => (instance, 1),
    };
    if depth > x.limits.max_call_depth {
        let message = format!(
            "process instances call each other {} deep already, which is as deep as they may (limit \
             max_call_depth)",
            depth - 1
        );
        return Err(Stop::Incident(IncidentKind::ResourceLimit, message));
    }
    Ok(Parent {
        instance,
        element_instance: at,
        root,
        depth,
    })
}
