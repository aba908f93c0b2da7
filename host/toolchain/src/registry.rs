//! The index of PyPI over HTTPS.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Where PyPI has its index.
const PYPI: &str = "https://pypi.org/simple";
/// The largest page of the index that is read.
const MOST_BYTES: u64 = 16 << 20;
/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where systems keep the authorities that they trust.
const AUTHORITIES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

/// An index of Python packages.
pub struct Index {
    address: String,
    agent: ureq::Agent,
}

impl Index {
    /// The index that pip would take: that of `PIP_INDEX_URL`, or PyPI.
    pub fn of_machine() -> Self {
        let named = std::env::var("PIP_INDEX_URL").ok();
        Self::at(
            named
                .as_deref()
                .filter(|url| !url.is_empty())
                .unwrap_or(PYPI),
        )
    }

    /// The index at an address.
    pub fn at(address: &str) -> Self {
        let tls = TlsConfig::builder().root_certs(authorities()).build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .build();
        let address = address.trim_end_matches('/').to_owned();
        let agent = config.into();
        Self { address, agent }
    }

    /// The page of a package: its address and what it says.
    pub fn page(&self, package: &str) -> Result<(String, String), String> {
        let page = format!("{}/{package}/", self.address);
        let mut text = String::new();
        self.get(&page)?
            .take(MOST_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| format!("{page}: {error}"))?;
        Ok((page, text))
    }

    /// What is at an address.
    pub fn get(&self, url: &str) -> Result<impl Read + use<>, String> {
        let answer = self.agent.get(url).call();
        let answer = answer.map_err(|error| format!("{url}: {error}"))?;
        Ok(answer.into_body().into_reader())
    }
}

/// Whom to trust: the authorities of this machine, which may know a proxy of its network; where it
/// has no list, those of Mozilla.
fn authorities() -> RootCerts {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let lists = named.into_iter().chain(AUTHORITIES.map(PathBuf::from));
    let list = lists
        .filter_map(|path| std::fs::read(path).ok())
        .map(|text| {
            let items = parse_pem(&text).filter_map(Result::ok);
            items
                .filter_map(|item| match item {
                    PemItem::Certificate(certificate) => Some(certificate),
                    _ => None,
                })
                .collect::<Vec<Certificate>>()
        });
    match list.into_iter().find(|list| !list.is_empty()) {
        Some(list) => RootCerts::Specific(Arc::new(list)),
        None => RootCerts::WebPki,
    }
}

/// The address of the file with a SHA-256 on a page of an index.
pub fn link(page: &str, text: &str, sha256: &str) -> Option<String> {
    let end = text.find(&format!("#sha256={sha256}"))?;
    let begin = text[..end].rfind("href=")? + "href=".len();
    let link = text[begin..end].trim_start_matches(['"', '\'']);
    Some(resolve(page, &link.replace("&amp;", "&")))
}

/// A link as it is seen on a page.
fn resolve(page: &str, link: &str) -> String {
    if link.contains("://") {
        return link.to_owned();
    }
    let root = page.find("://").map_or(0, |at| at + "://".len());
    let root = page[root..].find('/').map_or(page.len(), |at| root + at);
    let (root, path) = page.split_at(root);
    let folder = path.rfind('/').map_or("", |end| &path[..end]);
    let base = if link.starts_with('/') { "" } else { folder };
    let mut segments = Vec::new();
    for segment in base.split('/').chain(link.split('/')) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    format!("{root}/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://mirror.example/pypi/simple/tool/";

    #[test]
    fn a_file_is_found_by_its_digest() {
        let text = "<a href=\"https://f.example/a.whl#sha256=aa\">a</a>\n\
                    <a href='../../b.whl#sha256=bb' data-x=\"1\">b</a>\n\
                    <a data-y=\"2\" href=\"/c.whl#sha256=cc\">c</a>";
        let found = |sha256| link(PAGE, text, sha256);
        assert_eq!(found("aa").as_deref(), Some("https://f.example/a.whl"));
        assert_eq!(
            found("bb").as_deref(),
            Some("https://mirror.example/pypi/b.whl")
        );
        assert_eq!(found("cc").as_deref(), Some("https://mirror.example/c.whl"));
        assert_eq!(found("dd"), None);
    }
}
