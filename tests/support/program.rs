//! The built program, run as a user would, with an environment and a folder of its own.

use std::path::PathBuf;
use std::process::Stdio;

use relay_scrub::simulator::{App, OrgSetup, Relay, SimulatedOrg, User};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

pub(crate) const CONSUMER_KEY: &str = "3MVG9testConsumerKey";
pub(crate) const CONSUMER_SECRET: &str = "planted-consumer-secret";
pub(crate) const USER: &str = "scrubber@acme.com.uat";

/// The built program with arguments, in an empty working directory, with nothing in its environment but what is given.
pub(crate) struct Program {
    command: Command,
    folder: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the program");
        let mut command = Command::new(env!("CARGO_BIN_EXE_relay-scrub"));
        command.args(arguments).env_clear().env("HOME", folder.path()).current_dir(folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { command, folder }
    }

    /// `scrub` of one org, described by flags and environment, with client credentials.
    pub(crate) fn scrub<'a>(org: &'a SimulatedOrg, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let line = ["scrub", "--instance-url", org.url(), "--client-id", CONSUMER_KEY];
        Self::new(line.into_iter().chain(arguments)).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)
    }

    /// `audit` of one org, described by flags and environment, with client credentials.
    pub(crate) fn audit<'a>(org: &'a SimulatedOrg, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let line = ["audit", "--instance-url", org.url(), "--client-id", CONSUMER_KEY];
        Self::new(line.into_iter().chain(arguments)).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)
    }

    /// `scrub` with a configuration file that names these orgs, with client credentials.
    pub(crate) fn scrub_fleet<'a>(
        orgs: &[(&str, &SimulatedOrg)],
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::fleet("scrub", orgs, arguments)
    }

    /// `audit` with a configuration file that names these orgs, with client credentials.
    pub(crate) fn audit_fleet<'a>(
        orgs: &[(&str, &SimulatedOrg)],
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::fleet("audit", orgs, arguments)
    }

    fn fleet<'a>(verb: &'a str, orgs: &[(&str, &SimulatedOrg)], arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let defaults = format!("[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n");
        let section =
            |(name, org): &(&str, &SimulatedOrg)| format!("[orgs.{name}]\ninstance_url = \"{}\"\n", org.url());
        let file: String = std::iter::once(defaults).chain(orgs.iter().map(section)).collect();
        let program = Self::new([verb].into_iter().chain(arguments));
        program.file("relay-scrub.toml", &file).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Puts a file into the working directory, readable by its owner alone.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file for the program");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("permissions");
        }
        self
    }

    /// Puts a program into the working directory.
    #[cfg(unix)]
    pub(crate) fn executable(self, name: &str, text: &str) -> Self {
        let program = self.file(name, text);
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(program.path(name), permissions).expect("permissions");
        program
    }

    /// A path in the working directory, which lives as long as the program's value.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn run(self) -> Ran {
        self.run_in_folder().await.0
    }

    /// As [`Program::run`]; the folder comes along, for what the run wrote into it.
    pub(crate) async fn run_in_folder(self) -> (Ran, TempDir) {
        let (child, folder) = self.start();
        (finish(child).await, folder)
    }

    /// Starts the program and leaves it running.
    pub(crate) fn start(mut self) -> (Child, TempDir) {
        (self.command.spawn().expect("the program starts"), self.folder)
    }
}

/// Waits for a program that was started.
pub(crate) async fn finish(child: Child) -> Ran {
    let output = child.wait_with_output().await.expect("the program's output");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Sends the program a signal, by the name that `kill` has for it.
#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let pid = child.id().expect("the program runs").to_string();
    assert!(std::process::Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
}

/// Sends the signal, and waits until the program says that it has noticed.
#[cfg(unix)]
pub(crate) async fn signal_and_wait(child: &mut Child, name: &str) {
    use tokio::io::{AsyncBufReadExt, BufReader};
    signal(child, name);
    let mut lines = BufReader::new(child.stderr.as_mut().expect("stderr")).lines();
    while let Some(line) = lines.next_line().await.expect("stderr is readable") {
        if line.starts_with("Stopping:") {
            return;
        }
    }
    panic!("the program ended without a word about the signal");
}

impl Ran {
    /// The JSON report on stdout.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The first org of the JSON report on stdout.
    pub(crate) fn org(&self) -> Value {
        self.report()["orgs"][0].clone()
    }
}

/// A sandbox that lets [`Program::scrub`] in.
pub(crate) fn sandbox(name: &str) -> OrgSetup {
    let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
    OrgSetup::sandbox(name).user(User::new(USER)).app(app)
}

/// A relay with production's credentials.
pub(crate) fn exposed() -> Relay {
    Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "planted-smtp-password")
}

/// True if the relay holds no credential at all, its password included.
pub(crate) fn is_cleared(relay: &Relay) -> bool {
    !relay.is_require_auth && relay.username.is_none() && relay.password.is_none()
}

/// How many requests came to the org.
pub(crate) fn requests(org: &SimulatedOrg) -> usize {
    org.requests().len()
}
