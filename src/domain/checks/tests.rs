use std::collections::BTreeMap;

use super::*;
use crate::domain::evidence::{
    DkimRecord, Dmarc, Dns, Lock, Message, Policy, PublicKey, Record, Signature, SignatureResult, dkim_name,
};
use crate::domain::finding::{Gap, Level, Unseen};
use crate::domain::mail_domain::Pattern;
use crate::domain::mail_server::{Greeting, MailServer, Tls};
use crate::domain::org::{Org, OrgKind};
use crate::domain::posture::{Address, DkimKey, EmailSettings, Filter, Posture, Relay, Selector, TlsSetting};
use crate::domain::spf::{Others, Spf};

fn org(kind: OrgKind) -> Org {
    Org {
        id: "00D5e000000abcD".parse().expect("an id"),
        name: "Acme".into(),
        kind,
        is_sandbox: kind == OrgKind::Sandbox,
        instance_url: "https://acme.my.salesforce.com".into(),
    }
}

fn key() -> DkimKey {
    DkimKey {
        domain: "acme.com".into(),
        signs: vec![Pattern::Domain("acme.com".into())],
        is_active: true,
        bits: Some(2048),
        selectors: vec![Selector { name: "sf1".into(), published_at: Some("sf1.x.custdkim.salesforce.com".into()) }],
        publish_state: Some("Published".into()),
    }
}

fn relay() -> Relay {
    Relay {
        id: "0XeAAAAAAAAAAAAAAA".into(),
        host: "smtp.acme.com".into(),
        port: "587".into(),
        tls: TlsSetting::RequiredVerify,
        requires_auth: true,
        auth_type: "PLAIN".into(),
    }
}

fn filter() -> Filter {
    Filter {
        priority: Some(1),
        relay_id: relay().id,
        from: Pattern::list("acme.com"),
        to: Pattern::list("*"),
        is_active: true,
    }
}

fn dns() -> Dns {
    let record =
        DkimRecord { key: Record::Is(PublicKey::Usable), alias_of: Some("sf1.x.custdkim.salesforce.com.".into()) };
    Dns {
        spf: [("acme.com".to_string(), Ok(Record::Is(says(Others::Fail))))].into(),
        dmarc: [(Pattern::Domain("acme.com".into()), Ok(Record::Is(asks(Policy::Reject))))].into(),
        dkim: [(dkim_name("sf1", "acme.com"), Ok(record))].into(),
    }
}

fn says(others: Others) -> Spf {
    Spf { others, not_followed: Vec::new(), by_address: Vec::new() }
}

fn asks(policy: Policy) -> Dmarc {
    Dmarc { policy, share: 100, is_tested: false, strict_dkim: false, strict_spf: false, ignored: Vec::new() }
}

fn greeting() -> Greeting {
    Greeting {
        server: "smtp.acme.com (192.0.2.1)".into(),
        silent: Vec::new(),
        not_asked: Vec::new(),
        banner: "220 smtp.acme.com ESMTP".into(),
        auth_in_clear: Vec::new(),
        tls: Tls::Offered {
            began: Ok(Ok("TLS 1.3".into())),
            certificate: Ok(Ok(())),
            auth: Ok(vec!["PLAIN".into(), "LOGIN".into()]),
        },
    }
}

fn message() -> Message {
    Message {
        file: "mail.eml".into(),
        locks: vec![Lock::Plain("00D5e000000abcD".into())],
        from_domain: Some("acme.com".into()),
        return_path: Some("<ann@acme.com>".into()),
        signatures: Ok(vec![Signature {
            domain: "acme.com".into(),
            selector: "sf1".into(),
            result: SignatureResult::Valid,
        }]),
        noted: Vec::new(),
        dmarc: Ok(Record::Is(asks(Policy::Reject))),
    }
}

/// A production org that does all that the advice wants, looked at with every flag.
fn good() -> Evidence {
    let settings = EmailSettings { handles_bounces: false, spf_compliance: false, sender_id_compliance: false };
    Evidence {
        org: org(OrgKind::Production),
        posture: Posture {
            relays: Ok(vec![relay()]),
            with_credentials: None,
            filters: Ok(vec![filter()]),
            keys: Ok(vec![key()]),
            addresses: Ok(vec![Address { address: "help@acme.com".into(), is_verified: true }]),
            settings: Ok(settings),
        },
        dns: Ok(dns()),
        servers: Ok(
            [(relay().id, Ok(vec![MailServer { host: "smtp.acme.com".into(), greeting: Ok(greeting()) }]))].into()
        ),
        messages: vec![message()],
    }
}

/// The levels that a check gave, after a change to what is good.
fn levels(id: &str, change: impl FnOnce(&mut Evidence)) -> Vec<Level> {
    let mut evidence = good();
    change(&mut evidence);
    let found = judge(&evidence);
    for check in CHECKS {
        assert!(found.iter().any(|finding| finding.check.id == check.id), "{} is not answered", check.id);
    }
    found.iter().filter(|finding| finding.check.id == id).map(|finding| finding.level).collect()
}

fn relay_mut(evidence: &mut Evidence) -> &mut Relay {
    &mut evidence.posture.relays.as_mut().expect("relays")[0]
}

fn unread<T>() -> Result<T, Unseen> {
    Err(Unseen::hindered("the user may not see it."))
}

#[test]
fn an_org_that_does_all_that_the_advice_wants_has_no_finding() {
    let found = judge(&good());
    let bad: Vec<_> = found.iter().filter(|finding| finding.level.reaches(Level::Info)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    let open: Vec<_> = found.iter().filter(|finding| matches!(finding.level, Level::NotChecked(_))).collect();
    assert_eq!(open.iter().map(|finding| finding.check.id).collect::<Vec<_>>(), ["send-access", "relay-checks"]);
}

#[test]
fn ids_are_unique_and_every_text_is_there() {
    let mut ids: Vec<_> = CHECKS.iter().map(|check| check.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CHECKS.len());
    for check in CHECKS {
        let Check { id, asks, reads, cannot_see, advice, fix, link } = check;
        assert!(asks.ends_with('?') && advice.ends_with('.') && fix.ends_with('.'), "{id}");
        assert!(
            !reads.is_empty() && !cannot_see.is_empty() && link.starts_with("https://help.salesforce.com/"),
            "{id}"
        );
    }
}

#[test]
fn each_bad_setup_is_told_by_its_own_check() {
    use Level::{Fail, Info, NotApplicable, Ok as Fine, Warn};
    type Change = fn(&mut Evidence);
    let sandbox: Change = |evidence| {
        evidence.org = org(OrgKind::Sandbox);
        evidence.posture.with_credentials = Some(Ok(1));
    };
    let table: Vec<(&str, Change, Level)> = vec![
        ("sandbox-credentials", |_| {}, NotApplicable),
        ("sandbox-credentials", sandbox, Fail),
        ("relay-authentication", sandbox, Warn),
        ("relay-in-use", |e| e.posture.filters = Ok(vec![Filter { is_active: false, ..filter() }]), Info),
        ("relay-tls", |e| relay_mut(e).tls = TlsSetting::Off, Fail),
        ("relay-tls", |e| relay_mut(e).tls = TlsSetting::Preferred, Fail),
        ("relay-tls", |e| relay_mut(e).tls = TlsSetting::PreferredVerify, Fail),
        ("relay-tls", |e| relay_mut(e).tls = TlsSetting::Required, Info),
        ("relay-tls", |e| relay_mut(e).tls = TlsSetting::of("Tomorrow"), Warn),
        ("relay-authentication", |e| relay_mut(e).requires_auth = false, Warn),
        ("filter-domains", |e| e.posture.filters = Ok(vec![Filter { from: Pattern::list("*"), ..filter() }]), Warn),
        ("filter-domains", |e| e.posture.filters = Ok(vec![Filter { from: Pattern::list("*.com"), ..filter() }]), Warn),
        (
            "filter-domains",
            |e| e.posture.filters = Ok(vec![Filter { from: Pattern::list("*.co.uk, com"), ..filter() }]),
            Warn,
        ),
        ("filter-domains", |e| e.posture.filters = Ok(Vec::new()), NotApplicable),
        (
            "own-addresses",
            |e| e.posture.addresses = Ok(vec![Address { address: "a@acme.org".into(), is_verified: true }]),
            Info,
        ),
        (
            "own-addresses",
            |e| e.posture.addresses = Ok(vec![Address { address: "a@acme.com".into(), is_verified: false }]),
            Warn,
        ),
        ("dkim-key", |e| e.posture.keys = Ok(Vec::new()), Warn),
        ("dkim-key", |e| e.posture.keys = Ok(vec![DkimKey { is_active: false, ..key() }]), Warn),
        (
            "dkim-key",
            |e| e.posture.keys = Ok(vec![DkimKey { signs: vec![Pattern::Below("acme.com".into())], ..key() }]),
            Warn,
        ),
        ("dkim-key-size", |e| e.posture.keys = Ok(vec![DkimKey { bits: Some(1024), ..key() }]), Warn),
        ("bounce-management", |e| bounces(e), Info),
        (
            "bounce-management",
            |e| {
                bounces(e);
                e.posture.keys = Ok(Vec::new())
            },
            Warn,
        ),
        (
            "bounce-management",
            |e| {
                bounces(e);
                with_dns(e).dmarc.clear()
            },
            Warn,
        ),
        (
            "bounce-management",
            |e| {
                bounces(e);
                with_dns(e).dkim.clear()
            },
            Warn,
        ),
        (
            "bounce-management",
            |e| {
                bounces(e);
                e.dns = Err(Unseen::not_asked("--no-dns"))
            },
            Warn,
        ),
        ("security-compliance", |e| settings(e).spf_compliance = true, Warn),
        ("security-compliance", |e| settings(e).sender_id_compliance = true, Warn),
        ("spf", |e| spf(e, Record::Absent), Warn),
        ("spf", |e| spf(e, Record::Several(2)), Fail),
        ("spf", |e| spf(e, Record::Is(says(Others::Pass("+all".into())))), Fail),
        ("spf", |e| spf(e, Record::Is(says(Others::Neutral))), Info),
        ("spf", |e| spf(e, Record::Malformed("?".into())), Fail),
        ("dmarc", |e| dmarc(e, Record::Absent), Warn),
        ("dmarc", |e| dmarc(e, Record::Is(asks(Policy::Nothing))), Info),
        ("dmarc", |e| dmarc(e, Record::Is(Dmarc { share: 20, ..asks(Policy::Reject) })), Info),
        ("dmarc", |e| dmarc(e, Record::Is(Dmarc { is_tested: true, ..asks(Policy::Reject) })), Info),
        ("dmarc", |e| dmarc(e, Record::Is(Dmarc { ignored: vec!["pct=x".into()], ..asks(Policy::Reject) })), Info),
        ("dmarc", |e| dmarc(e, Record::Several(2)), Fail),
        ("relay-starttls", |e| answered(e).tls = Tls::NotOffered, Fail),
        (
            "relay-starttls",
            |e| {
                relay_mut(e).tls = TlsSetting::Off;
                answered(e).tls = Tls::NotOffered
            },
            Info,
        ),
        ("relay-certificate", |e| certificate(e), Fail),
        (
            "relay-certificate",
            |e| {
                relay_mut(e).tls = TlsSetting::PreferredVerify;
                certificate(e)
            },
            Fail,
        ),
        (
            "relay-certificate",
            |e| {
                relay_mut(e).tls = TlsSetting::Required;
                certificate(e)
            },
            Info,
        ),
        ("relay-auth-offered", |e| relay_mut(e).auth_type = "XOAUTH2".into(), Fail),
        ("relay-auth-offered", |e| answered(e).auth_in_clear = vec!["PLAIN".into()], Warn),
        ("relay-auth-offered", |e| answered(e).auth_in_clear = vec!["LOGIN".into()], Warn),
        ("relay-auth-offered", |e| answered(e).auth_in_clear = vec!["CRAM-MD5".into()], Fine),
        (
            "relay-starttls",
            |e| {
                relay_mut(e).tls = TlsSetting::of("Tomorrow");
                answered(e).tls = Tls::NotOffered
            },
            Warn,
        ),
        (
            "relay-certificate",
            |e| {
                relay_mut(e).tls = TlsSetting::of("Tomorrow");
                certificate(e)
            },
            Warn,
        ),
        ("relay-auth-offered", |e| relay_mut(e).requires_auth = false, Info),
        ("message-lock", |e| e.messages[0].locks.clear(), Fail),
        ("message-lock", |e| e.messages[0].locks = vec![Lock::Plain("00D9z000000othe".into())], Fail),
        ("message-lock", |e| e.messages[0].locks = vec![Lock::Plain("00D5e000000abcD".into()); 2], Fail),
        ("message-lock", |e| e.messages[0].locks = vec![Lock::Plain("00d5e000000abcd".into())], Fail),
        ("message-lock", |e| e.messages[0].locks = vec![Lock::Odd("00D5e000000abcD".into())], Fail),
        ("message-dkim", |e| signature(e).result = SignatureResult::Invalid("body hash".into()), Fail),
        ("message-dkim", |e| signature(e).domain = "other.com".into(), Fail),
        ("message-dkim", |e| signature(e).result = SignatureResult::Partial, Warn),
        ("message-dmarc", |e| signature(e).result = SignatureResult::Partial, Warn),
        ("message-dkim", |e| signature(e).result = SignatureResult::Testing, Warn),
        ("message-dmarc", |e| signature(e).result = SignatureResult::Testing, Warn),
        ("message-dkim", |e| e.messages[0].signatures = Ok(Vec::new()), Fail),
        ("message-envelope", |e| bounce_path(e), Warn),
        (
            "message-envelope",
            |e| e.messages[0].return_path = Some("<ann@acme.com> (by way of x@other.com)".into()),
            Fine,
        ),
        (
            "message-envelope",
            |e| e.messages[0].return_path = Some("(<x@other.com> (\\)) y) <ann@acme.com>".into()),
            Fine,
        ),
        ("message-envelope", |e| e.messages[0].return_path = Some("<\"a(b\"@other.com>".into()), Info),
        (
            "message-envelope",
            |e| e.messages[0].return_path = Some("<x@y.cs32.bnc.sandbox.salesforce.com>".into()),
            Warn,
        ),
        ("message-envelope", |e| e.messages[0].return_path = Some("<x@notbnc.salesforce.com.evil.org>".into()), Info),
        ("message-dmarc", |e| bounce_path(e), Fine),
        (
            "message-dmarc",
            |e| {
                bounce_path(e);
                signature(e).domain = "other.com".into()
            },
            Fail,
        ),
        ("message-dmarc", |e| signature(e).domain = "other.com".into(), Warn),
    ];
    for (number, (id, change, expected)) in table.into_iter().enumerate() {
        assert_eq!(levels(id, change), [expected], "row {number}: {id}");
    }
}

fn settings(evidence: &mut Evidence) -> &mut EmailSettings {
    evidence.posture.settings.as_mut().expect("settings")
}

fn bounces(evidence: &mut Evidence) {
    settings(evidence).handles_bounces = true;
}

fn with_dns(evidence: &mut Evidence) -> &mut Dns {
    evidence.dns.as_mut().expect("DNS")
}

fn spf(evidence: &mut Evidence, record: Record<Spf>) {
    with_dns(evidence).spf.insert("acme.com".into(), Ok(record));
}

fn dmarc(evidence: &mut Evidence, record: Record<Dmarc>) {
    with_dns(evidence).dmarc.insert(Pattern::Domain("acme.com".into()), Ok(record));
}

fn server(evidence: &mut Evidence) -> &mut MailServer {
    let servers = evidence.servers.as_mut().expect("servers").values_mut().next().expect("a relay's");
    &mut servers.as_mut().expect("servers")[0]
}

fn answered(evidence: &mut Evidence) -> &mut Greeting {
    server(evidence).greeting.as_mut().expect("a greeting")
}

/// TLS whose certificate has this wrong with it.
fn certificate(evidence: &mut Evidence) {
    let Tls::Offered { certificate, .. } = &mut answered(evidence).tls else { panic!("no TLS") };
    *certificate = Ok(Err("made for another host".into()));
}

fn signature(evidence: &mut Evidence) -> &mut Signature {
    &mut evidence.messages[0].signatures.as_mut().expect("signatures")[0]
}

fn bounce_path(evidence: &mut Evidence) {
    evidence.messages[0].return_path = Some("<ann=acme.com__0-1@x.um8.bnc.salesforce.com>".into());
}

#[test]
fn the_records_of_a_key_are_judged_by_name_and_by_what_salesforce_says() {
    let with = |key: Record<PublicKey>, alias: Option<&str>| {
        let record = DkimRecord { key, alias_of: alias.map(str::to_string) };
        levels("dkim-dns", |evidence| {
            with_dns(evidence).dkim.insert(dkim_name("sf1", "acme.com"), Ok(record));
        })
    };
    let right = Some("SF1.x.custdkim.salesforce.com");
    assert_eq!(with(Record::Is(PublicKey::Usable), right), [Level::Ok]);
    assert_eq!(with(Record::Is(PublicKey::Usable), None), [Level::Warn]);
    assert_eq!(with(Record::Is(PublicKey::Usable), Some("elsewhere.com.")), [Level::Warn]);
    assert_eq!(with(Record::Is(PublicKey::Revoked), right), [Level::Fail]);
    assert_eq!(with(Record::Absent, right), [Level::Fail]);
    let state = |evidence: &mut Evidence| {
        let state = Some("Publishing failed".into());
        evidence.posture.keys = Ok(vec![DkimKey { publish_state: state, ..key() }]);
    };
    assert_eq!(levels("dkim-dns", state), [Level::Fail, Level::Ok]);
    let without_dns = |evidence: &mut Evidence| {
        state(evidence);
        evidence.dns = Err(Unseen::not_asked("--no-dns"));
    };
    assert_eq!(levels("dkim-dns", without_dns), [Level::Fail]);
    let alternate = |evidence: &mut Evidence| {
        let published_at = Some("sf2.x.custdkim.salesforce.com".to_string());
        let mut key = key();
        key.selectors.push(Selector { name: "sf2".into(), published_at: published_at.clone() });
        evidence.posture.keys = Ok(vec![key]);
        let record = DkimRecord { key: Record::Absent, alias_of: published_at };
        with_dns(evidence).dkim.insert(dkim_name("sf2", "acme.com"), Ok(record));
    };
    assert_eq!(levels("dkim-dns", alternate), [Level::Ok, Level::Ok]);
}

#[test]
fn what_could_not_be_read_is_never_called_in_order() {
    let hindered = Level::NotChecked(Gap::Hindered);
    let blind = |evidence: &mut Evidence| {
        evidence.org = org(OrgKind::Sandbox);
        evidence.posture = Posture {
            relays: unread(),
            with_credentials: Some(unread()),
            filters: unread(),
            keys: unread(),
            addresses: unread(),
            settings: unread(),
        };
        evidence.dns = unread();
        evidence.servers = unread();
    };
    let of_posture = CHECKS.iter().filter(|check| !check.id.starts_with("message-"));
    for check in of_posture.filter(|check| !matches!(check.id, "send-access" | "relay-checks")) {
        assert_eq!(levels(check.id, blind), [hindered], "{}", check.id);
    }
    // One part alone: what hangs on it is not told, and the others are.
    assert_eq!(levels("relay-tls", |e| e.posture.filters = unread()), [Level::Ok]);
    assert_eq!(levels("spf", |e| e.posture.filters = unread()), [hindered]);
    assert_eq!(levels("bounce-management", |e| e.posture.settings = unread()), [hindered]);
    let sandbox = |counted| {
        move |evidence: &mut Evidence| {
            evidence.org = org(OrgKind::Sandbox);
            relay_mut(evidence).requires_auth = false;
            evidence.posture.with_credentials = counted;
        }
    };
    assert_eq!(levels("sandbox-credentials", sandbox(Some(unread()))), [hindered]);
    assert_eq!(levels("sandbox-credentials", sandbox(None)), [hindered]);
    assert_eq!(levels("sandbox-credentials", sandbox(Some(Ok(0)))), [Level::Ok, Level::NotChecked(Gap::Invisible)]);
    assert_eq!(levels("sandbox-credentials", sandbox(Some(Ok(1)))), [Level::Fail]);
}

#[test]
fn relays_that_are_counted_are_exposed_though_none_can_be_read() {
    type Relays = Result<Vec<Relay>, Unseen>;
    let of = |relays: Relays, counted: Result<usize, Unseen>| {
        levels("sandbox-credentials", |evidence| {
            evidence.org = org(OrgKind::Sandbox);
            evidence.posture.relays = relays;
            evidence.posture.with_credentials = Some(counted);
        })
    };
    let (hindered, on) = (Level::NotChecked(Gap::Hindered), || Ok(vec![relay()]));
    assert_eq!(of(Ok(Vec::new()), Ok(1)), [Level::Fail]);
    assert_eq!(of(unread(), Ok(1)), [Level::Fail]);
    assert_eq!(of(unread(), Ok(0)), [hindered]);
    assert_eq!(of(Ok(Vec::new()), unread()), [hindered]);
    assert_eq!(of(Ok(Vec::new()), Ok(0)), [Level::NotApplicable]);
    assert_eq!(of(on(), unread()), [Level::Fail], "what is seen is told, whatever could not be counted");
}

#[test]
fn a_relay_that_shows_authentication_is_exposed_whatever_was_counted() {
    let contradiction = |evidence: &mut Evidence| {
        evidence.org = org(OrgKind::Sandbox);
        evidence.posture.with_credentials = Some(Ok(0));
    };
    assert_eq!(levels("sandbox-credentials", contradiction), [Level::Fail]);
}

/// The checks of the mail servers.
const SERVER: [&str; 4] = ["relay-reachable", "relay-starttls", "relay-certificate", "relay-auth-offered"];

#[test]
fn an_unreachable_relay_is_not_a_bad_one() {
    let hindered = Level::NotChecked(Gap::Hindered);
    for id in SERVER {
        assert_eq!(levels(id, |e| server(e).greeting = unread()), [hindered], "{id}");
        assert_eq!(levels(id, |e| e.servers = Ok(BTreeMap::from([(relay().id, unread())]))), [hindered], "{id}");
        assert_eq!(levels(id, |e| e.servers = Ok(BTreeMap::new())), [hindered], "{id}: it was not asked at all");
        assert_eq!(levels(id, |e| e.servers = Ok([(relay().id, Ok(Vec::new()))].into())), [hindered], "{id}");
    }
}

#[test]
fn each_mail_server_of_a_relay_is_judged_by_itself() {
    let two = |evidence: &mut Evidence| {
        let good = MailServer { host: "mx2.acme.com".into(), greeting: Ok(greeting()) };
        let silent = MailServer { host: "mx1.acme.com".into(), greeting: unread() };
        evidence.servers = Ok([(relay().id, Ok(vec![silent, good]))].into());
    };
    for id in SERVER {
        assert_eq!(levels(id, two), [Level::NotChecked(Gap::Hindered), Level::Ok], "{id}");
    }
    let mut evidence = good();
    two(&mut evidence);
    let found = judge(&evidence);
    let subjects: Vec<_> = found
        .iter()
        .filter(|finding| finding.check.id == SERVER[0])
        .filter_map(|finding| finding.subject.clone())
        .collect();
    assert_eq!(subjects, ["smtp.acme.com:587 (mx1.acme.com)", "smtp.acme.com:587 (mx2.acme.com)"]);
}

#[test]
fn what_comes_after_tls_failed_is_not_known_and_what_came_before_is() {
    use Level::{Fail, Ok as Fine, Warn};
    const HINDERED: Level = Level::NotChecked(Gap::Hindered);
    type Parts = (Result<Result<String, String>, Unseen>, Result<Result<(), String>, Unseen>, Vec<String>);
    let with = |(began, certificate, auth_in_clear): Parts| {
        SERVER.map(|id| {
            let parts = Tls::Offered { began: began.clone(), certificate: certificate.clone(), auth: unread() };
            levels(id, |evidence| {
                answered(evidence).tls = parts;
                answered(evidence).auth_in_clear = auth_in_clear.clone();
            })
        })
    };
    let failed = || Ok(Err("it closed the connection".to_string()));
    let wrong = || Ok(Err("It has expired".to_string()));
    assert_eq!(with((failed(), unread(), vec![])), [[Fine], [Fail], [HINDERED], [HINDERED]]);
    assert_eq!(with((failed(), Ok(Ok(())), vec![])), [[Fine], [Fail], [Fine], [HINDERED]]);
    assert_eq!(with((failed(), wrong(), vec![])), [[Fine], [Fail], [Fail], [HINDERED]]);
    assert_eq!(with((unread(), unread(), vec![])), [[Fine], [HINDERED], [HINDERED], [HINDERED]]);
    assert_eq!(with((Ok(Ok("TLS 1.3".into())), Ok(Ok(())), vec![])), [[Fine], [Fine], [Fine], [HINDERED]]);
    let overheard = with((failed(), unread(), vec!["LOGIN".into()]));
    assert_eq!(overheard[3], [HINDERED, Warn], "what was offered in clear does not stand for what is under TLS");
}
