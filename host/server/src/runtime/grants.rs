//! Documents of grants: read from JSON, and checked.

use anyam_sandbox::{Capability, Grants};

use super::data_limits::DataLimits;

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

/// A capability that a step imports and its tenant does not grant, with what to do.
pub fn ungranted(tenant: &str, step: &str, capability: Capability) -> String {
    format!(
        "{step} imports {capability}, which tenant '{tenant}' does not grant; to grant it, add \
         {{{member}}} to the tenant's grants: \
         anyam tenant grants set FILE, or PUT /v2/tenants/{path}/grants",
        member = capability.ask_for(),
        path = crate::cli::client::escape(tenant),
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
