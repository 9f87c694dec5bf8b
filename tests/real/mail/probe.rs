//! `--probe-relay` against a real Postfix: good and each kind of bad is told apart, and nothing is sent.

use super::authority::Authority;
use super::nsd::Nsd;
use super::postfix::Postfix;
use super::*;

const HOSTS: &str = "smtp IN A 127.0.0.1\nmx IN A 127.0.0.1\n@ IN MX 20 backup\n@ IN MX 10 mx\nbackup IN A 127.0.0.1\n";
const GOOD: &str = " -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes";

/// The checks of a probe, in the order of the tables here.
const CHECKS: [&str; 4] = ["relay-reachable", "relay-starttls", "relay-certificate", "relay-auth-offered"];

async fn probed(org: &SimulatedOrg, nsd: &Nsd, authorities: Option<&Path>) -> (Vec<String>, Value) {
    let (ran, report) = audit(org, &["--probe-relay", "--dns", &nsd.address()], authorities).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    (CHECKS.iter().flat_map(|check| levels(&report, check)).collect(), report)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_relay_offers_is_told_apart_by_its_setup() {
    let (authority, nsd) = (Authority::new(), Nsd::serve(HOSTS, "").await);
    let trusted = authority.file();
    // Options of the service; TlsSetting; whether this machine trusts the authority; what is found.
    let table: [(&str, &str, bool, [&str; 4]); 9] = [
        (GOOD, "RequiredVerify", true, ["ok", "ok", "ok", "ok"]),
        (GOOD, "RequiredVerify", false, ["ok", "ok", "fail", "ok"]),
        (GOOD, "Required", false, ["ok", "ok", "info", "ok"]),
        (GOOD, "PreferredVerify", false, ["ok", "ok", "fail", "ok"]),
        (
            " -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes -o smtpd_tls_chain_files={here}/mx.acme.com.pem",
            "RequiredVerify",
            true,
            ["ok", "ok", "fail", "ok"],
        ),
        (" -o smtpd_tls_security_level=none", "RequiredVerify", true, ["ok", "fail", "not_applicable", "fail"]),
        (" -o smtpd_tls_security_level=none", "Preferred", true, ["ok", "warn", "not_applicable", "fail"]),
        ("", "RequiredVerify", true, ["ok", "ok", "ok", "fail"]),
        (
            " -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=no",
            "RequiredVerify",
            true,
            ["ok", "ok", "ok", "warn"],
        ),
    ];
    let ports: Vec<u16> = table.iter().map(|_| quiet_port()).collect();
    let services =
        table.iter().zip(&ports).map(|((options, ..), port)| format!("{port} inet n - n - - smtpd{options}\n"));
    let postfix = Postfix::start(&authority, &services.collect::<String>(), &ports).await;
    for ((options, tls, trusts, expected), port) in table.iter().zip(&ports) {
        let (_simulator, org) =
            org(OrgKind::Production, *port, |setup| setup.relays[0].tls_setting = (*tls).into()).await;
        let (found, report) = probed(&org, &nsd, trusts.then_some(trusted.as_path())).await;
        assert_eq!(found, expected, "{options}, {tls}, {trusts}: {report:#}\n{}", postfix.log());
    }
    let log = postfix.log();
    for word in ["mail=", "auth=", "data=", "rcpt=", "xclient="] {
        assert!(!log.contains(word), "{word} in {log}");
    }
    assert!(log.contains("ehlo=2 starttls=1 quit=1 commands=4"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_exchange_of_a_domain_is_asked_and_its_certificate_may_be_for_either_name() {
    let (authority, nsd) = (Authority::new(), Nsd::serve(HOSTS, "").await);
    let port = quiet_port();
    let service = format!("{port} inet n - n - - smtpd{GOOD} -o smtpd_tls_chain_files={{here}}/mx.acme.com.pem\n");
    let _postfix = Postfix::start(&authority, &service, &[port]).await;
    let domain = |setup: &mut OrgSetup| setup.relays[0].host = "acme.com".into();
    let (_simulator, org) = org(OrgKind::Production, port, domain).await;
    let (_, report) = probed(&org, &nsd, Some(&authority.file())).await;
    for check in CHECKS {
        // The preferred one, for which the certificate is made; and the other, for which it is not.
        let other = if check == "relay-certificate" { "fail" } else { "ok" };
        assert_eq!(levels(&report, check), ["ok", other], "{report:#}");
    }
    assert!(seen(&report, "relay-reachable").starts_with("mx.acme.com (127.0.0.1:"), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_exchanges_that_are_down_or_lost_hide_none_of_the_others_and_are_left_open_themselves() {
    let authority = Authority::new();
    // Nothing listens at 127.0.0.2; lost has no address; example.org is a name that this server refuses to tell of.
    let records = "down IN A 127.0.0.2\nmx IN A 127.0.0.1\nlost IN TXT \"x\"\n@ IN MX 10 down\n@ IN MX 20 lost\n\
                   @ IN MX 30 mx.example.org.\n@ IN MX 40 mx\n@ IN MX 50 smtp\nsmtp IN A 127.0.0.1\n";
    let nsd = Nsd::serve(records, "").await;
    let port = quiet_port();
    // Its certificate is for smtp.acme.com: it fits the last of them alone.
    let _postfix = Postfix::start(&authority, &format!("{port} inet n - n - - smtpd{GOOD}\n"), &[port]).await;
    let domain = |setup: &mut OrgSetup| setup.relays[0].host = "acme.com".into();
    let (_simulator, org) = org(OrgKind::Production, port, domain).await;
    let (_, report) = probed(&org, &nsd, Some(&authority.file())).await;
    let open = "not_checked: hindered";
    assert_eq!(levels(&report, "relay-reachable"), [open, open, open, "ok", "ok"], "{report:#}");
    assert_eq!(levels(&report, "relay-starttls"), [open, open, open, "ok", "ok"], "{report:#}");
    assert_eq!(levels(&report, "relay-certificate"), [open, open, open, "fail", "ok"], "{report:#}");
    assert_eq!(levels(&report, "relay-auth-offered"), [open, open, open, "ok", "ok"], "{report:#}");
    let findings = report["findings"].as_array().expect("findings").iter();
    let subjects: Vec<_> =
        findings.filter(|one| one["check"] == "relay-reachable").filter_map(|one| one["subject"].as_str()).collect();
    let hosts = ["down.acme.com", "lost.acme.com", "mx.example.org", "mx.acme.com", "smtp.acme.com"];
    assert_eq!(subjects, hosts.map(|host| format!("acme.com:{port} ({host})")), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_mail_exchanges_there_are_so_many_are_asked_and_the_rest_is_told_as_one() {
    let exchanges: String = (10..50).map(|number| format!("@ IN MX {number} mx{number}.example.org.\n")).collect();
    let nsd = Nsd::serve(&exchanges, "").await;
    let (_simulator, org) =
        org(OrgKind::Production, quiet_port(), |setup| setup.relays[0].host = "acme.com".into()).await;
    let (_, report) = probed(&org, &nsd, None).await;
    for check in CHECKS {
        assert_eq!(levels(&report, check), ["not_checked: hindered"; 11], "{check}: {report:#}");
    }
    let findings = report["findings"].as_array().expect("findings").iter();
    let last = findings.filter(|one| one["check"] == CHECKS[0]).next_back().expect("a finding");
    assert!(last["subject"].as_str().expect("a subject").ends_with("(and 30 more)"), "{last:#}");
    assert!(last["seen"].as_str().expect("what was seen").contains("The first 10 servers alone"), "{last:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_a_server_that_do_not_answer_or_are_not_asked_are_told() {
    let nsd = Nsd::serve("smtp IN A 127.0.0.1\nsmtp IN A 127.0.0.2\nsmtp IN A 127.0.0.3\n", "").await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.2", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut heard, mut said) = stream.split();
            let _ = said.write_all(b"220 smtp.acme.com ESMTP\r\n250 smtp.acme.com\r\n221 bye\r\n").await;
            let _ = tokio::io::copy(&mut heard, &mut tokio::io::sink()).await;
        }
    });
    let (_simulator, org) = org(OrgKind::Production, port, |_| {}).await;
    let (_, report) = probed(&org, &nsd, None).await;
    assert_eq!(levels(&report, "relay-reachable"), ["info"], "{report:#}");
    let said = seen(&report, "relay-reachable");
    assert!(said.starts_with(&format!("smtp.acme.com (127.0.0.2:{port}) answered")), "{said}");
    assert!(said.contains("other addresses did not: 127.0.0.1: Connection refused"), "{said}");
    assert!(said.ends_with("not asked: 127.0.0.3"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_says_that_it_takes_no_mail_is_no_relay_that_could_be_asked() {
    let nsd = Nsd::serve("@ IN MX 0 .\n@ IN A 127.0.0.1\n", "").await;
    let (_simulator, org) =
        org(OrgKind::Production, quiet_port(), |setup| setup.relays[0].host = "acme.com".into()).await;
    let (found, report) = probed(&org, &nsd, None).await;
    assert_eq!(found, ["not_checked: hindered"; 4], "{report:#}");
    assert!(seen(&report, "relay-reachable").contains("takes no mail"), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_cannot_be_reached_or_speaks_no_smtp_leaves_its_checks_open() {
    let nsd = Nsd::serve(HOSTS, "").await;
    let no_smtp = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = no_smtp.local_addr().expect("an address").port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = no_smtp.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    for (port, host) in [(quiet_port(), "smtp.acme.com"), (port, "smtp.acme.com"), (port, "nobody.acme.com")] {
        let (_simulator, org) = org(OrgKind::Production, port, |setup| setup.relays[0].host = host.into()).await;
        let (found, report) = probed(&org, &nsd, None).await;
        assert_eq!(found, ["not_checked: hindered"; 4], "{host}:{port}: {report:#}");
    }
}
