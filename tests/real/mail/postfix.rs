//! Postfix, with folders, ports and settings of its own. It takes root to start, as everywhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use tempfile::TempDir;

use super::authority::Authority;
use super::{program, until_it_listens};

/// The services that every Postfix needs; mail that is taken is thrown away.
const SERVICES: &str = "\
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
";

/// A Postfix, until it is dropped.
pub(super) struct Postfix {
    master: Child,
    folder: TempDir,
}

impl Postfix {
    /// Starts it with these services of `master.cf`, whose ports are waited for. smtp.acme.com and mx.acme.com have
    /// certificates of the authority; the user `relay`, password `right`, may authenticate.
    pub(super) async fn start(authority: &Authority, services: &str, ports: &[u16]) -> Self {
        Self::start_with(authority, services, ports, "").await
    }

    /// Starts it with more settings in `main.cf`.
    pub(super) async fn start_with(authority: &Authority, services: &str, ports: &[u16], more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        for name in ["etc", "etc/sasl", "queue", "data"] {
            fs::create_dir(path(name)).expect("a folder");
        }
        chown(path("data"), Some(user("postfix")), None).expect("root: Postfix takes it to start");
        for host in ["smtp.acme.com", "mx.acme.com"] {
            authority.issue(host, &path(&format!("{host}.pem")));
        }
        let here = folder.path().display();
        let settings = format!(
            "compatibility_level = 3.6\nconfig_directory = {here}/etc\nqueue_directory = {here}/queue\n\
             data_directory = {here}/data\nmail_owner = postfix\nsetgid_group = postdrop\n\
             daemon_directory = /usr/lib/postfix/sbin\ncommand_directory = /usr/sbin\nshlib_directory = /usr/lib/postfix\n\
             meta_directory = /etc/postfix\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmydestination =\n\
             myhostname = smtp.acme.com\nmynetworks =\nmaillog_file = {here}/log\nmaillog_file_prefixes = {here}\n\
             local_recipient_maps =\nalias_maps =\nlocal_transport = discard:\ndefault_transport = discard:\n\
             relay_transport = discard:\nsmtpd_tls_chain_files = {here}/smtp.acme.com.pem\nsmtpd_tls_security_level = may\n\
             smtpd_authorized_xclient_hosts = 127.0.0.0/8\nsmtpd_sasl_type = cyrus\n\
             smtpd_sasl_path = smtpd\nsmtpd_sasl_local_domain = acme.com\n{more}"
        );
        fs::write(path("etc/main.cf"), settings).expect("settings");
        fs::write(path("etc/master.cf"), format!("{SERVICES}{}", services.replace("{here}", &here.to_string())))
            .expect("services");
        let sasl = format!(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {here}/data/sasldb\n"
        );
        fs::write(path("etc/sasl/smtpd.conf"), sasl).expect("settings");
        password(&path("data/sasldb"));
        let etc = path("etc");
        let checked = program("/usr/sbin/postfix").arg("-c").arg(&etc).arg("check").status().expect("Postfix");
        assert!(checked.success(), "{}", fs::read_to_string(path("log")).unwrap_or_default());
        let mut master = program("/usr/lib/postfix/sbin/master");
        let master = master.arg("-s").arg("-c").arg(&etc).spawn().expect("Postfix starts");
        let postfix = Self { master, folder };
        for port in ports {
            until_it_listens(*port, "Postfix", &postfix.path("log")).await;
        }
        postfix
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What it has logged so far.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Asked to, it ends its children; an error means that it is gone already.
        let _ = Command::new("kill").arg(self.master.id().to_string()).status();
        let _ = self.master.wait();
    }
}

/// Makes the password of `relay@acme.com`.
fn password(file: &Path) {
    use std::io::Write;
    let mut command = program("/usr/sbin/saslpasswd2");
    command.args(["-p", "-c", "-u", "acme.com", "-f"]).arg(file).arg("relay").stdin(std::process::Stdio::piped());
    let mut child = command.spawn().expect("saslpasswd2");
    child.stdin.take().expect("its input").write_all(b"right\n").expect("a password");
    assert!(child.wait().expect("its end").success());
    chown(file, Some(user("postfix")), None).expect("root");
}

fn user(name: &str) -> u32 {
    let output = Command::new("id").args(["-u", name]).output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or_else(|_| panic!("there is no user {name}"))
}
