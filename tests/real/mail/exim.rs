//! The rules that `--relay-config exim` prints, in a real Exim that is asked what it would do (`-bh`).

use std::io::Write;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// Exim with the printed rules: its main section's, and the access lists.
struct Exim {
    folder: TempDir,
    port: u16,
}

/// The text of one part, as the rules mark it.
fn part<'a>(rules: &'a str, mark: &str) -> &'a str {
    let (_, rest) = rules.split_once(&format!("#### {mark}")).unwrap_or_else(|| panic!("{mark} in {rules}"));
    rest.split_once('\n').expect("lines").1.split("#### ").next().expect("a text")
}

impl Exim {
    /// `change` may leave something of the rules out, to see what is behind it.
    async fn with_rules(kind: OrgKind, change: impl FnOnce(String) -> String) -> Self {
        let port = 10025;
        let (_simulator, org) =
            org(kind, port, |setup| setup.filters[0].from_domain = "acme.com, *.acme.org".into()).await;
        let ran = Program::audit(&org, ["--allow-production", "--relay-config", "exim"]).run().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().display();
        let settings = format!(
            "local_interfaces = 127.0.0.1\nlog_file_path = {here}/log-%slog\nspool_directory = {here}/spool\n{}begin acl\n\
             acl_check_rcpt:\n  deny message = the rules are not in use\nacl_check_data:\n  deny\n{}\nbegin routers\nall:\n  \
             driver = accept\n  transport = nowhere\nbegin transports\nnowhere:\n  driver = appendfile\n  file = /dev/null\n",
            part(&ran.stdout, "main section"),
            part(&ran.stdout, "after `begin acl`"),
        );
        std::fs::write(folder.path().join("exim.conf"), change(settings)).expect("settings");
        // Debian's Exim wants a user that only its installation makes.
        for (file, entry) in
            [("passwd", "Debian-exim:x:65534:65534::/nonexistent:/bin/false"), ("group", "Debian-exim:x:65534:")]
        {
            let known = std::fs::read_to_string(format!("/etc/{file}")).expect("users");
            std::fs::write(folder.path().join(file), format!("{known}{entry}\n")).expect("users");
        }
        Self { folder, port }
    }

    fn command(&self) -> Command {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).expect("a folder");
        let exim = cache.join("relay-scrub/exim/usr/sbin/exim4");
        let mut command = program(&exim.display().to_string());
        let path = |name: &str| self.folder.path().join(name);
        command.env("LD_PRELOAD", "libnss_wrapper.so").env("NSS_WRAPPER_PASSWD", path("passwd"));
        command.env("NSS_WRAPPER_GROUP", path("group")).arg("-C").arg(path("exim.conf")).stdout(Stdio::piped());
        command
    }

    /// What Exim would answer last to a mail with these headers, from one of Salesforce's addresses.
    fn answer(&self, sender: &str, headers: &str) -> String {
        let address = format!("127.0.0.1.{}", self.port);
        let mut child = self
            .command()
            .args(["-oMi", &address, "-bh", "13.110.74.200"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("Exim");
        let talk = format!(
            "EHLO x\r\nMAIL FROM:<{sender}>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nFrom: ann@acme.com\r\n{headers}\r\nHello\r\n.\r\nQUIT\r\n"
        );
        child.stdin.take().expect("its input").write_all(talk.as_bytes()).expect("a mail");
        let output = child.wait_with_output().expect("its answer");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let replies = said.lines().filter(|line| line.starts_with("250 OK id") || line.starts_with('5'));
        replies.map(str::to_string).next().unwrap_or_else(|| panic!("no answer in {said}"))
    }
}

const LOCK: &str = "X-SFDC-LK: 00D5e000000abcD\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn exim_reads_the_rules_and_asks_for_tls_first() {
    for kind in [OrgKind::Sandbox, OrgKind::Production] {
        let exim = Exim::with_rules(kind, |rules| rules).await;
        let read = exim.command().arg("-bV").output().expect("Exim");
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stdout));
        let refused = exim.answer("ann@acme.com", LOCK);
        assert!(refused.contains("TLS is required"), "{refused}");
    }
}

/// The rules without those conditions that a mail on standard input can't meet.
fn without_connection(rules: String) -> String {
    let start = rules.find("  deny    message        = 5.7.0 TLS is required").expect("the first rule");
    let end = rules.find("  deny    message        = 5.7.1 not a sender of ours").expect("the rule for senders");
    format!("{}{}", &rules[..start], &rules[end..])
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_takes_mail_with_the_orgs_id_and_refuses_another_or_none() {
    let exim = Exim::with_rules(OrgKind::Sandbox, without_connection).await;
    let taken = exim.answer("ann@acme.com", LOCK);
    assert!(taken.starts_with("250 OK"), "{taken}");
    let two = format!("{LOCK}X-SFDC-LK: 00D9z000000othe\r\n");
    for headers in ["", "X-SFDC-LK: 00D9z000000othe\r\n", "X-SFDC-LK: 00d5e000000abcd\r\n", two.as_str()] {
        let refused = exim.answer("ann@acme.com", headers);
        assert!(refused.contains("X-SFDC-LK is missing or names another org"), "{headers}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_takes_your_senders_alone() {
    let exim = Exim::with_rules(OrgKind::Sandbox, without_connection).await;
    assert!(exim.answer("ann@crm.acme.org", LOCK).starts_with("250 OK"));
    for sender in ["eve@evil.org", "ann@crm.acme.com", "ann@acme.org", "", "eve@notacme.com"] {
        let refused = exim.answer(sender, LOCK);
        assert!(refused.contains("not a sender of ours"), "{sender}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exim_asks_salesforce_to_authenticate_itself_where_the_org_does() {
    let exim = Exim::with_rules(OrgKind::Production, without_connection).await;
    let refused = exim.answer("ann@acme.com", LOCK);
    assert!(refused.contains("has to authenticate itself"), "{refused}");
}
