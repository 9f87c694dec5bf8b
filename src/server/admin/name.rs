//! By which names the private listener is asked. Pure.
//!
//! A page of a foreign site can make its own name lead to this machine (DNS rebinding), and then read what is answered
//! here as if it were its own. It can't choose another name than its own, though, so only known ones are answered.

use std::net::{IpAddr, SocketAddr};

/// The names that are answered.
#[derive(Clone, Debug)]
pub(super) struct KnownNames {
    listen: IpAddr,
    hosts: Vec<String>,
}

impl KnownNames {
    /// Those of this machine itself, the address that is listened on, and more, in lower case.
    pub(super) fn new(listen: SocketAddr, hosts: Vec<String>) -> Self {
        Self { listen: listen.ip().to_canonical(), hosts }
    }

    /// Whether a request's `Host` is known; its port says nothing, for it may have been forwarded.
    ///
    /// Where every address of this machine is listened on, any address is known: a page can't have an address for its
    /// name unless it came from there.
    pub(super) fn knows(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else { return false };
        match name.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) => address.is_loopback() || self.listen.is_unspecified() || address == self.listen,
            Err(_) => name == "localhost" || self.hosts.contains(&name),
        }
    }
}

/// The name in `name:port` or `[address]:port`, in lower case, without the dot that may end it.
fn name_of(host: &str) -> Option<String> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => host.find(':').map_or((host, ""), |colon| host.split_at(colon)),
    };
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    let name = name.strip_suffix('.').unwrap_or(name);
    (fits && !name.is_empty()).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(listen: &str) -> KnownNames {
        KnownNames::new(listen.parse().expect("an address"), vec!["scrub.example.com".into()])
    }

    #[test]
    fn loopback_the_listeners_own_address_and_given_names_are_known_and_nothing_else() {
        let table = [
            ("localhost", true),
            ("LocalHost.:9090", true),
            ("127.0.0.1:1", true),
            ("127.8.8.8", true),
            ("[::1]:9090", true),
            ("[::ffff:127.0.0.1]", true),
            ("scrub.example.com", true),
            ("Scrub.Example.Com:443", true),
            ("10.0.0.5:9090", true),
            ("10.0.0.6:9090", false),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("evil.example:9090#localhost", false),
            ("scrub.example.com.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("2130706433", false),
            ("user@localhost", false),
            ("localhost:port", false),
            ("[::1", false),
            ("::1", false),
            ("", false),
            (":9090", false),
            ("localhost, evil.example", false),
        ];
        for (host, expected) in table {
            assert_eq!(known("10.0.0.5:9090").knows(host), expected, "{host}");
        }
    }

    #[test]
    fn a_listener_on_every_address_knows_addresses_and_still_no_foreign_names() {
        for listen in ["0.0.0.0:9090", "[::]:9090"] {
            assert!(known(listen).knows("10.0.0.6:9090") && known(listen).knows("[2001:db8::1]:9090"));
            assert!(!known(listen).knows("evil.example:9090"));
        }
    }
}
