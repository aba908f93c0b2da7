//! Definitions, and the elements directly inside.

use super::boxed;
use super::reader::{Reader, name_of, type_ref};
use super::{
    BusinessKnowledgeModel, Decision, DecisionService, Definitions, FunctionItem, Import,
    InputData, ItemDefinition, NAMESPACES, Requirement, RequirementKind,
};
use crate::xml::Element;

/// Elements that say nothing about how a decision is made.
const PASSED_OVER: [&str; 14] = [
    "artifact",
    "association",
    "authorityRequirement",
    "businessContextElement",
    "description",
    "elementCollection",
    "extensionElements",
    "group",
    "knowledgeSource",
    "organizationUnit",
    "performanceIndicator",
    "textAnnotation",
    "question",
    "allowedAnswers",
];

pub(super) fn definitions(reader: &mut Reader<'_>, root: Element<'_>) -> Definitions {
    reader.language(root);
    let mut made = Definitions {
        id: reader.id(root),
        name: reader.name(root),
        namespace: root
            .attribute("namespace")
            .unwrap_or_default()
            .trim_end_matches('/')
            .into(),
        ..Definitions::default()
    };
    let own = made.namespace.clone();
    for element in root.own_children() {
        match element.name() {
            "import" => made.imports.extend(import(reader, element)),
            "itemDefinition" => made.item_definitions.push(item_definition(reader, element)),
            "inputData" => made.input_data.push(InputData {
                id: reader.id(element),
                variable: reader.variable(element),
                location: element.location(),
            }),
            "decision" => made.decisions.push(decision(reader, element, &own)),
            "businessKnowledgeModel" => made.knowledge.push(knowledge(reader, element, &own)),
            "decisionService" => made.services.push(service(reader, element, &own)),
            name if PASSED_OVER.contains(&name) => {}
            name => {
                let message =
                    format!("'{name}' is no element of a DMN model; correct the name or remove it");
                reader.error("dmn-element-unknown", element, message);
            }
        }
    }
    made
}

fn import(reader: &mut Reader<'_>, at: Element<'_>) -> Option<Import> {
    let kind = at.attribute("importType").unwrap_or_default();
    if !NAMESPACES.contains(&kind) {
        let message = format!(
            "files of the type '{kind}' cannot be imported; import DMN models, and describe other \
             types by item definitions"
        );
        reader.error("dmn-import-type", at, message);
        return None;
    }
    let namespace = at.attribute("namespace").unwrap_or_default();
    if namespace.is_empty() {
        reader.error(
            "dmn-import-namespace",
            at,
            "the import has no namespace; name one",
        );
        return None;
    }
    Some(Import {
        name: name_of(at.attribute("name").unwrap_or_default()),
        namespace: namespace.trim_end_matches('/').into(),
        location: at.location(),
    })
}

/// The depth is that of the XML, which is bounded.
fn item_definition(reader: &mut Reader<'_>, at: Element<'_>) -> ItemDefinition {
    reader.language(at);
    let mut made = ItemDefinition {
        name: name_of(at.attribute("name").unwrap_or_default()),
        is_collection: at.flag("isCollection", false).unwrap_or_else(|message| {
            reader.error("dmn-flag", at, message);
            false
        }),
        type_ref: type_ref(at),
        location: at.location(),
        ..ItemDefinition::default()
    };
    for part in at.own_children() {
        match part.name() {
            "allowedValues" => made.allowed_values = Some(reader.text(part)),
            "typeConstraint" => made.type_constraint = Some(reader.text(part)),
            "itemComponent" => made.components.push(item_definition(reader, part)),
            "functionItem" => {
                let parameters = part
                    .own_children()
                    .filter(|child| child.name() == "parameters")
                    .map(|child| reader.information_item(child))
                    .collect();
                made.function = Some(FunctionItem {
                    parameters,
                    output: part.attribute("outputTypeRef").map(name_of),
                });
            }
            _ => {}
        }
    }
    if made.name.is_empty() {
        reader.error("dmn-name-missing", at, "the type has no name; give it one");
    }
    made
}

fn decision(reader: &mut Reader<'_>, at: Element<'_>, own: &str) -> Decision {
    let mut logic = None;
    let parts: Vec<_> = at
        .own_children()
        .filter(|part| boxed::is_expression(part.name()))
        .collect();
    match parts.as_slice() {
        [] => reader.warning(
            "dmn-logic-missing",
            at,
            "the decision does not say how it is made, so it is always null; give it a table or \
             an expression",
        ),
        [part] => logic = boxed::expression(reader, *part),
        [_, second, ..] => reader.error(
            "dmn-logic-twice",
            *second,
            "the decision has more than one expression; keep one",
        ),
    }
    Decision {
        id: reader.id(at),
        name: reader.name(at),
        version_tag: at
            .own_child("extensionElements")
            .and_then(|extensions| {
                let tag = extensions
                    .parts()
                    .find(|part| part.name() == "versionTag")?;
                tag.attribute("value")
            })
            .map(Into::into),
        variable: reader.variable(at),
        requirements: requirements(reader, at, own),
        logic,
        location: at.location(),
    }
}

fn knowledge(reader: &mut Reader<'_>, at: Element<'_>, own: &str) -> BusinessKnowledgeModel {
    let logic = at.own_child("encapsulatedLogic");
    if logic.is_none() {
        reader.warning(
            "dmn-logic-missing",
            at,
            "the business knowledge model has no encapsulatedLogic, so calling it gives null",
        );
    }
    BusinessKnowledgeModel {
        id: reader.id(at),
        name: reader.name(at),
        variable: reader.variable(at),
        requirements: requirements(reader, at, own),
        logic: logic.and_then(|logic| boxed::function(reader, logic)),
        location: at.location(),
    }
}

fn service(reader: &mut Reader<'_>, at: Element<'_>, own: &str) -> DecisionService {
    let mut listed = |name: &str| {
        let parts: Vec<_> = at
            .own_children()
            .filter(|part| part.name() == name)
            .collect();
        parts
            .into_iter()
            .filter_map(|part| reader.reference(part, own))
            .collect::<Vec<_>>()
    };
    let output_decisions = listed("outputDecision");
    let encapsulated_decisions = listed("encapsulatedDecision");
    let input_decisions = listed("inputDecision");
    let input_data = listed("inputData");
    if output_decisions.is_empty() {
        reader.error(
            "dmn-service-output",
            at,
            "the decision service has no outputDecision; name at least one",
        );
    }
    DecisionService {
        id: reader.id(at),
        name: reader.name(at),
        variable: reader.variable(at),
        output_decisions,
        encapsulated_decisions,
        input_decisions,
        input_data,
        location: at.location(),
    }
}

fn requirements(reader: &mut Reader<'_>, at: Element<'_>, own: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    for requirement in at.own_children() {
        if !["informationRequirement", "knowledgeRequirement"].contains(&requirement.name()) {
            continue;
        }
        for part in requirement.own_children() {
            let kind = match part.name() {
                "requiredDecision" => RequirementKind::Decision,
                "requiredInput" => RequirementKind::Input,
                "requiredKnowledge" => RequirementKind::Knowledge,
                _ => continue,
            };
            if let Some(reference) = reader.reference(part, own) {
                found.push(Requirement {
                    kind,
                    reference,
                    location: part.location(),
                });
            }
        }
    }
    found
}
