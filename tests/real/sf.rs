//! The real Salesforce CLI, logged in to the simulator, and read by `-o`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use relay_scrub::simulator::{SimulatedOrg, Simulator};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::keys::RsaKey;
use crate::support::program::{CONSUMER_KEY, Program, Ran, USER, exposed, finish, is_cleared, sandbox};

/// What keeps the CLI quiet and headless.
const QUIET: [&str; 7] = [
    "SF_DISABLE_TELEMETRY",
    "SF_AUTOUPDATE_DISABLE",
    "SF_SKIP_NEW_VERSION_CHECK",
    "SF_USE_GENERIC_UNIX_KEYCHAIN",
    "SF_DISABLE_LOG_FILE",
    "SF_HIDE_RELEASE_NOTES",
    "SF_SKIP_SCRATCH_ORG_CHECK",
];

/// The CLI with a home of its own.
pub(super) struct Sf {
    home: TempDir,
    path: String,
}

/// Where `scripts/install-test-programs` puts what is not a package of the system.
pub(super) fn installed(name: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"))).expect("a home");
    let folder = cache.join("relay-scrub").join(name);
    assert!(folder.join("installed").exists(), "{} is missing: run scripts/install-test-programs", folder.display());
    folder
}

impl Sf {
    pub(super) fn new() -> Self {
        let bin = installed("salesforce-cli").join("bin");
        Self { home: tempfile::tempdir().expect("a folder"), path: format!("{}:/usr/bin:/bin", bin.display()) }
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut all: Vec<_> = QUIET.map(|name| (name, "true".to_string())).into();
        all.push(("SF_DOMAIN_RETRY", "0".into()));
        all.push(("HOME", self.home.path().display().to_string()));
        all.push(("PATH", self.path.clone()));
        all
    }

    /// Runs a command of the CLI, with a session in its environment where it wants one.
    async fn run(&self, arguments: &[&str], session: Option<&str>) {
        self.output(self.home.path(), arguments, session).await;
    }

    /// Runs a command of the CLI in a folder, and returns what it printed.
    pub(super) async fn output(&self, folder: &Path, arguments: &[&str], session: Option<&str>) -> String {
        let output = self.try_output(folder, arguments, session).await;
        assert!(output.status.success(), "sf {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("sf prints UTF-8")
    }

    /// As [`Sf::output`], whatever comes of it.
    pub(super) async fn try_output(&self, folder: &Path, arguments: &[&str], session: Option<&str>) -> Output {
        let mut command = Command::new("sf");
        command.args(arguments).env_clear().envs(self.environment()).current_dir(folder);
        command.envs(session.map(|token| ("SF_ACCESS_TOKEN", token)));
        command.output().await.expect("sf runs")
    }

    async fn log_in_with_session(&self, org: &SimulatedOrg, alias: &str, session: &str) {
        let line = ["org", "login", "access-token", "--instance-url", org.url(), "--alias", alias, "--no-prompt"];
        self.run(&line, Some(session)).await;
    }

    /// `relay-scrub scrub`, which finds this CLI.
    fn scrub<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Program {
        let program = Program::new(["scrub", "--json"].into_iter().chain(arguments));
        self.environment().into_iter().fold(program, |program, (name, value)| program.env(name, value))
    }
}

async fn org(simulator: &Simulator) -> SimulatedOrg {
    simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org")
}

fn code(ran: &Ran) -> String {
    ran.org()["error"]["code"].as_str().unwrap_or_default().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_the_cli_clears_an_org_and_no_process_shows_a_secret() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let session = org.open_session(USER);
    let sf = Sf::new();
    sf.log_in_with_session(&org, "uat", &session).await;

    let planted = "planted-secret-of-ours";
    let mut program = sf.scrub(["-o", "uat"]);
    for name in ["RELAY_SCRUB_CLIENT_SECRET", "RELAY_SCRUB_JWT_KEY", "RELAY_SCRUB_REFRESH_TOKEN", "SF_ACCESS_TOKEN"] {
        program = program.env(name, planted);
    }
    let (child, _folder) = program.start();
    let listing = tokio::spawn(processes_below(child.id().expect("a process")));
    let ran = finish(child).await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared), "{:?}", org.relays());
    assert_eq!(ran.org()["target"], "uat");
    let listing = listing.await.expect("the listing");
    for command in ["org display --target-org=uat --json", "org auth show-access-token --target-org=uat --json"] {
        assert!(listing.iter().any(|process| process.contains(command)), "{command} was not seen in {listing:?}");
    }
    for process in &listing {
        assert!(!process.contains(planted) && !process.contains(&session), "{process}");
    }
    assert!(!format!("{ran:?}").contains(&session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_of_the_cli_with_a_key_is_renewed_by_the_cli_itself() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let key = RsaKey::generate();
    org.edit(|state| state.apps[0].public_key_pem = Some(key.public.clone()));
    org.edit(|state| {
        state.quirks.connected_app_takes_own_address = true;
        // The CLI gives the expiry in milliseconds.
        state.quirks.jwt_upper_bound = false;
    });
    let sf = Sf::new();
    std::fs::write(sf.home.path().join("key.pem"), &key.private).expect("a key");
    let line = ["org", "login", "jwt", "--username", USER, "--client-id", CONSUMER_KEY, "--jwt-key-file", "key.pem"];
    sf.run(&[&line[..], &["--instance-url", org.url(), "--alias", "by-key"]].concat(), None).await;

    // Whatever session the login left behind: the CLI gets another.
    org.expire_sessions();
    let ran = sf.scrub(["-o", "by-key"]).run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cli_does_not_have_any_more_is_told_as_such() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let sf = Sf::new();
    let ran = sf.scrub(["-o", "nobody"]).run().await;
    assert_eq!((ran.code, code(&ran).as_str()), (1, "sf_cli_unknown_alias"), "{ran:?}");

    sf.log_in_with_session(&org, "uat", &org.open_session(USER)).await;
    org.expire_sessions();
    org.forget_requests();
    let ran = sf.scrub(["-o", "uat"]).run().await;
    assert_eq!((ran.code, code(&ran).as_str()), (1, "sf_cli_login_expired"), "{ran:?}");
    assert_eq!(ran.org()["api_requests"], 0);
}

/// Arguments and environment of every process below this one, as anybody with the right can list them, until it ends.
async fn processes_below(parent: u32) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while std::path::Path::new(&format!("/proc/{parent}/fd")).exists() && is_running(parent) {
        for child in descendants(parent) {
            let read = |name: &str| std::fs::read(format!("/proc/{child}/{name}")).unwrap_or_default();
            let text = [read("cmdline"), read("environ")].concat();
            // Forked, and not yet another program: what it shows is our own.
            if text.starts_with(env!("CARGO_BIN_EXE_relay-scrub").as_bytes()) {
                continue;
            }
            let text: Vec<u8> = text.into_iter().map(|byte| if byte == 0 { b' ' } else { byte }).collect();
            seen.insert(String::from_utf8_lossy(&text).into_owned());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    seen
}

/// Parent and state of a process: what follows its name in parentheses.
fn stat(process: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn is_running(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != 'Z')
}

fn descendants(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes: Vec<u32> = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let parents: Vec<(u32, u32)> = processes.into_iter().filter_map(|id| Some((id, stat(id)?.1))).collect();
    let mut found = vec![parent];
    let mut next = 0;
    while let Some(current) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, parent)| *parent == current).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}
