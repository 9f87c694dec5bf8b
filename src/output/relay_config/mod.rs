//! The rules for the relay's own side, made for one org: they take its mail and nobody else's.
//!
//! The texts are templates beside this file; what is filled in was checked to be letters, digits, hyphens and dots, but for
//! the org's name, which stands in a comment.

mod exchange;
mod exim;
mod postfix;

use std::io::{self, Write};

use crate::domain::mail_domain::{Pattern, RETURN_ADDRESSES};
use crate::domain::relay_rules::{RelayRule, RelayRules};

use super::words::foreign;

/// The mail server that the rules are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailServer {
    /// Postfix, with a milter that looks at a header before the mail is taken.
    Postfix,
    /// Exim.
    Exim,
    /// Exchange Server and Exchange Online.
    Exchange,
}

/// Writes the rules: one text a host of relays, but for Exchange, whose rules are those of all its servers.
pub fn write(rules: &RelayRules, server: MailServer, out: &mut impl Write) -> io::Result<()> {
    let texts: Vec<String> = match server {
        MailServer::Postfix => by_host(rules).iter().map(|relays| postfix::text(rules, relays)).collect(),
        MailServer::Exim => by_host(rules).iter().map(|relays| exim::text(rules, relays)).collect(),
        MailServer::Exchange => vec![exchange::text(rules)],
    };
    out.write_all(texts.join("\n").as_bytes())
}

/// What whoever loads the rules has to know before: where they take less than the org's filters do.
pub fn warnings(rules: &RelayRules) -> Vec<String> {
    let everybody = rules.relays.iter().filter(|relay| relay.stands_for_everybody);
    let warning = |relay: &RelayRule| {
        let senders: Vec<String> = relay.senders.iter().map(ToString::to_string).collect();
        format!(
            "A filter sends mail of every sender (*) through {}:{}, which no rule should take. The rules take only the \
             domains that the org's organization-wide addresses, active DKIM keys and other filters of this relay name: \
             {}. Other mail of the org is refused there, until you name its domains in Setup > Email Domain Filters and \
             make the rules again.",
            relay.host,
            relay.port,
            senders.join(", ")
        )
    };
    everybody.map(warning).collect()
}

/// The relays of each host, in the order of the first.
fn by_host(rules: &RelayRules) -> Vec<Vec<&RelayRule>> {
    let mut hosts: Vec<Vec<&RelayRule>> = Vec::new();
    for relay in &rules.relays {
        match hosts.iter_mut().find(|known| known[0].host == relay.host) {
            Some(known) => known.push(relay),
            None => hosts.push(vec![relay]),
        }
    }
    hosts
}

/// What every text begins with.
fn heading(rules: &RelayRules, relays: &[&RelayRule]) -> [(&'static str, String); 4] {
    let id = &rules.org.id.as_str()[..15];
    let named: Vec<String> = relays.iter().map(|relay| format!("{}:{}", relay.host, relay.port)).collect();
    let wrap = textwrap::Options::new(120).initial_indent("# Take care: ").subsequent_indent("# ");
    let about = RelayRules { org: rules.org.clone(), relays: relays.iter().copied().cloned().collect() };
    let warned = warnings(&about).iter().map(|text| format!("#\n{}\n", textwrap::fill(text, &wrap))).collect();
    [
        ("id", id.to_string()),
        ("about", format!("{} {}, {id}", foreign(&rules.org.name), rules.org.kind.as_str())),
        ("relay", named.join(" and ")),
        ("warnings", warned),
    ]
}

/// Fills a template in, in one pass: what was filled in is not looked at again, whatever it holds.
fn fill(template: &str, values: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after
            .split_once('}')
            .and_then(|(name, after)| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, after)));
        rest = match value {
            Some((value, after)) => {
                filled.push_str(value);
                after
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled.push_str(rest);
    filled
}

/// The envelope's senders as a list: a domain, or a mark and a domain for what is below it.
fn envelopes(relay: &RelayRule, below: &str) -> Vec<String> {
    let own = relay.senders.iter().filter_map(|pattern| match pattern {
        Pattern::Domain(domain) => Some(domain.clone()),
        Pattern::Below(domain) => Some(format!("{below}{domain}")),
        Pattern::Everything | Pattern::Other(_) => None,
    });
    let returned = RETURN_ADDRESSES.iter().filter(|_| relay.takes_return_addresses);
    own.chain(returned.map(|domain| format!("{below}{domain}"))).collect()
}

/// "port 587", "ports 587 and 10025".
fn ports(relays: &[&RelayRule]) -> String {
    let ports: Vec<String> = relays.iter().map(|relay| relay.port.to_string()).collect();
    format!("port{} {}", if ports.len() == 1 { "" } else { "s" }, ports.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let values = [("about", "Acme {port} {about} {".to_string()), ("port", "587".to_string())];
        let table = [
            ("{about}:{port}", "Acme {port} {about} {:587"),
            ("eq{$port}{{port}}{a}", "eq{$port}{587}{a}"),
            ("{ {port} = OK } {unknown} {", "{ 587 = OK } {unknown} {"),
            ("", ""),
        ];
        for (template, expected) in table {
            assert_eq!(fill(template, &values), expected, "{template}");
        }
    }
}
