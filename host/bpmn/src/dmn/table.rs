//! Decision tables.

use std::collections::HashSet;

use super::reader::{Reader, name_of, type_ref};
use super::{Aggregation, DecisionTable, HitPolicy, InputClause, OutputClause, Rule, Text};
use crate::xml::Element;

pub(super) fn table(reader: &mut Reader<'_>, at: Element<'_>) -> Option<DecisionTable> {
    let hit_policy = hit_policy(reader, at)?;
    let mut made = DecisionTable {
        hit_policy,
        aggregation: aggregation(reader, at, hit_policy),
        inputs: Vec::new(),
        outputs: Vec::new(),
        rules: Vec::new(),
    };
    for part in at.own_children() {
        match part.name() {
            "input" => made.inputs.extend(input(reader, part)),
            "output" => made.outputs.push(output(reader, part)),
            "rule" => made.rules.push(rule(reader, part, &made)),
            _ => {}
        }
    }
    check_outputs(reader, at, &made);
    Some(made)
}

fn hit_policy(reader: &mut Reader<'_>, at: Element<'_>) -> Option<HitPolicy> {
    Some(match at.attribute("hitPolicy").unwrap_or("UNIQUE") {
        "UNIQUE" => HitPolicy::Unique,
        "ANY" => HitPolicy::Any,
        "PRIORITY" => HitPolicy::Priority,
        "FIRST" => HitPolicy::First,
        "RULE ORDER" => HitPolicy::RuleOrder,
        "OUTPUT ORDER" => HitPolicy::OutputOrder,
        "COLLECT" => HitPolicy::Collect,
        other => {
            let message = format!(
                "'{other}' is no hit policy; write UNIQUE, ANY, PRIORITY, FIRST, RULE ORDER, \
                 OUTPUT ORDER or COLLECT"
            );
            reader.error("dmn-hit-policy", at, message);
            return None;
        }
    })
}

fn aggregation(
    reader: &mut Reader<'_>,
    at: Element<'_>,
    hit_policy: HitPolicy,
) -> Option<Aggregation> {
    let made = match at.attribute("aggregation")? {
        "SUM" => Aggregation::Sum,
        "COUNT" => Aggregation::Count,
        "MIN" => Aggregation::Min,
        "MAX" => Aggregation::Max,
        other => {
            let message = format!("'{other}' is no aggregation; write SUM, COUNT, MIN or MAX");
            reader.error("dmn-aggregation", at, message);
            return None;
        }
    };
    if hit_policy != HitPolicy::Collect {
        reader.error(
            "dmn-aggregation",
            at,
            "only the hit policy COLLECT has an aggregation; remove it or change the hit policy",
        );
    }
    Some(made)
}

fn input(reader: &mut Reader<'_>, at: Element<'_>) -> Option<InputClause> {
    let Some(expression) = at.own_child("inputExpression") else {
        reader.error(
            "dmn-part-missing",
            at,
            "the input has no inputExpression; say what is tested",
        );
        return None;
    };
    Some(InputClause {
        id: at.attribute("id").unwrap_or_default().into(),
        label: label(at).or_else(|| label(expression)),
        expression: reader.text(expression),
        type_ref: type_ref(expression),
        location: at.location(),
    })
}

fn label(at: Element<'_>) -> Option<Box<str>> {
    let label = at.attribute("label").unwrap_or_default().trim();
    (!label.is_empty()).then(|| label.into())
}

fn output(reader: &mut Reader<'_>, at: Element<'_>) -> OutputClause {
    let mut text = |name: &str| {
        let text = at.own_child(name).map(|part| reader.text(part));
        text.filter(|text| !text.text.is_empty())
    };
    let (values, default) = (text("outputValues"), text("defaultOutputEntry"));
    OutputClause {
        id: at.attribute("id").unwrap_or_default().into(),
        name: name_of(at.attribute("name").unwrap_or_default()),
        label: label(at),
        type_ref: type_ref(at),
        values,
        default,
        location: at.location(),
    }
}

fn rule(reader: &mut Reader<'_>, at: Element<'_>, table: &DecisionTable) -> Rule {
    let mut cells = |name: &str| -> Vec<Text> {
        let parts: Vec<_> = at
            .own_children()
            .filter(|part| part.name() == name)
            .collect();
        parts.into_iter().map(|part| reader.text(part)).collect()
    };
    let (inputs, outputs) = (cells("inputEntry"), cells("outputEntry"));
    for (what, given, wanted) in [
        ("inputEntry", inputs.len(), table.inputs.len()),
        ("outputEntry", outputs.len(), table.outputs.len()),
    ] {
        if given != wanted {
            let message = format!(
                "the rule has {given} elements '{what}' for {wanted} columns; add or remove some"
            );
            reader.error("dmn-row-length", at, message);
        }
    }
    Rule {
        id: at.attribute("id").unwrap_or_default().into(),
        inputs,
        outputs,
        location: at.location(),
    }
}

fn check_outputs(reader: &mut Reader<'_>, at: Element<'_>, table: &DecisionTable) {
    if table.outputs.is_empty() {
        reader.error(
            "dmn-outputs",
            at,
            "the decision table has no output; add one",
        );
    }
    if table.outputs.len() > 1 {
        let mut names = HashSet::new();
        for output in &table.outputs {
            if !names.insert(&output.name) || output.name.is_empty() {
                let message = format!(
                    "one of several outputs is called '{}', which is empty or used before; give \
                     each a name of its own",
                    output.name
                );
                reader.error("dmn-outputs", at, message);
            }
        }
        if table.aggregation.is_some() {
            reader.error(
                "dmn-aggregation",
                at,
                "several outputs cannot be aggregated; keep one, or collect without aggregation",
            );
        }
    }
    let ordered = matches!(
        table.hit_policy,
        HitPolicy::Priority | HitPolicy::OutputOrder
    );
    if ordered && table.outputs.iter().all(|output| output.values.is_none()) {
        reader.error(
            "dmn-output-values",
            at,
            "this hit policy orders by the outputValues, and there are none; list them",
        );
    }
}
