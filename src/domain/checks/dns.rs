//! What DNS tells receivers about the domains that are sent from.

use super::CONSIDERATIONS;
use crate::domain::evidence::{Dmarc, Dns, Evidence, Record, Spf};
use crate::domain::finding::{Check, Finding, Level, Seen, Unseen};

pub(super) static SPF: Check = Check {
    id: "spf",
    asks: "Does each domain that is sent from have one SPF record, which does not let everybody send?",
    reads: "TXT of the domain in DNS",
    cannot_see: "whether it names the addresses from which your relay sends",
    advice: "Receivers hold the relay's address against the SPF record of the return path's domain.",
    fix: "At your DNS provider: one TXT record v=spf1 that names your relay's addresses, with ~all or -all at its end.",
    link: CONSIDERATIONS,
};

pub(super) static DMARC: Check = Check {
    id: "dmarc",
    asks: "Does each domain that is sent from have a DMARC policy?",
    reads: "TXT of _dmarc.domain in DNS, or of a domain above it",
    cannot_see: "the reports that receivers send",
    advice: "A DMARC policy together with DKIM lets mail pass that fails SPF for going through a relay, and keeps others from \
             sending in your name.",
    fix: "At your DNS provider: a TXT record _dmarc with v=DMARC1; p=quarantine or p=reject, after a time with p=none.",
    link: CONSIDERATIONS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let domains = match domains(evidence) {
        Ok(domains) => domains,
        Err(finding) => return [&SPF, &DMARC].map(finding).into(),
    };
    let dns = match &evidence.dns {
        Ok(dns) => dns,
        Err(unseen) => return [&SPF, &DMARC].map(|check| check.not_checked(unseen)).into(),
    };
    let spf = domains.iter().map(|domain| {
        let (level, seen) = spf(dns.spf.get(domain).cloned().unwrap_or_else(Dns::not_looked_up));
        SPF.finds_of(domain, level, seen)
    });
    let dmarc = domains.iter().map(|domain| {
        let (level, seen) = dmarc(dns.dmarc.get(domain).cloned().unwrap_or_else(Dns::not_looked_up));
        DMARC.finds_of(domain, level, seen)
    });
    spf.chain(dmarc).collect()
}

type Answer = Box<dyn Fn(&'static Check) -> Finding>;

/// The domains that are sent from, each once; or what is to be said instead.
fn domains(evidence: &Evidence) -> Result<Vec<String>, Answer> {
    let unseen = |unseen: Unseen| -> Answer { Box::new(move |check| check.not_checked(&unseen)) };
    if !evidence.posture.relays_mail().map_err(unseen)? {
        return Err(Box::new(|check| check.not_applicable(super::NOTHING_RELAYED)));
    }
    let senders = evidence.senders().map_err(unseen)?;
    let mut domains: Vec<String> = senders.iter().filter_map(|sender| sender.domain().map(str::to_string)).collect();
    domains.sort();
    domains.dedup();
    if domains.is_empty() {
        return Err(Box::new(|check| {
            check.finds(Level::Warn, "The filters name no domain, so nobody can tell which to look at.")
        }));
    }
    Ok(domains)
}

fn spf(record: Seen<Record<Spf>>) -> (Level, String) {
    let record = match record {
        Ok(record) => record,
        Err(unseen) => return (Level::NotChecked(unseen.gap), unseen.reason),
    };
    let (level, seen) = match record {
        Record::Absent => (Level::Warn, "There is no SPF record.".to_string()),
        Record::Several(number) => {
            (Level::Fail, format!("There are {number} SPF records, which is an error for receivers."))
        }
        Record::Malformed(why) => (Level::Fail, format!("The SPF record can't be read: {why}.")),
        Record::Is(Spf::Pass) => (Level::Fail, "The SPF record lets everybody send (+all).".into()),
        Record::Is(Spf::Neutral) => (Level::Info, "The SPF record says nothing of other senders (?all).".into()),
        Record::Is(Spf::SoftFail) => (Level::Ok, "There is an SPF record (~all).".into()),
        Record::Is(Spf::Fail) => (Level::Ok, "There is an SPF record (-all).".into()),
        Record::Is(Spf::Redirect) => (Level::Ok, "There is an SPF record, which redirects to another.".into()),
    };
    (level, seen)
}

fn dmarc(record: Seen<Record<Dmarc>>) -> (Level, String) {
    let record = match record {
        Ok(record) => record,
        Err(unseen) => return (Level::NotChecked(unseen.gap), unseen.reason),
    };
    let (level, seen) = match record {
        Record::Absent => (Level::Warn, "There is no DMARC policy.".to_string()),
        Record::Several(number) => (Level::Fail, format!("There are {number} DMARC records, so none counts.")),
        Record::Malformed(why) => (Level::Fail, format!("The DMARC record can't be read: {why}.")),
        Record::Is(Dmarc::Nothing) => (Level::Info, "The policy asks for reports alone (p=none).".into()),
        Record::Is(Dmarc::Quarantine) => (Level::Ok, "The policy is quarantine.".into()),
        Record::Is(Dmarc::Reject) => (Level::Ok, "The policy is reject.".into()),
    };
    (level, seen)
}
