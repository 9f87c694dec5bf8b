//! The rules for Exchange, in PowerShell: rules are those of the whole organization, connectors those of a server.

use super::{RETURN_ADDRESSES, fill, heading};
use crate::domain::mail_domain::Pattern;
use crate::domain::relay_rules::{RelayRule, RelayRules};

/// The port at which Exchange Online listens.
const ONLINE: u16 = 25;

/// The rules for all relays of the org.
pub(super) fn text(rules: &RelayRules) -> String {
    let relays: Vec<&RelayRule> = rules.relays.iter().collect();
    let mut senders: Vec<&str> =
        relays.iter().flat_map(|relay| relay.senders.iter().filter_map(Pattern::domain)).collect();
    senders.sort_unstable();
    senders.dedup();
    let takes_returned = relays.iter().any(|relay| relay.takes_return_addresses);
    let returned = if takes_returned { format!(" + @({})", list(&RETURN_ADDRESSES)) } else { String::new() };
    let elsewhere: Vec<String> =
        relays.iter().filter(|relay| relay.port != ONLINE).map(|relay| relay.port.to_string()).collect();
    let not_there =
        if elsewhere.is_empty() { String::new() } else { format!(", and not at {}", elsewhere.join(" or ")) };
    let on = if takes_returned { ", and are on or could not be read" } else { "" };
    let (account, asked) = match relays.iter().any(|relay| relay.authenticates) {
        true => (include_str!("exchange-account.txt"), " -Account NAME"),
        false => ("", ""),
    };
    let named: Vec<String> = relays.iter().map(|relay| format!("{}:{}", relay.host, relay.port)).collect();
    let mut values = heading(rules, &relays).to_vec();
    values.push(("relays", list(&named)));
    values.push(("account", account.to_string()));
    values.push(("asked", asked.to_string()));
    values.push(("senders", list(&senders)));
    values.push(("returned", returned));
    values.push(("connectors", relays.iter().map(|relay| connector(rules, relay)).collect()));
    values.push(("online_ports", not_there));
    values.push(("online_returns", on.to_string()));
    fill(include_str!("exchange.txt"), &values)
}

fn connector(rules: &RelayRules, relay: &RelayRule) -> String {
    let anybody = "'ms-Exch-SMTP-Accept-Any-Recipient'";
    let any_sender = "'ms-Exch-SMTP-Accept-Any-Sender', 'ms-Exch-SMTP-Accept-Authoritative-Domain-Sender'";
    // The group of Exchange's users may send to anybody, but in its own name alone.
    let (mechanisms, groups, user, rights) = match relay.authenticates {
        true => ("Tls, BasicAuth, BasicAuthRequireTLS", "ExchangeUsers", "$Account", any_sender),
        false => ("Tls", "AnonymousUsers", "'NT AUTHORITY\\ANONYMOUS LOGON'", anybody),
    };
    // An address is no name that a server could go by.
    let is_name = relay.host.bytes().any(|byte| byte.is_ascii_alphabetic());
    let fqdn = if is_name { format!(" -Fqdn '{}'", relay.host) } else { String::new() };
    let values = [
        ("id", rules.org.id.as_str()[..15].to_string()),
        ("host", relay.host.clone()),
        ("port", relay.port.to_string()),
        ("fqdn", fqdn),
        ("mechanisms", mechanisms.to_string()),
        ("groups", groups.to_string()),
        ("user", user.to_string()),
        ("rights", rights.to_string()),
    ];
    fill(include_str!("exchange-connector.txt"), &values)
}

/// PowerShell's list of texts. A domain stands for those below it, too: Exchange knows no other way.
fn list<T: std::fmt::Display>(texts: &[T]) -> String {
    texts.iter().map(|text| format!("'{text}'")).collect::<Vec<_>>().join(", ")
}
