//! Sequence flows (8.4.13).

use crate::draft::{Draft, position};
use crate::graph::{ExprIx, Flow, FlowIx, NodeIx};
use crate::xml::Element;

/// Connects the nodes by the sequence flows of the process. `false` where there are too many: what
/// connects to what is then unknown.
pub(crate) fn connect(draft: &mut Draft<'_, '_>) -> bool {
    for element in std::mem::take(&mut draft.flow_elements) {
        draft.budget.flows += 1;
        if draft.budget.flows > draft.budget.max_flows {
            let max = draft.budget.max_flows;
            let message = format!("the file has more than {max} sequence flows; split the model");
            draft.error("limit-flows", element, message);
            return false;
        }
        connect_one(draft, element);
    }
    true
}

fn connect_one<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>) {
    let Some(id) = element.attribute("id") else {
        let message = "the sequence flow has no id; give it one".to_owned();
        draft.error("id-missing", element, message);
        return;
    };
    let source = end(draft, element, "sourceRef", "flow-source-missing");
    let target = end(draft, element, "targetRef", "flow-target-missing");
    let condition = condition(draft, element, source);
    if let Some(source) = source {
        draft.part(source).has_way_out = true;
    }
    if let Some(target) = target {
        draft.part(target).has_way_in = true;
    }
    let (Some(source), Some(target)) = (source, target) else {
        draft.broken_flows.insert(id);
        return;
    };
    if draft.places[source.at()].scope != draft.places[target.at()].scope {
        let message = format!(
            "the sequence flow leads from '{}' to '{}', across the border of a sub-process; end it \
             inside, or connect the sub-process itself",
            draft.places[source.at()]
                .element
                .attribute("id")
                .unwrap_or_default(),
            draft.places[target.at()]
                .element
                .attribute("id")
                .unwrap_or_default()
        );
        draft.error("flow-crosses-scope", element, message);
        draft.broken_flows.insert(id);
        return;
    }
    let ix = FlowIx(position(draft.flows.len()));
    draft.flows.push(Flow {
        id: id.into(),
        source,
        target,
        condition,
    });
    draft.flow_places.push(element);
    draft.part(source).outgoing.push(ix);
    draft.part(target).incoming.push(ix);
}

fn end<'a>(
    draft: &mut Draft<'a, '_>,
    element: Element<'a>,
    attribute: &'static str,
    rule: &'static str,
) -> Option<NodeIx> {
    let id = element.reference(attribute).unwrap_or_default();
    if draft.refused.contains(id) {
        return None;
    }
    let found = draft
        .by_id
        .get(id)
        .copied()
        .filter(|ix| *ix != crate::graph::ROOT);
    if found.is_none() {
        let message = if id.is_empty() {
            format!("the sequence flow has no {attribute}; connect it to a flow node")
        } else {
            format!(
                "the {attribute} '{id}' is no flow node of this process; connect the sequence flow \
                 to one"
            )
        };
        draft.error(rule, element, message);
    }
    found
}

fn condition<'a>(
    draft: &mut Draft<'a, '_>,
    flow: Element<'a>,
    source: Option<NodeIx>,
) -> Option<ExprIx> {
    let condition = flow.child("conditionExpression")?;
    draft.check_expression_language(condition);
    if let Some(source) = source {
        let place = draft.places[source.at()];
        if !place.kind.class.may_choose() {
            let message = format!(
                "a sequence flow out of a '{}' is always taken and cannot have a condition; remove \
                 it or use an exclusive gateway",
                place.element.name()
            );
            draft.error("condition-not-allowed", condition, message);
            return None;
        }
    }
    let text = condition.text();
    let Some(feel) = text.strip_prefix('=') else {
        let message = "a condition is a FEEL expression that begins with '='; write it so";
        draft.error("condition-not-expression", condition, message.to_owned());
        return None;
    };
    draft.expression(condition, feel)
}
