//! The rules that `--relay-config postfix` prints, loaded into a real Postfix with a real OpenDKIM.

use std::process::Child;

use tempfile::TempDir;

use super::authority::Authority;
use super::client::{Handed, hand_over};
use super::postfix::Postfix;
use super::*;

/// OpenDKIM with the settings and the script that were printed, until it is dropped.
struct OpenDkim {
    child: Child,
    _folder: TempDir,
}

impl OpenDkim {
    async fn start(settings: &str, script: &str, port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, lua) = (folder.path().join("salesforce.conf"), folder.path().join("salesforce.lua"));
        let settings = settings.replace("/etc/opendkim/salesforce.lua", &lua.display().to_string());
        std::fs::write(&file, settings).expect("settings");
        std::fs::write(&lua, script).expect("a script");
        let child = program("/usr/sbin/opendkim").arg("-f").arg("-x").arg(&file).spawn().expect("OpenDKIM starts");
        until_it_listens(port, "OpenDKIM", &file).await;
        Self { child, _folder: folder }
    }
}

impl Drop for OpenDkim {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rules as printed, with the port of OpenDKIM moved to one that is free.
async fn printed(org: &SimulatedOrg, milter: u16) -> String {
    let ran = Program::audit(org, ["--allow-production", "--relay-config", "postfix"]).run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    ran.stdout.replace("8893", &milter.to_string())
}

/// The text of one file, as the rules mark it.
fn file(rules: &str, path: &str) -> String {
    let (_, rest) = rules.split_once(&format!("#### {path}")).unwrap_or_else(|| panic!("{path} in {rules}"));
    let (_, text) = rest.split_once('\n').expect("lines");
    text.split("#### ").next().expect("a text").to_string()
}

/// A relay that follows the rules for an org.
struct Relay {
    authority: Authority,
    port: u16,
    postfix: Postfix,
    opendkim: Option<OpenDkim>,
}

impl Relay {
    async fn of(kind: OrgKind, change: impl FnOnce(&mut OrgSetup)) -> Self {
        let (authority, port, milter) = (Authority::new(), quiet_port(), quiet_port());
        let (_simulator, org) = org(kind, port, change).await;
        let rules = printed(&org, milter).await;
        let script = file(&rules, "/etc/opendkim/salesforce.lua");
        let opendkim = OpenDkim::start(&file(&rules, "/etc/opendkim/salesforce.conf"), &script, milter).await;
        let postfix = Postfix::start(&authority, &file(&rules, "/etc/postfix/master.cf"), &[port]).await;
        Self { authority, port, postfix, opendkim: Some(opendkim) }
    }

    async fn takes(&self, change: impl FnOnce(&mut Handed<'_>)) -> Result<String, String> {
        let mut handed = Handed {
            port: self.port,
            client: "smtp14-ph2-sp4.mta.salesforce.com",
            sender: "ann@acme.com",
            tls: true,
            password: None,
            mail: GOOD,
        };
        change(&mut handed);
        hand_over(&self.authority, handed).await
    }
}

const GOOD: &str = "From: ann@acme.com\nTo: bob@example.org\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nX-SFDC-LK: 00D5e000000abcD\n\nHello\n";
const NO_LOCK: &str =
    "From: ann@acme.com\nTo: bob@example.org\nDate: Mon, 23 Nov 2026 09:00:00 +0000\n\nX-SFDC-LK: 00D5e000000abcD\n";
const OTHER_LOCK: &str =
    "From: ann@acme.com\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nX-SFDC-LK: 00D9z000000othe\n\nHello\n";
const LOWER_LOCK: &str =
    "From: ann@acme.com\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nX-SFDC-LK: 00d5e000000abcd\n\nHello\n";
const LONGER_LOCK: &str =
    "From: ann@acme.com\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nX-SFDC-LK: x 00D5e000000abcD\n\nHello\n";
const TWO_LOCKS: &str = "From: ann@acme.com\nDate: Mon, 23 Nov 2026 09:00:00 +0000\nX-SFDC-LK: 00D5e000000abcD\nX-SFDC-LK: 00D9z000000othe\n\nHello\n";
const NO_FROM: &str = "Date: Mon, 23 Nov 2026 09:00:00 +0000\nSubject: x\n\nHello\n";
const TWO_FROMS: &str = "From: ann@acme.com\nFrom: eve@evil.org\nDate: Mon, 23 Nov 2026 09:00:00 +0000\n\nHello\n";

#[tokio::test(flavor = "multi_thread")]
async fn mail_with_the_orgs_id_is_taken_and_with_another_or_none_refused() {
    let relay = Relay::of(OrgKind::Sandbox, |_| {}).await;
    let taken = relay.takes(|_| {}).await;
    assert!(taken.as_ref().is_ok_and(|reply| reply.starts_with("250")), "{taken:?}\n{}", relay.postfix.log());
    for mail in [NO_LOCK, OTHER_LOCK, LOWER_LOCK, LONGER_LOCK, TWO_LOCKS, NO_FROM, TWO_FROMS] {
        let refused = relay.takes(|handed| handed.mail = mail).await.expect_err(mail);
        assert!(refused.starts_with("55"), "{mail}: {refused}");
    }
    let refused = relay.takes(|handed| handed.mail = OTHER_LOCK).await.expect_err("another org's");
    assert!(refused.contains("X-SFDC-LK is missing or names another org"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_your_senders_from_a_verified_host_of_salesforces_over_tls_are_taken() {
    let senders = |setup: &mut OrgSetup| setup.filters[0].from_domain = "acme.com, *.acme.org".into();
    let relay = Relay::of(OrgKind::Sandbox, senders).await;
    for sender in ["ann@acme.com", "ann@crm.acme.org"] {
        relay.takes(|handed| handed.sender = sender).await.unwrap_or_else(|refused| panic!("{sender}: {refused}"));
    }
    for sender in ["ann@crm.acme.com", "ann@acme.org", "eve@evil.org", "eve@notacme.com", "", "x@y.bnc.salesforce.com"]
    {
        let refused = relay.takes(|handed| handed.sender = sender).await.expect_err(sender);
        assert!(refused.starts_with("554") && refused.contains("Sender address"), "{sender}: {refused}");
    }
    for client in
        ["mail.evil.org", "mta.salesforce.com.evil.org", "notsalesforce.com", "[UNAVAILABLE]", "[TEMPUNAVAIL]"]
    {
        let refused = relay.takes(|handed| handed.client = client).await.expect_err(client);
        assert!(refused.starts_with(['4', '5']) && refused.contains("lient host"), "{client}: {refused}");
    }
    let refused = relay.takes(|handed| handed.tls = false).await.expect_err("no TLS");
    assert!(refused.starts_with("530"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn return_addresses_are_taken_where_the_org_has_them() {
    let bounces = |setup: &mut OrgSetup| setup.email_settings.handles_bounces = true;
    let relay = Relay::of(OrgKind::Sandbox, bounces).await;
    relay.takes(|handed| handed.sender = "ann=acme.com__0-1@x.um8.bnc.salesforce.com").await.expect("a return address");
    relay.takes(|handed| handed.sender = "eve@bnc.salesforce.com.evil.org").await.expect_err("none");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_salesforce_authenticates_itself_nobody_else_is_let_in() {
    let relay = Relay::of(OrgKind::Production, |_| {}).await;
    relay
        .takes(|handed| handed.password = Some("right"))
        .await
        .unwrap_or_else(|refused| panic!("{refused}\n{}", relay.postfix.log()));
    relay.takes(|handed| handed.password = Some("wrong")).await.expect_err("a wrong password");
    relay.takes(|_| {}).await.expect_err("no password");
    let other = |handed: &mut Handed<'_>| {
        handed.password = Some("right");
        handed.mail = OTHER_LOCK;
    };
    relay.takes(other).await.expect_err("another org's id");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_opendkim_no_mail_is_taken() {
    let mut relay = Relay::of(OrgKind::Sandbox, |_| {}).await;
    relay.opendkim = None;
    let refused = relay.takes(|_| {}).await.expect_err("nobody looks at the header");
    assert!(refused.starts_with('4'), "{refused}");
}
