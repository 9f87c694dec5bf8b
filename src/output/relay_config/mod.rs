//! The rules for the relay's own side, made for one org: they take its mail and nobody else's.
//!
//! The texts are templates beside this file; what is filled in was checked to be letters, digits, hyphens and dots.

use std::io::{self, Write};

use crate::domain::mail_domain::Pattern;
use crate::domain::relay_rules::{RelayRule, RelayRules};

use super::words::foreign;

const POSTFIX: &str = include_str!("postfix.txt");
const EXIM: &str = include_str!("exim.txt");
const EXCHANGE: &str = include_str!("exchange.txt");

/// Where return addresses of Salesforce's are.
const RETURN_ADDRESSES: &str = "bnc.salesforce.com";

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

/// Writes the rules, one text a relay.
pub fn write(rules: &RelayRules, server: MailServer, out: &mut impl Write) -> io::Result<()> {
    rules.relays.iter().try_for_each(|relay| out.write_all(text(rules, relay, server).as_bytes()))
}

fn text(rules: &RelayRules, relay: &RelayRule, server: MailServer) -> String {
    let (template, senders, authentication) = match server {
        MailServer::Postfix => (POSTFIX, postfix_senders(relay), postfix_authentication(relay)),
        MailServer::Exim => (EXIM, exim_senders(relay), exim_authentication(relay)),
        MailServer::Exchange => (EXCHANGE, exchange_senders(relay), String::new()),
    };
    let id = &rules.org.id.as_str()[..15];
    let about = format!("{} {}, {id}", foreign(&rules.org.name), rules.org.kind.as_str());
    template
        .replace("{about}", &about)
        .replace("{id}", id)
        .replace("{host}", &relay.host)
        .replace("{port}", &relay.port.to_string())
        .replace("{senders}", &senders)
        .replace("{authentication}", &authentication)
}

/// The senders as a list: a domain, or a dot and a domain for what is below it.
fn listed(relay: &RelayRule, below: &str) -> Vec<String> {
    let own = relay.senders.iter().filter_map(|pattern| match pattern {
        Pattern::Domain(domain) => Some(domain.clone()),
        Pattern::Below(domain) => Some(format!("{below}{domain}")),
        Pattern::Everything | Pattern::Other(_) => None,
    });
    let returned = relay.takes_return_addresses.then(|| format!("{below}{RETURN_ADDRESSES}"));
    own.chain(returned).collect()
}

fn postfix_senders(relay: &RelayRule) -> String {
    listed(relay, ".").iter().map(|sender| format!("{{ {sender} = OK }}")).collect::<Vec<_>>().join(", ")
}

fn postfix_authentication(relay: &RelayRule) -> String {
    match relay.authenticates {
        true => "\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_tls_auth_only=yes\n  \
                 -o { smtpd_relay_restrictions = permit_sasl_authenticated, reject }"
            .into(),
        false => format!(
            "\n  -o {{ smtpd_relay_restrictions = check_sender_access inline:{{ {} }}, reject }}",
            postfix_senders(relay)
        ),
    }
}

fn exim_senders(relay: &RelayRule) -> String {
    listed(relay, "*.").join(" : ")
}

fn exim_authentication(relay: &RelayRule) -> String {
    match relay.authenticates {
        true => {
            "\n  deny    message        = 5.7.1 Salesforce has to authenticate itself\n          !authenticated = *"
                .into()
        }
        false => String::new(),
    }
}

/// PowerShell's list of texts. A domain stands for those below it, too: Exchange knows no other way.
fn exchange_senders(relay: &RelayRule) -> String {
    let mut all: Vec<String> = listed(relay, "").iter().map(|sender| format!("'{sender}'")).collect();
    all.dedup();
    all.join(", ")
}
