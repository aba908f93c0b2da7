//! Which addresses belong to the public internet.
//!
//! Facts are those of the IANA registries of special-purpose addresses (RFC 6890 and what came
//! after it). IPv4 is open but for what is listed there; IPv6 is closed but for global unicast.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is where it is not one of the public internet, as a word for people.
pub(crate) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        // Linux connects 0.0.0.0 to the machine itself.
        [0, ..] => "unspecified",
        [127, ..] => "loopback",
        // The metadata services of cloud providers come first: 169.254.169.254 is that of most,
        // 168.63.129.16 (a public address by its number) that of Azure, 100.100.100.200 that of
        // Alibaba, 192.0.0.192 that of Oracle.
        [169, 254, 169, 254] | [168, 63, 129, 16] | [100, 100, 100, 200] | [192, 0, 0, 192] => {
            "metadata"
        }
        [169, 254, ..] => "link-local",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "private",
        [100, 64..=127, ..] => "shared (carrier NAT)",
        [192, 0, 0, _] => "reserved for protocols",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "documentation",
        [192, 88, 99, _] => "6to4 relay",
        [198, 18..=19, ..] => "benchmarking",
        [224..=239, ..] => "multicast",
        [255, 255, 255, 255] => "broadcast",
        [240..=255, ..] => "reserved",
        _ => return None,
    })
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    // Addresses that carry one of IPv4 reach what that one reaches.
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => {
            return not_public_v4(v4(high, low));
        }
        // 6to4.
        [0x2002, high, low, ..] => return not_public_v4(v4(high, low)),
        // Teredo: that of the server, and that of the client with its bits turned over.
        [0x2001, 0, high, low, _, _, client_high, client_low] => {
            return not_public_v4(v4(high, low))
                .or_else(|| not_public_v4(v4(!client_high, !client_low)));
        }
        _ => {}
    }
    Some(match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => "unspecified",
        [0, 0, 0, 0, 0, 0, 0, 1] => "loopback",
        [0, 0, 0, 0, 0, 0, ..] => "IPv4-compatible",
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => "metadata",
        [0xfe80..=0xfebf, ..] => "link-local",
        [0xfec0..=0xfeff, ..] => "site-local",
        [0xfc00..=0xfdff, ..] => "private",
        [0xff00..=0xffff, ..] => "multicast",
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => "documentation",
        [0x2001, 0..=0x01ff, ..] => "reserved for protocols",
        [0x2000..=0x3fff, ..] => return None,
        _ => "reserved",
    })
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(address: &str) -> Option<&'static str> {
        not_public(address.parse().unwrap())
    }

    #[test]
    fn ranges_are_refused_from_their_first_address_to_their_last() {
        for (first, last, is) in [
            ("0.0.0.0", "0.255.255.255", "unspecified"),
            ("10.0.0.0", "10.255.255.255", "private"),
            ("100.64.0.0", "100.127.255.255", "shared (carrier NAT)"),
            ("127.0.0.0", "127.255.255.255", "loopback"),
            ("169.254.0.0", "169.254.255.255", "link-local"),
            ("172.16.0.0", "172.31.255.255", "private"),
            ("192.0.0.0", "192.0.0.255", "reserved for protocols"),
            ("192.0.2.0", "192.0.2.255", "documentation"),
            ("192.88.99.0", "192.88.99.255", "6to4 relay"),
            ("192.168.0.0", "192.168.255.255", "private"),
            ("198.18.0.0", "198.19.255.255", "benchmarking"),
            ("198.51.100.0", "198.51.100.255", "documentation"),
            ("203.0.113.0", "203.0.113.255", "documentation"),
            ("224.0.0.0", "239.255.255.255", "multicast"),
            ("240.0.0.0", "255.255.255.254", "reserved"),
            (
                "fc00::",
                "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "private",
            ),
            (
                "fe80::",
                "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "link-local",
            ),
            (
                "fec0::",
                "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "site-local",
            ),
            (
                "ff00::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "multicast",
            ),
            (
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "documentation",
            ),
            (
                "3fff::",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                "documentation",
            ),
            (
                "2001:1::",
                "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                "reserved for protocols",
            ),
            (
                "64:ff9b:1::",
                "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
                "reserved",
            ),
            ("100::", "100::ffff:ffff:ffff:ffff", "reserved"),
            (
                "4000::",
                "5fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "reserved",
            ),
            ("::2", "::ffff:ffff", "IPv4-compatible"),
        ] {
            assert_eq!(kind(first), Some(is), "{first}");
            assert_eq!(kind(last), Some(is), "{last}");
        }
        for (address, is) in [
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("255.255.255.255", "broadcast"),
            ("169.254.169.254", "metadata"),
            ("168.63.129.16", "metadata"),
            ("100.100.100.200", "metadata"),
            ("192.0.0.192", "metadata"),
            ("fd00:ec2::254", "metadata"),
        ] {
            assert_eq!(kind(address), Some(is), "{address}");
        }
    }

    #[test]
    fn what_lies_beside_them_is_public() {
        for address in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.0",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.0",
            "198.51.101.0",
            "203.0.112.0",
            "203.0.114.0",
            "223.255.255.255",
            "168.63.129.15",
            "2000::1",
            "2001:200::",
            "2001:db7::",
            "2001:db9::",
            "2003::",
            "2606:4700:4700::1111",
            "3ffe:ffff::1",
            "3fff:1000::",
        ] {
            assert_eq!(kind(address), None, "{address}");
        }
    }

    #[test]
    fn an_address_within_an_address_counts() {
        for (address, is) in [
            ("::ffff:127.0.0.1", Some("loopback")),
            ("::ffff:169.254.169.254", Some("metadata")),
            ("::ffff:8.8.8.8", None),
            ("::127.0.0.1", Some("IPv4-compatible")),
            ("64:ff9b::10.0.0.1", Some("private")),
            ("64:ff9b::8.8.8.8", None),
            ("2002:7f00:1::", Some("loopback")),
            ("2002:a9fe:a9fe::1", Some("metadata")),
            ("2002:808:808::1", None),
            // The client is 127.0.0.1, then the server is 10.0.0.1, then both are public.
            ("2001:0:808:808::80ff:fffe", Some("loopback")),
            ("2001:0:a00:1::f7f7:f7f7", Some("private")),
            ("2001:0:808:808::f7f7:f7f7", None),
        ] {
            assert_eq!(kind(address), is, "{address}");
        }
    }
}
