//! Documents of grants: read from JSON, and checked.

use anyam_sandbox::{Grants, HttpRule};

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
    check(&grants, limits)?;
    Ok(grants)
}

fn check(grants: &Grants, limits: &DataLimits) -> Result<(), String> {
    let patterns = [
        ("keyValue", &grants.key_value),
        ("blobStore", &grants.blob_store),
        ("config", &grants.config),
        ("messaging", &grants.messaging),
    ];
    let rule_texts = |rule: &HttpRule| rule.methods.len() + rule.paths.len() + rule.secrets.len();
    let count = patterns.iter().map(|(_, list)| list.len()).sum::<usize>()
        + grants.http.len()
        + grants.http.iter().map(rule_texts).sum::<usize>();
    if count > limits.grants {
        return Err(format!(
            "there are {count} rules and patterns, allowed are {} (limit grants)",
            limits.grants
        ));
    }
    for (name, list) in patterns {
        check_texts(name, list, limits, |_| None)?;
    }
    for (at, rule) in grants.http.iter().enumerate() {
        check_rule(&format!("http[{at}]"), rule, limits)?;
    }
    Ok(())
}

fn check_rule(at: &str, rule: &HttpRule, limits: &DataLimits) -> Result<(), String> {
    let hosts = std::slice::from_ref(&rule.host);
    check_texts(&format!("{at}.host"), hosts, limits, host_fault)?;
    if !matches!(&*rule.scheme, "http" | "https") {
        return Err(format!(
            "{at}.scheme: must be \"https\" or \"http\", it is {:?}",
            rule.scheme
        ));
    }
    if rule.port == Some(0) {
        return Err(format!("{at}.port: must not be 0"));
    }
    check_texts(&format!("{at}.methods"), &rule.methods, limits, |method| {
        let valid = method
            .bytes()
            .all(|c| c.is_ascii_uppercase() || b"-_".contains(&c));
        (!valid).then_some("must be a method in capital letters, such as GET")
    })?;
    check_texts(&format!("{at}.paths"), &rule.paths, limits, |path| {
        let valid = path.starts_with(['/', '*']) && !path.contains(['?', '#']);
        (!valid).then_some("must begin with / or *, and have no query")
    })?;
    check_texts(&format!("{at}.secrets"), &rule.secrets, limits, |_| None)
}

fn check_texts(
    at: &str,
    texts: &[String],
    limits: &DataLimits,
    fault: impl Fn(&str) -> Option<&'static str>,
) -> Result<(), String> {
    for text in texts {
        if text.is_empty() {
            return Err(format!("{at}: must not be empty"));
        }
        if text.len() > limits.grant_text_bytes {
            return Err(format!(
                "{at}: a text has {} bytes, allowed are {} (limit grant_text_bytes)",
                text.len(),
                limits.grant_text_bytes
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(format!("{at}: {text:?} has a control character"));
        }
        if let Some(fault) = fault(text) {
            return Err(format!("{at}: {text:?} {fault}"));
        }
    }
    Ok(())
}

fn host_fault(host: &str) -> Option<&'static str> {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_address = address.parse::<std::net::IpAddr>().is_ok();
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
    };
    let valid = is_address || host == "*" || name.split('.').all(is_label);
    (!valid).then_some("must be a host name, *. and a host name, or an address")
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
            (r#"{"http": [{"host": "a", "port": 0}]}"#, "http[0].port"),
            (r#"{"http": [{"host": "https://a"}]}"#, "http[0].host"),
            (r#"{"http": [{"host": "a:80"}]}"#, "http[0].host"),
            (r#"{"http": [{"host": "a.*"}]}"#, "http[0].host"),
            (r#"{"http": [{"host": ""}]}"#, "http[0].host"),
            (
                r#"{"http": [{"host": "a", "scheme": "ftp"}]}"#,
                "http[0].scheme",
            ),
            (
                r#"{"http": [{"host": "a", "methods": ["get"]}]}"#,
                "http[0].methods",
            ),
            (
                r#"{"http": [{"host": "a", "paths": ["v1"]}]}"#,
                "http[0].paths",
            ),
            (
                r#"{"http": [{"host": "a", "paths": ["/a?b"]}]}"#,
                "http[0].paths",
            ),
            (
                r#"{"http": [{"host": "a", "secrets": [""]}]}"#,
                "http[0].secrets",
            ),
            (r#"{"config": ["a\u0000"]}"#, "config"),
            (r#"{"messaging": [""]}"#, "messaging"),
            ("{} {}", "trailing characters"),
        ] {
            let refusal = refusal(text);
            assert!(refusal.contains(names), "{text}: {refusal}");
        }
    }

    #[test]
    fn what_is_right_is_taken() {
        for text in [
            "{}",
            r#"{"http":[{"host":"api.example.com","scheme":"https","methods":["GET"],"paths":["/v1/*"],"secrets":["API_KEY"]}],
                "keyValue":["orders*"],"blobStore":["*"],"config":["*"],"messaging":["*"]}"#,
            r#"{"http":[{"host":"*.example.com"},{"host":"127.0.0.1","port":8080,"scheme":"http","privateAddresses":true},{"host":"[::1]"}]}"#,
        ] {
            parse(text, &DataLimits::default()).unwrap();
        }
    }

    #[test]
    fn numbers_and_sizes_are_bounded_at_their_edges() {
        let limits = DataLimits {
            grants: 3,
            grant_text_bytes: 4,
            setting_bytes: 100,
            ..DataLimits::default()
        };
        let parse = |text: &str| parse(text, &limits);
        parse(r#"{"keyValue": ["1234", "a"], "config": ["a"]}"#).unwrap();
        let refusal = parse(r#"{"keyValue": ["a", "b"], "config": ["a", "b"]}"#).unwrap_err();
        assert!(refusal.contains("limit grants"), "{refusal}");
        parse(r#"{"http": [{"host": "a", "paths": ["/"], "methods": ["GET"]}]}"#).unwrap();
        parse(r#"{"http": [{"host": "a", "paths": ["/", "/a"], "methods": ["GET"]}]}"#)
            .unwrap_err();
        let refusal = parse(r#"{"keyValue": ["12345"]}"#).unwrap_err();
        assert!(refusal.contains("limit grant_text_bytes"), "{refusal}");
        parse(&format!("{{}}{}", " ".repeat(98))).unwrap();
        let refusal = parse(&format!("{{}}{}", " ".repeat(99))).unwrap_err();
        assert!(refusal.contains("limit setting_bytes"), "{refusal}");
    }
}
