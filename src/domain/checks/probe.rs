//! What the relay's host answers when somebody connects as Salesforce does.

use super::{CONSIDERATIONS, SET_UP};
use crate::domain::evidence::{Evidence, Greeting, Probe, Tls};
use crate::domain::finding::{Check, Finding, Level};
use crate::domain::posture::{Relay, TlsSetting};

pub(super) static RELAY_REACHABLE: Check = Check {
    id: "relay-reachable",
    asks: "Does a mail server answer at the relay's host and port?",
    reads: "--probe-relay: MX and addresses of EmailRelay.Host, then a connection to EmailRelay.Port",
    cannot_see: "what Salesforce's own addresses are answered: a firewall may let in those alone",
    advice: "Salesforce looks for MX records of the host first, then for its address.",
    fix: "Setup > Email Relays > Edit > Host and Port; at the relay, let in Salesforce's addresses.",
    link: SET_UP,
};

pub(super) static RELAY_STARTTLS: Check = Check {
    id: "relay-starttls",
    asks: "Does the relay offer TLS, and does it work?",
    reads: "--probe-relay: EHLO and STARTTLS",
    cannot_see: "which versions of TLS Salesforce would settle on",
    advice: "Without TLS a relay gets no mail (Required, RequiredVerify), or gets it unencrypted (Preferred).",
    fix: "At the relay: a certificate and key, and STARTTLS switched on.",
    link: CONSIDERATIONS,
};

pub(super) static RELAY_CERTIFICATE: Check = Check {
    id: "relay-certificate",
    asks: "Is the relay's certificate trusted, and made for its host name?",
    reads: "--probe-relay: the certificate's chain and names, against this machine's authorities and the relay's host",
    cannot_see: "which authorities Salesforce trusts",
    advice: "With RequiredVerify and PreferredVerify Salesforce delivers nothing to a host whose certificate does not fit.",
    fix: "At the relay: a certificate of a public authority for the name in EmailRelay.Host, with its whole chain.",
    link: CONSIDERATIONS,
};

pub(super) static RELAY_AUTH_OFFERED: Check = Check {
    id: "relay-auth-offered",
    asks: "Does the relay offer the authentication that Salesforce is to use, and not before TLS?",
    reads: "--probe-relay: the mechanisms after AUTH in the answer to EHLO; EmailRelay.AuthType",
    cannot_see: "whether the credentials are right: none is sent",
    advice: "SMTP authentication works only if the host offers AuthType's mechanism (PLAIN or LOGIN), under TLS alone.",
    fix: "At the relay: switch on SASL with the mechanism of EmailRelay.AuthType, under TLS only.",
    link: CONSIDERATIONS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let checks = [&RELAY_REACHABLE, &RELAY_STARTTLS, &RELAY_CERTIFICATE, &RELAY_AUTH_OFFERED];
    let relays = match evidence.relays() {
        Err(unseen) => return checks.map(|check| check.not_checked(unseen)).into(),
        Ok([]) => return checks.map(|check| check.not_applicable(super::NO_RELAY)).into(),
        Ok(relays) => relays,
    };
    let probes = match &evidence.probes {
        Ok(probes) => probes,
        Err(unseen) => return checks.map(|check| check.not_checked(unseen)).into(),
    };
    relays.iter().flat_map(|relay| of_relay(evidence.org.is_sandbox, relay, probes.get(&relay.id))).collect()
}

fn of_relay(is_sandbox: bool, relay: &Relay, probe: Option<&Probe>) -> Vec<Finding> {
    let label = relay.label();
    let greeting = match probe {
        Some(Probe::Answered(greeting)) => greeting,
        Some(Probe::Unreachable(why)) => return unreachable(&label, why),
        None => return unreachable(&label, "it was not asked."),
    };
    let reachable = format!("{} answered: {}", greeting.server, greeting.banner);
    let findings = [
        (&RELAY_REACHABLE, (Level::Ok, reachable)),
        (&RELAY_STARTTLS, starttls(&relay.tls, &greeting.tls)),
        (&RELAY_CERTIFICATE, certificate(&relay.tls, &greeting.tls)),
        (&RELAY_AUTH_OFFERED, auth(is_sandbox, relay, greeting)),
    ];
    findings.into_iter().map(|(check, (level, seen))| check.finds_of(&label, level, seen)).collect()
}

/// From here: a firewall may let in Salesforce's addresses alone, so it says nothing of the relay.
fn unreachable(label: &str, why: &str) -> Vec<Finding> {
    let seen = format!("No mail server could be reached from this machine: {why}");
    let checks = [&RELAY_REACHABLE, &RELAY_STARTTLS, &RELAY_CERTIFICATE, &RELAY_AUTH_OFFERED];
    let hindered = Level::NotChecked(crate::domain::finding::Gap::Hindered);
    checks.map(|check| check.finds_of(label, hindered, &seen)).into()
}

fn starttls(setting: &TlsSetting, tls: &Tls) -> (Level, String) {
    let level = match (setting, tls) {
        (_, Tls::Done { version, .. }) => return (Level::Ok, format!("It works ({version}).")),
        (TlsSetting::Off, _) => Level::Info,
        (TlsSetting::Preferred, _) => Level::Warn,
        _ => Level::Fail,
    };
    let consequence = match setting {
        TlsSetting::Off => "TLS is off in Salesforce too",
        TlsSetting::Preferred | TlsSetting::PreferredVerify => "mail goes unencrypted, or not at all",
        _ => "Salesforce delivers nothing",
    };
    match tls {
        Tls::Failed(why) => (level, format!("STARTTLS is offered and fails ({why}): {consequence}.")),
        _ => (level, format!("STARTTLS is not offered: {consequence}.")),
    }
}

fn certificate(setting: &TlsSetting, tls: &Tls) -> (Level, String) {
    let Tls::Done { certificate, .. } = tls else {
        return (Level::NotApplicable, "Without TLS no certificate is shown.".into());
    };
    match certificate {
        Ok(()) => (Level::Ok, "It is trusted here, and made for the host.".into()),
        Err(why) if setting.verifies() => {
            (Level::Fail, format!("{why}: with {} Salesforce delivers nothing.", setting.as_str()))
        }
        Err(why) => {
            (Level::Info, format!("{why}: with {} nobody looks, RequiredVerify would refuse it.", setting.as_str()))
        }
    }
}

fn auth(is_sandbox: bool, relay: &Relay, greeting: &Greeting) -> (Level, String) {
    let offers = |mechanisms: &[String]| mechanisms.iter().any(|one| one.eq_ignore_ascii_case(&relay.auth_type));
    let offered = match greeting.auth() {
        [] => "no authentication".to_string(),
        mechanisms => mechanisms.join(", "),
    };
    if relay.requires_auth && !offers(greeting.auth()) {
        return (Level::Fail, format!("Salesforce is to use {}, and the host offers {offered}.", relay.auth_type));
    }
    if offers(&greeting.auth_in_clear) {
        return (Level::Warn, format!("It offers {} without TLS: passwords can be overheard.", relay.auth_type));
    }
    match (relay.requires_auth, greeting.auth()) {
        (true, _) => (Level::Ok, format!("It offers {offered}.")),
        (false, []) => (Level::Ok, "It offers none, and none is to be used.".into()),
        (false, _) if is_sandbox => (Level::Ok, format!("It offers {offered}, and none is to be used here.")),
        (false, _) => (Level::Info, format!("It offers {offered}, and Salesforce is not set to use it.")),
    }
}
