//! `--probe-relay` against hosts that answer badly, or not at all: what was seen before is kept, and the rest is left open.

use std::sync::Arc;

use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, crypto::aws_lc_rs};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::support::certificate::{Authority, Pair};

/// The checks of a probe, in the order of the tables here.
const CHECKS: [&str; 4] = ["relay-reachable", "relay-starttls", "relay-certificate", "relay-auth-offered"];
const HINDERED: &str = "not_checked: hindered";

/// How a mail server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// It takes the connection and never says a word.
    Tarpit,
    /// It says the first line and no more.
    SilentAfterBanner,
    /// It offers TLS, and says nothing when it is to begin.
    SilentAtStartTls,
    /// It offers TLS, and can't.
    RefusesStartTls,
    /// It offers TLS, and talks on in clear where that is to begin.
    GarbageForTls,
    /// It closes the connection as soon as TLS has begun.
    ClosesAfterTls,
    /// It begins TLS and says nothing under it.
    SilentAfterTls,
    /// It refuses whatever is said under TLS.
    RefusesAfterTls,
    /// It wants a certificate of the client, under TLS 1.3 or 1.2.
    WantsClientCertificate(&'static SupportedProtocolVersion),
    /// It answers the first words of TLS with this alert (RFC 8446, 6).
    Alert(u8),
    /// All is well, and LOGIN is offered without TLS too.
    LoginInClear,
    Good,
}

/// A mail server of this machine, and the authority that its certificate is of.
struct Host {
    port: u16,
    folder: tempfile::TempDir,
}

impl Host {
    async fn start(manner: Manner) -> Self {
        Self::showing(manner, Authority::issue).await
    }

    async fn showing(manner: Manner, certificate: impl FnOnce(&Authority) -> Pair) -> Self {
        let authority = Authority::new();
        let pair = certificate(&authority);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("a certificate");
        let chain = vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("a key");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = match manner {
            Manner::WantsClientCertificate(version) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).expect("PEM")).expect("a root");
                let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                config
                    .with_protocol_versions(&[version])
                    .expect("TLS")
                    .with_client_cert_verifier(clients.expect("a verifier"))
            }
            _ => config.with_safe_default_protocol_versions().expect("TLS").with_no_client_auth(),
        };
        let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).expect("a certificate")));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(manner, stream, acceptor.clone()));
            }
        });
        Self { port, folder }
    }
}

/// Answers one connection; an error means that the other side is gone.
async fn answer(manner: Manner, stream: TcpStream, acceptor: TlsAcceptor) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if manner == Manner::Tarpit {
        return silence(stream).await;
    }
    stream.write_all(b"220 smtp.acme.com ESMTP\r\n").await?;
    if manner == Manner::SilentAfterBanner {
        return silence(stream).await;
    }
    let clear = if manner == Manner::LoginInClear { "250-AUTH LOGIN\r\n" } else { "" };
    heard(&mut stream, "EHLO").await?;
    stream.write_all(format!("250-smtp.acme.com\r\n{clear}250 STARTTLS\r\n").as_bytes()).await?;
    heard(&mut stream, "STARTTLS").await?;
    match manner {
        Manner::SilentAtStartTls => return silence(stream).await,
        Manner::RefusesStartTls => return stream.write_all(b"454 TLS not available\r\n").await,
        _ => stream.write_all(b"220 go ahead\r\n").await?,
    }
    if manner == Manner::GarbageForTls {
        return stream.write_all(b"500 what is that?\r\n").await;
    }
    if let Manner::Alert(description) = manner {
        // The whole of what the client says first: what is left unread would reset the connection.
        let mut head = [0; 5];
        stream.read_exact(&mut head).await?;
        let length = u16::from_be_bytes([head[3], head[4]]);
        tokio::io::copy(&mut (&mut stream).take(length.into()), &mut tokio::io::sink()).await?;
        return stream.write_all(&[21, 3, 3, 0, 2, 2, description]).await;
    }
    let mut stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
    match manner {
        Manner::ClosesAfterTls => return stream.shutdown().await,
        Manner::SilentAfterTls => return silence(stream).await,
        _ => heard(&mut stream, "EHLO").await?,
    }
    if manner == Manner::RefusesAfterTls {
        return stream.write_all(b"421 not for you\r\n").await;
    }
    stream.write_all(b"250-smtp.acme.com\r\n250 AUTH PLAIN LOGIN\r\n").await?;
    heard(&mut stream, "QUIT").await?;
    stream.write_all(b"221 bye\r\n").await?;
    stream.shutdown().await
}

/// Keeps the connection until the other side closes it.
async fn silence(mut stream: impl AsyncRead + Unpin) -> std::io::Result<()> {
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(|_| ())
}

async fn heard<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, verb: &str) -> std::io::Result<()> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    match line.starts_with(verb) {
        true => Ok(()),
        false => Err(std::io::Error::other(format!("{verb} was expected, and {line} was said"))),
    }
}

/// A production org whose mail goes through this machine, at a port each.
async fn org(simulator: &Simulator, hosts: &[&Host], change: impl FnOnce(&mut OrgSetup)) -> SimulatedOrg {
    let mut setup = acme(OrgKind::Production);
    let relay = setup.relays.remove(0);
    for host in hosts {
        let id = format!("0XeA0000000000{}", setup.relays.len() + 1);
        let here = Relay { host: "127.0.0.1".into(), port: host.port.to_string(), ..relay.clone() };
        setup.relays.push(here.with_id(&id));
    }
    change(&mut setup);
    add(simulator, setup).await
}

async fn probed(org: &SimulatedOrg, host: &Host, arguments: &[&str]) -> (Ran, Value) {
    let line = ["--json", "--no-dns", "--allow-production", "--probe-relay"];
    let program = Program::audit(org, line.into_iter().chain(arguments.iter().copied()));
    let ran = program.env("SSL_CERT_FILE", host.folder.path().join("ca.pem")).run().await;
    let report = ran.org();
    (ran, report)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_before_a_host_failed_is_kept_and_what_would_have_come_is_left_open() {
    let simulator = simulator().await;
    let table = [
        (Manner::Good, vec!["ok", "ok", "ok", "ok"], ""),
        (Manner::LoginInClear, vec!["ok", "ok", "ok", "warn"], "It offers LOGIN without TLS"),
        (Manner::Tarpit, vec![HINDERED; 4], "no answer in time"),
        (Manner::SilentAfterBanner, vec![HINDERED; 4], "no answer in time"),
        (Manner::SilentAtStartTls, vec!["ok", HINDERED, HINDERED, HINDERED], "TLS did not come about"),
        (Manner::RefusesStartTls, vec!["ok", "fail", HINDERED, HINDERED], "TLS did not come about"),
        (Manner::GarbageForTls, vec!["ok", "fail", HINDERED, HINDERED], "TLS did not come about"),
        (Manner::WantsClientCertificate(&TLS13), vec!["ok", HINDERED, "ok", HINDERED], "CertificateRequired"),
        (Manner::WantsClientCertificate(&TLS12), vec!["ok", HINDERED, "ok", HINDERED], "TLS did not come about"),
        (Manner::Alert(40), vec!["ok", HINDERED, HINDERED, HINDERED], "TLS did not come about"),
        (Manner::Alert(70), vec!["ok", HINDERED, HINDERED, HINDERED], "TLS did not come about"),
        (Manner::Alert(71), vec!["ok", HINDERED, HINDERED, HINDERED], "TLS did not come about"),
        (Manner::Alert(80), vec!["ok", "fail", HINDERED, HINDERED], "TLS did not come about"),
        (Manner::ClosesAfterTls, vec!["ok", "fail", "ok", HINDERED], "after TLS began"),
        (Manner::SilentAfterTls, vec!["ok", HINDERED, "ok", HINDERED], "no answer in time after TLS began"),
        (Manner::RefusesAfterTls, vec!["ok", "ok", "ok", HINDERED], "it answered 421 not for you"),
    ];
    let mut asking = tokio::task::JoinSet::new();
    for (manner, expected, told) in table {
        let host = Host::start(manner).await;
        let org = org(&simulator, &[&host], |_| {}).await;
        asking.spawn(async move {
            let (ran, report) = probed(&org, &host, &["--timeout", "20s", "--fail-on", "fail"]).await;
            let found: Vec<String> = CHECKS.iter().flat_map(|check| levels(&report, check)).collect();
            assert_eq!(report["outcome"], "audited", "{manner:?}: {report:#}");
            assert_eq!(found, expected, "{manner:?}: {report:#}");
            assert!(seen(&report, "relay-auth-offered").contains(told), "{manner:?}: {report:#}");
            assert!(seen(&report, "relay-reachable").contains("this machine"), "{manner:?}: {report:#}");
            let gates = expected.iter().any(|level| matches!(*level, "fail" | HINDERED));
            assert_eq!(ran.code == 10, gates, "{manner:?}: what could not be told never passes");
        });
    }
    asking.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_refuses_this_program_is_said_not_to_be_what_it_refuses_salesforce() {
    let simulator = simulator().await;
    let table = [
        (Manner::WantsClientCertificate(&TLS13), "the host asks for a client certificate, and this program has none"),
        (Manner::WantsClientCertificate(&TLS12), "the host asks for a client certificate, and this program has none"),
        (Manner::Alert(40), "versions, ciphers or names that this program does not offer"),
    ];
    for (manner, told) in table {
        let host = Host::start(manner).await;
        let org = org(&simulator, &[&host], |_| {}).await;
        let (_, report) = probed(&org, &host, &[]).await;
        assert!(seen(&report, "relay-starttls").contains(told), "{manner:?}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_does_not_fit_is_told_though_the_host_fails_after_it() {
    let simulator = simulator().await;
    let (host, stranger) = (Host::start(Manner::ClosesAfterTls).await, Host::start(Manner::Good).await);
    let org = org(&simulator, &[&host], |_| {}).await;
    let (_, report) = probed(&org, &stranger, &[]).await;
    assert_eq!(levels(&report, "relay-certificate"), ["fail"], "{report:#}");
    assert!(seen(&report, "relay-certificate").contains("trusted here"), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_certificate_is_said_in_words() {
    type Certificate = fn(&Authority) -> Pair;
    let table: [(Certificate, &str); 5] = [
        (|authority| authority.own(), "It is an authority's certificate, which no server may show for itself:"),
        (|authority| authority.issue_with(|one| one.not_after = date_time_ymd(2020, 1, 1)), "It has expired:"),
        (|authority| authority.issue_with(|one| one.not_before = date_time_ymd(2200, 1, 1)), "It is not valid yet:"),
        (
            |authority| authority.issue_with(|one| one.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "It is not trusted here (certificate had invalid extensions):",
        ),
        (|_| Authority::new().issue(), "No authority that is trusted here signed it, though it names one:"),
    ];
    let simulator = simulator().await;
    for (certificate, told) in table {
        let host = Host::showing(Manner::Good, certificate).await;
        let org = org(&simulator, &[&host], |_| {}).await;
        let (_, report) = probed(&org, &host, &[]).await;
        assert_eq!(levels(&report, "relay-certificate"), ["fail"], "{told}: {report:#}");
        assert!(seen(&report, "relay-certificate").starts_with(told), "{told}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_let_everybody_wait_cost_an_audit_nothing_but_their_own_checks() {
    let simulator = simulator().await;
    let tarpits = [Host::start(Manner::Tarpit).await, Host::start(Manner::Tarpit).await];
    let good = Host::start(Manner::Good).await;
    let org = org(&simulator, &[&tarpits[0], &good, &tarpits[1]], |_| {}).await;
    let (ran, report) = probed(&org, &good, &["--timeout", "20s"]).await;
    assert_eq!((ran.code, &report["outcome"]), (0, &"audited".into()), "{report:#}");
    for check in CHECKS {
        assert_eq!(levels(&report, check), [HINDERED, "ok", HINDERED], "{check}: {report:#}");
    }
    assert_eq!(levels(&report, "relay-tls"), ["ok"; 3], "{report:#}");
    assert_eq!(levels(&report, "filter-domains"), ["ok"], "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_server_that_lets_everybody_wait_costs_an_audit_nothing_but_what_dns_tells() {
    let simulator = simulator().await;
    let good = Host::start(Manner::Good).await;
    let org = org(&simulator, &[&good], |setup| setup.relays[0].host = "127.0.0.1".into()).await;
    let tcp = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let server = tcp.local_addr().expect("an address");
    let _udp = tokio::net::UdpSocket::bind(server).await.expect("the same port");
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = tcp.accept().await {
            kept.push(stream);
        }
    });
    let mail = "Return-Path: <ann@acme.com>\r\nX-SFDC-LK: x\r\nDKIM-Signature: v=1; a=rsa-sha256; d=acme.com; s=sf1; \
                h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=eA==\r\nFrom: ann@acme.com\r\n\r\n";
    let server = server.to_string();
    let line = ["--json", "--allow-production", "--probe-relay", "--timeout", "7s", "--message", "mail.eml", "--dns"];
    let program = Program::audit(&org, line.into_iter().chain([server.as_str()])).file("mail.eml", mail);
    let ran = program.env("SSL_CERT_FILE", good.folder.path().join("ca.pem")).run().await;
    let report = ran.org();
    assert_eq!((ran.code, &report["outcome"]), (0, &"audited".into()), "{report:#}");
    for check in ["spf", "dmarc", "dkim-dns", "message-dmarc"] {
        assert_eq!(levels(&report, check), [HINDERED], "{check}: {report:#}");
    }
    for check in ["relay-tls", "relay-reachable", "relay-starttls", "relay-certificate", "relay-auth-offered"] {
        assert_eq!(levels(&report, check), ["ok"], "{check}: {report:#}");
    }
    assert_eq!(levels(&report, "message-lock"), ["fail"], "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_this_version_does_not_know_is_said_to_be_one() {
    let simulator = simulator().await;
    let (host, stranger) = (Host::start(Manner::Good).await, Host::start(Manner::RefusesStartTls).await);
    for (asked, check) in [(&host, "relay-certificate"), (&stranger, "relay-starttls")] {
        let org = org(&simulator, &[asked], |setup| setup.relays[0].tls_setting = "Tomorrow".into()).await;
        let trusts = if asked.port == host.port { &stranger } else { &host };
        let (_, report) = probed(&org, trusts, &[]).await;
        assert_eq!(levels(&report, check), ["warn"], "{report:#}");
        let said = seen(&report, check);
        assert!(said.contains("does not know what Salesforce does then with Tomorrow"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_brackets_is_a_relays_host_too() {
    let simulator = simulator().await;
    let host = Host::start(Manner::Good).await;
    for address in ["[127.0.0.1]", "127.0.0.1"] {
        let org = org(&simulator, &[&host], |setup| setup.relays[0].host = address.into()).await;
        let (_, report) = probed(&org, &host, &[]).await;
        let found: Vec<String> = CHECKS.iter().flat_map(|check| levels(&report, check)).collect();
        assert_eq!(found, ["ok"; 4], "{address}: {report:#}");
    }
}
