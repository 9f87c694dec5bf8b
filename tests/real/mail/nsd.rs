//! NSD, an authoritative name server, with zones of its own.

use std::process::Child;

use tempfile::TempDir;

use super::{program, quiet_port, until_it_listens};

/// A name server, until it is dropped.
pub(super) struct Nsd {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Nsd {
    /// Serves the records of acme.com, as lines of a zone file; and where Salesforce publishes DKIM keys, those of
    /// `published`.
    pub(super) async fn serve(records: &str, published: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let port = quiet_port();
        let head = "$TTL 1\n@ IN SOA ns.acme.com. root.acme.com. 1 60 60 60 1\n@ IN NS ns.acme.com.\n";
        std::fs::write(path("acme.zone"), format!("$ORIGIN acme.com.\n{head}ns IN A 127.0.0.1\n{records}\n"))
            .expect("a zone");
        std::fs::write(path("keys.zone"), format!("$ORIGIN custdkim.salesforce.com.\n{head}{published}\n"))
            .expect("a zone");
        let settings = format!(
            "server:\n  ip-address: 127.0.0.1@{port}\n  username: \"\"\n  chroot: \"\"\n  pidfile: \"\"\n  server-count: 1\n  \
             do-ip6: no\n  logfile: \"{log}\"\n  xfrdfile: \"{xfrd}\"\n  zonelistfile: \"{list}\"\n  database: \"\"\n\
             remote-control:\n  control-enable: no\n\
             zone:\n  name: \"acme.com\"\n  zonefile: \"{acme}\"\n\
             zone:\n  name: \"custdkim.salesforce.com\"\n  zonefile: \"{keys}\"\n",
            log = path("log"),
            xfrd = path("xfrd"),
            list = path("zones"),
            acme = path("acme.zone"),
            keys = path("keys.zone"),
        );
        std::fs::write(path("nsd.conf"), settings).expect("settings");
        let child = program("/usr/sbin/nsd").args(["-d", "-c", &path("nsd.conf")]).spawn().expect("NSD starts");
        until_it_listens(port, "NSD", &folder.path().join("log")).await;
        Self { child, port, _folder: folder }
    }

    /// What `--dns` takes.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Nsd {
    fn drop(&mut self) {
        // Its children end with it, if it is asked to; an error means that it is gone already.
        let _ = std::process::Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
