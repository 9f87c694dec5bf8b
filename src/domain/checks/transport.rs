//! How a relay is set up: in use, TLS, authentication.

use super::filters::recipients;
use super::{CONSIDERATIONS, SET_UP, each_relay};
use crate::domain::evidence::Evidence;
use crate::domain::finding::{Check, Finding, Level};
use crate::domain::posture::{Relay, TlsSetting};

pub(super) static RELAY_IN_USE: Check = Check {
    id: "relay-in-use",
    asks: "Does an active filter send mail through this relay?",
    reads: "EmailRelay, EmailDomainFilter.EmailRelayId, IsActive and ToDomain",
    cannot_see: "whether mail is really sent",
    advice: "A relay without an active filter relays nothing, and what it is meant for goes out directly.",
    fix: "Setup > Email Domain Filters: activate a filter for the relay, or delete the relay if nobody needs it.",
    link: SET_UP,
};

pub(super) static RELAY_TLS: Check = Check {
    id: "relay-tls",
    asks: "Is TLS enforced between Salesforce and the relay?",
    reads: "EmailRelay.TlsSetting",
    cannot_see: "what the relay itself does (relay-starttls, relay-certificate)",
    advice: "Anything below Required lets mail go unencrypted. RequiredVerify also checks the certificate and the host's \
             name on it, and authentication needs it.",
    fix: "Setup > Email Relays > Edit > TLS Setting: Required Verify (at least Required).",
    link: CONSIDERATIONS,
};

pub(super) static RELAY_AUTHENTICATION: Check = Check {
    id: "relay-authentication",
    asks: "Does Salesforce authenticate itself to the relay?",
    reads: "EmailRelay.IsRequireAuth",
    cannot_see: "whether the credentials are right; in a sandbox, whose they are",
    advice: "In production, SMTP authentication keeps others out of the relay. In a sandbox it must be off after a refresh, \
             or use credentials of the sandbox's own.",
    fix: "Production: Setup > Email Relays > Edit: Enable SMTP Auth, with TLS Setting Required Verify. Sandbox: \
          relay-scrub scrub ORG.",
    link: CONSIDERATIONS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let in_use = match &evidence.posture.filters {
        Err(unseen) => vec![RELAY_IN_USE.not_checked(unseen)],
        Ok(_) => each_relay(evidence, &RELAY_IN_USE, |relay| in_use(evidence, relay)),
    };
    let is_sandbox = evidence.org.is_sandbox;
    let authentication = |relay: &Relay| authentication(is_sandbox, relay);
    let tls = each_relay(evidence, &RELAY_TLS, tls);
    in_use.into_iter().chain(tls).chain(each_relay(evidence, &RELAY_AUTHENTICATION, authentication)).collect()
}

fn in_use(evidence: &Evidence, relay: &Relay) -> Finding {
    let filters: Vec<_> = evidence.posture.active_filters().filter(|filter| filter.relay_id == relay.id).collect();
    let sends = match filters.as_slice() {
        [] => return RELAY_IN_USE.finds_of(relay.label(), Level::Info, "No active filter sends mail through it."),
        [_] => "1 active filter sends mail through it".to_string(),
        several => format!("{} active filters send mail through it", several.len()),
    };
    let (level, seen) = if filters.iter().any(|filter| filter.takes_every_recipient()) {
        (Level::Ok, format!("{sends}."))
    } else {
        (Level::Info, format!("{sends}, to {} alone: the rest goes out directly.", recipients(&filters)))
    };
    RELAY_IN_USE.finds_of(relay.label(), level, seen)
}

fn tls(relay: &Relay) -> Finding {
    let setting = relay.tls.as_str();
    let (level, what) = match &relay.tls {
        TlsSetting::RequiredVerify => (Level::Ok, "no mail without TLS and a certificate that fits"),
        TlsSetting::Required => (Level::Info, "no mail without TLS, but any certificate will do"),
        TlsSetting::PreferredVerify => (Level::Fail, "mail goes unencrypted where the relay offers no TLS"),
        TlsSetting::Preferred => {
            (Level::Fail, "mail goes unencrypted where the relay offers no TLS, and any certificate will do")
        }
        TlsSetting::Off => (Level::Fail, "all mail goes unencrypted"),
        TlsSetting::Other(_) => (Level::Warn, "this version of relay-scrub does not know what that is"),
    };
    RELAY_TLS.finds_of(relay.label(), level, format!("TLS Setting is {setting}: {what}."))
}

fn authentication(is_sandbox: bool, relay: &Relay) -> Finding {
    let (level, seen) = match (is_sandbox, relay.requires_auth) {
        (true, false) => (Level::Ok, "Off, as it should be in a sandbox after a refresh."),
        (true, true) => (Level::Warn, "On: right only if its credentials are this sandbox's own."),
        (false, true) => (Level::Ok, "On."),
        (false, false) => (Level::Warn, "Off: what comes from Salesforce's addresses has to be trusted without it."),
    };
    RELAY_AUTHENTICATION.finds_of(relay.label(), level, seen)
}
