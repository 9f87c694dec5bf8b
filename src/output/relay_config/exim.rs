//! The rules for Exim: an access list for the recipients of each port, and one for the mail's headers.

use super::{envelopes, fill, heading, ports};
use crate::domain::relay_rules::{RelayRule, RelayRules};

/// The rules for one host.
pub(super) fn text(rules: &RelayRules, relays: &[&RelayRule]) -> String {
    let numbers: Vec<String> = relays.iter().map(|relay| relay.port.to_string()).collect();
    let authenticators = match relays.iter().any(|relay| relay.authenticates) {
        true => ", and an authenticator for the name and\n# the password that Salesforce has",
        false => "",
    };
    let mut values = heading(rules, relays).to_vec();
    values.push(("ports", ports(relays)));
    values.push(("list", numbers.join(":")));
    values.push(("authenticators", authenticators.to_string()));
    values.push(("lists", relays.iter().map(|relay| list(relay)).collect()));
    fill(include_str!("exim.txt"), &values)
}

fn list(relay: &RelayRule) -> String {
    let authentication = match relay.authenticates {
        true => {
            "\n  deny    message        = 5.7.1 Salesforce has to authenticate itself\n          !authenticated = *"
        }
        false => "",
    };
    let values = [
        ("port", relay.port.to_string()),
        ("senders", envelopes(relay, "*.").join(" : ")),
        ("authentication", authentication.to_string()),
    ];
    fill(include_str!("exim-list.txt"), &values)
}
