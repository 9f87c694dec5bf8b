//! DKIM: a key for each domain that is sent from, and its record in DNS.

use super::{CONSIDERATIONS, DKIM_KEYS};
use crate::domain::evidence::{DkimRecord, Evidence, PublicKey, Record};
use crate::domain::finding::{Check, Finding, Level, Seen};
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
    reads: "EmailDomainKey.TxtRecordsPublishState; TXT and CNAME of selector._domainkey.domain in DNS",
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
    if senders.is_empty() {
        let seen = "The filters name no domain, and neither do addresses or keys, so nobody can tell which need a key.";
        return vec![DKIM_KEY.finds(Level::Warn, seen)];
    }
    senders.iter().map(|sender| has_key(sender, keys)).collect()
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
    let judge = |(place, selector): (usize, &Selector)| {
        let name = format!("{}._domainkey.{}", selector.name, key.domain);
        let (level, seen) = record(selector, place == 0, dns.dkim_of(&selector.name, &key.domain));
        DKIM_DNS.finds_of(name, level, seen)
    };
    by_salesforce.into_iter().chain(key.selectors.iter().enumerate().map(judge)).collect()
}

/// Salesforce publishes one of the two keys at a time, so that the alternate's name may well lead to no key.
fn record(selector: &Selector, is_first: bool, record: Seen<DkimRecord>) -> (Level, String) {
    let record = match record {
        Ok(record) => record,
        Err(unseen) => return (Level::NotChecked(unseen.gap), unseen.reason),
    };
    let leads_astray = match (&selector.published_at, &record.alias_of) {
        (Some(wanted), Some(alias)) => !alias.trim_end_matches('.').eq_ignore_ascii_case(wanted.trim_end_matches('.')),
        (Some(_), None) => true,
        (None, _) => false,
    };
    let wanted = selector.published_at.as_deref().unwrap_or_default();
    match record.key {
        Record::Is(PublicKey::Usable) if leads_astray => {
            (Level::Warn, format!("There is a key, but its name is no CNAME of {wanted}, where Salesforce rotates it."))
        }
        Record::Is(PublicKey::Usable) => (Level::Ok, "There is a key.".into()),
        Record::Is(PublicKey::Revoked) | Record::Absent if !is_first && !leads_astray => {
            (Level::Ok, "The alternate name leads to where Salesforce publishes the next key.".into())
        }
        Record::Absent if !is_first => {
            (Level::Warn, format!("The alternate name does not lead to {wanted}: the next rotation will fail."))
        }
        Record::Is(PublicKey::Revoked) => (Level::Fail, "The key is revoked (p= is empty).".into()),
        Record::Absent => (Level::Fail, "There is no key: signatures can't be checked.".into()),
        Record::Malformed(why) => (Level::Fail, format!("The record can't be read: {why}.")),
        Record::Several(number) => (Level::Fail, format!("There are {number} records, where one has to be.")),
    }
}
