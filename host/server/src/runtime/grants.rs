//! Documents of grants: read from JSON, and checked.

use std::collections::BTreeSet;

use anyam_bpmn::Finding;
use anyam_bpmn::graph::{Node, ProcessGraph};
use anyam_sandbox::{Capability, Grants, capability_of};
use anyam_store::records::StepVersion;

use super::data_limits::DataLimits;
use crate::error::Error;
use crate::findings;

/// Reads a document of grants.
///
/// # Errors
/// A sentence that names the member that is wrong.
pub fn parse(text: &str, limits: &DataLimits) -> Result<Grants, String> {
    if text.len() > limits.setting_bytes {
        return Err(format!(
            "the grants have {} bytes, allowed are {} (limit setting_bytes)",
            text.len(),
            limits.setting_bytes
        ));
    }
    // A struct may also be read from an array, which is not what anyone means here.
    if !text.trim_start().starts_with('{') {
        return Err("they must be a JSON object".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let grants: Grants = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        match &*path {
            "." => cause.to_string(),
            _ => format!("{path}: {cause}"),
        }
    })?;
    reader.end().map_err(|error| error.to_string())?;
    grants.check()?;
    Ok(grants)
}

/// The zeebe property of a service task that narrows what its tenant grants.
pub const PROPERTY: &str = "anyam:grants";

/// What a service task leaves of its tenant's grants to its step; all where it says nothing.
///
/// # Errors
/// A sentence that names the member that is wrong.
pub fn of_task(
    properties: &[(Box<str>, Box<str>)],
    limits: &DataLimits,
) -> Result<Option<Grants>, String> {
    let mut given = properties.iter().filter(|(name, _)| &**name == PROPERTY);
    let Some((_, text)) = given.next() else {
        return Ok(None);
    };
    if given.next().is_some() {
        return Err("it is there twice".to_owned());
    }
    parse(text, limits).map(Some)
}

/// What is wrong with the grants that the tasks of a process leave to their steps.
pub fn findings(graph: &ProcessGraph, limits: &DataLimits) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &graph.nodes {
        if let Err(fault) = of_task(&node.properties, limits) {
            findings.push(findings::about(
                node,
                "grants-invalid",
                format!("property {PROPERTY}: {fault}"),
            ));
        }
    }
    findings
}

/// What the imports of a component need that is not granted, each with the import.
fn missing<'i>(
    imports: &'i [String],
    grants: &Grants,
) -> impl Iterator<Item = (&'i str, Capability)> {
    let needs = |import: &'i String| Some((&**import, capability_of(import)?));
    let needed = imports.iter().filter_map(needs);
    needed.filter(|(_, capability)| !grants.has(*capability))
}

/// Refuses a component that imports what its tenant does not grant.
///
/// # Errors
/// [`Error::Forbidden`] with each import and what to grant.
pub fn check_imports(tenant: &str, imports: &[String], grants: &Grants) -> Result<(), Error> {
    let mut told = BTreeSet::new();
    let mut imported = Vec::new();
    for (import, capability) in missing(imports, grants) {
        if told.insert(capability) {
            imported.push((import, capability));
        }
    }
    if imported.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = imported.iter().map(|(import, _)| *import).collect();
    let capabilities = imported.iter().map(|(_, capability)| *capability);
    Err(Error::Forbidden(format!(
        "the component imports {}, which tenant '{tenant}' does not grant; {}",
        names.join(" and "),
        how_to_grant(tenant, capabilities)
    )))
}

/// What is granted too little for the step that a task is bound to: a refusal of the tenant's, or a
/// finding in the process.
///
/// # Errors
/// [`Error::Forbidden`] with the element, the import and what to grant.
pub fn check_task(
    (tenant, grants): (&str, &Grants),
    node: &Node,
    step: &StepVersion,
    limits: &DataLimits,
) -> Result<Option<Finding>, Error> {
    if let Some((import, capability)) = missing(&step.imports, grants).next() {
        return Err(Error::Forbidden(format!(
            "element '{}' is bound to step {} {}, which imports {import}, which tenant \
             '{tenant}' does not grant; {}",
            node.id,
            step.name,
            step.version,
            how_to_grant(tenant, std::iter::once(capability))
        )));
    }
    let Ok(Some(left)) = of_task(&node.properties, limits) else {
        return Ok(None);
    };
    Ok(missing(&step.imports, &left).next().map(|(import, capability)| {
        findings::about(
            node,
            "grants-short",
            format!(
                "step {} {} imports {import}, and the property {PROPERTY} leaves nothing of it; \
                 add {} to it",
                step.name,
                step.version,
                capability.ask_for()
            ),
        )
    }))
}

fn how_to_grant(tenant: &str, capabilities: impl Iterator<Item = Capability>) -> String {
    let members: Vec<_> = capabilities.map(|needed| needed.ask_for()).collect();
    format!(
        "to grant it, put {{{}}} and what is granted already into a file and run \
         `anyam tenant grants set FILE --tenant '{tenant}'`, or PUT it to /v2/tenants/{}/grants",
        members.join(", "),
        // Of what may stand in the name of a tenant only these do not stand in a path as they are.
        tenant.replace('<', "%3C").replace('>', "%3E")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text, &DataLimits::default()).unwrap_err()
    }

    #[test]
    fn a_refusal_names_the_member() {
        for (text, names) in [
            ("[]", "must be a JSON object"),
            (r#"{"keyvalue": []}"#, "unknown field `keyvalue`"),
            (r#"{"keyValue": ["a", 1]}"#, "keyValue[1]: invalid type"),
            (r#"{"http": [{}]}"#, "http[0]: missing field `host`"),
            (
                r#"{"http": [{"host": "a", "port": 70000}]}"#,
                "http[0].port",
            ),
            (r#"{"http": [{"host": "a:80"}]}"#, "http[0].host"),
            ("{} {}", "trailing characters"),
        ] {
            let refusal = refusal(text);
            assert!(refusal.contains(names), "{text}: {refusal}");
        }
    }

    #[test]
    fn what_is_right_is_taken() {
        let text = r#"{"http":[{"host":"api.example.com","scheme":"https","methods":["GET"],
            "paths":["/v1/*"],"secrets":["API_KEY"]}],"keyValue":["orders*"],"blobStore":["*"],
            "config":["*"],"messaging":["*"]}"#;
        let grants = parse(text, &DataLimits::default()).unwrap();
        assert_eq!(grants.key_value, ["orders*"]);
        assert_eq!(grants.http[0].secrets, ["API_KEY"]);
    }

    #[test]
    fn the_size_is_bounded_at_its_edge() {
        let limits = DataLimits {
            setting_bytes: 100,
            ..DataLimits::default()
        };
        let parse = |text: &str| parse(text, &limits);
        parse(&format!("{{}}{}", " ".repeat(98))).unwrap();
        let refusal = parse(&format!("{{}}{}", " ".repeat(99))).unwrap_err();
        assert!(refusal.contains("limit setting_bytes"), "{refusal}");
    }

    #[test]
    fn a_task_narrows_by_its_property() {
        let limits = DataLimits::default();
        let of_task = |properties: &[(&str, &str)]| {
            let boxed = |(name, value): &(&str, &str)| (Box::from(*name), Box::from(*value));
            of_task(&properties.iter().map(boxed).collect::<Vec<_>>(), &limits)
        };
        assert_eq!(of_task(&[("other", "x")]), Ok(None));
        let grants = of_task(&[("a", "b"), (PROPERTY, r#"{"config": ["a"]}"#)]);
        assert_eq!(grants.unwrap().unwrap().config, ["a"]);
        assert_eq!(of_task(&[(PROPERTY, "{}")]), Ok(Some(Grants::default())));
        assert!(of_task(&[(PROPERTY, "{")]).is_err());
        assert!(of_task(&[(PROPERTY, "{}"), (PROPERTY, "{}")]).is_err());
    }
}
