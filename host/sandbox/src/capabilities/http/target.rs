//! Where a request goes, read in one way only.
//!
//! What is checked here and what a server makes of it must be the same thing. So whatever has two
//! readings is refused: user names in front of a host, numbers that some systems take for
//! addresses, segments such as `..` in any spelling.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest name the DNS knows.
pub(crate) const HOST_BYTES: usize = 253;
/// The longest part of it between two dots.
const LABEL_BYTES: usize = 63;

/// A host, in lower case and without any variation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    Address(IpAddr),
}

/// A path in its two readings: with an encoded `/` as a separator, and as a part of a segment.
/// Servers differ in it, so both have to be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) separated: String,
    pub(crate) joined: String,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) tls: bool,
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) path: Path,
}

impl Host {
    /// Reads a name or an address; one of IPv6 has to be in brackets.
    ///
    /// # Errors
    /// Why it is not one, as the rest of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').and_then(|text| text.parse().ok());
            return address
                .map(|address: Ipv6Addr| Self::Address(address.into()))
                .ok_or_else(|| format!("has a host {text:?} that is not an IPv6 address"));
        }
        if text.is_empty() {
            return Err("has no host".to_owned());
        }
        if text.len() > HOST_BYTES {
            return Err(format!(
                "has a host of {} bytes; a name has at most {HOST_BYTES}",
                text.len()
            ));
        }
        let refused = |why: &str| Err(format!("has a host {text:?} {why}"));
        let name = text.to_ascii_lowercase();
        for label in name.split('.') {
            if label.is_empty() {
                return refused("with an empty part; write it without dots at its ends");
            }
            if label.len() > LABEL_BYTES {
                return refused("with a part of more than 63 bytes");
            }
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if !label.bytes().all(plain) {
                return refused(
                    "with characters other than letters, digits, '-' and '_'; write an \
                     international name in its `xn--` form",
                );
            }
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        if is_number(last) {
            return match name.parse::<Ipv4Addr>() {
                Ok(address) => Ok(Self::Address(address.into())),
                Err(_) => refused("that is not an IPv4 address of four decimal numbers"),
            };
        }
        Ok(Self::Name(name))
    }
}

/// Whether systems take a name that ends in this label for an IPv4 address: decimal, octal or
/// hexadecimal.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl Path {
    /// Reads the path of a URL, without its query.
    ///
    /// # Errors
    /// Why it is refused, as the rest of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut path = Self {
            separated: String::with_capacity(text.len()),
            joined: String::with_capacity(text.len()),
        };
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            if byte != b'%' {
                path.push(byte)?;
                continue;
            }
            let digits = bytes.get(at..at + 2).and_then(|two| {
                let text = std::str::from_utf8(two).ok()?;
                two.iter().all(u8::is_ascii_hexdigit).then_some(text)
            });
            let Some(digits) = digits else {
                return Err("has a '%' in its path that no two hexadecimal digits follow".into());
            };
            at += 2;
            match u8::from_str_radix(digits, 16).unwrap_or_default() {
                b'/' | b'\\' => {
                    path.separated.push('/');
                    path.joined.push('%');
                    path.joined.push_str(&digits.to_ascii_uppercase());
                }
                byte if byte.is_ascii_control() => {
                    return Err("has an encoded control character in its path".into());
                }
                byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                    path.push(byte)?
                }
                _ => {
                    for form in [&mut path.separated, &mut path.joined] {
                        form.push('%');
                        form.push_str(&digits.to_ascii_uppercase());
                    }
                }
            }
        }
        // A server that decodes twice would see something else behind it. Here all digits are plain.
        let twice = |rest: &str| {
            rest.get(..2)
                .is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        if path.separated.split("%25").skip(1).any(twice) {
            return Err("has a part of its path encoded twice".into());
        }
        for form in [&path.separated, &path.joined] {
            let dots = |segment: &str| {
                // Some servers cut parameters off before they look at the dots.
                matches!(segment.split(';').next(), Some("." | ".."))
            };
            if form.split('/').any(dots) {
                return Err("has a segment '.' or '..' in its path; send it resolved".into());
            }
        }
        Ok(path)
    }

    fn push(&mut self, byte: u8) -> Result<(), String> {
        if byte == b'\\' || !byte.is_ascii_graphic() {
            return Err("has a character in its path that has to be encoded".into());
        }
        self.separated.push(char::from(byte));
        self.joined.push(char::from(byte));
        Ok(())
    }
}

impl Target {
    /// Reads where a request goes.
    ///
    /// # Errors
    /// Why it is refused, as the rest of a sentence.
    pub(super) fn of(uri: &http::Uri) -> Result<Self, String> {
        let tls = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        let authority = uri.authority().map(|authority| authority.as_str());
        let authority = authority.ok_or("has no host")?;
        if authority.contains('@') {
            return Err("has a user name in its URL; send credentials in a header".into());
        }
        let (host, port) = match authority.rfind(':') {
            // Not the colon within an address.
            Some(at) if !authority[at..].contains(']') => {
                let (host, port) = (&authority[..at], &authority[at + 1..]);
                let number = port
                    .bytes()
                    .all(|byte| byte.is_ascii_digit())
                    .then(|| port.parse::<u16>().ok())
                    .flatten();
                match number {
                    Some(number) if number != 0 => (host, number),
                    _ => {
                        return Err(format!(
                            "has a port {port:?} that is not a number of 1 to 65535"
                        ));
                    }
                }
            }
            _ => (authority, if tls { 443 } else { 80 }),
        };
        let path = if uri.path().is_empty() {
            "/"
        } else {
            uri.path()
        };
        Ok(Self {
            tls,
            host: Host::parse(host)?,
            port,
            path: Path::parse(path)?,
        })
    }

    fn default_port(&self) -> u16 {
        if self.tls { 443 } else { 80 }
    }

    /// What the `Host` header says.
    pub(super) fn authority(&self) -> String {
        if self.port == self.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// As a URL without its query, which may hold what is not for every eye.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path.joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target, String> {
        Target::of(
            &url.parse::<http::Uri>()
                .map_err(|error| error.to_string())?,
        )
    }

    #[test]
    fn hosts_are_read_in_one_way_only() {
        for (text, host) in [
            ("api.example.com", "api.example.com"),
            ("API.Example.COM", "api.example.com"),
            ("localhost", "localhost"),
            ("my_service", "my_service"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4.example", "1.2.3.4.example"),
            ("[::1]", "[::1]"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]"),
        ] {
            assert_eq!(Host::parse(text).unwrap().to_string(), host, "{text}");
        }
        for text in [
            "",
            ".",
            "example.com.",
            ".example.com",
            "a..b",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0X7F.1",
            "127.1",
            "0177.0.0.1",
            "127.0.0.01",
            "1.2.3.4.5",
            "256.1.1.1",
            "0x",
            "bücher.example",
            "user@example.com",
            "a b",
            "example.com:80",
            "%6c",
            "[::1",
            "[::1]x",
            "[fe80::1%eth0]",
            "[1.2.3.4]",
            "::1",
            "a/b",
            "a\\b",
            "*.example.com",
        ] {
            assert!(Host::parse(text).is_err(), "{text}");
        }
        let long = format!("{}.example", "a".repeat(63));
        assert!(Host::parse(&long).is_ok());
        assert!(Host::parse(&format!("a{long}")).is_err());
        let longest = [
            "a".repeat(63),
            "b".repeat(63),
            "c".repeat(63),
            "d".repeat(61),
        ]
        .join(".");
        assert!(Host::parse(&longest).is_ok());
        assert!(Host::parse(&format!("{longest}d")).is_err());
    }

    proptest::proptest! {
        /// Whatever a server makes of an accepted path, it does not leave the part of it that was
        /// compared: not if it decodes once or twice, not if it takes `\\` for `/`.
        #[test]
        fn an_accepted_path_has_no_dots_in_any_reading(
            text in "/([a.%25cfCF\\\\/;é]|%2[eEfF5]|%5[cC]|%25|%32|%65|%6[1-6]|\\.\\.|;){0,12}"
        ) {
            fn decoded(bytes: &[u8]) -> Vec<u8> {
                let mut plain = Vec::new();
                let mut at = 0;
                while at < bytes.len() {
                    let digits = bytes.get(at + 1..at + 3).and_then(|two| {
                        u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()
                    });
                    match digits {
                        Some(byte) if bytes[at] == b'%' => {
                            plain.push(byte);
                            at += 3;
                        }
                        _ => {
                            plain.push(bytes[at]);
                            at += 1;
                        }
                    }
                }
                plain
            }
            if Path::parse(&text).is_ok() {
                let once = decoded(text.as_bytes());
                for reading in [text.as_bytes(), &once, &decoded(&once)] {
                    for segment in reading.split(|byte| matches!(byte, b'/' | b'\\')) {
                        let name = segment.split(|byte| *byte == b';').next().unwrap();
                        proptest::prop_assert!(name != b"." && name != b"..", "{}", text);
                    }
                }
            }
        }

        /// What the C library takes for an address is read as that address or refused.
        #[test]
        fn an_accepted_name_is_no_address(text in "(0x|0X|0)?[0-9a-fA-F]{0,4}(\\.(0x|0)?[0-9a-f]{0,3}){0,4}") {
            if let Ok(Host::Name(name)) = Host::parse(&text) {
                let last = name.rsplit('.').next().unwrap();
                let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| u32::from_str_radix(digits, 16).is_ok());
                proptest::prop_assert!(!hexadecimal && last.parse::<u64>().is_err(), "{}", text);
            }
        }
    }

    #[test]
    fn urls_are_read_to_scheme_host_port_and_path() {
        for (url, text) in [
            ("https://Example.com", "https://example.com/"),
            ("https://example.com:443/a?b=c", "https://example.com/a"),
            ("http://example.com:443/", "http://example.com:443/"),
            ("http://[::1]:8080/a", "http://[::1]:8080/a"),
            ("http://[::1]/a", "http://[::1]/a"),
        ] {
            assert_eq!(target(url).unwrap().to_string(), text, "{url}");
        }
        for url in [
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://example.com@127.0.0.1/",
            "https://example.com:0/",
            "https://example.com:65536/",
            "https://example.com:/",
            "https://example.com./",
            "/only/a/path",
        ] {
            assert!(target(url).is_err(), "{url}");
        }
    }

    #[test]
    fn paths_are_read_in_both_ways_that_servers_have() {
        let path = |text: &str| Path::parse(text).map(|path| (path.separated, path.joined));
        let same = |text: &str| Ok((text.to_owned(), text.to_owned()));
        assert_eq!(path("/v1/a-b_c~d.e"), same("/v1/a-b_c~d.e"));
        assert_eq!(path("/%61%2d%7E"), same("/a-~"));
        assert_eq!(path("/a%20b%3f"), same("/a%20b%3F"));
        assert_eq!(path("/a/...;x/.b/c."), same("/a/...;x/.b/c."));
        assert_eq!(path("/100%25"), same("/100%25"));
        assert_eq!(
            path("/a%2fb%5Cc"),
            Ok(("/a/b/c".to_owned(), "/a%2Fb%5Cc".to_owned()))
        );
        for text in [
            "/..",
            "/a/../b",
            "/a/./b",
            "/%2e%2e/b",
            "/.%2E/b",
            "/a/..;x=1/b",
            "/a%2f..%2fb",
            "/a%2f%2e%2e",
            "/a\\..\\b",
            "/a%5c..",
            "/%",
            "/%2",
            "/%zz",
            "/%+1",
            "/%00",
            "/%0d%0a",
            "/%252e%252e/",
            "/%252f",
            "/%25%32%65%25%32%65/",
            "/é",
        ] {
            assert!(path(text).is_err(), "{text}");
        }
    }
}
