//! Tests with real foreign programs. `scripts/install-test-programs` installs them; `scripts/check --quick` leaves these
//! tests out.

mod browser;
mod chromium;
mod compose;
mod hook;
mod keyring;
mod killed;
mod mail;
mod manual;
mod page;
mod promtool;
mod queue;
mod reports;
mod setup;
mod sf;
mod shells;

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relay_scrub::login::redirect_uri;
use relay_scrub::simulator::{App, OrgKind, OrgSetup, SimulatedOrg, Simulator, User};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::browser::{address_in, free_port};
use crate::support::program::{CONSUMER_KEY, Ran, USER};
use crate::support::secret_service::SecretService;

/// A desk with a keyring, a folder and a configuration file; the program is run there as often as it takes.
struct Desk {
    session: SecretService,
    folder: TempDir,
}

impl Desk {
    fn new(session: SecretService) -> Self {
        Self { session, folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
    }

    /// A configuration file with these orgs, and nothing secret in it.
    fn orgs(&self, orgs: &[(&str, &SimulatedOrg)], more: &str) {
        let sections: String =
            orgs.iter().map(|(name, org)| format!("[orgs.{name}]\ninstance_url = \"{}\"\n", org.url())).collect();
        self.file("relay-scrub.toml", &format!("[defaults]\nclient_id = \"{CONSUMER_KEY}\"\n{more}{sections}"));
    }

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relay-scrub"));
        command.args(arguments).env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", self.session.address()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        crate::support::program::finish(self.command(arguments).spawn().expect("the program starts")).await
    }

    /// As [`Desk::run`], with the logs of all libraries.
    async fn run_loudly<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        let mut command = self.command(arguments);
        command.env("RELAY_SCRUB_LOG", "trace");
        crate::support::program::finish(command.spawn().expect("the program starts")).await
    }

    /// As [`Desk::login`], with the logs of all libraries.
    async fn login_loudly<'a>(&self, port: u16, arguments: impl IntoIterator<Item = &'a str>) -> Waiting {
        let mut command = self.command(["login", "--no-browser", "--port"]);
        command.arg(port.to_string()).args(arguments).env("RELAY_SCRUB_LOG", "trace");
        Waiting::of(command.spawn().expect("the program starts")).await
    }

    /// Starts a login without a browser, and waits until it has said where the login page is.
    async fn login<'a>(&self, port: u16, arguments: impl IntoIterator<Item = &'a str>) -> Waiting {
        let mut command = self.command(["login", "--no-browser", "--port"]);
        command.arg(port.to_string()).args(arguments);
        Waiting::of(command.spawn().expect("the program starts")).await
    }

    /// Logs in to an org that lets the browser in at once.
    async fn log_in(&self, port: u16, name: &str) -> Ran {
        let login = self.login(port, [name]).await;
        let page = crate::support::browser::follow(&login.address).await;
        let ran = login.finish().await;
        assert_eq!(ran.code, 0, "{ran:?} {page:?}");
        ran
    }
}

/// A login that waits for the browser.
struct Waiting {
    child: Child,
    address: String,
    said: Arc<Mutex<String>>,
    reading: tokio::task::JoinHandle<()>,
}

impl Waiting {
    async fn of(mut child: Child) -> Self {
        let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
        let mut text = String::new();
        let address = loop {
            let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await;
            let line = line.expect("a line in time").expect("text").unwrap_or_else(|| panic!("no address in: {text}"));
            text += &format!("{line}\n");
            if let Some(address) = address_in(&line) {
                break address;
            }
        };
        let said = Arc::new(Mutex::new(text));
        let rest = said.clone();
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                rest.lock().expect("text").push_str(&format!("{line}\n"));
            }
        });
        Self { child, address, said, reading }
    }

    async fn finish(mut self) -> Ran {
        let mut stdout = String::new();
        self.child.stdout.take().expect("stdout").read_to_string(&mut stdout).await.expect("text");
        let status = self.child.wait().await.expect("its end");
        self.reading.await.expect("stderr is read");
        let stderr = self.said.lock().expect("text").clone();
        Ran { code: status.code().unwrap_or(-1), stdout, stderr }
    }
}

/// An org with a login page, whose app lists the callback of a port.
async fn org(simulator: &Simulator, kind: OrgKind, port: u16, change: impl FnOnce(App) -> App) -> SimulatedOrg {
    let app = change(App::external(CONSUMER_KEY).callback(&redirect_uri(port)));
    let setup = OrgSetup::new(kind, "Acme").user(User::new(USER)).app(app);
    simulator.add_org(setup.quirks(|quirks| quirks.authorize_at_once = true)).await.expect("an org")
}
