//! The rules for Postfix: a service in `master.cf` for each port, and one milter.

use super::{envelopes, fill, heading, ports};
use crate::domain::relay_rules::{RelayRule, RelayRules};

/// The rules for one host.
pub(super) fn text(rules: &RelayRules, relays: &[&RelayRule]) -> String {
    let mut values = heading(rules, relays).to_vec();
    values.push(("ports", ports(relays)));
    values.push(("services", relays.iter().map(|relay| service(relay)).collect()));
    fill(include_str!("postfix.txt"), &values)
}

fn service(relay: &RelayRule) -> String {
    let listed: Vec<String> = envelopes(relay, ".").iter().map(|sender| format!("{{ {sender} = OK }}")).collect();
    let senders = listed.join(", ");
    let authentication = match relay.authenticates {
        true => "\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_tls_auth_only=yes\n  \
                 -o { smtpd_relay_restrictions = permit_sasl_authenticated, reject }"
            .to_string(),
        false => format!("\n  -o {{ smtpd_relay_restrictions = check_sender_access inline:{{ {senders} }}, reject }}"),
    };
    let values = [("port", relay.port.to_string()), ("senders", senders), ("authentication", authentication)];
    fill(include_str!("postfix-service.txt"), &values)
}
