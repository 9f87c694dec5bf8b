//! Which mail goes through the relay.

use super::{CONSIDERATIONS, SET_UP};
use crate::domain::evidence::Evidence;
use crate::domain::finding::{Check, Finding, Level};
use crate::domain::mail_domain::Pattern;
use crate::domain::posture::{Address, Filter};

pub(super) static FILTER_DOMAINS: Check = Check {
    id: "filter-domains",
    asks: "Is only mail of your own domains relayed?",
    reads: "EmailDomainFilter.FromDomain and ToDomain of the active filters; the Public Suffix List",
    cannot_see: "whether a domain is yours",
    advice: "A filter for every sender relays whatever address a user or a trigger sends as. Name your domains.",
    fix: "Setup > Email Domain Filters > Edit > Sender Domain: your domains, with commas, in place of the asterisk.",
    link: SET_UP,
};

pub(super) static OWN_ADDRESSES: Check = Check {
    id: "own-addresses",
    asks: "Are the organization-wide addresses verified, and does their mail go through the relay?",
    reads: "OrgWideEmailAddress.Address and IsVerified (API 58.0), EmailDomainFilter.FromDomain and ToDomain",
    cannot_see: "the addresses of users",
    advice: "Salesforce sends from verified addresses alone, and mail of a domain that no filter names goes out directly, \
             past the relay.",
    fix: "Setup > Organization-Wide Addresses: verify the address; Setup > Email Domain Filters: add its domain.",
    link: CONSIDERATIONS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let filters = match &evidence.posture.filters {
        Err(unseen) => vec![FILTER_DOMAINS.not_checked(unseen)],
        Ok(_) => {
            let found: Vec<_> = evidence.posture.active_filters().map(domains).collect();
            if found.is_empty() { vec![FILTER_DOMAINS.not_applicable(super::NOTHING_RELAYED)] } else { found }
        }
    };
    filters.into_iter().chain(addresses(evidence)).collect()
}

fn domains(filter: &Filter) -> Finding {
    let wide: Vec<&Pattern> = filter.from.iter().filter(|pattern| pattern.domain().is_none()).collect();
    let listed = list(&filter.from);
    let subject = filter.label();
    let to = if filter.takes_every_recipient() { String::new() } else { format!(", to {} alone", list(&filter.to)) };
    match wide.as_slice() {
        [] => FILTER_DOMAINS.finds_of(subject, Level::Ok, format!("It relays mail of {listed}{to}.")),
        _ if filter.from.contains(&Pattern::Everything) => {
            FILTER_DOMAINS.finds_of(subject, Level::Warn, format!("It relays mail of every sender{to}."))
        }
        _ => {
            let seen = format!("It relays mail of {listed}{to}, which takes in more than domains of one owner.");
            FILTER_DOMAINS.finds_of(subject, Level::Warn, seen)
        }
    }
}

/// To whom filters relay mail.
pub(super) fn recipients(filters: &[&Filter]) -> String {
    let mut all: Vec<Pattern> = filters.iter().flat_map(|filter| filter.to.clone()).collect();
    all.sort();
    all.dedup();
    list(&all)
}

/// The entries of a list, with commas.
pub(super) fn list(patterns: &[Pattern]) -> String {
    patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn addresses(evidence: &Evidence) -> Vec<Finding> {
    let check = &OWN_ADDRESSES;
    let addresses = match (&evidence.posture.addresses, evidence.posture.relays_mail()) {
        (Err(unseen), _) => return vec![check.not_checked(unseen)],
        (_, Err(unseen)) => return vec![check.not_checked(&unseen)],
        (_, Ok(false)) => return vec![check.not_applicable(super::NOTHING_RELAYED)],
        (Ok(addresses), Ok(true)) if addresses.is_empty() => {
            return vec![check.not_applicable("There is no organization-wide address.")];
        }
        (Ok(addresses), Ok(true)) => addresses,
    };
    let filters = |address: &Address| {
        let domain = address.domain().unwrap_or_default();
        let takes = |filter: &&Filter| filter.from.iter().any(|pattern| pattern.covers(&domain));
        evidence.posture.active_filters().filter(takes).collect::<Vec<_>>()
    };
    let judge = |address: &Address| match (address.is_verified, filters(address).as_slice()) {
        (false, _) => Some((Level::Warn, "It is not verified, so Salesforce does not send from it.".to_string())),
        (true, []) => Some((Level::Info, "No active filter names its domain: its mail goes past the relay.".into())),
        (true, filters) if filters.iter().any(|filter| filter.takes_every_recipient()) => None,
        (true, filters) => {
            Some((Level::Info, format!("Only its mail to {} goes through a relay.", recipients(filters))))
        }
    };
    let found: Vec<_> = addresses
        .iter()
        .filter_map(|address| judge(address).map(|(level, seen)| check.finds_of(&address.address, level, seen)))
        .collect();
    if found.is_empty() {
        let seen = format!("All {} are verified, and their mail goes through a relay.", addresses.len());
        return vec![check.finds(Level::Ok, seen)];
    }
    found
}
