//! What DNS tells receivers about the domains that are sent from.

use super::CONSIDERATIONS;
use crate::domain::evidence::{Dmarc, Dns, Evidence, Policy, Record};
use crate::domain::finding::{Check, Finding, Gap, Level, Seen};
use crate::domain::mail_domain::Pattern;
use crate::domain::spf::{Others, Spf};

pub(super) static SPF: Check = Check {
    id: "spf",
    asks: "Does each domain that is sent from have one SPF record, which does not let everybody send?",
    reads: "TXT of the domain in DNS, and of the domains that it includes or redirects to",
    cannot_see: "whether it names the addresses from which your relay sends, or its names lead to any; terms whose \
                 name is a macro (%{i}, %{d}) and exists, each of which is told; the domains that *.domain stands for",
    advice: "Receivers hold the relay's address against the SPF record of the return path's domain.",
    fix: "At your DNS provider: one TXT record v=spf1 that names your relay's addresses, with ~all or -all at its end.",
    link: CONSIDERATIONS,
};

pub(super) static DMARC: Check = Check {
    id: "dmarc",
    asks: "Does each domain that is sent from have a DMARC policy?",
    reads: "TXT of _dmarc.domain in DNS, or of a domain above it (then its policy for subdomains, as for *.domain)",
    cannot_see: "the reports that receivers send; a record that a domain below *.domain has for itself",
    advice: "A DMARC policy together with DKIM lets mail pass that fails SPF for going through a relay, and keeps others from \
             sending in your name.",
    fix: "At your DNS provider: a TXT record _dmarc with v=DMARC1; p=quarantine or p=reject, after a time with p=none.",
    link: CONSIDERATIONS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let of_all = |answer: &dyn Fn(&'static Check) -> Finding| [&SPF, &DMARC].map(answer).into();
    match evidence.posture.relays_mail() {
        Err(unseen) => return of_all(&|check| check.not_checked(&unseen)),
        Ok(false) => return of_all(&|check| check.not_applicable(super::NOTHING_RELAYED)),
        Ok(true) => {}
    }
    let (senders, dns) = match (evidence.senders(), &evidence.dns) {
        (Err(unseen), _) => return of_all(&|check| check.not_checked(&unseen)),
        (_, Err(unseen)) => return of_all(&|check| check.not_checked(unseen)),
        (Ok(senders), Ok(dns)) => (senders, dns),
    };
    let open = |check: &'static Check| {
        senders.open.iter().map(|(pattern, unseen)| check.not_checked_of(pattern, unseen)).collect::<Vec<_>>()
    };
    let spf = senders
        .known
        .iter()
        .flat_map(|sender| spf_of(sender, dns).into_iter().map(move |(level, seen)| SPF.finds_of(sender, level, seen)));
    let dmarc = senders.known.iter().map(|sender| {
        let (level, seen) = dmarc(dns.dmarc_of(sender));
        DMARC.finds_of(sender, level, seen)
    });
    spf.chain(open(&SPF)).chain(dmarc).chain(open(&DMARC)).collect()
}

/// A domain has its SPF record for itself alone (RFC 7208, 4.4): those below it need their own.
fn spf_of(sender: &Pattern, dns: &Dns) -> Vec<(Level, String)> {
    match sender {
        Pattern::Domain(domain) => spf(dns.spf_of(domain)),
        below => {
            let seen = format!(
                "Which domains {below} stands for is not known, and each needs an SPF record of its own: that of the \
                 domain above is not theirs."
            );
            vec![(Level::NotChecked(Gap::Invisible), seen)]
        }
    }
}

/// What the record says of others; and what of it could not be followed, which is not called in order.
fn spf(record: Seen<Record<Spf>>) -> Vec<(Level, String)> {
    let record = match record {
        Ok(record) => record,
        Err(unseen) => return vec![(Level::NotChecked(unseen.gap), unseen.reason)],
    };
    let Spf { others, not_followed, by_address } = match record {
        Record::Is(record) => record,
        Record::Absent => return vec![(Level::Warn, "There is no SPF record.".to_string())],
        Record::Several(number) => {
            return vec![(Level::Fail, format!("There are {number} SPF records, which is an error for receivers."))];
        }
        Record::Malformed(why) => {
            return vec![(Level::Fail, format!("The SPF record is an error for receivers: {why}."))];
        }
    };
    let own = match others {
        Others::Pass(by) => Some((Level::Fail, format!("The SPF record lets everybody send ({by})."))),
        Others::Neutral => Some((Level::Info, "The SPF record says nothing of other senders (?all).".to_string())),
        Others::SoftFail => Some((Level::Ok, "There is an SPF record (~all).".into())),
        Others::Fail => Some((Level::Ok, "There is an SPF record (-all).".into())),
        Others::Unknown => None,
    };
    let open = not_followed.iter().map(|term| {
        (
            Level::NotChecked(Gap::Invisible),
            format!("{term} was not followed: where it leads differs with each mail, or with DNS."),
        )
    });
    let by_address = (!by_address.is_empty()).then(|| {
        format!("Which addresses {} lets in was not looked at: DNS tells that of each alone.", by_address.join(", "))
    });
    let own = match (own, by_address) {
        (Some((level, seen)), Some(more)) => Some((level, format!("{seen} {more}"))),
        (None, Some(more)) => Some((Level::NotChecked(Gap::Invisible), more)),
        (own, None) => own,
    };
    own.into_iter().chain(open).collect()
}

fn dmarc(record: Seen<Record<Dmarc>>) -> (Level, String) {
    let record = match record {
        Ok(Record::Is(record)) => record,
        Ok(Record::Absent) => return (Level::Warn, "There is no DMARC policy.".into()),
        Ok(Record::Several(number)) => {
            return (Level::Fail, format!("There are {number} DMARC records, so none counts."));
        }
        Ok(Record::Malformed(why)) => return (Level::Fail, format!("The DMARC record can't be read: {why}.")),
        Err(unseen) => return (Level::NotChecked(unseen.gap), unseen.reason),
    };
    let policy = match record.policy {
        Policy::Nothing => "The policy asks for reports alone (p=none)",
        Policy::Quarantine => "The policy is quarantine",
        Policy::Reject => "The policy is reject",
    };
    match record {
        Dmarc { ignored, .. } if !ignored.is_empty() => {
            let seen =
                format!("{policy}, and receivers take {} for not said, for they can't read it.", ignored.join(", "));
            (Level::Info, seen)
        }
        Dmarc { policy: Policy::Nothing, .. } => (Level::Info, format!("{policy}.")),
        Dmarc { is_tested: true, .. } => (Level::Info, format!("{policy}, and only being tested (t=y).")),
        Dmarc { share: 100, .. } => (Level::Ok, format!("{policy}.")),
        Dmarc { share, .. } => (Level::Info, format!("{policy}, for {share} % of the mail alone (pct={share}).")),
    }
}
