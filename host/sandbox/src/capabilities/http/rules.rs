//! Which rules allow a request.

use crate::capabilities::http::target::{Host, Path, Target};
use crate::grants::{Access, Grants, HttpRule};
use crate::pattern;

/// What the rules that allow a request leave to it.
#[derive(Debug)]
pub(super) struct Permission<'a> {
    /// For each layer of grants the rules that allow it; never empty.
    layers: Vec<Vec<&'a HttpRule>>,
}

/// Looks for a rule in each layer of grants.
///
/// # Errors
/// Whose grants have none: those of the tenant, or of the step.
pub(super) fn permit<'a>(
    access: &'a Access,
    target: &Target,
    method: &http::Method,
) -> Result<Permission<'a>, &'static str> {
    let mut layers = Vec::new();
    for (grants, whose) in access.layers().zip(["tenant", "step"]) {
        let rules = allowing(grants, target, method);
        if rules.is_empty() {
            return Err(whose);
        }
        layers.push(rules);
    }
    Ok(Permission { layers })
}

fn allowing<'a>(grants: &'a Grants, target: &Target, method: &http::Method) -> Vec<&'a HttpRule> {
    let allows = |rule: &&HttpRule| rule.allows(target, method);
    grants.http.iter().filter(allows).collect()
}

impl Permission<'_> {
    /// Whether the host may have an address that is not of the public internet.
    pub(super) fn private_addresses(&self) -> bool {
        self.each_layer(|rule| rule.private_addresses)
    }

    /// Whether a secret may go into the request.
    pub(super) fn secret(&self, name: &str) -> bool {
        self.each_layer(|rule| {
            rule.may_carry_secrets() && rule.secrets.iter().any(|listed| listed == name)
        })
    }

    fn each_layer(&self, holds: impl Fn(&HttpRule) -> bool) -> bool {
        self.layers
            .iter()
            .all(|rules| rules.iter().any(|rule| holds(rule)))
    }
}

impl HttpRule {
    fn allows(&self, target: &Target, method: &http::Method) -> bool {
        let scheme = if target.tls { "https" } else { "http" };
        let default_port = if target.tls { 443 } else { 80 };
        self.scheme == scheme
            && self.port.unwrap_or(default_port) == target.port
            && self.covers_host(&target.host)
            && (self.methods.is_empty() || self.methods.iter().any(|name| name == method.as_str()))
            && (self.paths.is_empty()
                || self
                    .paths
                    .iter()
                    .any(|path| covers_path(path, &target.path)))
    }

    fn covers_host(&self, host: &Host) -> bool {
        match (self.host.strip_prefix("*."), host) {
            (Some(suffix), Host::Name(name)) => name
                .strip_suffix(&suffix.to_ascii_lowercase())
                .and_then(|before| before.strip_suffix('.'))
                .is_some_and(|label| !label.is_empty()),
            (Some(_), Host::Address(_)) => false,
            (None, host) => parse_host(&self.host).is_ok_and(|ours| ours == *host),
        }
    }

    /// Over a line that others may read only within the tenant's own network.
    pub(crate) fn may_carry_secrets(&self) -> bool {
        self.scheme == "https" || self.private_addresses
    }
}

/// Reads the host of a rule, where an address of IPv6 may stand without brackets.
pub(crate) fn parse_host(text: &str) -> Result<Host, String> {
    match text.parse() {
        Ok(address) => Ok(Host::Address(std::net::IpAddr::V6(address))),
        Err(_) => Host::parse(text),
    }
}

fn covers_path(pattern: &str, path: &Path) -> bool {
    Path::parse(pattern).is_ok_and(|pattern| {
        pattern::matches(&pattern.separated, &path.separated)
            && pattern::matches(&pattern.joined, &path.joined)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::NothingOutside;
    use std::sync::Arc;

    fn rule(json: &str) -> HttpRule {
        serde_json::from_str(json).unwrap()
    }

    fn target(url: &str) -> Target {
        Target::of(&url.parse().unwrap()).unwrap()
    }

    fn allows(json: &str, method: &str, url: &str) -> bool {
        rule(json).allows(&target(url), &method.parse().unwrap())
    }

    #[test]
    fn hosts_match_exactly_or_below_a_suffix() {
        let exact = r#"{"host":"api.example.com"}"#;
        assert!(allows(exact, "GET", "https://api.example.com/x"));
        assert!(allows(exact, "GET", "https://API.example.COM:443/x"));
        for url in [
            "https://example.com/",
            "https://evil.api.example.com/",
            "https://api.example.com.evil/",
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://1.2.3.4/",
        ] {
            assert!(!allows(exact, "GET", url), "{url}");
        }
        let below = r#"{"host":"*.Example.com"}"#;
        assert!(allows(below, "GET", "https://a.example.com/"));
        assert!(allows(below, "GET", "https://a.b.example.com/"));
        for url in [
            "https://example.com/",
            "https://evilexample.com/",
            "https://a.example.com.evil/",
        ] {
            assert!(!allows(below, "GET", url), "{url}");
        }
        let address = r#"{"host":"::1","scheme":"http","port":8080}"#;
        assert!(allows(address, "GET", "http://[::1]:8080/"));
        assert!(allows(
            r#"{"host":"[::1]","scheme":"http"}"#,
            "GET",
            "http://[0::1]/"
        ));
        assert!(!allows(address, "GET", "http://[::1]/"));
        assert!(!allows(r#"{"host":"*.1"}"#, "GET", "https://0.0.0.1/"));
    }

    #[test]
    fn methods_match_where_any_are_named() {
        let get = r#"{"host":"a.example","methods":["GET","HEAD"]}"#;
        assert!(allows(get, "GET", "https://a.example/"));
        assert!(allows(get, "HEAD", "https://a.example/"));
        assert!(!allows(get, "POST", "https://a.example/"));
        assert!(!allows(get, "get", "https://a.example/"));
        assert!(allows(
            r#"{"host":"a.example"}"#,
            "PURGE",
            "https://a.example/"
        ));
    }

    #[test]
    fn paths_match_in_whatever_way_a_server_reads_them() {
        let v1 = r#"{"host":"a.example","paths":["/v1/*","/status"]}"#;
        for url in [
            "https://a.example/v1/",
            "https://a.example/v1/orders?x=/../",
            "https://a.example/%76%31/orders",
            "https://a.example/v1/a%2Fb",
            "https://a.example/status",
        ] {
            assert!(allows(v1, "GET", url), "{url}");
        }
        for url in [
            "https://a.example/",
            "https://a.example",
            "https://a.example/v1",
            "https://a.example/v1%2Forders",
            "https://a.example/V1/",
            "https://a.example/v2/v1/",
            "https://a.example/status/",
        ] {
            assert!(!allows(v1, "GET", url), "{url}");
        }
        // To one server this is `/v1/a/public`, to another the segment `a/public`.
        let public = r#"{"host":"a.example","paths":["/v1/*/public"]}"#;
        assert!(allows(public, "GET", "https://a.example/v1/a/public"));
        assert!(!allows(public, "GET", "https://a.example/v1/a%2Fpublic"));
        let encoded = r#"{"host":"a.example","paths":["/projects/group%2fname"]}"#;
        assert!(allows(
            encoded,
            "GET",
            "https://a.example/projects/group%2Fname"
        ));
        assert!(!allows(
            encoded,
            "GET",
            "https://a.example/projects/group/name"
        ));
    }

    fn access(tenant: &str, step: Option<&str>) -> Access {
        Access {
            tenant: Arc::new(serde_json::from_str(tenant).unwrap()),
            step: step.map(|step| Arc::new(serde_json::from_str(step).unwrap())),
            outside: Arc::new(NothingOutside),
        }
    }

    #[test]
    fn every_layer_has_to_allow() {
        let get = http::Method::GET;
        let url = target("https://a.example/");
        let yes = r#"{"http":[{"host":"a.example"}]}"#;
        assert!(permit(&access(yes, None), &url, &get).is_ok());
        assert!(permit(&access(yes, Some(yes)), &url, &get).is_ok());
        assert_eq!(
            permit(&access("{}", Some(yes)), &url, &get).unwrap_err(),
            "tenant"
        );
        assert_eq!(
            permit(&access(yes, Some("{}")), &url, &get).unwrap_err(),
            "step"
        );
    }

    #[test]
    fn private_addresses_and_secrets_need_a_rule_in_every_layer_that_allows_the_request() {
        let get = http::Method::GET;
        let all = r#"{"http":[{"host":"a.example","privateAddresses":true,"secrets":["A","B"]},
            {"host":"b.example"},
            {"host":"a.example","secrets":["C"]},
            {"host":"a.example","scheme":"http","secrets":["A"]}]}"#;
        let one = r#"{"http":[{"host":"a.example","secrets":["B"]}]}"#;
        let asks = |tenant, step, url| {
            let access = access(tenant, step);
            let url = target(url);
            let permission = permit(&access, &url, &get).unwrap();
            let secrets = ["A", "B", "C"].map(|name| permission.secret(name));
            (permission.private_addresses(), secrets)
        };
        let a = "https://a.example/";
        assert_eq!(asks(all, None, a), (true, [true, true, true]));
        assert_eq!(asks(all, Some(one), a), (false, [false, true, false]));
        assert_eq!(asks(all, Some(all), a), (true, [true, true, true]));
        assert_eq!(asks(all, None, "https://b.example/"), (false, [false; 3]));
        assert_eq!(asks(all, None, "http://a.example/"), (false, [false; 3]));
    }
}
