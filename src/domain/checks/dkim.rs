//! DKIM: a key for each domain that is sent from, and its record in DNS.

use super::{CONSIDERATIONS, DKIM_KEYS};
use crate::domain::evidence::{DkimRecord, Evidence, PublicKey, Record};
use crate::domain::finding::{Check, Finding, Gap, Level, Seen, Unseen};
use crate::domain::mail_domain::Pattern;
use crate::domain::posture::{DkimKey, Selector};

pub(super) static DKIM_KEY: Check = Check {
    id: "dkim-key",
    asks: "Is there an active DKIM key for each domain that is sent from?",
    reads: "EmailDomainKey.Domain, DomainMatch, DomainMatchPattern and IsActive; the domains of the active filters",
    cannot_see: "whether the relay signs in Salesforce's place",
    advice: "Mail through a relay fails SPF where its return path is Salesforce's; a signature of your own domain carries \
             it through DMARC all the same.",
    fix: "Setup > DKIM Keys > Create New Key for the domain; publish both CNAME records; Activate.",
    link: CONSIDERATIONS,
};

pub(super) static DKIM_KEY_SIZE: Check = Check {
    id: "dkim-key-size",
    asks: "Are the DKIM keys of 2048 bits?",
    reads: "EmailDomainKey.KeySize of the active keys",
    cannot_see: "the keys that others sign with",
    advice: "Keys of 1024 bits are taken by receivers and no longer recommended (RFC 8301).",
    fix: "Setup > DKIM Keys > Create New Key with 2048 bits; publish its records; activate it in place of the old one.",
    link: DKIM_KEYS,
};

pub(super) static DKIM_DNS: Check = Check {
    id: "dkim-dns",
    asks: "Are the public records of the DKIM keys in DNS?",
    reads: "EmailDomainKey.Selector, TxtRecordName, their alternates and TxtRecordsPublishState; TXT and CNAME of \
            selector._domainkey.domain in DNS",
    cannot_see: "whether the key in DNS is the one that Salesforce signs with (a message shows it: message-dkim)",
    advice: "An active key whose record is not in DNS makes every signature fail, which is worse than none.",
    fix: "At your DNS provider: the CNAME, and the alternate CNAME, that Setup > DKIM Keys > (the key) shows.",
    link: DKIM_KEYS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let keys = match &evidence.posture.keys {
        Ok(keys) => keys,
        Err(unseen) => return [&DKIM_KEY, &DKIM_KEY_SIZE, &DKIM_DNS].map(|check| check.not_checked(unseen)).into(),
    };
    let active: Vec<&DkimKey> = keys.iter().filter(|key| key.is_active).collect();
    let of_keys = |check: &'static Check, judge: &dyn Fn(&DkimKey) -> Vec<Finding>| match active.as_slice() {
        [] => vec![check.not_applicable("There is no active DKIM key.")],
        keys => keys.iter().flat_map(|key| judge(key)).collect(),
    };
    let sizes = of_keys(&DKIM_KEY_SIZE, &|key| vec![size(key)]);
    let records = of_keys(&DKIM_DNS, &|key| records(evidence, key));
    has_keys(evidence, keys).into_iter().chain(sizes).chain(records).collect()
}

fn has_keys(evidence: &Evidence, keys: &[DkimKey]) -> Vec<Finding> {
    let senders = match (evidence.posture.relays_mail(), evidence.senders()) {
        (Err(unseen), _) | (_, Err(unseen)) => return vec![DKIM_KEY.not_checked(&unseen)],
        (Ok(false), _) => return vec![DKIM_KEY.not_applicable(super::NOTHING_RELAYED)],
        (Ok(true), Ok(senders)) => senders,
    };
    let open = senders.open.iter().map(|(pattern, unseen)| match keys.iter().any(|key| key.is_active) {
        true => DKIM_KEY.not_checked_of(pattern, unseen),
        false => DKIM_KEY.finds_of(pattern, Level::Warn, "No key is active, so none signs its mail."),
    });
    senders.known.iter().map(|sender| has_key(sender, keys)).chain(open).collect()
}

fn has_key(sender: &Pattern, keys: &[DkimKey]) -> Finding {
    let fitting: Vec<&DkimKey> = keys.iter().filter(|key| key.signs_for(sender)).collect();
    let (level, seen) = match (fitting.iter().find(|key| key.is_active), fitting.first()) {
        (Some(key), _) => (Level::Ok, format!("The key of {} signs its mail.", key.domain)),
        (None, Some(key)) => {
            (Level::Warn, format!("The key of {} would sign its mail, and is not active.", key.domain))
        }
        (None, None) => (Level::Warn, "No key signs its mail.".to_string()),
    };
    DKIM_KEY.finds_of(sender, level, seen)
}

fn size(key: &DkimKey) -> Finding {
    let subject = subject(key);
    match key.bits {
        Some(bits) if bits >= 2048 => DKIM_KEY_SIZE.finds_of(subject, Level::Ok, format!("{bits} bits.")),
        Some(bits) => DKIM_KEY_SIZE.finds_of(subject, Level::Warn, format!("{bits} bits.")),
        None => DKIM_KEY_SIZE.finds_of(subject, Level::Info, "Salesforce does not tell its size."),
    }
}

fn subject(key: &DkimKey) -> String {
    match key.selectors.first() {
        Some(selector) => format!("{} ({})", key.domain, selector.name),
        None => key.domain.clone(),
    }
}

/// What Salesforce says of a key's records, then what DNS says of each.
fn records(evidence: &Evidence, key: &DkimKey) -> Vec<Finding> {
    let by_salesforce =
        key.publish_state.as_deref().filter(|state| *state != "Published").map(|state| {
            DKIM_DNS.finds_of(subject(key), Level::Fail, format!("Salesforce says of its records: {state}."))
        });
    let dns = match &evidence.dns {
        Ok(dns) => dns,
        Err(unseen) => return vec![by_salesforce.unwrap_or_else(|| DKIM_DNS.not_checked(unseen))],
    };
    if key.selectors.is_empty() {
        let unseen =
            Unseen::hindered("Salesforce tells no selector of the key, so nobody can tell where its record is.");
        return by_salesforce.into_iter().chain([DKIM_DNS.not_checked_of(subject(key), &unseen)]).collect();
    }
    let found: Vec<(&Selector, Seen<DkimRecord>)> =
        key.selectors.iter().map(|selector| (selector, dns.dkim_of(&selector.name, &key.domain))).collect();
    let judge = |place: usize| {
        let (selector, record) = &found[place];
        let others = found.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, (_, record))| record);
        let (level, seen) = match record {
            Ok(record) => judged(selector, record, Other::of(others)),
            Err(unseen) => (Level::NotChecked(unseen.gap), unseen.reason.clone()),
        };
        DKIM_DNS.finds_of(format!("{}._domainkey.{}", selector.name, key.domain), level, seen)
    };
    by_salesforce.into_iter().chain((0..found.len()).map(judge)).collect()
}

/// What the key's other selector has. Salesforce publishes one of the two keys at a time, and which one changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    /// A key that signatures can be checked with.
    Key,
    /// None, or there is no other selector.
    NoKey,
    /// It could not be told.
    Unknown,
}

impl Other {
    fn of<'a>(mut others: impl Iterator<Item = &'a Seen<DkimRecord>>) -> Self {
        match others.next() {
            Some(Ok(record)) if record.has_key() => Self::Key,
            Some(Err(_)) => Self::Unknown,
            Some(Ok(_)) | None => Self::NoKey,
        }
    }
}

/// A name without a key is right only beside one that has it, and where it leads to the place of the next key.
fn judged(selector: &Selector, record: &DkimRecord, other: Other) -> (Level, String) {
    let alias = record.alias_of.as_deref().map(|alias| alias.trim_end_matches('.'));
    let wanted = selector.published_at.as_deref().map(|wanted| wanted.trim_end_matches('.'));
    let leads_right = matches!((wanted, alias), (Some(wanted), Some(alias)) if alias.eq_ignore_ascii_case(wanted));
    let lack = match &record.key {
        Record::Is(PublicKey::Usable | PublicKey::Testing) if wanted.is_some() && !leads_right => {
            let wanted = wanted.unwrap_or_default();
            let seen = format!("There is a key, but its name is no CNAME of {wanted}, where Salesforce rotates it.");
            return (Level::Warn, seen);
        }
        Record::Is(PublicKey::Usable) => return (Level::Ok, "There is a key.".into()),
        Record::Is(PublicKey::Testing) => {
            let seen = "There is a key that is only being tested (t=y): receivers take the mail as unsigned.";
            return (Level::Warn, seen.into());
        }
        Record::Absent | Record::Is(PublicKey::Revoked) if other == Other::Key => {
            return next_key(wanted, alias, leads_right);
        }
        Record::Is(PublicKey::Revoked) => "The key is revoked (p= is empty).".into(),
        Record::Is(PublicKey::Unfit(why)) => format!("Signatures do not hold with the key: {why}."),
        Record::Absent => "There is no key: signatures can't be checked.".into(),
        Record::Malformed(why) => format!("The record can't be read: {why}."),
        Record::Several(number) => format!("There are {number} records, where one has to be."),
    };
    match other {
        Other::NoKey => (Level::Fail, lack),
        Other::Key => (Level::Warn, format!("{lack} The other selector has a key; signatures with this one fail.")),
        Other::Unknown => (
            Level::NotChecked(Gap::Hindered),
            format!("{lack} Whether the key's other selector has one could not be told."),
        ),
    }
}

/// Whether the name that has no key now leads to where the next one will be.
fn next_key(wanted: Option<&str>, alias: Option<&str>, leads_right: bool) -> (Level, String) {
    match (wanted, alias) {
        _ if leads_right => (Level::Ok, "It leads to where Salesforce publishes the next key.".into()),
        (Some(wanted), _) => (Level::Warn, format!("It does not lead to {wanted}: the next rotation will fail.")),
        (None, None) => (Level::Warn, "There is nothing at this name: the next rotation will fail.".into()),
        (None, Some(alias)) => (
            Level::NotChecked(Gap::Invisible),
            format!("It has no key now, and leads to {alias}: Salesforce does not tell whether that is right."),
        ),
    }
}
