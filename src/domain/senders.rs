//! Whose mail goes through relays: the senders that are known, and those that nobody can list. Pure.

use std::collections::BTreeSet;

use super::finding::{Seen, Unseen};
use super::mail_domain::Pattern;
use super::posture::{Address, Posture};

/// Whose mail the active filters take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Senders {
    /// Domains, and what is below domains, each once: those that filters name, and of what a wider pattern takes in, those
    /// that organization-wide addresses and active keys show.
    pub known: Vec<Pattern>,
    /// Patterns that take in more than that, and why the rest is not known.
    pub open: Vec<(Pattern, Unseen)>,
}

/// Whose mail the active filters take; nothing where filters could not be read.
pub fn senders(posture: &Posture) -> Seen<Senders> {
    posture.filters.as_ref().map_err(Clone::clone)?;
    let named: BTreeSet<Pattern> = posture.active_filters().flat_map(|filter| filter.from.clone()).collect();
    let is_taken = |candidate: &Pattern| {
        named.iter().any(|wide| match candidate {
            Pattern::Domain(domain) => wide.covers(domain),
            _ => *wide == Pattern::Everything,
        })
    };
    let unread = senders_shown(posture).err();
    let shown = each_shown(posture).into_iter().filter(is_taken);
    let known: BTreeSet<Pattern> = named.iter().cloned().chain(shown).filter(|one| one.domain().is_some()).collect();
    let open = named.iter().filter(|pattern| pattern.domain().is_none());
    let open = open.map(|pattern| (pattern.clone(), why_open(pattern, unread.as_ref()))).collect();
    Ok(Senders { known: known.into_iter().collect(), open })
}

/// The senders that organization-wide addresses and active keys show; nothing where one of the two could not be read.
pub fn senders_shown(posture: &Posture) -> Seen<Vec<Pattern>> {
    posture.addresses.as_ref().map_err(Clone::clone)?;
    posture.keys.as_ref().map_err(Clone::clone)?;
    Ok(each_shown(posture))
}

/// What of them could be read.
fn each_shown(posture: &Posture) -> Vec<Pattern> {
    let addresses = posture.addresses.iter().flatten().filter_map(Address::domain).map(Pattern::Domain);
    let keys = posture.keys.iter().flatten().filter(|key| key.is_active).flat_map(|key| match key.signs.as_slice() {
        [] => vec![Pattern::Domain(key.domain.clone())],
        signs => signs.to_vec(),
    });
    addresses.chain(keys).filter(|pattern| pattern.domain().is_some()).collect()
}

fn why_open(pattern: &Pattern, unread: Option<&Unseen>) -> Unseen {
    let takes = match pattern {
        Pattern::Everything => "A filter takes every sender (*)".to_string(),
        other => format!("A filter takes {other}"),
    };
    match unread {
        Some(unseen) => Unseen {
            gap: unseen.gap,
            reason: format!("{takes}, and not even those are known that could be: {}", unseen.reason),
        },
        None => Unseen::invisible(format!(
            "{takes}, and which those are no API tells: organization-wide addresses and keys show some, and users send too."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::posture::{DkimKey, Filter};

    fn posture(from: &str, addresses: &[&str], keys: &[&str]) -> Posture {
        let address = |address: &&str| Address { address: (*address).into(), is_verified: true };
        let key = |signs: &&str| DkimKey {
            domain: signs.trim_start_matches("*.").into(),
            signs: Pattern::list(signs),
            is_active: true,
            bits: None,
            selectors: Vec::new(),
            publish_state: None,
        };
        Posture {
            relays: Ok(Vec::new()),
            with_credentials: None,
            filters: Ok(vec![Filter {
                priority: None,
                relay_id: "r".into(),
                from: Pattern::list(from),
                to: Pattern::list("*"),
                is_active: true,
            }]),
            keys: Ok(keys.iter().map(key).collect()),
            addresses: Ok(addresses.iter().map(address).collect()),
            settings: Err(Unseen::hindered("not read")),
        }
    }

    fn listed(patterns: impl IntoIterator<Item = Pattern>) -> Vec<String> {
        patterns.into_iter().map(|pattern| pattern.to_string()).collect()
    }

    #[test]
    fn what_a_wide_filter_takes_is_shown_by_addresses_and_keys_and_stays_open() {
        let table: [(&str, &[&str], &[&str]); 4] = [
            ("acme.com", &["acme.com"], &[]),
            ("*", &["acme.com", "acme.org", "crm.acme.com", "*.acme.net"], &["*"]),
            ("*.acme.com", &["crm.acme.com", "*.acme.com"], &[]),
            ("*acme.com", &["acme.com", "crm.acme.com"], &["*acme.com"]),
        ];
        for (from, known, open) in table {
            let posture = posture(from, &["a@acme.com", "b@crm.acme.com"], &["acme.org", "*.acme.net"]);
            let found = senders(&posture).expect("senders");
            assert_eq!(listed(found.known), known, "{from}");
            assert_eq!(listed(found.open.into_iter().map(|(pattern, _)| pattern)), open, "{from}");
        }
    }

    #[test]
    fn addresses_or_keys_that_could_not_be_read_are_why_the_rest_is_not_known() {
        let mut unread = posture("*", &[], &["acme.com"]);
        unread.addresses = Err(Unseen::hindered("The user may not read OrgWideEmailAddress."));
        let found = senders(&unread).expect("senders");
        assert_eq!(listed(found.known), ["acme.com"]);
        let [(_, why)] = found.open.as_slice() else { panic!("{:?}", found.open) };
        assert_eq!(why.gap, crate::domain::finding::Gap::Hindered);
        assert!(why.reason.contains("may not read OrgWideEmailAddress"), "{why:?}");
    }
}
