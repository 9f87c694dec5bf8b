//! The questions of the audit, one file a theme, and the judgement on what was seen. Pure.
//!
//! Every audit answers every question, if only by why it could not: silence would look like an answer.

mod credentials;
mod deliverability;
mod dkim;
mod dns;
mod filters;
mod message;
mod probe;
mod relay_side;
mod transport;

use super::evidence::Evidence;
use super::finding::{Check, Finding};

/// Salesforce's "Considerations for Setting Up Email Relay", which this audit is made from.
const CONSIDERATIONS: &str =
    "https://help.salesforce.com/s/articleView?id=sales.emailadmin_email_relay_considerations.htm&type=5";
/// "Set Up Email Relay".
const SET_UP: &str = "https://help.salesforce.com/s/articleView?id=sales.email_relay.htm&type=5";
/// "Email Relay best practices".
const BEST_PRACTICES: &str = "https://help.salesforce.com/s/articleView?id=000382778&type=1";
/// "Create a DKIM Key".
const DKIM_KEYS: &str = "https://help.salesforce.com/s/articleView?id=sales.emailadmin_create_secure_dkim.htm&type=5";
/// "Guidelines for Configuring Deliverability Settings for Emails Sent from Salesforce".
const DELIVERABILITY: &str = "https://help.salesforce.com/s/articleView?id=sales.emailadmin_deliverability.htm&type=5";

/// Every check, in the order of reports.
pub const CHECKS: [&Check; 23] = [
    &credentials::SANDBOX_CREDENTIALS,
    &transport::RELAY_IN_USE,
    &transport::RELAY_TLS,
    &transport::RELAY_AUTHENTICATION,
    &filters::FILTER_DOMAINS,
    &filters::OWN_ADDRESSES,
    &dkim::DKIM_KEY,
    &dkim::DKIM_KEY_SIZE,
    &dkim::DKIM_DNS,
    &deliverability::BOUNCE_MANAGEMENT,
    &deliverability::SECURITY_COMPLIANCE,
    &deliverability::SEND_ACCESS,
    &dns::SPF,
    &dns::DMARC,
    &probe::RELAY_REACHABLE,
    &probe::RELAY_STARTTLS,
    &probe::RELAY_CERTIFICATE,
    &probe::RELAY_AUTH_OFFERED,
    &relay_side::RELAY_CHECKS,
    &message::MESSAGE_LOCK,
    &message::MESSAGE_DKIM,
    &message::MESSAGE_ENVELOPE,
    &message::MESSAGE_DMARC,
];

/// Answers every check by what was seen, in the order of [`CHECKS`].
pub fn judge(evidence: &Evidence) -> Vec<Finding> {
    let themes = [
        credentials::judge,
        transport::judge,
        filters::judge,
        dkim::judge,
        deliverability::judge,
        dns::judge,
        probe::judge,
        relay_side::judge,
        message::judge,
    ];
    let mut findings: Vec<Finding> = themes.iter().flat_map(|judge| judge(evidence)).collect();
    findings.sort_by_key(|finding| CHECKS.iter().position(|check| check.id == finding.check.id));
    findings
}

/// What is said where an org has no relay at all.
const NO_RELAY: &str = "This org has no email relay.";
/// What is said where no mail goes through one.
const NOTHING_RELAYED: &str = "No active filter sends mail through a relay.";

/// Judges each relay; or says, once, why there is none to judge.
fn each_relay(
    evidence: &Evidence,
    check: &'static Check,
    judge: impl Fn(&super::posture::Relay) -> Finding,
) -> Vec<Finding> {
    match evidence.relays() {
        Err(unseen) => vec![check.not_checked(unseen)],
        Ok([]) => vec![check.not_applicable(NO_RELAY)],
        Ok(relays) => relays.iter().map(judge).collect(),
    }
}

#[cfg(test)]
mod tests;
