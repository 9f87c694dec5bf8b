//! Settings that change the envelope, and what no API tells of deliverability.

use super::{BEST_PRACTICES, CONSIDERATIONS, DELIVERABILITY};
use crate::domain::evidence::{Dns, Evidence, Record};
use crate::domain::finding::{Check, Finding, Gap, Level, Seen};
use crate::domain::mail_domain::{Pattern, are_aligned};
use crate::domain::posture::{DkimKey, EmailSettings};

pub(super) static BOUNCE_MANAGEMENT: Check = Check {
    id: "bounce-management",
    asks: "Is bounce management off, or does DMARC with DKIM carry the mail?",
    reads: "enableHandleBouncedEmails of EmailAdministrationSettings (Metadata API); DMARC and DKIM in DNS",
    cannot_see: "how receivers treat mail that fails SPF",
    advice: "Bounce management makes the return path an address at bnc.salesforce.com, whose SPF record does not name your \
             relay, so that SPF fails. Turn it off, or have a DMARC policy and DKIM for every domain.",
    fix: "Setup > Deliverability: clear Activate bounce management.",
    link: CONSIDERATIONS,
};

pub(super) static SECURITY_COMPLIANCE: Check = Check {
    id: "security-compliance",
    asks: "Is \"Enable compliance with standard email security mechanisms\" off?",
    reads: "enableEmailSpfCompliance and enableEmailSenderIdCompliance of EmailAdministrationSettings (Metadata API)",
    cannot_see: "mail that was sent (message-envelope)",
    advice: "With a relay it is not needed, and it changes the envelope's sender (VERP), by which relays recognise your mail.",
    fix: "Setup > Deliverability: clear Enable compliance with standard email security mechanisms, and Enable Sender ID \
          compliance.",
    link: BEST_PRACTICES,
};

pub(super) static SEND_ACCESS: Check = Check {
    id: "send-access",
    asks: "Is the access to send email right for this org (in a sandbox: System email only), and TLS for other mail?",
    reads: "nothing: no API tells the access level or the org's own TLS setting",
    cannot_see: "both",
    advice: "A sandbox that may send all email reaches real people with test data.",
    fix: "Look at Setup > Deliverability: Access level, and Transport Layer Security.",
    link: DELIVERABILITY,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let no_api = "No API of Salesforce tells it: look at it in Setup.";
    let send_access = SEND_ACCESS.finds(Level::NotChecked(Gap::Invisible), no_api);
    let checks = [&BOUNCE_MANAGEMENT, &SECURITY_COMPLIANCE];
    let settings = match (evidence.posture.relays_mail(), &evidence.posture.settings) {
        (Ok(false), _) => {
            let of_none = checks.map(|check| check.not_applicable(super::NOTHING_RELAYED));
            return of_none.into_iter().chain([send_access]).collect();
        }
        (_, Err(unseen)) => {
            return checks.map(|check| check.not_checked(unseen)).into_iter().chain([send_access]).collect();
        }
        (Err(unseen), Ok(_)) => {
            return checks.map(|check| check.not_checked(&unseen)).into_iter().chain([send_access]).collect();
        }
        (Ok(true), Ok(settings)) => *settings,
    };
    vec![bounces(evidence, settings), compliance(settings), send_access]
}

fn bounces(evidence: &Evidence, settings: EmailSettings) -> Finding {
    let check = &BOUNCE_MANAGEMENT;
    if !settings.handles_bounces {
        return check.finds(Level::Ok, "Off.");
    }
    match carriage(evidence) {
        Ok(Carriage { carried, bare, unknown }) if bare.is_empty() && unknown.is_empty() => {
            let carried = super::filters::list(&carried);
            check.finds(Level::Info, format!("On: SPF fails, and DMARC with DKIM carries the mail of {carried}."))
        }
        Ok(Carriage { bare, unknown, .. }) => {
            let bare = (!bare.is_empty()).then(|| {
                let bare = super::filters::list(&bare);
                format!(", and without DMARC and DKIM for {bare}: that mail passes neither")
            });
            let unknown = unknown.iter().map(|(senders, why)| {
                format!(" Whether DMARC with DKIM carries the mail of {senders} is not known: {why}")
            });
            check.finds(Level::Warn, format!("On{}.{}", bare.unwrap_or_default(), unknown.collect::<String>()))
        }
        Err(why) => check.finds(Level::Warn, format!("On, and it is not known whether DKIM carries the mail: {why}")),
    }
}

/// Whose mail passes DMARC by DKIM alone, where SPF fails.
#[derive(Default)]
struct Carriage {
    carried: Vec<Pattern>,
    bare: Vec<Pattern>,
    /// With the reason why it is not known.
    unknown: Vec<(Pattern, String)>,
}

fn carriage(evidence: &Evidence) -> Result<Carriage, String> {
    let reason = |unseen: &crate::domain::finding::Unseen| unseen.reason.clone();
    let dns: &Dns = evidence.dns.as_ref().map_err(reason)?;
    let keys = evidence.posture.keys.as_ref().map_err(reason)?;
    let senders = evidence.senders().map_err(|unseen| unseen.reason)?;
    let mut all = Carriage::default();
    for sender in senders.known {
        match is_carried(&sender, keys, dns) {
            Ok(true) => all.carried.push(sender),
            Ok(false) => all.bare.push(sender),
            Err(unseen) => all.unknown.push((sender, unseen.reason)),
        }
    }
    all.unknown.extend(senders.open.into_iter().map(|(pattern, unseen)| (pattern, unseen.reason)));
    Ok(all)
}

fn is_carried(sender: &Pattern, keys: &[DkimKey], dns: &Dns) -> Seen<bool> {
    let mut signed = Ok(false);
    for key in keys.iter().filter(|key| key.is_active && key.signs_for(sender)) {
        match dns.has_key(key) {
            Ok(true) => match dns.dmarc_of(sender)? {
                Record::Is(dmarc) if counts(key, sender, dmarc.strict_dkim) => return Ok(true),
                _ => {}
            },
            Ok(false) => {}
            Err(unseen) => signed = Err(unseen),
        }
    }
    signed
}

/// True if DMARC takes a key's signature for one of the sender: of one owner, or of the very domain where it is strict.
fn counts(key: &DkimKey, sender: &Pattern, is_strict: bool) -> bool {
    match sender {
        Pattern::Domain(domain) => *domain == key.domain || (!is_strict && are_aligned(domain, &key.domain)),
        Pattern::Below(domain) => !is_strict && are_aligned(domain, &key.domain),
        Pattern::Everything | Pattern::Other(_) => false,
    }
}

fn compliance(settings: EmailSettings) -> Finding {
    let on = match (settings.spf_compliance, settings.sender_id_compliance) {
        (false, false) => return SECURITY_COMPLIANCE.finds(Level::Ok, "Off."),
        (true, false) => "On: the envelope's sender is not your address.",
        (false, true) => "Off, but Sender ID compliance is on, which changes the sender as well.",
        (true, true) => "On, and Sender ID compliance too: the envelope's sender is not your address.",
    };
    SECURITY_COMPLIANCE.finds(Level::Warn, on)
}
