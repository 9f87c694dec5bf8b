//! Whom a request comes from, where a proxy may stand in front. Pure.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// What a proxy adds the address to that it was called from, at the right.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The bits of an IPv6 address that a network hands to one customer, who has all the addresses behind them.
const CUSTOMER: u32 = 64;

/// The address that a request comes from: the connection's own, or where that is a trusted proxy's, the one that the proxy
/// was called from; and so on to the left, as long as the caller is trusted. What stands further left anybody may have
/// written.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    let mut hops = headers.get_all(FORWARDED_FOR).iter().rev();
    while is_trusted(&client, trusted) {
        let Some(hop) = hops.next() else { return client };
        // An entry that can't be read ends the walk at the last address that is known.
        let Ok(list) = hop.to_str() else { return client };
        for entry in list.rsplit(',').map(str::trim) {
            let Some(address) = address(entry) else { return client };
            client = address;
            if !is_trusted(&client, trusted) {
                return client;
            }
        }
    }
    client
}

/// Whether the address is that of a proxy that is trusted.
pub fn is_trusted(address: &IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address.to_canonical()))
}

/// The address that requests are counted for: IPv6 by the network of one customer.
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << (128 - CUSTOMER));
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

/// An address, as proxies write it: alone, with a port, in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let parsed = bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    parsed.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(peer: &str, trusted: &[&str], forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().expect("a header"));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|text| text.parse().expect("a network")).collect();
        client(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn who_is_not_trusted_is_not_believed() {
        assert_eq!(client_of("198.51.100.9", &[], &["1.2.3.4"]), "198.51.100.9");
        assert_eq!(client_of("198.51.100.9", &["10.0.0.0/8"], &["1.2.3.4"]), "198.51.100.9");
    }

    #[test]
    fn the_header_is_read_from_the_right_through_trusted_proxies_only() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"];
        for (forwarded, expected) in [
            (&["203.0.113.7"][..], "203.0.113.7"),
            (&["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
            (&["6.6.6.6, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
            (&["6.6.6.6", "203.0.113.7", "10.1.2.3,10.1.2.4"], "203.0.113.7"),
            (&["203.0.113.7:51234"], "203.0.113.7"),
            (&["[2001:db9::1]:443 , 10.1.2.3"], "2001:db9::1"),
            (&["[2001:db9::1]"], "2001:db9::1"),
            (&["::ffff:203.0.113.7"], "203.0.113.7"),
            (&["6.6.6.6, unknown"], "10.0.0.1"),
            (&["6.6.6.6, unknown, 10.1.2.3"], "10.1.2.3"),
            (&["6.6.6.6,"], "10.0.0.1"),
            (&["6.6.6.6", ""], "10.0.0.1"),
            (&["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(client_of("10.0.0.1", &trusted, forwarded), expected, "{forwarded:?}");
        }
        assert_eq!(client_of("::ffff:10.0.0.1", &trusted, &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(client_of("2001:db8::5", &trusted, &["203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn all_addresses_of_one_customer_are_counted_as_one() {
        let counted = |text: &str| counted(text.parse().expect("an address")).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff::"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(counted("::ffff:203.0.113.7"), "203.0.113.7");
    }
}
