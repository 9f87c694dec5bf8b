//! The rules that `--relay-config postfix` prints, loaded into a real Postfix with the milter that is printed with them.

use std::process::Child;

use tempfile::TempDir;

use super::authority::Authority;
use super::client::{Client, Handed, hand_over};
use super::mails::{GOOD, NO_LOCK, OTHER_LOCK, not_refused, without_the_id};
use super::postfix::Postfix;
use super::*;

/// The milter that was printed, started as its unit says, until it is dropped.
struct Milter {
    child: Child,
    _folder: TempDir,
}

impl Milter {
    async fn start(rules: &str, port: u16) -> Self {
        const SCRIPT: &str = "/usr/local/sbin/salesforce-lock";
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("salesforce-lock");
        std::fs::write(&script, file(rules, SCRIPT)).expect("a script");
        let unit = file(rules, "/etc/systemd/system/salesforce-lock.service");
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("how it is started");
        let (python, argument) = line.split_once(' ').expect("a program and its argument");
        assert_eq!(argument, SCRIPT);
        let log = folder.path().join("log");
        let said = std::fs::File::create(&log).expect("a log");
        let child = program(python).arg(&script).stderr(said).spawn().expect("the milter starts");
        until_it_listens(port, "the milter", &log).await;
        Self { child, _folder: folder }
    }
}

impl Drop for Milter {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rules as printed, with the port of the milter moved to one that is free.
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
    milter: Option<Milter>,
}

impl Relay {
    async fn of(kind: OrgKind, change: impl FnOnce(&mut OrgSetup)) -> Self {
        Self::at(kind, &[quiet_port()], change).await
    }

    /// At these ports, the first of which is the first relay's.
    async fn at(kind: OrgKind, ports: &[u16], change: impl FnOnce(&mut OrgSetup)) -> Self {
        let (authority, port, milter) = (Authority::new(), ports[0], quiet_port());
        let (_simulator, org) = org(kind, port, change).await;
        let rules = printed(&org, milter).await;
        let started = Milter::start(&rules, milter).await;
        let services = file(&rules, "/etc/postfix/master.cf");
        let postfix = Postfix::start_with(&authority, &services, ports, ELSEWHERE).await;
        Self { authority, port, postfix, milter: Some(started) }
    }

    async fn takes<'a>(&'a self, change: impl FnOnce(&mut Handed<'a>)) -> Result<String, String> {
        let mut handed = Handed {
            port: self.port,
            client: Client::Named("smtp14-ph2-sp4.mta.salesforce.com"),
            sender: "ann@acme.com",
            tls: true,
            password: None,
            chunking: false,
            before: None,
            mail: GOOD,
        };
        change(&mut handed);
        hand_over(&self.authority, handed).await
    }
}

/// What `main.cf` may say for other mail, each of which would leave the milter out.
const ELSEWHERE: &str = "\
smtpd_milter_maps = static:DISABLE
receive_override_options = no_milters
smtpd_proxy_filter = 127.0.0.1:9
";

#[tokio::test(flavor = "multi_thread")]
async fn mail_with_the_orgs_id_is_taken_and_with_another_or_none_refused() {
    let relay = Relay::of(OrgKind::Sandbox, |_| {}).await;
    let taken = relay.takes(|_| {}).await;
    assert!(taken.as_ref().is_ok_and(|reply| reply.starts_with("250")), "{taken:?}\n{}", relay.postfix.log());
    relay.takes(|handed| handed.chunking = true).await.expect("a mail by BDAT");
    let other = |handed: &mut Handed<'_>| (handed.chunking, handed.mail) = (true, OTHER_LOCK);
    relay.takes(other).await.expect_err("another org's id");
    for mail in [NO_LOCK, OTHER_LOCK] {
        let refused = relay.takes(|handed| handed.mail = mail).await.expect_err(mail);
        assert!(refused.contains("X-SFDC-LK is missing or names another org"), "{mail}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_without_the_orgs_id_gets_through_by_what_else_it_has() {
    let relay = Relay::of(OrgKind::Sandbox, |_| {}).await;
    let mut through = Vec::new();
    for mail in without_the_id() {
        let reply = relay.takes(|handed| handed.mail = &mail).await;
        through.extend(not_refused(&mail, reply));
    }
    assert!(through.is_empty(), "{through:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_taken_opens_nothing_for_the_next_one() {
    let relay = Relay::of(OrgKind::Sandbox, |_| {}).await;
    for (mail, taken) in [(NO_LOCK, false), (OTHER_LOCK, false), (GOOD, true)] {
        let change = |handed: &mut Handed<'_>| {
            handed.before = Some(GOOD);
            handed.mail = mail;
        };
        let reply = relay.takes(change).await;
        assert_eq!(reply.is_ok(), taken, "{mail}: {reply:?}");
    }
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
        let refused = relay.takes(|handed| handed.client = Client::Named(client)).await.expect_err(client);
        assert!(refused.starts_with(['4', '5']) && refused.contains("lient host"), "{client}: {refused}");
    }
    let refused = relay.takes(|handed| handed.tls = false).await.expect_err("no TLS");
    assert!(refused.starts_with("530"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn return_addresses_are_taken_where_the_org_has_them() {
    let bounces = |setup: &mut OrgSetup| setup.email_settings.handles_bounces = true;
    let relay = Relay::of(OrgKind::Sandbox, bounces).await;
    for sender in ["ann=acme.com__0-1@x.um8.bnc.salesforce.com", "ann=acme.com__0-1@x.cs32.bnc.sandbox.salesforce.com"]
    {
        relay.takes(|handed| handed.sender = sender).await.expect("a return address");
    }
    relay.takes(|handed| handed.sender = "eve@bnc.salesforce.com.evil.org").await.expect_err("none");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_at_one_host_keep_their_senders_apart() {
    let (first, other) = (quiet_port(), quiet_port());
    let relay = Relay::at(OrgKind::Sandbox, &[first, other], |setup| second(setup, other)).await;
    for (is_first, sender, taken) in SENDERS_OF_TWO {
        let port = if is_first { first } else { other };
        let reply = relay.takes(|handed| (handed.port, handed.sender) = (port, sender)).await;
        assert_eq!(reply.is_ok(), taken, "{port} {sender}: {reply:?}");
        let change = |handed: &mut Handed<'_>| (handed.port, handed.sender, handed.mail) = (port, sender, OTHER_LOCK);
        relay.takes(change).await.expect_err("another org's id");
    }
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
async fn without_the_milter_no_mail_is_taken() {
    let mut relay = Relay::of(OrgKind::Sandbox, |_| {}).await;
    relay.milter = None;
    let refused = relay.takes(|_| {}).await.expect_err("nobody looks at the header");
    assert!(refused.starts_with('4'), "{refused}");
}
