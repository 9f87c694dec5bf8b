//! Mails that were signed with a real key by another implementation (dkimpy) are judged right; a changed one is not.

use super::dns::published;
use super::nsd::Nsd;
use super::*;
use crate::support::keys::RsaKey;

pub(super) const RECORDS: &str = "@ IN TXT \"v=spf1 -all\"\n_dmarc IN TXT \"v=DMARC1; p=reject\"\n\
                       sf1._domainkey IN CNAME sf1.x1y2z3.custdkim.salesforce.com.\n";
pub(super) const LOCK: &str = "X-SFDC-LK: 00D5e000000abcD\n";

/// A mail as a file has it: what is before the signature, and what the signature is about.
pub(super) fn mail(from: &str, more: &str) -> String {
    format!(
        "From: Ann <{from}>\nTo: bob@example.org\nSubject: Hello\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nMessage-ID: <1@acme.com>\n{more}\nHello Bob,\n\nthis is it.\n"
    )
}

/// The mail with a signature of a domain before it, made by dkimpy.
fn signed(key: &RsaKey, domain: &str, mail: &str) -> String {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key.pem");
    std::fs::write(&file, key.private_pkcs1()).expect("a key");
    let mut command = program("/usr/bin/dkimsign");
    command.args(["sf1", domain]).arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("dkimsign");
    child.stdin.take().expect("its input").write_all(mail.replace('\n', "\r\n").as_bytes()).expect("a mail");
    let output = child.wait_with_output().expect("a signed mail");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_what_stands_in_the_mail_and_not_what_may_be_shown_of_it() {
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    let table = [
        ("00D5e000000abcD", "ok", "this org"),
        ("  00D5e000000abcD\t ", "ok", "this org"),
        ("00D5e000000\u{200b}abcD", "fail", "it has more than letters and digits"),
        ("\u{feff}00D5e000000abcD", "fail", "it has more than letters and digits"),
        ("00D5e000000abcD\u{a0}", "fail", "it has more than letters and digits"),
        ("00D5e000000abcD\u{7}", "fail", "it has more than letters and digits"),
        ("00D5e000000abcD (ours)", "fail", "it has more than letters and digits"),
        ("00D5e000000abcDEAQ", "fail", "this org's id in 18 characters"),
        ("", "fail", "is empty"),
    ];
    for (lock, expected, told) in table {
        let mail = mail("ann@acme.com", &format!("X-SFDC-LK:{lock}\n"));
        let line = ["--json", "--no-dns", "--message", "mail.eml"];
        let report = Program::audit(&org, line).file("mail.eml", &mail).run().await.org();
        assert_eq!(levels(&report, "message-lock"), [expected], "{lock:?}: {report:#}");
        assert!(seen(&report, "message-lock").contains(told), "{lock:?}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_beside_the_return_path_is_no_part_of_it() {
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    for path in ["<ann@acme.com> (by way of x@example.org)", "(a (b) <x@example.org>) <ann@acme.com>", "ann@acme.com"] {
        let mail = format!("Return-Path: {path}\n{}", mail("ann@acme.com", LOCK));
        let line = ["--json", "--no-dns", "--message", "mail.eml"];
        let report = Program::audit(&org, line).file("mail.eml", &mail).run().await.org();
        assert_eq!(levels(&report, "message-envelope"), ["ok"], "{path}: {report:#}");
        assert_eq!(seen(&report, "message-envelope"), "It is an address of acme.com.", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_judged_by_what_they_show() {
    let (key, stranger) = (RsaKey::generate(), RsaKey::generate());
    let nsd = Nsd::serve(RECORDS, &published(&key)).await;
    let plain = "Return-Path: <ann@acme.com>\r\n";
    let bounce = "Return-Path: <ann=acme.com__0-1r12zvjmnf8rqu@x.8d-3trx3eag.um8.bnc.salesforce.com>\r\n";
    let own = signed(&key, "acme.com", &mail("ann@acme.com", LOCK));
    let whole = format!("{plain}{own}");
    // Name; mail; lock, DKIM, envelope, DMARC.
    let table: Vec<(&str, String, [&str; 4])> = vec![
        ("good", whole.clone(), ["ok", "ok", "ok", "ok"]),
        ("lines end as on Unix", whole.replace("\r\n", "\n"), ["ok", "ok", "ok", "ok"]),
        ("out of a mailbox", format!("From ann@acme.com Mon Nov 23\r\n{whole}"), ["ok", "ok", "ok", "ok"]),
        ("body changed", whole.replace("this is it", "this is not it"), ["ok", "fail", "ok", "warn"]),
        ("subject changed", whole.replace("Subject: Hello", "Subject: [EXT] Hello"), ["ok", "fail", "ok", "warn"]),
        ("unsigned", format!("{plain}{}", mail("ann@acme.com", LOCK)), ["ok", "fail", "ok", "warn"]),
        (
            "signed by another key",
            format!("{plain}{}", signed(&stranger, "acme.com", &mail("ann@acme.com", LOCK))),
            ["ok", "fail", "ok", "warn"],
        ),
        (
            "signed by another domain",
            format!("{plain}{}", signed(&key, "salesforce.com", &mail("ann@acme.com", LOCK))),
            ["ok", "fail", "ok", "warn"],
        ),
        ("return address of Salesforce's", format!("{bounce}{own}"), ["ok", "ok", "warn", "ok"]),
        ("that, and changed", format!("{bounce}{own}").replace("this is it", "no"), ["ok", "fail", "warn", "fail"]),
        (
            "no lock",
            format!("{plain}{}", signed(&key, "acme.com", &mail("ann@acme.com", ""))),
            ["fail", "ok", "ok", "ok"],
        ),
        ("another org's lock", whole.replace("00D5e000000abcD", "00D9z000000othe"), ["fail", "ok", "ok", "ok"]),
        ("a lock of 18 characters", whole.replace("00D5e000000abcD", "00D5e000000abcDEAQ"), ["fail", "ok", "ok", "ok"]),
        ("two locks", format!("X-SFDC-LK: 00D9z000000othe\r\n{whole}"), ["fail", "ok", "ok", "ok"]),
        ("no return path", own.clone(), ["ok", "ok", "not_checked: hindered", "ok"]),
    ];
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    for (name, mail, expected) in table {
        let line = ["--json", "--message", "mail.eml", "--dns", &nsd.address()];
        let ran = Program::audit(&org, line).file("mail.eml", &mail).run().await;
        let report = ran.org();
        let checks = ["message-lock", "message-dkim", "message-envelope", "message-dmarc"];
        let found: Vec<String> = checks.iter().flat_map(|check| levels(&report, check)).collect();
        assert_eq!(found, expected, "{name}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alignment_is_what_the_dmarc_record_makes_it() {
    let key = RsaKey::generate();
    let sibling = "Return-Path: <ann@bounces.acme.com>\r\n";
    let of_parent = format!("{sibling}{}", signed(&key, "acme.com", &mail("ann@crm.acme.com", LOCK)));
    let of_sibling = format!("{sibling}{}", signed(&key, "mail.acme.com", &mail("ann@crm.acme.com", LOCK)));
    let bare = format!("{sibling}{}", mail("ann@crm.acme.com", LOCK));
    // What DMARC says; the mail; DKIM, envelope, DMARC.
    let table: [(&str, &String, [&str; 3]); 8] = [
        ("", &of_parent, ["ok", "ok", "ok"]),
        ("", &of_sibling, ["ok", "ok", "ok"]),
        ("", &bare, ["fail", "ok", "warn"]),
        ("; aspf=s", &bare, ["fail", "ok", "fail"]),
        ("; adkim=s", &of_parent, ["fail", "ok", "warn"]),
        ("; adkim=s", &of_sibling, ["fail", "ok", "warn"]),
        ("; adkim=s; aspf=s", &of_parent, ["fail", "ok", "fail"]),
        ("; aspf=s", &of_parent, ["ok", "ok", "ok"]),
    ];
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    for (more, mail, expected) in table {
        let alias = "sf1._domainkey.mail IN CNAME sf1.x1y2z3.custdkim.salesforce.com.\n";
        let records = RECORDS.replace("p=reject", &format!("p=reject{more}"));
        let nsd = Nsd::serve(&format!("{records}{alias}"), &published(&key)).await;
        let line = ["--json", "--message", "mail.eml", "--dns", &nsd.address()];
        let report = Program::audit(&org, line).file("mail.eml", mail).run().await.org();
        let checks = ["message-dkim", "message-envelope", "message-dmarc"];
        let found: Vec<String> = checks.iter().flat_map(|check| levels(&report, check)).collect();
        assert_eq!(found, expected, "{more}: {mail}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_whose_key_cannot_be_asked_for_is_not_called_bad() {
    let key = RsaKey::generate();
    let mail = format!("Return-Path: <ann@acme.com>\r\n{}", signed(&key, "acme.com", &mail("ann@acme.com", LOCK)));
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    let nobody = format!("127.0.0.1:{}", quiet_port());
    let runs =
        [(vec!["--dns", nobody.as_str()], "not_checked: hindered"), (vec!["--no-dns"], "not_checked: not_asked")];
    for (arguments, expected) in runs {
        let line = ["--json", "--message", "mail.eml"].into_iter().chain(arguments);
        let ran = Program::audit(&org, line).file("mail.eml", &mail).run().await;
        assert_eq!(levels(&ran.org(), "message-dkim"), [expected], "{ran:?}");
        assert_eq!(levels(&ran.org(), "message-lock"), ["ok"], "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mail_says_cannot_steer_the_terminal() {
    let hostile = "\u{1b}[31m\u{202e}::error::x";
    let mail = format!(
        "Return-Path: <{hostile}@acme.com>\r\nX-SFDC-LK: {hostile}\r\nAuthentication-Results: {hostile}\r\n{}",
        mail("ann@acme.com", "")
    );
    let nsd = Nsd::serve(RECORDS, "").await;
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    let line = ["--no-color", "--message", "mail.eml", "--dns", &nsd.address()];
    let ran = Program::audit(&org, line).file("mail.eml", &mail).run().await;
    assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{ran:?}");
    assert!(!ran.stdout.lines().any(|line| line.trim_start().starts_with("::error")), "{ran:?}");
}
