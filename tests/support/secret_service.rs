//! A real Secret Service (gnome-keyring) on a session bus of its own, with a folder of its own.
//!
//! `scripts/install-test-programs` installs what it needs.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A session with a keyring, until it is dropped.
pub(crate) struct SecretService {
    bus: Child,
    keyring: Option<Child>,
    address: String,
    folder: TempDir,
}

const PASSWORD: &str = "pw";

/// A bus that starts no service by itself: a keyring is there when a test has started it, and only then.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

impl SecretService {
    /// An unlocked keyring with nothing in it.
    pub(crate) fn start() -> Self {
        let mut session = Self::bus_alone();
        session.unlock();
        session
    }

    /// A keyring that was made and is locked, as that of a user who is not logged in.
    pub(crate) fn locked() -> Self {
        let mut session = Self::start();
        // Something is stored, so that there is a keyring on disk to be locked.
        session.secret_tool(&["store", "--label=made", "made", "up"], Some("x"));
        session.end_keyring();
        session.run_keyring(&["--start", "--foreground", "--components=secrets"], None);
        session
    }

    /// A session bus, and no keyring on it.
    pub(crate) fn bus_alone() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("bus.conf");
        std::fs::write(&config, BUS).expect("the bus's configuration");
        let mut bus = program("dbus-daemon", &folder, "")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon: scripts/install-test-programs installs it");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().expect("its output")).read_line(&mut address).expect("its address");
        Self { bus, keyring: None, address: address.trim().to_string(), folder }
    }

    /// Value for `DBUS_SESSION_BUS_ADDRESS`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What an independent program finds of relay-scrub's, secrets among it; empty where there is nothing.
    pub(crate) fn content(&self) -> String {
        self.secret_tool(&["search", "--all", "--unlock", "service", "relay-scrub"], None)
    }

    fn unlock(&mut self) {
        self.run_keyring(&["--unlock", "--foreground", "--components=secrets"], Some(PASSWORD));
    }

    fn run_keyring(&mut self, arguments: &[&str], password: Option<&str>) {
        let mut keyring = program("gnome-keyring-daemon", &self.folder, &self.address)
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("gnome-keyring-daemon: scripts/install-test-programs installs it");
        let mut stdin = keyring.stdin.take().expect("its input");
        stdin.write_all(password.unwrap_or_default().as_bytes()).expect("the password is taken");
        drop(stdin);
        self.keyring = Some(keyring);
        self.wait_for_the_service();
    }

    /// Waits until the bus knows the service.
    fn wait_for_the_service(&self) {
        let ask = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"];
        let question = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
        for _ in 0..200 {
            let answer = program("dbus-send", &self.folder, &self.address)
                .args(ask)
                .args(question)
                .stdout(Stdio::piped())
                .output()
                .expect("dbus-send: scripts/install-test-programs installs it");
            if String::from_utf8_lossy(&answer.stdout).contains("boolean true") {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        panic!("gnome-keyring did not come up");
    }

    fn end_keyring(&mut self) {
        if let Some(mut keyring) = self.keyring.take() {
            let _ = keyring.kill();
            let _ = keyring.wait();
        }
    }

    fn secret_tool(&self, arguments: &[&str], secret: Option<&str>) -> String {
        let mut tool = program("secret-tool", &self.folder, &self.address)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("secret-tool: scripts/install-test-programs installs it");
        let mut stdin = tool.stdin.take().expect("its input");
        stdin.write_all(secret.unwrap_or_default().as_bytes()).expect("the secret is taken");
        drop(stdin);
        let output = tool.wait_with_output().expect("its output");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for SecretService {
    fn drop(&mut self) {
        self.end_keyring();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

fn program(name: &str, folder: &TempDir, bus: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    for variable in ["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        command.env(variable, folder.path());
    }
    if !bus.is_empty() {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
