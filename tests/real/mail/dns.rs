//! SPF, DMARC and DKIM, asked of a real name server: good and each kind of bad is told apart.

use super::nsd::Nsd;
use super::*;
use crate::support::keys::RsaKey;

const SPF: &str = "@ IN TXT \"v=spf1 include:_spf.acme.com ip4:192.0.2.1 -all\"\n\
                   @ IN TXT \"some-site-verification=x\"\n\
                   _spf IN TXT \"v=spf1 exists:%{i}._spf.mta.salesforce.com -all\"\n";
const DMARC: &str = "_dmarc IN TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@acme.com\"\n";
const ALIAS: &str = "sf1._domainkey IN CNAME sf1.x1y2z3.custdkim.salesforce.com.\n";

/// The record of a public key, in texts of at most 255 characters, as a zone file has it.
pub(super) fn record(key: &RsaKey) -> String {
    let base64: String = key.public.lines().filter(|line| !line.starts_with('-')).collect();
    let whole = format!("v=DKIM1; k=rsa; p={base64}");
    whole
        .as_bytes()
        .chunks(200)
        .map(|part| format!("\"{}\"", String::from_utf8_lossy(part)))
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn published(key: &RsaKey) -> String {
    format!("sf1.x1y2z3 IN TXT {}\n", record(key))
}

pub(super) async fn found(records: &str, keys: &str, check: &str) -> Vec<String> {
    let nsd = Nsd::serve(records, keys).await;
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    let (ran, report) = audit(&org, &["--dns", &nsd.address()], None).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    levels(&report, check)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_dns_says_is_told_apart() {
    let key = RsaKey::generate();
    let keys = published(&key);
    let all = format!("{SPF}{DMARC}{ALIAS}");
    let table: Vec<(&str, &str, String, String)> = vec![
        ("spf", "ok", all.clone(), keys.clone()),
        ("dmarc", "ok", all.clone(), keys.clone()),
        ("dkim-dns", "ok", all.clone(), keys.clone()),
        ("spf", "warn", "@ IN TXT \"some-site-verification=x\"".into(), keys.clone()),
        ("spf", "fail", format!("{SPF}@ IN TXT \"v=spf1 mx ~all\""), keys.clone()),
        ("spf", "fail", "@ IN TXT \"v=spf1 +all\"".into(), keys.clone()),
        ("spf", "fail", "@ IN TXT \"v=spf1 ip4:nonsense -all\"".into(), keys.clone()),
        ("spf", "info", "@ IN TXT \"v=spf1 mx ?all\"".into(), keys.clone()),
        ("dmarc", "warn", SPF.into(), keys.clone()),
        ("dmarc", "info", "_dmarc IN TXT \"v=DMARC1; p=none\"".into(), keys.clone()),
        ("dmarc", "info", "_dmarc IN TXT \"v=DMARC1; p=reject; pct=20\"".into(), keys.clone()),
        ("dmarc", "info", "_dmarc IN TXT \"v=DMARC1; p=quarantine; t=y\"".into(), keys.clone()),
        ("dmarc", "ok", "_dmarc IN TXT \"v=DMARC1; p=reject; pct=100; t=n\"".into(), keys.clone()),
        ("dmarc", "warn", "_dmarc IN TXT \"v=DMARC10; p=reject\"".into(), keys.clone()),
        ("dmarc", "warn", "_dmarc IN TXT \"v=dmarc1; p=reject\"".into(), keys.clone()),
        ("dmarc", "info", "_dmarc IN TXT \"v=DMARC1; p=reject; pct=abc\"".into(), keys.clone()),
        ("dmarc", "fail", "_dmarc IN TXT \"v=DMARC1; p=none; p=reject\"".into(), keys.clone()),
        ("dmarc", "fail", format!("{DMARC}_dmarc IN TXT \"v=DMARC1; p=none\""), keys.clone()),
        ("dkim-dns", "fail", SPF.into(), keys.clone()),
        ("dkim-dns", "fail", ALIAS.into(), String::new()),
        ("dkim-dns", "fail", ALIAS.into(), "sf1.x1y2z3 IN TXT \"v=DKIM1; k=rsa; p=\"".into()),
        ("dkim-dns", "fail", ALIAS.into(), "sf1.x1y2z3 IN TXT \"v=DKIM1; k=rsa; p=nonsense\"".into()),
        ("dkim-dns", "warn", format!("sf1._domainkey IN TXT {}", record(&key)), String::new()),
    ];
    for (check, expected, records, keys) in table {
        assert_eq!(found(&records, &keys, check).await, [expected], "{check}: {records}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_server_that_does_not_answer_or_does_not_know_leaves_its_checks_open() {
    let nsd = Nsd::serve(SPF, "").await;
    // NSD refuses what is in no zone of its own.
    let elsewhere = |setup: &mut OrgSetup| setup.filters[0].from_domain = "example.org".into();
    let (_simulator, org) = org(OrgKind::Sandbox, 587, elsewhere).await;
    let nobody = format!("127.0.0.1:{}", quiet_port());
    for server in [nsd.address(), nobody] {
        let (ran, report) = audit(&org, &["--dns", &server, "--fail-on", "fail"], None).await;
        assert_eq!(ran.code, 10, "{report:#}");
        for check in ["spf", "dmarc"] {
            assert_eq!(levels(&report, check), ["not_checked: hindered"], "{server}: {report:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_server_that_only_names_others_has_not_said_that_there_is_nothing() {
    let nsd = Nsd::serve(&format!("{SPF}{DMARC}crm IN NS ns.example.org.\n"), "").await;
    let delegated = |setup: &mut OrgSetup| setup.filters[0].from_domain = "crm.acme.com".into();
    let (_simulator, org) = org(OrgKind::Sandbox, 587, delegated).await;
    let (ran, report) = audit(&org, &["--dns", &nsd.address(), "--fail-on", "fail"], None).await;
    assert_eq!(ran.code, 10, "{report:#}");
    for check in ["spf", "dmarc"] {
        assert_eq!(levels(&report, check), ["not_checked: hindered"], "{report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bounce_management_is_forgiven_where_dmarc_with_dkim_carries_the_mail() {
    let key = RsaKey::generate();
    let table = [
        (format!("{SPF}{DMARC}{ALIAS}"), published(&key), "info"),
        (format!("{SPF}{ALIAS}"), published(&key), "warn"),
        (format!("{SPF}{DMARC}{ALIAS}"), String::new(), "warn"),
        (format!("{SPF}{}{ALIAS}", DMARC.replace("p=reject", "p=reject; adkim=s")), published(&key), "info"),
    ];
    for (records, keys, expected) in table {
        let nsd = Nsd::serve(&records, &keys).await;
        let bounces = |setup: &mut OrgSetup| setup.email_settings.handles_bounces = true;
        let (_simulator, org) = org(OrgKind::Sandbox, 587, bounces).await;
        let (_, report) = audit(&org, &["--dns", &nsd.address()], None).await;
        assert_eq!(levels(&report, "bounce-management"), [expected], "{records}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subdomain_has_the_policy_of_the_domain_above_for_subdomains() {
    let nsd = Nsd::serve("_dmarc IN TXT \"v=DMARC1; p=reject; sp=none\"\ncrm IN TXT \"v=spf1 mx -all\"", "").await;
    let below = |setup: &mut OrgSetup| setup.filters[0].from_domain = "crm.acme.com".into();
    let (_simulator, org) = org(OrgKind::Sandbox, 587, below).await;
    let (_, report) = audit(&org, &["--dns", &nsd.address()], None).await;
    assert_eq!(
        (levels(&report, "dmarc"), levels(&report, "spf")),
        (vec!["info".into()], vec!["ok".into()]),
        "{report:#}"
    );
}

/// The findings of a check for an org with this filter: subject and level.
pub(super) async fn of_filter(from: &str, records: &str, keys: &str, check: &str) -> Vec<(String, String)> {
    let nsd = Nsd::serve(records, keys).await;
    let filter = |setup: &mut OrgSetup| setup.filters[0].from_domain = from.into();
    let (_simulator, org) = org(OrgKind::Sandbox, 587, filter).await;
    let (ran, report) = audit(&org, &["--dns", &nsd.address()], None).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    by_subject(&report, check)
}

/// What a check found of each thing.
pub(super) fn by_subject(org: &Value, check: &str) -> Vec<(String, String)> {
    let findings = org["findings"].as_array().expect("findings").iter().filter(|finding| finding["check"] == check);
    let subjects = findings.map(|finding| finding["subject"].as_str().unwrap_or_default().to_string());
    subjects.zip(levels(org, check)).collect()
}

pub(super) fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(subject, level)| (subject.to_string(), level.to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_below_a_domain_is_not_judged_by_the_domains_own_records() {
    const INVISIBLE: &str = "not_checked: invisible";
    type Row = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);
    let table: [Row; 6] = [
        // The SPF record of a domain says nothing of those below it.
        ("*.acme.com", SPF, "spf", &[("*.acme.com", INVISIBLE)]),
        ("acme.com, *.acme.com", SPF, "spf", &[("acme.com", "ok"), ("*.acme.com", INVISIBLE)]),
        ("*.acme.com", "_dmarc IN TXT \"v=DMARC1; p=reject; sp=none\"", "dmarc", &[("*.acme.com", "info")]),
        ("*.acme.com", "_dmarc IN TXT \"v=DMARC1; p=none; sp=reject\"", "dmarc", &[("*.acme.com", "ok")]),
        (
            "acme.com, *.acme.com",
            "_dmarc IN TXT \"v=DMARC1; p=reject; sp=none\"",
            "dmarc",
            &[("acme.com", "ok"), ("*.acme.com", "info")],
        ),
        ("*.acme.com", DMARC, "dmarc", &[("*.acme.com", "ok")]),
    ];
    for (from, records, check, expected) in table {
        assert_eq!(of_filter(from, records, "", check).await, pairs(expected), "{from}: {records}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_that_nobody_can_list_are_never_called_in_order() {
    let key = RsaKey::generate();
    let nsd = Nsd::serve(&format!("{SPF}{DMARC}{ALIAS}"), &published(&key)).await;
    let invisible = "not_checked: invisible";
    for from in ["*", "*acme.com", "*.com"] {
        let wide = |setup: &mut OrgSetup| {
            setup.filters[0].from_domain = from.into();
            setup.email_settings.handles_bounces = true;
        };
        let (_simulator, org) = org(OrgKind::Sandbox, 587, wide).await;
        let (ran, report) = audit(&org, &["--dns", &nsd.address()], None).await;
        for check in ["spf", "dmarc", "dkim-key"] {
            let expected = pairs(&[("acme.com", "ok"), (from, invisible)]);
            assert_eq!(by_subject(&report, check), expected, "{check}, {from}: {ran:?}");
        }
        assert_eq!(levels(&report, "bounce-management"), ["warn"], "{from}: {report:#}");
        assert!(seen(&report, "bounce-management").contains("is not known"), "{report:#}");

        // Who hides the addresses hides senders, and a gate sees it.
        org.edit(|state| state.users[0].hidden_objects = vec!["OrgWideEmailAddress".into()]);
        let (ran, report) = audit(&org, &["--dns", &nsd.address(), "--fail-on", "fail"], None).await;
        let expected = pairs(&[("acme.com", "ok"), (from, "not_checked: hindered")]);
        assert_eq!((ran.code, by_subject(&report, "dmarc")), (10, expected), "{from}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_domain_above_carries_the_mail_of_those_below_unless_dmarc_is_strict() {
    let key = RsaKey::generate();
    for (strict, expected) in [("", "info"), ("; adkim=s", "warn"), ("; aspf=s", "info")] {
        let records = format!("{ALIAS}_dmarc IN TXT \"v=DMARC1; p=reject{strict}\"\n");
        let nsd = Nsd::serve(&records, &published(&key)).await;
        for from in ["crm.acme.com", "*.acme.com"] {
            let below = |setup: &mut OrgSetup| {
                setup.filters[0].from_domain = from.into();
                setup.keys[0].domain_match_pattern = Some("acme.com, *.acme.com".into());
                setup.email_settings.handles_bounces = true;
            };
            let (_simulator, org) = org(OrgKind::Sandbox, 587, below).await;
            let (_, report) = audit(&org, &["--dns", &nsd.address()], None).await;
            assert_eq!(levels(&report, "bounce-management"), [expected], "{from}{strict}: {report:#}");
        }
    }
}
