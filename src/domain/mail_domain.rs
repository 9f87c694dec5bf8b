//! Domains of mail: what a filter's list says, and which domains are asked about.

use std::fmt;

/// Below these are the return addresses that Salesforce gives to mail of production and of sandboxes, where it handles
/// bounces or keeps to email security mechanisms.
pub const RETURN_ADDRESSES: [&str; 2] = ["bnc.salesforce.com", "bnc.sandbox.salesforce.com"];

/// True if a domain is one of Salesforce's return addresses.
pub fn is_of_return_addresses(domain: &str) -> bool {
    RETURN_ADDRESSES.iter().any(|above| is_at_or_below(domain, above))
}

/// One entry of a filter's list of sender domains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// `*`, or a list without an entry: every sender.
    Everything,
    /// One domain.
    Domain(String),
    /// `*.acme.com`: what is below a domain.
    Below(String),
    /// Asterisks in other places, or what is no single owner's: `*.co.uk`, `com`.
    Other(String),
}

impl Pattern {
    /// Reads a list with commas, semicolons, blanks or line breaks between its entries.
    pub fn list(text: &str) -> Vec<Self> {
        let entries: Vec<Self> = text
            .split(|character: char| character == ',' || character == ';' || character.is_whitespace())
            .filter(|entry| !entry.is_empty())
            .map(Self::of)
            .collect();
        if entries.is_empty() { vec![Self::Everything] } else { entries }
    }

    fn of(entry: &str) -> Self {
        let entry = entry.trim_start_matches('@').trim_end_matches('.').to_ascii_lowercase();
        if entry.chars().all(|character| matches!(character, '*' | '.')) {
            return Self::Everything;
        }
        // What registries give to many names nobody's own.
        let is_owned = |domain: &str| !domain.contains('*') && organizational_domain(domain).is_some();
        match entry.strip_prefix("*.") {
            None if is_owned(&entry) => Self::Domain(entry),
            Some(domain) if is_owned(domain) => Self::Below(domain.to_string()),
            _ => Self::Other(entry),
        }
    }

    /// True if mail from this domain is meant.
    pub fn covers(&self, sender: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Domain(domain) => domain == sender,
            Self::Below(domain) => sender.ends_with(&format!(".{domain}")),
            Self::Other(pattern) => glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(sender)),
        }
    }

    /// The domain whose records in DNS are about these senders.
    pub fn domain(&self) -> Option<&str> {
        match self {
            Self::Domain(domain) | Self::Below(domain) => Some(domain),
            Self::Everything | Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Domain(text) | Self::Other(text) => f.write_str(text),
            Self::Below(domain) => write!(f, "*.{domain}"),
        }
    }
}

/// The domain that a registry gave to the owner of this one, by the Public Suffix List: `acme.co.uk` of `mail.acme.co.uk`.
///
/// Nothing for what is no single owner's, as `co.uk` itself, and for a name of one label.
pub fn organizational_domain(domain: &str) -> Option<&str> {
    psl::domain_str(domain)
}

/// A domain and those above it, down to that of its owner: where a record that a domain lacks may be found.
pub fn with_parents(domain: &str) -> Vec<&str> {
    let last = organizational_domain(domain).unwrap_or(domain);
    let mut all = vec![domain];
    while let Some((_, parent)) = all.last().filter(|one| **one != last).and_then(|one| one.split_once('.')) {
        all.push(parent);
    }
    all
}

/// True if two domains have one owner (RFC 7489, 3.1: relaxed alignment).
pub fn are_aligned(one: &str, other: &str) -> bool {
    one == other || organizational_domain(one).is_some_and(|owner| organizational_domain(other) == Some(owner))
}

/// True if a domain is another one, or a part of it.
pub fn is_at_or_below(domain: &str, above: &str) -> bool {
    domain.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_domains_is_read_and_everything_is_told() {
        let table = [
            ("acme.com", vec![Pattern::Domain("acme.com".into())]),
            (
                "Acme.com, *.acme.org;\n@acme.net",
                vec![
                    Pattern::Domain("acme.com".into()),
                    Pattern::Below("acme.org".into()),
                    Pattern::Domain("acme.net".into()),
                ],
            ),
            ("*", vec![Pattern::Everything]),
            ("*.*", vec![Pattern::Everything]),
            ("", vec![Pattern::Everything]),
            (" , ", vec![Pattern::Everything]),
            ("*.com", vec![Pattern::Other("*.com".into())]),
            ("*acme.com", vec![Pattern::Other("*acme.com".into())]),
            ("*.co.uk, com", vec![Pattern::Other("*.co.uk".into()), Pattern::Other("com".into())]),
            ("acme.co.uk", vec![Pattern::Domain("acme.co.uk".into())]),
            ("*.acme.internal", vec![Pattern::Below("acme.internal".into())]),
        ];
        for (text, expected) in table {
            assert_eq!(Pattern::list(text), expected, "{text}");
        }
    }

    #[test]
    fn return_addresses_are_those_of_production_and_of_sandboxes() {
        let table = [
            ("bnc.salesforce.com", true),
            ("x.um8.bnc.salesforce.com", true),
            ("x.cs32.bnc.sandbox.salesforce.com", true),
            ("notbnc.salesforce.com", false),
            ("bnc.salesforce.com.evil.org", false),
            ("salesforce.com", false),
        ];
        for (domain, expected) in table {
            assert_eq!(is_of_return_addresses(domain), expected, "{domain}");
        }
    }

    #[test]
    fn a_pattern_covers_what_salesforce_relays_by_it() {
        let table = [
            ("acme.com", "acme.com", true),
            ("acme.com", "mail.acme.com", false),
            ("*.acme.com", "mail.acme.com", true),
            ("*.acme.com", "acme.com", false),
            ("*acme.com", "notacme.com", true),
            ("*", "example.org", true),
        ];
        for (pattern, sender, expected) in table {
            assert_eq!(Pattern::of(pattern).covers(sender), expected, "{pattern} {sender}");
        }
    }

    #[test]
    fn only_domains_of_one_owner_are_aligned() {
        for (one, other) in [
            ("acme.com", "acme.com"),
            ("mail.acme.com", "acme.com"),
            ("crm.acme.com", "mail.acme.com"),
            ("acme.co.uk", "mail.acme.co.uk"),
            ("a.acme.internal", "b.acme.internal"),
            ("localhost", "localhost"),
        ] {
            assert!(are_aligned(one, other) && are_aligned(other, one), "{one} {other}");
        }
        assert!(!are_aligned("acme.co.uk", "stranger.co.uk"));
        assert!(!are_aligned("acme.co.uk", "co.uk"));
        assert!(!are_aligned("acme.com", "notacme.com"));
        assert!(!are_aligned("acme.com", "bnc.salesforce.com"));
    }

    #[test]
    fn the_domains_above_one_end_at_its_owners() {
        assert_eq!(with_parents("a.b.acme.com"), ["a.b.acme.com", "b.acme.com", "acme.com"]);
        assert_eq!(with_parents("crm.acme.co.uk"), ["crm.acme.co.uk", "acme.co.uk"]);
        for domain in ["acme.com", "co.uk", "localhost"] {
            assert_eq!(with_parents(domain), [domain]);
        }
    }
}
