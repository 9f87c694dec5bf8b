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
    let (found, report) = probed(&org, &nsd, Some(&authority.file())).await;
    assert_eq!(found, ["ok"; 4], "{report:#}");
    assert!(seen(&report, "relay-reachable").starts_with("mx.acme.com (127.0.0.1:"), "{report:#}");
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
