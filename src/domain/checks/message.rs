//! What only a mail shows that went through the relay.

use super::{BEST_PRACTICES, CONSIDERATIONS};
use crate::domain::evidence::{Dmarc, Evidence, Lock, Message, Policy, Record, Signature, SignatureResult};
use crate::domain::finding::{Check, Finding, Gap, Level, Unseen};
use crate::domain::id::OrgId;
use crate::domain::mail_domain::{are_aligned, is_of_return_addresses};

pub(super) static MESSAGE_LOCK: Check = Check {
    id: "message-lock",
    asks: "Does the mail carry this org's id in X-SFDC-LK?",
    reads: "--message: the header X-SFDC-LK",
    cannot_see: "whether the relay looks at it (relay-checks)",
    advice: "Salesforce writes the id of the sending org, 15 characters, into every mail; the relay can tell your org by it.",
    fix: "If it is missing, something between Salesforce and you removes headers; if it is another, the mail is not this org's.",
    link: BEST_PRACTICES,
};

pub(super) static MESSAGE_DKIM: Check = Check {
    id: "message-dkim",
    asks: "Does the mail have a valid DKIM signature of its sender's domain?",
    reads: "--message: DKIM-Signature, checked with the key in DNS; the domain of From",
    cannot_see: "whether the mail was changed after it was delivered, before it was saved",
    advice: "Only a signature of the domain in From lets mail pass DMARC whose return path is Salesforce's.",
    fix: "Setup > DKIM Keys: an active key for the domain. If the signature does not hold, the relay changes mail: have it \
          leave subject, body and signed headers as they are.",
    link: CONSIDERATIONS,
};

pub(super) static MESSAGE_ENVELOPE: Check = Check {
    id: "message-envelope",
    asks: "Is the envelope's sender an address of your own?",
    reads: "--message: Return-Path",
    cannot_see: "the envelope, where the last server did not note it",
    advice: "An address at bnc.salesforce.com (name=domain__x@x.bnc.salesforce.com) comes of bounce management or of email \
             security compliance, and makes SPF fail behind a relay.",
    fix: "Setup > Deliverability: clear Activate bounce management and Enable compliance with standard email security \
          mechanisms.",
    link: BEST_PRACTICES,
};

pub(super) static MESSAGE_DMARC: Check = Check {
    id: "message-dmarc",
    asks: "Does the mail pass DMARC, by SPF or by DKIM?",
    reads: "--message: From, Return-Path, the signatures, the DMARC record in DNS; Authentication-Results, quoted",
    cannot_see: "the address that delivered the mail, which SPF is about: what the receiver noted of it has to be \
                 believed",
    advice: "Mail passes DMARC with a valid signature of the domain in From, or with SPF for a return path of that domain.",
    fix: "See message-dkim and message-envelope.",
    link: CONSIDERATIONS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let checks = [&MESSAGE_LOCK, &MESSAGE_DKIM, &MESSAGE_ENVELOPE, &MESSAGE_DMARC];
    if evidence.messages.is_empty() {
        let unseen = Unseen::not_asked("It takes a mail that went through the relay: --message FILE.eml.");
        return checks.map(|check| check.not_checked(&unseen)).into();
    }
    let id = &evidence.org.id;
    let of_message = |message: &Message| {
        [
            (&MESSAGE_LOCK, lock(message, id)),
            (&MESSAGE_DKIM, dkim(message)),
            (&MESSAGE_ENVELOPE, envelope(message)),
            (&MESSAGE_DMARC, dmarc(message)),
        ]
        .map(|(check, (level, seen))| check.finds_of(&message.file, level, seen))
    };
    evidence.messages.iter().flat_map(of_message).collect()
}

fn lock(message: &Message, org: &OrgId) -> (Level, String) {
    let id = &org.as_str()[..15];
    let seen = match message.locks.as_slice() {
        [] => "There is no X-SFDC-LK.".into(),
        [Lock::Plain(lock)] if lock.is_empty() => "X-SFDC-LK is empty.".into(),
        [Lock::Plain(lock)] if lock == id => return (Level::Ok, format!("X-SFDC-LK is {id}, this org.")),
        [Lock::Plain(lock)] if lock == org.as_str() => format!(
            "X-SFDC-LK is this org's id in 18 characters ({lock}). Salesforce writes it in 15, {id}, which is what a relay \
             looks for: something between has changed it."
        ),
        [Lock::Plain(lock)] => format!("X-SFDC-LK is {lock}, and this org is {id}."),
        [Lock::Odd(lock)] => {
            format!(
                "X-SFDC-LK is no id: it has more than letters and digits, which may not show ({lock}). This org is {id}."
            )
        }
        locks => format!("X-SFDC-LK is there {} times: a relay may look at another than it should.", locks.len()),
    };
    (Level::Fail, seen)
}

/// True if a domain counts for that of `From`, as its DMARC record has it; of one owner at least.
fn is_aligned(message: &Message, domain: &str, is_strict: fn(&Dmarc) -> bool) -> bool {
    let is_strict = matches!(&message.dmarc, Ok(Record::Is(dmarc)) if is_strict(dmarc));
    let counts = |from: &str| from == domain || (!is_strict && are_aligned(from, domain));
    message.from_domain.as_deref().is_some_and(counts)
}

fn dkim(message: &Message) -> (Level, String) {
    let signatures = match &message.signatures {
        Ok(signatures) => signatures,
        Err(unseen) => return (Level::NotChecked(unseen.gap), unseen.reason.clone()),
    };
    let Some(from) = &message.from_domain else { return (Level::Fail, "It has no From with one domain.".into()) };
    let own = || signatures.iter().filter(|one| is_aligned(message, &one.domain, |dmarc| dmarc.strict_dkim));
    let result = |wanted: fn(&SignatureResult) -> bool| own().find(|signature| wanted(&signature.result));
    if let Some(valid) = result(|result| *result == SignatureResult::Valid) {
        return (Level::Ok, format!("The signature of {} ({}) holds.", valid.domain, valid.selector));
    }
    if let Some(Signature { domain, selector, .. }) = result(|result| *result == SignatureResult::Partial) {
        let seen = format!(
            "The signature of {domain} ({selector}) holds for the beginning of the body alone (l=): whatever is appended \
             passes, and receivers may ignore such a signature."
        );
        return (Level::Warn, seen);
    }
    if let Some(Signature { domain, selector, .. }) = result(|result| *result == SignatureResult::Testing) {
        let seen = format!(
            "The signature of {domain} ({selector}) holds, and its key is only being tested (t=y): receivers take such a \
             mail as unsigned."
        );
        return (Level::Warn, seen);
    }
    if let Some(Signature { domain, result: SignatureResult::Unknown(why), .. }) =
        result(|result| matches!(result, SignatureResult::Unknown(_)))
    {
        return (Level::NotChecked(Gap::Hindered), format!("The signature of {domain} could not be checked: {why}."));
    }
    match (own().next(), signatures.as_slice()) {
        (Some(Signature { domain, result: SignatureResult::Invalid(why), .. }), _) => {
            (Level::Fail, format!("The signature of {domain} does not hold: {why}."))
        }
        (_, []) => (Level::Fail, "It has no DKIM signature.".into()),
        (_, others) => {
            let named: Vec<&str> =
                others.iter().map(|one| one.domain.as_str()).filter(|name| !name.is_empty()).collect();
            match (named.as_slice(), &others[0].result) {
                ([], SignatureResult::Invalid(why)) => {
                    (Level::Fail, format!("Its DKIM signature can't be read: {why}."))
                }
                _ => (Level::Fail, format!("It is signed by {}, and not by {from}.", named.join(", "))),
            }
        }
    }
}

/// The domain of a return path; nothing for the empty one, which bounces have. What stands in round brackets is a comment
/// (RFC 5322, 3.2.2), unless it is quoted.
fn domain_of(path: &str) -> Option<String> {
    let (mut address, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for character in path.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            address.push(character);
        }
    }
    address.trim_matches(['<', '>', ' ']).rsplit_once('@').map(|(_, domain)| domain.trim().to_ascii_lowercase())
}

fn envelope(message: &Message) -> (Level, String) {
    let Some(path) = &message.return_path else {
        return (
            Level::NotChecked(Gap::Hindered),
            "It has no Return-Path: save it where the last server has noted one.".into(),
        );
    };
    let Some(domain) = domain_of(path) else { return (Level::Info, "The return path is empty.".into()) };
    match &message.from_domain {
        _ if is_of_return_addresses(&domain) => {
            (Level::Warn, format!("It is a return address of Salesforce's ({domain})."))
        }
        Some(from) if are_aligned(from, &domain) => (Level::Ok, format!("It is an address of {domain}.")),
        _ => (Level::Info, format!("It is an address of {domain}, another domain than that of From.")),
    }
}

fn dmarc(message: &Message) -> (Level, String) {
    let Some(from) = &message.from_domain else { return (Level::Fail, "It has no From with one domain.".into()) };
    let policy = match &message.dmarc {
        Ok(Record::Is(dmarc)) => match dmarc.policy {
            Policy::Nothing => "p=none",
            Policy::Quarantine => "p=quarantine",
            Policy::Reject => "p=reject",
        },
        Ok(_) => "no policy",
        Err(unseen) => return (Level::NotChecked(unseen.gap), unseen.reason.clone()),
    };
    let noted = message.noted.first().map(|noted| format!(" The receiver noted: {noted}")).unwrap_or_default();
    let aligned = |domain: &str| is_aligned(message, domain, |dmarc| dmarc.strict_spf);
    let spf = match message.return_path.as_deref().and_then(domain_of) {
        Some(domain) if is_of_return_addresses(&domain) => {
            format!("SPF is about {domain}, which is not {from} and does not name your relay")
        }
        Some(domain) if aligned(&domain) => {
            format!("SPF is about {domain}: it passes if its record names the relay's address")
        }
        Some(domain) => format!("SPF is about {domain}, which is not {from}"),
        None => "there is no return path for SPF".to_string(),
    };
    let aligned = message.return_path.as_deref().and_then(domain_of).is_some_and(|domain| aligned(&domain));
    match dkim(message) {
        (Level::Ok, _) => (Level::Ok, format!("It passes ({policy}) by DKIM; {spf}.{noted}")),
        // A signature of a part: receivers differ on it.
        (Level::Warn, why) => {
            (Level::Warn, format!("It passes ({policy}) where that is enough: {why} And {spf}.{noted}"))
        }
        (level @ Level::NotChecked(_), why) => (level, format!("{why} And {spf}.{noted}")),
        _ if aligned => (Level::Warn, format!("It passes ({policy}) by SPF alone, if at all: {spf}.{noted}")),
        _ => (Level::Fail, format!("It does not pass ({policy}): no signature of {from} holds, and {spf}.{noted}")),
    }
}
