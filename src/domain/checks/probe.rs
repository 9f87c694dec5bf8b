//! What the relay's host answers when somebody connects as Salesforce does.

use super::{CONSIDERATIONS, SET_UP};
use crate::domain::evidence::Evidence;
use crate::domain::finding::{Check, Finding, Level, Seen, Unseen};
use crate::domain::mail_server::{Greeting, MailServer, Tls};
use crate::domain::posture::{Relay, TlsSetting};
use crate::domain::printable::excerpt;

pub(super) static RELAY_REACHABLE: Check = Check {
    id: "relay-reachable",
    asks: "Does a mail server answer at the relay's host and port?",
    reads: "--probe-relay: MX and addresses of EmailRelay.Host, then a connection to EmailRelay.Port",
    cannot_see: "what Salesforce's own addresses are answered, for the connection comes from this machine: a firewall may \
                 let in those alone; the other addresses of a server, once one has answered",
    advice: "Salesforce looks for MX records of the host first, then for its address.",
    fix: "Setup > Email Relays > Edit > Host and Port; at the relay, let in Salesforce's addresses.",
    link: SET_UP,
};

pub(super) static RELAY_STARTTLS: Check = Check {
    id: "relay-starttls",
    asks: "Does the relay offer TLS, and does it work?",
    reads: "--probe-relay: EHLO and STARTTLS",
    cannot_see: "which versions and ciphers of TLS Salesforce would settle on; whether a host that asks for a client \
                 certificate takes Salesforce's, for this program has none",
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

const ALL: [&Check; 4] = [&RELAY_REACHABLE, &RELAY_STARTTLS, &RELAY_CERTIFICATE, &RELAY_AUTH_OFFERED];

/// The mechanisms of SMTP AUTH that hand over a password, or a token that is as good as one, to whoever listens.
const PASSWORDS: [&str; 4] = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"];

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let relays = match evidence.relays() {
        Err(unseen) => return ALL.map(|check| check.not_checked(unseen)).into(),
        Ok([]) => return ALL.map(|check| check.not_applicable(super::NO_RELAY)).into(),
        Ok(relays) => relays,
    };
    let servers = match &evidence.servers {
        Ok(servers) => servers,
        Err(unseen) => return ALL.map(|check| check.not_checked(unseen)).into(),
    };
    relays.iter().flat_map(|relay| of_relay(evidence.org.is_sandbox, relay, servers.get(&relay.id))).collect()
}

/// Each mail server by itself: Salesforce may turn to any of them.
fn of_relay(is_sandbox: bool, relay: &Relay, servers: Option<&Seen<Vec<MailServer>>>) -> Vec<Finding> {
    let label = relay.label();
    match servers {
        Some(Ok(servers)) if !servers.is_empty() => {
            let has_one = servers.len() == 1;
            let of_server = |server: &MailServer| {
                let subject = if has_one { label.clone() } else { format!("{label} ({})", server.host) };
                match &server.greeting {
                    Ok(greeting) => of_server(is_sandbox, relay, &subject, greeting),
                    Err(unseen) => unheard(&subject, unseen),
                }
            };
            servers.iter().flat_map(of_server).collect()
        }
        Some(Err(unseen)) => unheard(&label, unseen),
        _ => unheard(&label, &Unseen::hindered("It was not asked.")),
    }
}

/// From here: a firewall may let in Salesforce's addresses alone, so it says nothing of the relay.
fn unheard(subject: &str, unseen: &Unseen) -> Vec<Finding> {
    let seen = format!("Not asked, or not reached from this machine: {}", unseen.reason);
    ALL.map(|check| check.finds_of(subject, Level::NotChecked(unseen.gap), &seen)).into()
}

fn of_server(is_sandbox: bool, relay: &Relay, subject: &str, greeting: &Greeting) -> Vec<Finding> {
    let mut findings = vec![
        told(&RELAY_REACHABLE, subject, Ok(reachable(greeting))),
        told(&RELAY_STARTTLS, subject, starttls(&relay.tls, &greeting.tls)),
        told(&RELAY_CERTIFICATE, subject, certificate(&relay.tls, &greeting.tls)),
    ];
    findings
        .extend(auth(is_sandbox, relay, greeting).into_iter().map(|found| told(&RELAY_AUTH_OFFERED, subject, found)));
    findings
}

/// A host with an address that does not answer works, and slowly: Salesforce may turn to that one first.
fn reachable(greeting: &Greeting) -> (Level, String) {
    let Greeting { server, banner, silent, not_asked, .. } = greeting;
    let mut seen = format!("{server} answered this machine, whose address is none of Salesforce's: {banner}");
    if !silent.is_empty() {
        seen = format!("{seen}; other addresses did not: {}", silent.join("; "));
    }
    if !not_asked.is_empty() {
        let addresses: Vec<String> = not_asked.iter().map(ToString::to_string).collect();
        seen = format!("{seen}; not asked: {}", excerpt(&addresses.join(", "), 160));
    }
    (if silent.is_empty() { Level::Ok } else { Level::Info }, seen)
}

fn told(check: &'static Check, subject: &str, found: Seen<(Level, String)>) -> Finding {
    let (level, seen) = found.unwrap_or_else(|unseen| (Level::NotChecked(unseen.gap), unseen.reason));
    check.finds_of(subject, level, seen)
}

fn starttls(setting: &TlsSetting, tls: &Tls) -> Seen<(Level, String)> {
    let fault = match tls {
        Tls::NotOffered => "STARTTLS is not offered".to_string(),
        Tls::Offered { began, .. } => match began.as_ref().map_err(Clone::clone)? {
            Ok(version) => return Ok((Level::Ok, format!("It works ({version})."))),
            Err(why) => format!("STARTTLS is offered and fails ({why})"),
        },
    };
    let (level, consequence) = match setting {
        TlsSetting::Off => (Level::Info, "TLS is off in Salesforce too"),
        TlsSetting::Preferred => (Level::Warn, "mail goes unencrypted, or not at all"),
        TlsSetting::PreferredVerify => (Level::Fail, "mail goes unencrypted, or not at all"),
        TlsSetting::Required | TlsSetting::RequiredVerify => (Level::Fail, "Salesforce delivers nothing"),
        TlsSetting::Other(name) => return Ok((Level::Warn, format!("{fault}: {}.", unknown(name)))),
    };
    Ok((level, format!("{fault}: {consequence}.")))
}

fn unknown(setting: &str) -> String {
    format!("this version of relay-scrub does not know what Salesforce does then with {setting}")
}

fn certificate(setting: &TlsSetting, tls: &Tls) -> Seen<(Level, String)> {
    let Tls::Offered { certificate, .. } = tls else {
        return Ok((Level::NotApplicable, "Without TLS no certificate is shown.".into()));
    };
    let Err(why) = certificate.as_ref().map_err(Clone::clone)? else {
        return Ok((Level::Ok, "It is trusted here, and made for the host.".into()));
    };
    let name = setting.as_str();
    Ok(match setting {
        TlsSetting::Other(name) => (Level::Warn, format!("{why}: {}.", unknown(name))),
        setting if setting.verifies() => (Level::Fail, format!("{why}: with {name} Salesforce delivers nothing.")),
        _ => (Level::Info, format!("{why}: with {name} nobody looks, RequiredVerify would refuse it.")),
    })
}

/// What is offered before TLS is told by itself, beside what is wrong or not known under it.
fn auth(is_sandbox: bool, relay: &Relay, greeting: &Greeting) -> Vec<Seen<(Level, String)>> {
    let offered = greeting.auth().map(|mechanisms| offered(is_sandbox, relay, mechanisms));
    let bare = |one: &&String| PASSWORDS.contains(&one.as_str()) || one.eq_ignore_ascii_case(&relay.auth_type);
    let bare: Vec<&str> = greeting.auth_in_clear.iter().filter(bare).map(String::as_str).collect();
    if bare.is_empty() {
        return vec![offered];
    }
    let overheard = format!("It offers {} without TLS: passwords can be overheard.", excerpt(&bare.join(", "), 160));
    let graver = Some(offered).filter(|found| !matches!(found, Ok((Level::Ok | Level::Info, _))));
    graver.into_iter().chain([Ok((Level::Warn, overheard))]).collect()
}

/// What Salesforce is offered, held against what it is to use.
fn offered(is_sandbox: bool, relay: &Relay, mechanisms: &[String]) -> (Level, String) {
    let (wanted, offers) = (&relay.auth_type, excerpt(&mechanisms.join(", "), 160));
    match (relay.requires_auth, mechanisms) {
        (true, []) => (Level::Fail, format!("Salesforce is to use {wanted}, and the host offers no authentication.")),
        (true, _) if mechanisms.iter().any(|one| one.eq_ignore_ascii_case(wanted)) => {
            (Level::Ok, format!("It offers {offers}."))
        }
        (true, _) => (Level::Fail, format!("Salesforce is to use {wanted}, and the host offers {offers}.")),
        (false, []) => (Level::Ok, "It offers none, and none is to be used.".into()),
        (false, _) if is_sandbox => (Level::Ok, format!("It offers {offers}, and none is to be used here.")),
        (false, _) => (Level::Info, format!("It offers {offers}, and Salesforce is not set to use it.")),
    }
}
