//! Which grants make sense. A rule that can never hold, or holds more widely than it looks, is
//! refused when it is written and not found out about when a process waits.

use crate::capabilities::http::rules::parse_host;
use crate::capabilities::http::secrets::is_name;
use crate::capabilities::http::target::{HOST_BYTES, Host, Path};
use crate::grants::{Grants, HttpRule};

/// Entries of each list of grants.
const ENTRIES: usize = 100;
/// Bytes of the name of a store, a message and the like.
const NAME_BYTES: usize = 253;
/// Bytes of a path.
const PATH_BYTES: usize = 1024;
/// Bytes of a method.
const METHOD_BYTES: usize = 32;

impl Grants {
    /// Checks that each text is one that can be matched and that nothing is too large: 100 entries
    /// a list, 253 bytes a name, 1024 bytes a path.
    ///
    /// # Errors
    /// What is wrong, where it stands and what to write instead.
    pub fn check(&self) -> Result<(), String> {
        for (list, names) in [
            ("keyValue", &self.key_value),
            ("blobStore", &self.blob_store),
            ("config", &self.config),
            ("messaging", &self.messaging),
        ] {
            count(list, names.len())?;
            for (index, name) in names.iter().enumerate() {
                text(&format!("{list}[{index}]"), name, NAME_BYTES)?;
            }
        }
        count("http", self.http.len())?;
        for (index, rule) in self.http.iter().enumerate() {
            rule.check(&format!("http[{index}]"))?;
        }
        Ok(())
    }
}

impl HttpRule {
    fn check(&self, at: &str) -> Result<(), String> {
        check_host(&format!("{at}.host"), &self.host)?;
        if !matches!(self.scheme.as_str(), "https" | "http") {
            return Err(format!(
                "{at}.scheme is {:?}; write \"https\" or \"http\"",
                shown(&self.scheme)
            ));
        }
        if self.port == Some(0) {
            return Err(format!("{at}.port is 0; write one of 1 to 65535"));
        }
        count(&format!("{at}.methods"), self.methods.len())?;
        for (index, method) in self.methods.iter().enumerate() {
            check_method(&format!("{at}.methods[{index}]"), method)?;
        }
        count(&format!("{at}.paths"), self.paths.len())?;
        for (index, path) in self.paths.iter().enumerate() {
            check_path(&format!("{at}.paths[{index}]"), path)?;
        }
        count(&format!("{at}.secrets"), self.secrets.len())?;
        for (index, secret) in self.secrets.iter().enumerate() {
            if !is_name(secret) {
                return Err(format!(
                    "{at}.secrets[{index}] is {:?}; the name of a secret has 1 to 128 letters, \
                     digits, '_', '-' or '.'",
                    shown(secret)
                ));
            }
        }
        if !self.secrets.is_empty() && !self.may_carry_secrets() {
            return Err(format!(
                "{at}.secrets would be sent over plain http, where others can read them; write \
                 \"scheme\": \"https\", or \"privateAddresses\": true if it is a service of your \
                 own network"
            ));
        }
        Ok(())
    }
}

fn check_host(at: &str, host: &str) -> Result<(), String> {
    text(at, host, HOST_BYTES)?;
    let refused = |why: String| {
        format!("{at} is {host:?}, which {why}; write a name, `*.` and a name, or an address")
    };
    if let Some(suffix) = host.strip_prefix("*.") {
        return match Host::parse(suffix).map_err(refused)? {
            Host::Name(_) => Ok(()),
            Host::Address(_) => Err(refused("has `*.` in front of an address".into())),
        };
    }
    parse_host(host).map_err(refused).map(drop)
}

fn check_method(at: &str, method: &str) -> Result<(), String> {
    text(at, method, METHOD_BYTES)?;
    match method {
        "CONNECT" | "TRACE" => Err(format!(
            "{at} is {method}, which steps may never use; remove it"
        )),
        _ if http::Method::from_bytes(method.as_bytes()).is_err() => {
            Err(format!("{at} is {method:?}, which is not an HTTP method"))
        }
        _ if method.bytes().any(|byte| byte.is_ascii_lowercase()) => Err(format!(
            "{at} is {method:?}; write it in capital letters, as it is sent"
        )),
        _ => Ok(()),
    }
}

fn check_path(at: &str, path: &str) -> Result<(), String> {
    text(at, path, PATH_BYTES)?;
    if !path.starts_with(['/', '*']) {
        return Err(format!("{at} is {path:?}; a path begins with '/'"));
    }
    if path.contains(['?', '#']) {
        return Err(format!(
            "{at} is {path:?}; write the path alone, a query is never compared"
        ));
    }
    Path::parse(path).map_err(|why| format!("{at} is {path:?}, which {why}"))?;
    Ok(())
}

fn count(at: &str, count: usize) -> Result<(), String> {
    if count > ENTRIES {
        return Err(format!(
            "{at} has {count} entries; the most is {ENTRIES}: join some with `*`"
        ));
    }
    Ok(())
}

fn text(at: &str, text: &str, limit: usize) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!(
            "{at} is empty; write `*` for everything or remove it"
        ));
    }
    if text.len() > limit {
        return Err(format!(
            "{at} has {} bytes; the most is {limit}",
            text.len()
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{at} has a control character in it; remove that"));
    }
    Ok(())
}

/// A text that may be of any length, as it is shown.
fn shown(text: &str) -> String {
    crate::limits::clip(text.to_owned(), 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Result<(), String> {
        serde_json::from_str::<Grants>(json).unwrap().check()
    }

    #[test]
    fn what_can_be_matched_is_accepted() {
        for json in [
            "{}",
            r#"{"keyValue":["orders*"],"blobStore":["*"],"config":["a/b.c"],"messaging":["paid"]}"#,
            r#"{"http":[{"host":"api.example.com","scheme":"https","methods":["GET","PURGE"],
                "paths":["/v1/*","*"],"secrets":["API_KEY"]}]}"#,
            r#"{"http":[{"host":"*.internal","scheme":"http","port":8080,"privateAddresses":true,
                "secrets":["KEY"]}]}"#,
            r#"{"http":[{"host":"10.1.2.3"},{"host":"::1"},{"host":"[::1]"}]}"#,
        ] {
            assert_eq!(check(json), Ok(()), "{json}");
        }
    }

    #[test]
    fn what_never_holds_or_holds_too_widely_is_refused() {
        for (json, says) in [
            (r#"{"keyValue":[""]}"#, "keyValue[0] is empty"),
            (
                r#"{"config":["a","\u0000"]}"#,
                "config[1] has a control character",
            ),
            (r#"{"http":[{"host":""}]}"#, "http[0].host is empty"),
            (r#"{"http":[{"host":"*"}]}"#, "http[0].host"),
            (r#"{"http":[{"host":"*.*"}]}"#, "http[0].host"),
            (r#"{"http":[{"host":"a.*"}]}"#, "http[0].host"),
            (
                r#"{"http":[{"host":"*.1.2.3.4"}]}"#,
                "in front of an address",
            ),
            (r#"{"http":[{"host":"*."}]}"#, "http[0].host"),
            (r#"{"http":[{"host":"https://a.example"}]}"#, "http[0].host"),
            (r#"{"http":[{"host":"a.example:8080"}]}"#, "http[0].host"),
            (r#"{"http":[{"host":"user@a.example"}]}"#, "http[0].host"),
            (
                r#"{"http":[{"host":"a.example."}]}"#,
                "without dots at its ends",
            ),
            (r#"{"http":[{"host":"2130706433"}]}"#, "not an IPv4 address"),
            (
                r#"{"http":[{"host":"a.example","scheme":"ftp"}]}"#,
                "http[0].scheme",
            ),
            (
                r#"{"http":[{"host":"a.example","scheme":"HTTPS"}]}"#,
                "http[0].scheme",
            ),
            (
                r#"{"http":[{"host":"a.example","port":0}]}"#,
                "http[0].port",
            ),
            (
                r#"{"http":[{"host":"a.example","methods":["get"]}]}"#,
                "capital letters",
            ),
            (
                r#"{"http":[{"host":"a.example","methods":["G T"]}]}"#,
                "not an HTTP method",
            ),
            (
                r#"{"http":[{"host":"a.example","methods":["CONNECT"]}]}"#,
                "never use",
            ),
            (
                r#"{"http":[{"host":"a.example","methods":["TRACE"]}]}"#,
                "never use",
            ),
            (
                r#"{"http":[{"host":"a.example","paths":["v1"]}]}"#,
                "begins with '/'",
            ),
            (
                r#"{"http":[{"host":"a.example","paths":["/a?b"]}]}"#,
                "the path alone",
            ),
            (
                r#"{"http":[{"host":"a.example","paths":["/a/../b"]}]}"#,
                "'..'",
            ),
            (r#"{"http":[{"host":"a.example","paths":["/%2"]}]}"#, "'%'"),
            (
                r#"{"http":[{"host":"a.example","secrets":["a b"]}]}"#,
                "http[0].secrets[0]",
            ),
            (
                r#"{"http":[{"host":"a.example","scheme":"http","secrets":["A"]}]}"#,
                "plain http",
            ),
        ] {
            let error = check(json).unwrap_err();
            assert!(error.contains(says), "{json}: {error}");
        }
    }

    #[test]
    fn sizes_hold_at_their_edges() {
        let names = |count: usize| vec!["a".to_owned(); count];
        let rule = |change: fn(&mut HttpRule, usize), size| {
            let mut rule: HttpRule = serde_json::from_str(r#"{"host":"a.example"}"#).unwrap();
            change(&mut rule, size);
            Grants {
                http: vec![rule],
                ..Grants::default()
            }
        };
        type Make = Box<dyn Fn(usize) -> Grants>;
        let cases: [(usize, Make); 9] = [
            (
                ENTRIES,
                Box::new(move |size| Grants {
                    key_value: names(size),
                    ..Grants::default()
                }),
            ),
            (
                ENTRIES,
                Box::new(move |size| Grants {
                    messaging: names(size),
                    ..Grants::default()
                }),
            ),
            (
                NAME_BYTES,
                Box::new(|size| Grants {
                    blob_store: vec!["a".repeat(size)],
                    ..Grants::default()
                }),
            ),
            (
                ENTRIES,
                Box::new(move |size| Grants {
                    http: vec![rule(|_, _| (), 0).http.remove(0); size],
                    ..Grants::default()
                }),
            ),
            (
                ENTRIES,
                Box::new(move |size| {
                    rule(|rule, size| rule.methods = vec!["GET".into(); size], size)
                }),
            ),
            (
                METHOD_BYTES,
                Box::new(move |size| {
                    rule(|rule, size| rule.methods = vec!["G".repeat(size)], size)
                }),
            ),
            (
                ENTRIES,
                Box::new(move |size| rule(|rule, size| rule.paths = vec!["/".into(); size], size)),
            ),
            (
                PATH_BYTES,
                Box::new(move |size| rule(|rule, size| rule.paths = vec!["/".repeat(size)], size)),
            ),
            (
                ENTRIES,
                Box::new(move |size| {
                    rule(|rule, size| rule.secrets = vec!["A".into(); size], size)
                }),
            ),
        ];
        for (index, (limit, make)) in cases.iter().enumerate() {
            assert_eq!(make(*limit).check(), Ok(()), "case {index}");
            assert!(make(limit + 1).check().is_err(), "case {index}");
        }
    }
}
