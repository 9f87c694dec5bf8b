//! The rules that `--relay-config exim` prints, loaded into a real Exim.

use std::net::Ipv4Addr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Child;

use tempfile::TempDir;

use super::authority::Authority;
use super::client::{Client, Handed, hand_over};
use super::mails::{GOOD, NO_LOCK, OTHER_LOCK, not_refused, without_the_id};
use super::*;

/// One of Salesforce's hosts.
const SALESFORCE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Hosts that are none, and what is wrong with each.
const OTHERS: [(Ipv4Addr, &str); 4] = [
    (Ipv4Addr::new(127, 0, 0, 3), "mail is taken from Salesforce alone"),
    (Ipv4Addr::new(127, 0, 0, 4), "mail is taken from Salesforce alone"),
    (Ipv4Addr::new(127, 0, 0, 5), "the name of your host can't be verified"),
    (Ipv4Addr::new(127, 0, 0, 6), "the name of your host can't be verified"),
];

/// What the addresses' names are. That of 127.0.0.5 leads elsewhere, and 127.0.0.6 has none.
const NAMES: &str = "\
127.0.0.2 smtp14-ph2-sp4.mta.salesforce.com
127.0.0.3 mta.salesforce.com.evil.org
127.0.0.4 notsalesforce.com
127.0.0.5 forged.mta.salesforce.com
";

/// Where the names lead.
const ADDRESSES: &str = "\
A smtp14-ph2-sp4.mta.salesforce.com 127.0.0.2
A mta.salesforce.com.evil.org 127.0.0.3
A notsalesforce.com 127.0.0.4
A forged.mta.salesforce.com 127.0.0.9
";

/// The account that Debian's Exim runs as, which only its installation makes.
const NOBODY: u32 = 65534;

/// An Exim with the printed rules, until it is dropped.
struct Exim {
    authority: Authority,
    port: u16,
    child: Child,
    folder: TempDir,
}

/// The text of one part, as the rules mark it.
fn part<'a>(rules: &'a str, mark: &str) -> &'a str {
    let (_, rest) = rules.split_once(&format!("#### {mark}")).unwrap_or_else(|| panic!("{mark} in {rules}"));
    rest.split_once('\n').expect("lines").1.split("#### ").next().expect("a text")
}

/// The settings around the printed rules. Mail that is taken stays in the queue.
fn settings(rules: &str, here: &str, ports: &[u16]) -> String {
    let listened: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!(
        "local_interfaces = 127.0.0.1\ndaemon_smtp_ports = {}\nprimary_hostname = smtp.acme.com\nqueue_only\n\
         exim_path = {}\nspool_directory = {here}/spool\nlog_file_path = {here}/spool/%slog\n\
         pid_file_path = {here}/spool/pid\nkeep_environment = ^LD_PRELOAD : ^NSS_WRAPPER : ^RESOLV_WRAPPER\n\
         host_lookup_order = byaddr\ntls_advertise_hosts = *\ntls_certificate = {here}/smtp.acme.com.pem\n\
         tls_privatekey = {here}/smtp.acme.com.pem\n{}\nbegin acl\nacl_check_rcpt:\n  deny message = the rules are not in use\n\
         acl_check_data:\n  deny\n{}\nbegin authenticators\nplain:\n  driver = plaintext\n  public_name = PLAIN\n  \
         server_prompts = :\n  server_condition = ${{if and{{{{eq{{$auth2}}{{relay@acme.com}}}}{{eq{{$auth3}}{{right}}}}}}}}\n  \
         server_set_id = $auth2\n  server_advertise_condition = ${{if def:tls_in_cipher}}\n",
        listened.join(":"),
        program_path().display(),
        part(rules, "main section"),
        part(rules, "after `begin acl`"),
    )
}

fn program_path() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).expect("a folder");
    cache.join("relay-scrub/exim/usr/sbin/exim4")
}

impl Exim {
    async fn of(kind: OrgKind, change: impl FnOnce(&mut OrgSetup)) -> Self {
        Self::at(kind, &[quiet_port()], change).await
    }

    /// At these ports, the first of which is the first relay's.
    async fn at(kind: OrgKind, ports: &[u16], change: impl FnOnce(&mut OrgSetup)) -> Self {
        let (_simulator, org) = org(kind, ports[0], change).await;
        let ran = Program::audit(&org, ["--allow-production", "--relay-config", "exim"]).run().await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let (authority, folder) = (Authority::new(), tempfile::tempdir().expect("a folder"));
        let path = |name: &str| folder.path().join(name);
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        std::fs::create_dir(path("spool")).expect("a folder");
        chown(path("spool"), Some(NOBODY), Some(NOBODY)).expect("root: Exim takes it to start");
        authority.issue("smtp.acme.com", &path("smtp.acme.com.pem"));
        let here = folder.path().display().to_string();
        for (file, entry) in [
            ("passwd", format!("Debian-exim:x:{NOBODY}:{NOBODY}::/nonexistent:/bin/false")),
            ("group", format!("Debian-exim:x:{NOBODY}:")),
        ] {
            let known = std::fs::read_to_string(format!("/etc/{file}")).expect("users");
            std::fs::write(path(file), format!("{known}{entry}\n")).expect("users");
        }
        for (file, text) in [("names", NAMES), ("addresses", ADDRESSES)] {
            std::fs::write(path(file), text).expect("hosts");
        }
        std::fs::write(path("exim.conf"), settings(&ran.stdout, &here, ports)).expect("settings");
        let mut command = program(&program_path().display().to_string());
        command.env("LD_PRELOAD", "libnss_wrapper.so libresolv_wrapper.so");
        command.env("NSS_WRAPPER_PASSWD", path("passwd")).env("NSS_WRAPPER_GROUP", path("group"));
        command.env("NSS_WRAPPER_HOSTS", path("names")).env("RESOLV_WRAPPER_HOSTS", path("addresses"));
        let said = std::fs::File::create(path("said")).expect("a file");
        let child = command.arg("-C").arg(path("exim.conf")).arg("-bdf").stderr(said).spawn().expect("Exim starts");
        for port in ports {
            until_it_listens(*port, "Exim", &path("said")).await;
        }
        Self { authority, port: ports[0], child, folder }
    }

    async fn takes<'a>(&'a self, change: impl FnOnce(&mut Handed<'a>)) -> Result<String, String> {
        let mut handed = Handed {
            port: self.port,
            client: Client::At(SALESFORCE),
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

    /// What it has logged so far.
    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("spool/mainlog")).unwrap_or_default()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_takes_mail_with_the_orgs_id_and_refuses_another_or_none_whatever_else_it_has() {
    let exim = Exim::of(OrgKind::Sandbox, |_| {}).await;
    exim.takes(|_| {}).await.unwrap_or_else(|refused| panic!("{refused}\n{}", exim.log()));
    exim.takes(|handed| handed.chunking = true).await.unwrap_or_else(|refused| panic!("{refused}\n{}", exim.log()));
    let other = |handed: &mut Handed<'_>| (handed.chunking, handed.mail) = (true, OTHER_LOCK);
    exim.takes(other).await.expect_err("another org's id");
    let mut through = Vec::new();
    for mail in without_the_id() {
        let reply = exim.takes(|handed| handed.mail = &mail).await;
        through.extend(not_refused(&mail, reply));
    }
    assert!(through.is_empty(), "{through:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_exim_took_opens_nothing_for_the_next_one() {
    let exim = Exim::of(OrgKind::Sandbox, |_| {}).await;
    for (mail, taken) in [(NO_LOCK, false), (OTHER_LOCK, false), (GOOD, true)] {
        let reply = exim.takes(|handed| (handed.before, handed.mail) = (Some(GOOD), mail)).await;
        assert_eq!(reply.is_ok(), taken, "{mail}: {reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_takes_mail_over_tls_from_a_verified_host_of_salesforces_alone() {
    let exim = Exim::of(OrgKind::Sandbox, |_| {}).await;
    let refused = exim.takes(|handed| handed.tls = false).await.expect_err("no TLS");
    assert!(refused.starts_with("550 5.7.0 TLS is required"), "{refused}");
    for (address, why) in OTHERS {
        let refused = exim.takes(|handed| handed.client = Client::At(address)).await.expect_err("another host");
        assert_eq!(refused, format!("550 5.7.1 {why}"), "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_takes_your_senders_alone() {
    let senders = |setup: &mut OrgSetup| setup.filters[0].from_domain = "acme.com, *.acme.org".into();
    let exim = Exim::of(OrgKind::Sandbox, senders).await;
    for sender in ["ann@acme.com", "ann@crm.acme.org"] {
        exim.takes(|handed| handed.sender = sender).await.unwrap_or_else(|refused| panic!("{sender}: {refused}"));
    }
    for sender in ["ann@crm.acme.com", "ann@acme.org", "eve@evil.org", "eve@notacme.com", "", "x@y.bnc.salesforce.com"]
    {
        let refused = exim.takes(|handed| handed.sender = sender).await.expect_err(sender);
        assert!(refused.contains("not a sender of ours"), "{sender}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_takes_return_addresses_where_the_org_has_them() {
    let exim = Exim::of(OrgKind::Sandbox, |setup| setup.email_settings.handles_bounces = true).await;
    for sender in ["ann=acme.com__0-1@x.um8.bnc.salesforce.com", "ann=acme.com__0-1@x.cs32.bnc.sandbox.salesforce.com"]
    {
        exim.takes(|handed| handed.sender = sender).await.expect("a return address");
    }
    exim.takes(|handed| handed.sender = "eve@bnc.salesforce.com.evil.org").await.expect_err("none");
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_asks_salesforce_to_authenticate_itself_where_the_org_does() {
    let exim = Exim::of(OrgKind::Production, |_| {}).await;
    let taken = exim.takes(|handed| handed.password = Some("right")).await;
    taken.unwrap_or_else(|refused| panic!("{refused}\n{}", exim.log()));
    exim.takes(|handed| handed.password = Some("wrong")).await.expect_err("a wrong password");
    let refused = exim.takes(|_| {}).await.expect_err("no password");
    assert!(refused.contains("has to authenticate itself"), "{refused}");
    let other = |handed: &mut Handed<'_>| (handed.password, handed.mail) = (Some("right"), OTHER_LOCK);
    exim.takes(other).await.expect_err("another org's id");
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_keeps_the_senders_of_two_relays_at_one_host_apart() {
    let (first, other) = (quiet_port(), quiet_port());
    let exim = Exim::at(OrgKind::Sandbox, &[first, other], |setup| second(setup, other)).await;
    for (is_first, sender, taken) in SENDERS_OF_TWO {
        let port = if is_first { first } else { other };
        let reply = exim.takes(|handed| (handed.port, handed.sender) = (port, sender)).await;
        assert_eq!(reply.is_ok(), taken, "{port} {sender}: {reply:?}");
        let change = |handed: &mut Handed<'_>| (handed.port, handed.sender, handed.mail) = (port, sender, OTHER_LOCK);
        exim.takes(change).await.expect_err("another org's id");
    }
}
