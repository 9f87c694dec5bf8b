//! What receivers ask of a DKIM signature besides that it holds: each mail is signed by dkimpy, with tags of the test's.

use super::dns::published;
use super::message::{LOCK, RECORDS, mail};
use super::nsd::Nsd;
use super::*;
use crate::support::keys::RsaKey;

const OPEN: &str = "not_checked: hindered";

/// The mail with a signature of acme.com before it that has these tags in place of its own (`q=dns/foo`), or lacks one
/// (`q=`). What dkimpy's program can't be told is an empty length (`l`), for that of the body, and `twice`, for `d=`.
fn signed(key: &RsaKey, mail: &str, tags: &[&str]) -> String {
    use std::io::Write;
    const SIGN: &str = r#"
import base64, dkim, hashlib, sys
tags = dict(tag.encode().split(b"=", 1) for tag in sys.argv[2:] if "=" in tag)
algorithm = tags.get(b"a", b"rsa-sha256")
class Odd(dkim.DKIM):
    def gen_header(self, fields, names, *rest, **more):
        if b"l" in tags:
            part = self.body[:int(tags[b"l"])]
            tags[b"bh"] = base64.b64encode(hashlib.sha256(part).digest())
        if b"h" in tags:
            names = tuple(tags[b"h"].lower().split(b":"))
        fields = [(name, tags.pop(name, value)) for name, value in fields]
        twice = [(b"d", b"acme.com")] if "twice" in sys.argv else []
        fields = fields[:-1] + list(tags.items()) + twice + fields[-1:]
        return super().gen_header([field for field in fields if field[1]], names, *rest, **more)
mail = sys.stdin.buffer.read()
key = open(sys.argv[1], "rb").read()
line = Odd(mail).sign(b"sf1", b"acme.com", key, signature_algorithm=algorithm, length="l" in sys.argv)
sys.stdout.buffer.write(line + mail)
"#;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key.pem");
    std::fs::write(&file, key.private_pkcs1()).expect("a key");
    let mut command = program("/usr/bin/python3");
    command.args(["-c", SIGN]).arg(&file).args(tags);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("Python");
    child.stdin.take().expect("its input").write_all(mail.replace('\n', "\r\n").as_bytes()).expect("a mail");
    let output = child.wait_with_output().expect("a signed mail");
    assert!(output.status.success(), "{tags:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Audits the org with a mail; its return path is aligned, so that DMARC is never a failure.
async fn judged(org: &SimulatedOrg, nsd: &Nsd, mail: &str) -> Value {
    let mail = format!("Return-Path: <ann@acme.com>\r\n{mail}");
    let line = ["--json", "--message", "mail.eml", "--dns", &nsd.address()];
    Program::audit(org, line).file("mail.eml", &mail).run().await.org()
}

/// What is found of a mail's signature, and of DMARC by it.
fn assert_judged(report: &Value, dkim: &str, told: &str) {
    let dmarc = if dkim == "fail" { "warn" } else { dkim };
    assert_eq!(levels(report, "message-dkim"), [dkim], "{told}: {report:#}");
    assert_eq!(levels(report, "message-dmarc"), [dmarc], "{told}: {report:#}");
    assert!(seen(report, "message-dkim").contains(told), "{told}: {report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_of_a_part_and_signatures_that_have_ended_are_told_from_those_that_hold_and_those_that_do_not() {
    let key = RsaKey::generate();
    let nsd = Nsd::serve(RECORDS, &published(&key)).await;
    let mail = mail("ann@acme.com", LOCK);
    let whole = signed(&key, &mail, &[]);
    let part = signed(&key, &mail, &["l"]);
    let ended = signed(&key, &mail, &["t=1600000000", "x=1600000100"]);
    let more = |mail: &str| format!("{mail}\r\nBuy this.\r\n");
    let open = "not_checked: hindered";
    let table = [
        (whole.clone(), "ok", "ok", "holds."),
        (more(&whole), "fail", "warn", "does not hold"),
        (part.clone(), "warn", "warn", "for the beginning of the body alone (l=)"),
        (more(&part), "warn", "warn", "for the beginning of the body alone (l=)"),
        (ended.clone(), open, open, "it has expired since the mail was sent (x=)"),
        (whole.replace("bh=", "nothing="), "fail", "warn", "can't be read"),
    ];
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    for (mail, dkim, dmarc, told) in table {
        let mail = format!("Return-Path: <ann@acme.com>\r\n{mail}");
        let line = ["--json", "--message", "mail.eml", "--dns", &nsd.address()];
        let report = Program::audit(&org, line).file("mail.eml", &mail).run().await.org();
        assert_eq!(levels(&report, "message-dkim"), [dkim], "{told}: {report:#}");
        assert_eq!(levels(&report, "message-dmarc"), [dmarc], "{told}: {report:#}");
        assert!(seen(&report, "message-dkim").contains(told), "{told}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_receivers_ignore_is_not_called_valid() {
    let key = RsaKey::generate();
    let nsd = Nsd::serve(RECORDS, &published(&key)).await;
    let mail = mail("ann@acme.com", LOCK);
    let table: [(&[&str], &str, &str); 14] = [
        (&[], "ok", "holds."),
        (&["h=to:subject"], "fail", "does not cover From"),
        (&["h=to:From"], "ok", "holds."),
        (&["i=ann@crm.acme.com"], "ok", "holds."),
        (&["i=@evil.com"], "fail", "an identity of another domain"),
        (&["i=@notacme.com"], "fail", "an identity of another domain"),
        (&["i=acme.com"], "fail", "an identity of another domain"),
        (&["q=dns/foo"], "fail", "in another way than by DNS"),
        (&["q=http:dns/txt"], "ok", "holds."),
        (&["a=rsa-sha1"], "fail", "rsa-sha1"),
        (&["v="], "fail", "it has no v="),
        (&["twice"], "fail", "d= stands in it twice"),
        // It is the beginning of the body indeed, which the library does not cut out.
        (&["l=0"], OPEN, "not cut out here"),
        (&["l=3"], OPEN, "not cut out here"),
    ];
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    for (tags, expected, told) in table {
        let report = judged(&org, &nsd, &signed(&key, &mail, tags)).await;
        assert_judged(&report, expected, told);
    }
    let other = signed(&key, &mail, &[]).replace("rsa-sha256", "ed25519-sha256");
    assert_judged(&judged(&org, &nsd, &other).await, OPEN, "Ed25519");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_worth_what_its_key_is() {
    let key = RsaKey::generate();
    let mail = signed(&key, &mail("ann@acme.com", LOCK), &[]);
    let of = |more: &str| published(&key).replace("k=rsa;", &format!("k=rsa; {more};"));
    let alias = "sf1._domainkey IN CNAME sf1.x1y2z3.custdkim.salesforce.com.\n";
    let referral = "sf1._domainkey IN NS ns.elsewhere.example.\n";
    // The records of acme.com, those of Salesforce's; what is found of the name, and of the mail; what is told of that.
    let table = [
        (alias, of("s=email"), "ok", "ok", "holds."),
        (alias, of("h=sha1"), "fail", "fail", "does not hold"),
        (alias, of("s=tlsrpt"), "fail", "fail", "not for mail"),
        (alias, of("t=y"), "warn", "warn", "only being tested"),
        (alias, "sf1.x1y2z3 IN TXT \"v=DKIM1; p=\"".into(), "fail", "fail", "revoked"),
        (alias, format!("{}{}", published(&key), of("s=email")), "fail", "fail", "2 records"),
        (alias, String::new(), "fail", "fail", "no key"),
        ("", String::new(), "fail", "fail", "no key"),
        // Those that would know are named, and nobody has said that there is none.
        (referral, String::new(), OPEN, OPEN, "DNS gave no answer"),
    ];
    for (name, keys, of_name, of_mail, told) in table {
        let nsd = Nsd::serve(&RECORDS.replace(alias, name), &keys).await;
        let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
        let report = judged(&org, &nsd, &mail).await;
        assert_eq!(levels(&report, "dkim-dns"), [of_name], "{name}{keys}: {report:#}");
        assert_judged(&report, of_mail, told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_with_signatures_without_end_costs_no_more_than_its_own_check() {
    let key = RsaKey::generate();
    let nsd = Nsd::serve(RECORDS, &published(&key)).await;
    let mail = mail("ann@acme.com", LOCK) + &"and so on, and so on, and so on\n".repeat(64 * 1024);
    let own = signed(&key, &mail, &[]);
    let tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.com; s=sf1; h=from; bh=eA==; b=eA==";
    let more: String = (0..400)
        .map(|place| {
            format!(
                "DKIM-Signature: {tags}; l={}\r\nARC-Message-Signature: i={}; {tags}; l={}\r\n",
                1_900_000 + place,
                place % 50 + 1,
                1_800_000 + place
            )
        })
        .collect();
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    let own_first = own.replacen("From: Ann", &format!("{more}From: Ann"), 1);
    assert_judged(&judged(&org, &nsd, &own_first).await, "ok", "holds.");
    let report = judged(&org, &nsd, &format!("{more}{own}")).await;
    assert_eq!(levels(&report, "message-lock"), ["ok"], "{report:#}");
    assert_eq!(levels(&report, "message-dkim"), [OPEN], "{report:#}");
    let unsigned = more.replace("d=acme.com", "d=example.org");
    assert_judged(&judged(&org, &nsd, &format!("{unsigned}{own}")).await, OPEN, "only the first 10 signatures");
    let names = vec!["from"; 2000].join(":");
    let long = own.replacen(" h=", &format!(" h={names}:"), 1);
    assert_judged(&judged(&org, &nsd, &long).await, OPEN, "more than 1000 headers");
}
